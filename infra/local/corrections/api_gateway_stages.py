"""API Gateway: what a template says of a stage's access log reaches the stage.

Restores "AWS::ApiGateway::Stage" of the AWS CloudFormation Template Reference.
Stock drops AccessLogSetting, so that a check of the deployed stage fails. No
access log is written here: the setting can be read back, no more.
"""

from ministack.services import apigateway_v1 as apigw
from ministack.services.cloudformation import provisioners

from infra.local.corrections.patching import EngineRecord, replace_entry, require

_TYPE = "AWS::ApiGateway::Stage"

Provisioned = tuple[str, EngineRecord]


def apply() -> None:
    """Correct the creation and the update of stages by CloudFormation."""
    require(apigw, "_stages_v1")
    handlers = provisioners._RESOURCE_HANDLERS[_TYPE]
    stock_create, stock_update = handlers["create"], handlers["update"]

    def create(logical_id: str, properties: EngineRecord, stack: str) -> Provisioned:
        return _with_access_log(stock_create(logical_id, properties, stack), properties)

    def update(physical_id: str, old: EngineRecord, new: EngineRecord, stack: str) -> Provisioned:
        return _with_access_log(stock_update(physical_id, old, new, stack), new)

    replace_entry(handlers, "create", create, where=f"CloudFormation's {_TYPE}")
    replace_entry(handlers, "update", update, where=f"CloudFormation's {_TYPE}")


def _with_access_log(provisioned: Provisioned, properties: EngineRecord) -> Provisioned:
    setting = properties.get("AccessLogSetting") or {}
    names = {"DestinationArn": "destinationArn", "Format": "format"}
    stage = apigw._stages_v1[properties["RestApiId"]][properties["StageName"]]
    stage["accessLogSettings"] = {wire: setting[name] for name, wire in names.items() if name in setting}
    return provisioned

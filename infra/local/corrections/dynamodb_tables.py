"""DynamoDB: what a template says of a table's encryption, backups and expiry reaches the table.

Restores "AWS::DynamoDB::Table" of the AWS CloudFormation Template Reference.
Stock creates the table without its SSESpecification,
PointInTimeRecoverySpecification and TimeToLiveSpecification, so that nothing
ever expires and a check of the deployed table fails.
"""

from ministack.services import dynamodb, kms
from ministack.services.cloudformation import provisioners

from infra.local.corrections.patching import EngineRecord, replace_entry, require

_TYPE = "AWS::DynamoDB::Table"

Provisioned = tuple[str, EngineRecord]


def apply() -> None:
    """Correct the creation and the update of tables by CloudFormation."""
    require(dynamodb, "_pitr_settings", "_sse_description_from_spec", "_tables", "_ttl_settings", "_update_ttl")
    require(kms, "_resolve_key")
    handlers = provisioners._RESOURCE_HANDLERS[_TYPE]
    stock_create, stock_update = handlers["create"], handlers["update"]

    def create(logical_id: str, properties: EngineRecord, stack: str) -> Provisioned:
        name, attributes = stock_create(logical_id, properties, stack)
        _apply_settings(name, properties)
        return name, attributes

    def update(
        physical_id: str,
        old: EngineRecord,
        new: EngineRecord,
        stack: str,
        logical_id: str | None = None,
    ) -> Provisioned:
        name, attributes = stock_update(physical_id, old, new, stack, logical_id)
        _apply_settings(name, new)
        return name, attributes

    replace_entry(handlers, "create", create, where=f"CloudFormation's {_TYPE}")
    replace_entry(handlers, "update", update, where=f"CloudFormation's {_TYPE}")


def _apply_settings(table: str, properties: EngineRecord) -> None:
    dynamodb._tables[table]["SSEDescription"] = _encryption(properties.get("SSESpecification"))
    backups = properties.get("PointInTimeRecoverySpecification") or {}
    dynamodb._pitr_settings[table] = _is_true(backups.get("PointInTimeRecoveryEnabled"))
    expiry = properties.get("TimeToLiveSpecification")
    if expiry:
        expiry = {**expiry, "Enabled": _is_true(expiry.get("Enabled"))}
        dynamodb._update_ttl({"TableName": table, "TimeToLiveSpecification": expiry})
    else:
        dynamodb._ttl_settings.pop(table, None)


def _encryption(specification: EngineRecord | None) -> EngineRecord | None:
    """Return the table's encryption as DescribeTable words it, the key as ARN however the template names it."""
    if not specification or not _is_true(specification.get("SSEEnabled")):
        return None
    key_name = specification.get("KMSMasterKeyId")
    key = kms._resolve_key(key_name) if key_name else None
    requested = {
        "Enabled": True,
        "SSEType": specification.get("SSEType"),
        "KMSMasterKeyId": key["Arn"] if key else key_name,
    }
    description: EngineRecord = dynamodb._sse_description_from_spec(requested)
    return description


def _is_true(value: object) -> bool:
    """Return a template's boolean, which a parameter may have made a string."""
    return str(value).lower() == "true"

"""CloudFormation: a nested stack may be a SAM template, and can be updated; a function belongs to one stack.

Restores "Embed stacks within other stacks using nested stacks" of the AWS
CloudFormation User Guide, where a nested template's `Transform` is applied as
the parent's is. Stock applies transforms to the top-level template only and
fails on the first `AWS::Serverless` resource of a nested one; and when a
nested stack is updated, it forgets the attributes of the resources that did
not change, so that the first `!GetAtt` of one of them fails the update.

Restores "CreateFunction" of the Lambda API Reference as well, which refuses a
name that is taken (ResourceConflictException). Stock writes over another
stack's function, and that stack deletes it once it has no use for it.
"""

import copy
from typing import Any

from ministack.services import cloudformation, lambda_svc
from ministack.services.cloudformation import engine, provisioners

from infra.local.corrections.patching import EngineRecord, replace, replace_entry, require

_ARGUMENTS_WITHOUT_ATTRIBUTES = 6
_FUNCTION = "AWS::Lambda::Function"


def apply() -> None:
    """Correct the creation and the update of nested stacks."""
    require(engine, "_apply_transforms")
    require(cloudformation, "_stacks")
    require(lambda_svc, "_functions")

    def check_capabilities(parent_stack: str, template: EngineRecord) -> None:
        # The stock check is the first to see a nested template; the caller goes on with the same object.
        stock_check(parent_stack, template)
        expanded = engine._apply_transforms(copy.deepcopy(template), None)
        if refusal := getattr(expanded, "message", None):
            raise ValueError(refusal)
        template.clear()
        template.update(expanded)

    def update_resource(*arguments: Any) -> Any:  # noqa: ANN401 - the engine's own values
        if len(arguments) == _ARGUMENTS_WITHOUT_ATTRIBUTES:
            # Only the update of a nested stack leaves the resource's attributes out.
            *_resource, stack_name, logical_id = arguments
            arguments = (*arguments, _recorded_attributes(stack_name, logical_id))
        return stock_update(*arguments)

    def create_function(logical_id: str, properties: EngineRecord, stack_name: str) -> Any:  # noqa: ANN401
        if (name := properties.get("FunctionName")) in lambda_svc._functions:
            message = f"the function {name} exists already, and belongs to another stack"
            raise ValueError(message)
        return stock_create(logical_id, properties, stack_name)

    handlers = provisioners._RESOURCE_HANDLERS[_FUNCTION]
    stock_create = handlers["create"]
    replace_entry(handlers, "create", create_function, where=f"CloudFormation's {_FUNCTION}")
    stock_check = replace(provisioners, "_check_nested_stack_capabilities", check_capabilities)
    stock_update = replace(provisioners, "_update_resource", update_resource)


def _recorded_attributes(stack_name: str, logical_id: str | None) -> EngineRecord:
    """Return the attributes that a resource had after the last deployment of its stack."""
    stack = cloudformation._stacks.get(stack_name) or {}
    resource = (stack.get("_resources") or {}).get(logical_id) or {}
    return resource.get("Attributes") or {}

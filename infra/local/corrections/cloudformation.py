"""CloudFormation: a nested stack may be a SAM template, and can be updated.

Restores "Embed stacks within other stacks using nested stacks" of the AWS
CloudFormation User Guide, where a nested template's `Transform` is applied as
the parent's is. Stock applies transforms to the top-level template only and
fails on the first `AWS::Serverless` resource of a nested one; and when a
nested stack is updated, it forgets the attributes of the resources that did
not change, so that the first `!GetAtt` of one of them fails the update.
"""

import copy
from typing import Any

from ministack.services import cloudformation
from ministack.services.cloudformation import engine, provisioners

from infra.local.corrections.patching import EngineRecord, replace, require

_ARGUMENTS_WITHOUT_ATTRIBUTES = 6


def apply() -> None:
    """Correct the creation and the update of nested stacks."""
    require(engine, "_apply_transforms")
    require(cloudformation, "_stacks")

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

    stock_check = replace(provisioners, "_check_nested_stack_capabilities", check_capabilities)
    stock_update = replace(provisioners, "_update_resource", update_resource)


def _recorded_attributes(stack_name: str, logical_id: str | None) -> EngineRecord:
    """Return the attributes that a resource had after the last deployment of its stack."""
    stack = cloudformation._stacks.get(stack_name) or {}
    resource = (stack.get("_resources") or {}).get(logical_id) or {}
    return resource.get("Attributes") or {}

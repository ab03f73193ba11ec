"""IAM: policies may speak of who asks, by variables and by the role's ARN.

Restores "IAM policy elements: Variables and tags" (`${aws:PrincipalTag/<key>}`
and every other single-valued key, in the values of conditions) and the
`aws:PrincipalArn` of "AWS global condition context keys" of the AWS IAM User
Guide: for the session of a role, it is the role's ARN. Stock takes variables
for literal text, and has the session's ARN for the principal's.
"""

import re
from typing import Any

from ministack.core import iam_evaluator

from infra.local.corrections.patching import replace, require

_VARIABLE = re.compile(r"\$\{([^{},]+)\}")
_ROLE_SESSION = re.compile(r"arn:([\w-]+):sts::(\d{12}):assumed-role/([^/]+)/.*")


def apply() -> None:
    """Resolve variables, and name the roles of sessions."""
    require(iam_evaluator, "_evaluate_single_condition")

    def conditions_met(conditions: dict[str, Any], context: Any) -> bool:  # noqa: ANN401 - the engine's own values
        try:
            resolved = _resolved(conditions, context)
        except LookupError:
            # A statement with a variable that has no value here is not about this request.
            return False
        return bool(stock_conditions_met(resolved, context))

    def condition_key(key: str, context: Any) -> Any:  # noqa: ANN401 - the engine's own values
        value = stock_condition_key(key, context)
        if key.lower() == "aws:principalarn" and (session := _ROLE_SESSION.fullmatch(value)):
            return "arn:{}:iam::{}:role/{}".format(*session.groups())
        return value

    stock_condition_key = replace(iam_evaluator, "_resolve_condition_key", condition_key)
    stock_conditions_met = replace(iam_evaluator, "_conditions_met", conditions_met)


def _resolved(value: Any, context: Any) -> Any:  # noqa: ANN401 - any part of a policy, the engine's own values
    """Return a part of a condition with its variables replaced.

    Raises:
        LookupError: the request has no single value for one.
    """
    match value:
        case str():
            return _VARIABLE.sub(lambda found: _value_of(found[1], context), value)
        case list():
            return [_resolved(each, context) for each in value]
        case dict():
            return {key: _resolved(each, context) for key, each in value.items()}
    return value


def _value_of(key: str, context: Any) -> str:  # noqa: ANN401 - the engine's own values
    value = iam_evaluator._resolve_condition_key(key, context)
    if isinstance(value, str):
        return value
    raise LookupError(key)

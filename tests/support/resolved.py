"""Templates with their expressions resolved, and what the policies in them refuse: conditions as IAM reads them.

AWS: "Intrinsic function reference", "IAM JSON policy elements: Condition operators". Of either only what
infra/data.yaml uses; anything else is an error, so that no statement is passed over.
"""

import re
from collections.abc import Callable, Mapping
from fnmatch import fnmatchcase
from typing import Any, Final

from tests.support.templates import Json

_NOTHING: Final = object()
_PSEUDO: Final = {"AWS::Partition": "aws", "AWS::Region": "us-east-1", "AWS::AccountId": "123456789012"}


class Resolver:
    """Resolves the expressions of one template for the values of its parameters."""

    def __init__(self, document: Json, parameters: Mapping[str, str]) -> None:
        self._conditions = document.get("Conditions", {})
        self._values = {**_PSEUDO, **parameters}
        self._resources = document["Resources"]

    def properties(self, logical_id: str) -> Json:
        """Return the properties of a resource."""
        resolved: Json = self.of(self._resources[logical_id]["Properties"])
        return resolved

    def of(self, value: Any) -> Any:  # noqa: ANN401 (any value of a template)
        """Return a value without expressions; what `AWS::NoValue` stands for is left out."""
        if isinstance(value, list):
            return [each for each in map(self.of, value) if each is not _NOTHING]
        if not isinstance(value, dict):
            return value
        if len(value) == 1:
            ((name, arguments),) = value.items()
            if name == "Ref" or name.startswith("Fn::"):
                return self._expression(name, arguments)
        resolved = {key: self.of(each) for key, each in value.items()}
        return {key: each for key, each in resolved.items() if each is not _NOTHING}

    def _expression(self, name: str, arguments: Any) -> Any:  # noqa: ANN401 (any value of a template)
        match name, arguments:
            case "Ref", _:
                return _NOTHING if arguments == "AWS::NoValue" else self._values.get(arguments, arguments)
            case "Fn::GetAtt", [resource, attribute]:
                return f"arn:{resource}" if attribute == "Arn" else f"{resource}.{attribute}"
            case "Fn::Sub", str(text):
                return self._filled(text, {})
            case "Fn::Sub", [text, names]:
                return self._filled(text, self.of(names))
            case "Fn::If", [condition, then, otherwise]:
                return self.of(then if self._holds(self._conditions[condition]) else otherwise)
            case "Fn::Split" | "Fn::Join", [delimiter, operand]:
                resolved = self.of(operand)
                return resolved.split(delimiter) if name == "Fn::Split" else delimiter.join(resolved)
        raise LookupError(name)

    def _filled(self, text: str, names: Mapping[str, str]) -> str:
        known = {**self._values, **names}

        def value_of(found: re.Match[str]) -> str:
            resource, _, attribute = found[1].partition(".")
            return f"arn:{resource}" if attribute == "Arn" else known[resource]

        return re.sub(r"\$\{([^}]+)\}", value_of, text)

    def _holds(self, condition: Json) -> bool:
        match condition:
            case {"Fn::Not": [inner]}:
                return not self._holds(inner)
            case {"Fn::Equals": [left, right]}:
                return bool(self.of(left) == self.of(right))
        raise LookupError(condition)


def refusals(policy: Json, action: str, resource: str, context: Mapping[str, str]) -> set[str]:
    """Return the ids of the statements that refuse a call, whoever makes it."""
    return {
        statement["Sid"]
        for statement in policy["Statement"]
        if statement["Effect"] == "Deny" and _concerns(statement, action, resource, context)
    }


def allowances(policy: Json, action: str, context: Mapping[str, str]) -> set[str]:
    """Return the ids of the statements that allow a call."""
    return {
        statement["Sid"]
        for statement in policy["Statement"]
        if statement["Effect"] == "Allow" and _concerns(statement, action, "*", context)
    }


def _concerns(statement: Json, action: str, resource: str, context: Mapping[str, str]) -> bool:
    named = (
        _matches(action, statement["Action"]) if "Action" in statement else not _matches(action, statement["NotAction"])
    )
    resources = statement["Resource"]
    return (
        named
        and (resource == "*" or _matches(resource, resources))
        and all(
            _OPERATORS[operator](context.get(key), [str(each) for each in _listed(values)])
            for operator, keys in statement.get("Condition", {}).items()
            for key, values in keys.items()
        )
    )


def _matches(text: str, patterns: Any) -> bool:  # noqa: ANN401 (one pattern, or some)
    return any(fnmatchcase(text, pattern) for pattern in _listed(patterns))


def _listed(values: Any) -> list[Any]:  # noqa: ANN401 (one value, or some)
    return values if isinstance(values, list) else [values]


# A negated operator holds for a key that a request does not have, any other does not.
_OPERATORS: Final[dict[str, Callable[[str | None, list[str]], bool]]] = {
    "StringEquals": lambda told, values: told in values,
    "StringNotEquals": lambda told, values: told not in values,
    "ArnLike": lambda told, values: told is not None and _matches(told, values),
    "ArnNotLike": lambda told, values: told is None or not _matches(told, values),
    "Bool": lambda told, values: told is not None and told.lower() in [each.lower() for each in values],
    "NumericLessThan": lambda told, values: told is not None and float(told) < float(values[0]),
    "NumericGreaterThan": lambda told, values: told is not None and float(told) > float(values[0]),
}

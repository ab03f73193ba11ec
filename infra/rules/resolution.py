"""Works out what a template says once its parameters have values: no function of CloudFormation is left in it.

What a resource is called and its ARN are as AWS would make them, in an account of zeros; what only AWS can know, such
as an address, stands as the name of where it comes from. AWS, "Intrinsic function reference".
"""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any, Final

from infra.rules.identities import Json, identity_of

_ACCOUNT: Final = "0" * 12
_ZONES: Final = ("a", "b", "c")
_NOTHING: Final = object()
"""What AWS::NoValue leaves of the property that has it."""

_NAMED: Final = re.compile(r"\$\{([^!}][^}]*)\}")


@dataclass
class Template:
    """One template with the values of its parameters, and what the stacks that it nests give back."""

    document: Json
    parameters: Mapping[str, Any]
    region: str
    path: str
    output: Callable[[str, str], Any]
    """Returns an output of a nested stack, by the stack's logical id."""
    _decided: dict[str, bool] = field(default_factory=dict)

    @cached_property
    def _pseudo(self) -> dict[str, Any]:
        return {
            "AWS::AccountId": _ACCOUNT,
            "AWS::NoValue": _NOTHING,
            "AWS::NotificationARNs": [],
            "AWS::Partition": "aws",
            "AWS::Region": self.region,
            "AWS::StackId": f"arn:aws:cloudformation:{self.region}:{_ACCOUNT}:stack/{self.path}",
            "AWS::StackName": self.path,
            "AWS::URLSuffix": "amazonaws.com",
        }

    @property
    def resources(self) -> dict[str, Json]:
        """The resources that are made with these parameters, as they stand in the template."""
        return {
            logical_id: resource
            for logical_id, resource in self.document["Resources"].items()
            if "Condition" not in resource or self.holds({"Condition": resource["Condition"]})
        }

    def resolved(self, value: Any) -> Any:  # noqa: ANN401 (any JSON)
        """Return a value of the template without functions."""
        match value:
            case dict() if len(value) == 1 and next(iter(value)) in _FUNCTIONS:
                ((function, argument),) = value.items()
                return _FUNCTIONS[function](self, argument)
            case dict():
                pairs = ((name, self.resolved(each)) for name, each in value.items())
                return {name: each for name, each in pairs if each is not _NOTHING}
            case list():
                return [each for each in map(self.resolved, value) if each is not _NOTHING]
        return value

    def holds(self, condition: Any) -> bool:  # noqa: ANN401 (any JSON)
        """Tell whether a condition holds.

        Raises:
            LookupError: it is none that CloudFormation knows.
        """
        match condition:
            case {"Condition": str(name)}:
                if name not in self._decided:
                    self._decided[name] = self.holds(self.document["Conditions"][name])
                return self._decided[name]
            case {"Fn::Equals": [left, right]}:
                return str(self.resolved(left)) == str(self.resolved(right))
            case {"Fn::Not": [part]}:
                return not self.holds(part)
            case {"Fn::And": parts}:
                return all(map(self.holds, parts))
            case {"Fn::Or": parts}:
                return any(map(self.holds, parts))
        raise LookupError(f"{self.path}: no condition: {condition}")

    def substituted(self, text: str, values: Mapping[str, Any]) -> str:
        """Return a text with the value of each name that stands in it as `${name}`."""
        found = _NAMED.sub(lambda match: str(self._named(match[1], values)), text)
        # AWS, "Fn::Sub": `${!Literal}` stays, without its mark.
        return found.replace("${!", "${")

    def _named(self, name: str, values: Mapping[str, Any]) -> Any:  # noqa: ANN401 (any JSON)
        if name in values:
            return self.resolved(values[name])
        resource, _, attribute = name.partition(".")
        return self.attribute(resource, attribute) if attribute else self.reference(name)

    def reference(self, name: str) -> Any:  # noqa: ANN401 (any JSON)
        """Return what Ref gives: the value of a parameter, or what AWS calls a resource."""
        if name in self._pseudo:
            return self._pseudo[name]
        if name in self.parameters:
            declared = str(self.document.get("Parameters", {}).get(name, {}).get("Type", "String"))
            is_list = declared == "CommaDelimitedList" or declared.startswith("List<")
            return str(self.parameters[name]).split(",") if is_list else self.parameters[name]
        return self._identity(name, None) or f"{self.path}/{name}"

    def attribute(self, resource: str, attribute: str) -> Any:  # noqa: ANN401 (any JSON)
        """Return what Fn::GetAtt gives: an output of a nested stack, or something of a resource."""
        if attribute.startswith("Outputs."):
            return self.output(resource, attribute.removeprefix("Outputs."))
        return self._identity(resource, attribute) or f"{self.path}/{resource}.{attribute}"

    def _identity(self, name: str, attribute: str | None) -> str | None:
        resource = self.document["Resources"][name]
        # Names decide it; to resolve all properties could go round in circles.
        named = {key: value for key, value in resource.get("Properties", {}).items() if key.endswith("Name")}
        made = {"Type": resource["Type"], "Properties": self.resolved(named)}
        return identity_of(attribute, name, made, self.region, _ACCOUNT)


def _reference(template: Template, argument: Any) -> Any:  # noqa: ANN401 (any JSON)
    return template.reference(argument)


def _attribute(template: Template, argument: Any) -> Any:  # noqa: ANN401 (any JSON)
    resource, *attribute = argument if isinstance(argument, list) else argument.split(".")
    return template.attribute(resource, ".".join(attribute))


def _choice(template: Template, argument: Any) -> Any:  # noqa: ANN401 (any JSON)
    condition, yes, no = argument
    return template.resolved(yes if template.holds({"Condition": condition}) else no)


def _substitution(template: Template, argument: Any) -> str:  # noqa: ANN401 (any JSON)
    text, values = argument if isinstance(argument, list) else (argument, {})
    return template.substituted(text, values)


def _join(template: Template, argument: Any) -> str:  # noqa: ANN401 (any JSON)
    delimiter, parts = argument
    return str(delimiter).join(map(str, template.resolved(parts)))


def _select(template: Template, argument: Any) -> Any:  # noqa: ANN401 (any JSON)
    index, parts = int(argument[0]), template.resolved(argument[1])
    # Of a list that only AWS knows there is a name and no items.
    is_known = isinstance(parts, list) and index < len(parts)
    return parts[index] if is_known else f"{parts}[{index}]"


def _split(template: Template, argument: Any) -> list[str]:  # noqa: ANN401 (any JSON)
    delimiter, text = argument
    return str(template.resolved(text)).split(delimiter)


def _zones(template: Template, argument: Any) -> list[str]:  # noqa: ANN401 (any JSON)
    region = template.resolved(argument) or template.region
    return [f"{region}{zone}" for zone in _ZONES]


def _in_map(template: Template, argument: Any) -> Any:  # noqa: ANN401 (any JSON)
    name, key, subkey = template.resolved(argument)
    return template.document["Mappings"][name][key][subkey]


_FUNCTIONS: Final[dict[str, Callable[[Template, Any], Any]]] = {
    "Fn::FindInMap": _in_map,
    "Fn::GetAZs": _zones,
    "Fn::GetAtt": _attribute,
    "Fn::If": _choice,
    "Fn::Join": _join,
    "Fn::Select": _select,
    "Fn::Split": _split,
    "Fn::Sub": _substitution,
    "Ref": _reference,
}

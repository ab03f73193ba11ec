"""The stack's templates, as plain values: tables and routes of the tests come from what is deployed."""

from functools import cache
from pathlib import Path
from typing import Any, Final

import yaml

ROOT: Final = Path(__file__).resolve().parents[2]

Json = dict[str, Any]


class _Loader(yaml.SafeLoader):
    """Reads CloudFormation's short forms (`!Ref x`) as their long ones (`{"Ref": x}`)."""


def _intrinsic(loader: yaml.SafeLoader, suffix: str, node: yaml.Node) -> Json:
    value: Any
    if isinstance(node, yaml.ScalarNode):
        value = loader.construct_scalar(node)
    elif isinstance(node, yaml.SequenceNode):
        value = loader.construct_sequence(node, deep=True)
    elif isinstance(node, yaml.MappingNode):
        value = loader.construct_mapping(node, deep=True)
    else:
        message = f"unexpected node {node!r}"
        raise TypeError(message)
    if suffix == "GetAtt" and isinstance(value, str):
        value = value.split(".")
    return {suffix if suffix in {"Ref", "Condition"} else f"Fn::{suffix}": value}


_Loader.add_multi_constructor("!", _intrinsic)


@cache
def template(name: str = "template.yaml") -> Json:
    """Return one template by its path from the root."""
    loaded: Json = yaml.load((ROOT / name).read_text(), Loader=_Loader)  # noqa: S506 (a safe loader)
    return loaded


def resources(name: str = "template.yaml", *, of_type: str) -> dict[str, Json]:
    """Return the resources of one type, by logical id."""
    return {key: value for key, value in template(name)["Resources"].items() if value["Type"] == of_type}


def functions() -> dict[str, Json]:
    """Return the properties of every function, by logical id."""
    found = resources(of_type="AWS::Serverless::Function")
    return {logical_id: resource["Properties"] for logical_id, resource in found.items()}


def module_of(function: Json) -> str:
    """Return the module of a function's handler, e.g. `functions.products.get_product`."""
    folder = function["CodeUri"].replace("/", ".")
    return f"{folder}.{function['Handler'].removesuffix('.handler')}"


def routes() -> dict[tuple[str, str], Json]:
    """Return the function of every route, by method and path."""
    found = {}
    for function in functions().values():
        for event in function.get("Events", {}).values():
            if event["Type"] == "Api":
                found[event["Properties"]["Method"], event["Properties"]["Path"]] = function
    return found


def is_public(function: Json) -> bool:
    """Tell whether a function's route passes without the authorizer."""
    events = [event for event in function["Events"].values() if event["Type"] == "Api"]
    return all(event["Properties"].get("Auth", {}).get("Authorizer") == "NONE" for event in events)

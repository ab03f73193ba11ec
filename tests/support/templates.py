"""The stack's templates, as plain values: tables and routes of the tests come from what is deployed."""

from functools import cache
from pathlib import Path
from typing import Any, Final

import yaml

ROOT: Final = Path(__file__).resolve().parents[2]

API: Final = "infra/api.yaml"

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


def stack_templates() -> tuple[str, ...]:
    """Return the templates of all nested stacks, those in others included, by their paths from the root."""
    found: set[str] = set()
    waiting = {"template.yaml"}
    while waiting:
        below = {url for parent in waiting for url in nested_in(parent)}
        waiting = below - found
        found |= below
    return tuple(sorted(found))


def nested_in(parent: str) -> dict[str, Json]:
    """Return the parameters of the stacks that a template nests, by the paths of their templates from the root."""
    stacks = resources(parent, of_type="AWS::CloudFormation::Stack").values()
    return {
        (Path(parent).parent / each["Properties"]["TemplateURL"]).as_posix(): each["Properties"]["Parameters"]
        for each in stacks
    }


def nested_stacks() -> dict[str, Json]:
    """Return the root's nested stacks, by logical id."""
    return resources(of_type="AWS::CloudFormation::Stack")


def function_templates() -> tuple[str, ...]:
    """Return the templates that hold functions, by their paths from the root."""
    return tuple(name for name in stack_templates() if name.startswith("functions/"))


def given_to_all_functions() -> Json:
    """Return the properties that all functions have; each template of functions says the same (a test compares)."""
    shared: Json = template(function_templates()[0])["Globals"]["Function"]
    return shared


def functions() -> dict[str, Json]:
    """Return the properties of every function, by logical id."""
    return {
        logical_id: resource["Properties"]
        for name in function_templates()
        for logical_id, resource in resources(name, of_type="AWS::Serverless::Function").items()
    }


def module_of(function: Json) -> str:
    """Return the module of a function's handler, e.g. `functions.products.get_product`."""
    return f"functions.{function['CodeUri']}.{function['Handler'].removesuffix('.handler')}"


def operation_name(function: Json) -> str:
    """Return what a function is called in every environment, e.g. `get-product`."""
    name: str = function["FunctionName"]["Fn::Sub"]
    return name.removeprefix("nexstock-${Environment}-")


@cache
def _answering() -> dict[tuple[str, str], tuple[str, bool]]:
    """Return, by method and path, which operation answers a route, and whether without the authorizer."""
    found = {}
    for path, methods in template(API)["Resources"]["Api"]["Properties"]["DefinitionBody"]["paths"].items():
        for method, answered in methods.items():
            if method == "options":
                # Preflights are the gateway's own to answer.
                continue
            uri = answered["x-amazon-apigateway-integration"]["uri"]["Fn::Sub"]
            name = uri.removeprefix("${Functions}-").removesuffix(":live/invocations")
            found[method.upper(), path] = (name, answered.get("security") == [{"NONE": []}])
    return found


def routes() -> dict[tuple[str, str], Json]:
    """Return the function of every route, by method and path."""
    by_name = {operation_name(function): function for function in functions().values()}
    return {route: by_name[name] for route, (name, _is_public) in _answering().items()}


def route_of(function: Json) -> tuple[str, str] | None:
    """Return method and path of the route that a function answers, if any."""
    name = operation_name(function)
    return next((route for route, (answering, _is_public) in _answering().items() if answering == name), None)


def is_public(function: Json) -> bool:
    """Tell whether a function's route passes without the authorizer."""
    route = route_of(function)
    return route is not None and _answering()[route][1]

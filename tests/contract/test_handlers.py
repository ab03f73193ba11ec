"""Templates and handlers say the same: names, routes, and which routes are public."""

import importlib
from collections.abc import Iterator
from pathlib import Path
from typing import Final

import pytest

from nexstock.auth.permissions import Access
from nexstock.http.api import Api
from tests.support.templates import (
    API,
    ROOT,
    Json,
    function_templates,
    functions,
    is_public,
    module_of,
    operation_name,
    resources,
    route_of,
    routes,
)


def _handler_files() -> set[Path]:
    found = (ROOT / "functions").rglob("*.py")
    return {path.relative_to(ROOT) for path in found if path.name != "__init__.py"}


def _file_of(function: Json) -> Path:
    return Path(module_of(function).replace(".", "/") + ".py")


def _app_of(function: Json) -> Api:
    app = importlib.import_module(module_of(function)).app
    assert isinstance(app, Api)
    return app


def _api_functions() -> Iterator[tuple[str, Json]]:
    for logical_id, function in functions().items():
        if route_of(function) is not None:
            yield logical_id, function


API_FUNCTIONS: Final = [pytest.param(function, id=logical_id) for logical_id, function in _api_functions()]
FUNCTIONS: Final = [pytest.param(logical_id, each, id=logical_id) for logical_id, each in functions().items()]


def test_every_handler_file_has_a_function_and_every_function_a_file() -> None:
    assert {_file_of(function) for function in functions().values()} == _handler_files()


@pytest.mark.parametrize(("logical_id", "function"), FUNCTIONS)
def test_every_handler_resolves_to_a_callable(logical_id: str, function: Json) -> None:
    assert callable(importlib.import_module(module_of(function)).handler), logical_id


@pytest.mark.parametrize(("logical_id", "function"), FUNCTIONS)
def test_names_follow_from_the_file(logical_id: str, function: Json) -> None:
    name = _file_of(function).stem
    assert logical_id == "".join(word.title() for word in name.split("_")) + "Function"
    assert function["FunctionName"] == {"Fn::Sub": f"nexstock-${{Environment}}-{name.replace('_', '-')}"}
    assert function["Handler"] == f"{name}.handler"


@pytest.mark.parametrize("function", API_FUNCTIONS)
def test_the_route_in_the_code_is_the_route_in_the_template(function: Json) -> None:
    operation = _app_of(function).operation
    assert (operation.method, operation.path) == route_of(function)


@pytest.mark.parametrize("function", API_FUNCTIONS)
def test_exactly_the_public_routes_pass_without_the_authorizer(function: Json) -> None:
    assert is_public(function) == (_app_of(function).operation.requires is Access.PUBLIC)


@pytest.mark.parametrize("function", API_FUNCTIONS)
def test_the_first_line_of_a_handler_names_its_route(function: Json) -> None:
    module = importlib.import_module(module_of(function))
    operation = module.app.operation
    assert (module.__doc__ or "").startswith(f"{operation.method} {operation.path}: ")


def test_every_handler_that_has_an_operation_has_a_route() -> None:
    routed = {logical_id for logical_id, _function in _api_functions()}
    with_operation = {
        logical_id
        for logical_id, function in functions().items()
        if hasattr(importlib.import_module(module_of(function)), "app")
    }
    assert with_operation == routed


def test_no_two_operations_have_one_route_or_one_name() -> None:
    operations = [_app_of(function).operation for _logical_id, function in _api_functions()]
    assert len({(operation.method, operation.path) for operation in operations}) == len(operations) == len(routes())


def test_the_api_alone_may_invoke_what_answers_its_routes_and_nothing_else() -> None:
    permissions = resources(API, of_type="AWS::Lambda::Permission").values()
    called = {each["Properties"]["FunctionName"]["Fn::Sub"] for each in permissions}
    answering = {operation_name(function) for _logical_id, function in _api_functions()}
    assert called == {f"nexstock-${{Environment}}-{name}:live" for name in answering}
    source = "arn:${AWS::Partition}:execute-api:${AWS::Region}:${AWS::AccountId}:${Api}/live/*"
    for each in permissions:
        assert each["Properties"]["Principal"] == "apigateway.amazonaws.com"
        assert each["Properties"]["SourceArn"] == {"Fn::Sub": source}


def test_a_folder_of_functions_is_in_one_template() -> None:
    folders = {
        name: {each["Properties"]["CodeUri"] for each in resources(name, of_type="AWS::Serverless::Function").values()}
        for name in function_templates()
    }
    assert sum(map(len, folders.values())) == len(set().union(*folders.values()))


def test_the_comment_above_a_function_names_its_route() -> None:
    lines = [line for name in function_templates() for line in (ROOT / name).read_text().splitlines()]
    for logical_id, function in _api_functions():
        operation = _app_of(function).operation
        comment = lines[lines.index(f"  {logical_id}:") + 1]
        assert comment.strip() == f"# {operation.method} {operation.path}"

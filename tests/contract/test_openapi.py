"""The OpenAPI document: made from the code, valid, and about exactly the routes that there are."""

import json
from functools import cache
from typing import Any

import pytest
from openapi_spec_validator import OpenAPIV31SpecValidator

from infra.openapi import DOCUMENT, applications, document, requirements
from nexstock.auth.permissions import Access
from nexstock.auth.route_requirements import REQUIREMENTS_PATH, requirement_of
from nexstock.http import requests
from tests.support.api import call
from tests.support.requests import MISSING, filled, operation_of
from tests.support.templates import Json, is_public, routes


@cache
def _committed() -> Json:
    loaded: Json = json.loads(DOCUMENT.read_text())
    return loaded


def _operations() -> dict[tuple[str, str], Json]:
    return {
        (method.upper(), path): operation
        for path, operations in _committed()["paths"].items()
        for method, operation in operations.items()
    }


def test_the_committed_document_is_what_the_code_says() -> None:
    assert _committed() == json.loads(json.dumps(document())), "run `make openapi`"


def test_the_front_door_knows_what_each_route_requires() -> None:
    assert json.loads(REQUIREMENTS_PATH.read_text()) == requirements(), "run `make openapi`"
    for app in applications():
        operation = app.operation
        assert requirement_of(f"{operation.method} {operation.path}") is operation.requires
    assert requirement_of("GET /v1/nothing") is None


def test_the_document_is_valid_openapi_3_1() -> None:
    assert _committed()["openapi"].startswith("3.1.")
    OpenAPIV31SpecValidator(_committed()).validate()


def test_the_document_lists_exactly_the_routes() -> None:
    assert set(_operations()) == set(routes())


def test_operation_ids_are_unique() -> None:
    names = [operation["operationId"] for operation in _operations().values()]
    assert len(set(names)) == len(names)


@pytest.mark.parametrize("route", sorted(routes()), ids=" ".join)
def test_security_is_what_the_template_asks_for(route: tuple[str, str]) -> None:
    operation = _operations()[route]
    assert (operation["security"] == []) == is_public(routes()[route])
    # A person's own routes take no API key.
    if operation["x-requires"] in {Access.SIGNED_IN.value, Access.ACCOUNT.value}:
        assert operation["security"] == [{"accessToken": []}]


@pytest.mark.parametrize("route", sorted(routes()), ids=" ".join)
def test_every_variable_of_a_path_is_described(route: tuple[str, str]) -> None:
    described = {
        parameter["name"] for parameter in _operations()[route].get("parameters", []) if parameter["in"] == "path"
    }
    assert described == {part.strip("{}") for part in route[1].split("/") if part.startswith("{")}


@pytest.mark.parametrize("route", sorted(routes()), ids=" ".join)
def test_every_operation_answers_with_problems(route: tuple[str, str]) -> None:
    responses = _operations()[route]["responses"]
    assert set(responses["default"]["content"]) == {"application/problem+json"}
    assert len(responses) == (2 if operation_of(route).or_answers is None else 3)


@pytest.mark.usefixtures("platform")
@pytest.mark.parametrize(
    "path", sorted(path for method, path in routes() if is_public(routes()[method, path]) and method == "GET")
)
def test_public_pages_are_of_the_media_type_that_is_described(path: str) -> None:
    (described,) = _operations()["GET", path]["responses"]["200"]["content"]
    address = filled(("GET", path), MISSING)
    assert call("GET", address).headers["Content-Type"].partition(";")[0] == described


def test_every_body_refuses_unknown_fields() -> None:
    for route, operation in _operations().items():
        for schema in _bodies(operation):
            assert schema.get("additionalProperties") is False, route


def test_every_schema_is_used() -> None:
    text = json.dumps(_committed())
    unused = {name for name in _committed()["components"]["schemas"] if f'"#/components/schemas/{name}"' not in text}
    assert unused == set()


def test_success_statuses_are_those_of_the_operations() -> None:
    for app in applications():
        operation = app.operation
        assert str(int(operation.answers)) in _operations()[operation.method, operation.path]["responses"]


def _bodies(operation: Json) -> list[Json]:
    content = operation.get("requestBody", {}).get("content", {})
    # A table's columns are no fields of a schema: the import itself refuses those that it does not know.
    documents = [media for media_type, media in content.items() if media_type != requests.CSV]
    return [_resolved(schema) for media in documents for schema in _alternatives(media["schema"])]


def _alternatives(schema: Json) -> list[Json]:
    return [each for each in schema.get("anyOf", [schema]) if each.get("type") != "null"]


def _resolved(schema: Json) -> Any:  # noqa: ANN401 (a schema)
    reference = schema.get("$ref")
    return _committed()["components"]["schemas"][reference.rpartition("/")[2]] if reference else schema

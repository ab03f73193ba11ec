"""Ways in: every pathway to a session or a credential is documented, and there is no other."""

import json
import re
from typing import Final

import pytest

from infra.openapi import DOCUMENT
from nexstock.auth.permissions import Access
from tests.support.api import call
from tests.support.requests import operation_of
from tests.support.templates import ROOT, routes, template

_DOCUMENT: Final = (ROOT / "docs" / "identity.md").read_text()
_DEFAULTS: Final = ("admin", "root", "test", "demo", "nexstock", "password", "changeme")


def _documented_routes(heading: str) -> set[tuple[str, str]]:
    section = _DOCUMENT.partition(f"## {heading}\n")[2].partition("\n## ")[0]
    return {(method, path) for method, path in re.findall(r"`(GET|POST|PATCH|DELETE) (/[^`]*)`", section)}


def _answers_with_a_credential(route: tuple[str, str]) -> bool:
    document = json.loads(DOCUMENT.read_text())
    operation = document["paths"][route[1]][route[0].lower()]
    names = set(re.findall(r'"#/components/schemas/(\w+)"', json.dumps(operation["responses"])))
    fields = {field for name in names for field in document["components"]["schemas"][name].get("properties", {})}
    return bool(fields & {"accessToken", "refreshToken", "key", "proof", "mfaToken", "secret"})


@pytest.mark.asvs("6.1.3", "6.3.4")
def test_every_way_to_a_credential_is_documented_and_no_other_exists() -> None:
    giving = {route for route in routes() if _answers_with_a_credential(route)}
    assert giving == _documented_routes("Ways in")


@pytest.mark.asvs("6.3.4")
def test_what_works_without_a_credential_is_documented() -> None:
    public = {route for route in routes() if operation_of(route).requires is Access.PUBLIC and route[0] == "POST"}
    assert public == _documented_routes("Without a credential")


@pytest.mark.asvs("6.3.2")
@pytest.mark.usefixtures("platform")
def test_a_new_deployment_has_no_account() -> None:
    for name in _DEFAULTS:
        body = {"email": f"{name}@nexstock.example", "password": name}
        assert call("POST", "/v1/auth/login", body=body).status == 401


@pytest.mark.asvs("6.3.2")
def test_the_template_makes_no_account_and_takes_no_password() -> None:
    parameters = {name.lower() for name in template()["Parameters"]}
    assert not [name for name in parameters if "password" in name or "admin" in name]


@pytest.mark.asvs("6.4.2")
def test_nothing_asks_for_hints_or_secret_questions() -> None:
    schemas = json.loads(DOCUMENT.read_text())["components"]["schemas"]
    # What a customer's server answered to a webhook is nobody's way in.
    asked = [schema for name, schema in schemas.items() if name != "AttemptView"]
    fields = {field.lower() for schema in asked for field in schema.get("properties", {})}
    assert not [field for field in fields if "hint" in field or "question" in field or "answer" in field]


@pytest.mark.asvs("6.4.6")
def test_nobody_sets_another_persons_password() -> None:
    document = json.loads(DOCUMENT.read_text())
    taking = set()
    for route in routes():
        body = json.dumps(document["paths"][route[1]][route[0].lower()].get("requestBody", {}))
        names = set(re.findall(r'"#/components/schemas/(\w+)"', body))
        fields = {field for name in names for field in document["components"]["schemas"][name].get("properties", {})}
        if any("password" in field.lower() for field in fields):
            taking.add(route)
    # Each is a person's own: their sign-in, their registration or invitation, their present password or mailed code.
    assert taking == {
        ("POST", "/v1/auth/register"),
        ("POST", "/v1/auth/login"),
        ("POST", "/v1/auth/password/reset"),
        ("POST", "/v1/account/password"),
        ("POST", "/v1/invitations/accept"),
    }

"""A session that an organization's provider opened speaks for the account only where it belongs to nobody else."""

import pytest

from nexstock.auth.permissions import Access, Role
from tests.support.api import call
from tests.support.people import add_person
from tests.support.providers import Provider
from tests.support.requests import MISSING, filled, operation_of
from tests.support.single_sign_on import an_organization_at, signed_on
from tests.support.templates import routes

pytestmark = pytest.mark.usefixtures("platform")

_OF_THE_ACCOUNT = sorted(route for route in routes() if operation_of(route).requires is Access.ACCOUNT)


def test_a_provider_reaches_nothing_of_an_account_that_belongs_to_others_too() -> None:
    with Provider() as provider:
        organization, domain = an_organization_at(provider)
        grace = add_person(organization, Role.MEMBER, email=f"grace@{domain}")
        assert call("POST", "/v1/organizations", token=grace.token, body={"name": "Her own"}).status == 201
        token = signed_on(provider, grace.email).json["accessToken"]
    assert len(_OF_THE_ACCOUNT) >= 15
    for method, path in _OF_THE_ACCOUNT:
        reply = call(method, filled((method, path), MISSING), token=token, body={})
        assert (reply.status, reply.json["code"]) == (403, "own_sign_in_required"), path
    shown = call("GET", "/v1/account", token=token).json["organizations"]
    assert [each["id"] for each in shown] == [organization.id]
    assert len(call("GET", "/v1/account", token=grace.token).json["organizations"]) == 2
    assert call("GET", "/v1/products", token=token).status == 200


def test_who_belongs_nowhere_else_keeps_their_account_by_the_provider_alone() -> None:
    with Provider() as provider:
        _, domain = an_organization_at(provider)
        token = signed_on(provider, f"ada@{domain}").json["accessToken"]
    changed = call("PATCH", "/v1/account", token=token, body={"name": "Ada Quay"})
    assert (changed.status, changed.json["name"]) == (200, "Ada Quay")
    assert call("GET", "/v1/account/sessions", token=token).status == 200

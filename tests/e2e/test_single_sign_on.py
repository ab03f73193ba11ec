"""Single sign-on over HTTP, at a real provider beside the platform, with DNS that the test answers."""

import secrets
from collections.abc import Iterator
from typing import Any

import pytest

from infra.local.platform.customer import Customer, SignedIn, eventually, expect, new_password
from tests.support import name_server
from tests.support.providers import real_provider, signed_in_at

CONNECTION = "/v1/organization/single-sign-on"


@pytest.fixture(scope="module")
def issuer() -> Iterator[str]:
    """Run the provider for all tests here."""
    with real_provider() as address:
        yield address


def _connected(client: Customer, owner: SignedIn, issuer: str, **fields: Any) -> str:  # noqa: ANN401 (any JSON value)
    """Connect the organization to the provider, prove a domain, and return the domain."""
    domain = f"{secrets.token_hex(6)}.example"
    body = {"issuer": issuer, "clientId": "nexstock", "clientSecret": secrets.token_urlsafe(16), "domains": [domain]}
    created = expect(client.http.post(CONNECTION, headers=owner.headers, json={**body, **fields}), 201).json()
    record = created["domains"][0]["txtRecord"]
    verify, named = f"{CONNECTION}/domains/verify", {"name": domain}
    early = client.http.post(verify, headers=owner.headers, json=named)
    assert (early.status_code, early.json()["code"]) == (409, "domain_not_verified")
    name_server.publish(record["name"], record["value"])
    verified = expect(client.http.post(verify, headers=owner.headers, json=named), 200).json()
    assert verified["domains"][0]["status"] == "verified"
    return domain


def _came_back(client: Customer, issuer: str, email: str) -> dict[str, str]:
    """Begin a sign-in, sign in at the provider, and return what the browser posts at its end."""
    started = expect(client.http.post("/v1/auth/sso/start", json={"email": email}), 200).json()
    answer = signed_in_at(issuer, started["authorizationUrl"], email)
    return {"signInToken": started["signInToken"], "refreshTokenDelivery": "body", **answer}


def test_somebody_new_signs_in_at_the_organizations_provider_and_works(client: Customer, issuer: str) -> None:
    owner = client.new_owner()
    email = f"grace@{_connected(client, owner, issuer)}"
    body = _came_back(client, issuer, email)
    told = expect(client.http.post("/v1/auth/sso/complete", json=body), 200).json()
    assert (told["organizationId"], told["role"]) == (owner.organization_id, "member")
    again = client.http.post("/v1/auth/sso/complete", json=body)
    assert (again.status_code, again.json()["code"]) == (401, "single_sign_on_refused")
    headers = {"Authorization": f"Bearer {told['accessToken']}"}
    account = expect(client.http.get("/v1/account", headers=headers), 200).json()
    assert (account["email"], account["name"]) == (email, "Ada Quay")
    assert client.http.post("/v1/products", headers=headers, json={"sku": "S-1", "name": "Sail"}).status_code == 201
    assert client.http.post("/v1/auth/refresh", json={"refreshToken": told["refreshToken"]}).status_code == 200
    assert eventually(lambda: client.mails_to(email))[0]["subject"].startswith("You can sign in")

    def joined() -> list[dict[str, Any]]:
        entries = client.http.get("/v1/audit-logs", headers=owner.headers, params={"limit": "100"}).json()["items"]
        return [
            entry for entry in entries if entry["action"] == "member.created" and entry["actor"]["id"] == account["id"]
        ]

    assert eventually(joined)[0]["ip"] == client.source


def test_a_removed_member_does_not_come_back_by_single_sign_on(client: Customer, issuer: str) -> None:
    owner = client.new_owner()
    email = f"grace@{_connected(client, owner, issuer)}"
    told = expect(client.http.post("/v1/auth/sso/complete", json=_came_back(client, issuer, email)), 200).json()
    headers = {"Authorization": f"Bearer {told['accessToken']}"}
    person = client.http.get("/v1/account", headers=headers).json()["id"]
    assert client.http.delete(f"/v1/members/{person}", headers=owner.headers).status_code == 204
    assert client.http.get("/v1/products", headers=headers).status_code == 401
    refused = client.http.post("/v1/auth/sso/complete", json=_came_back(client, issuer, email))
    assert (refused.status_code, refused.json()["code"]) == (401, "single_sign_on_refused")


def test_an_organization_that_requires_single_sign_on_lets_its_owner_in_by_password(
    client: Customer, issuer: str
) -> None:
    email, password = f"{secrets.token_hex(8)}@customers.example", new_password()
    expect(client.register(email, password), 202)
    expect(client.verify(email), 204)
    owner = client.sign_in(email, password)
    domain = _connected(client, owner, issuer, required=True)
    assert client.sign_in(email, password).organization_id == owner.organization_id
    body = _came_back(client, issuer, f"grace@{domain}")
    assert client.http.post("/v1/auth/sso/complete", json=body).status_code == 200


def test_a_domain_that_nobody_has_is_told_as_such(client: Customer) -> None:
    answer = client.http.post("/v1/auth/sso/start", json={"email": "ada@nowhere.example"})
    assert (answer.status_code, answer.json()["code"]) == (404, "single_sign_on_not_found")

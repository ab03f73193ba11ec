"""Webhook endpoints: the secret is shown once and sealed at rest, and every endpoint hears of its events."""

from typing import Any

import pytest

from nexstock.clock import utc_now
from nexstock.config import TableNames
from nexstock.crypto.envelope import CannotOpen, open_sealed, seal_first
from nexstock.ids import new_id
from nexstock.persistence.keys import Kind, tenant_partition
from nexstock.persistence.tables import connection
from nexstock.webhooks.model import secret_place
from nexstock.webhooks.repository import WebhookEndpointRepository
from nexstock.webhooks.schemas import CreateWebhookEndpoint
from nexstock.webhooks.service import create_endpoint, delete_endpoint
from tests.support.api import Reply, call
from tests.support.logs import logged
from tests.support.people import StaffedOrganization, an_organization

_PATH = "/v1/webhook-endpoints"
_BODY: dict[str, Any] = {"url": "https://example.com/hook", "events": ["product.*"], "description": "Warehouse"}


@pytest.fixture
def organization() -> StaffedOrganization:
    return an_organization()


def _create(organization: StaffedOrganization, **fields: Any) -> Reply:  # noqa: ANN401 (fields of a body)
    return call("POST", _PATH, token=organization.admin.token, body={**_BODY, **fields})


def _stored(organization: StaffedOrganization, endpoint_id: str) -> dict[str, dict[str, Any]]:
    key = {"PK": {"S": tenant_partition(organization.id, Kind.WEBHOOK_ENDPOINT)}, "SK": {"S": endpoint_id}}
    item: dict[str, dict[str, Any]] = connection().client.get_item(TableName=TableNames.from_env().tenants, Key=key)[
        "Item"
    ]
    return item


def test_secret_is_shown_once(organization: StaffedOrganization) -> None:
    with logged() as log:
        created = _create(organization)
    location, secret = created.headers["Location"], created.json["secret"]

    shown = call("GET", location, token=organization.admin.token)
    patched = call("PATCH", location, token=organization.admin.token, body={"enabled": False})
    listed = call("GET", _PATH, token=organization.admin.token)

    assert (created.status, created.headers["ETag"]) == (201, '"1"')
    assert secret.startswith("whsec_")
    assert {name: value for name, value in created.json.items() if name != "secret"} == shown.json
    assert [text for text in (shown.text, patched.text, listed.text, log.text) if secret in text] == []


def test_secret_is_sealed_at_rest_for_its_place(organization: StaffedOrganization) -> None:
    created = _create(organization).json
    sealed = bytes(_stored(organization, created["id"])["sealedSecret"]["B"])

    assert created["secret"].encode() not in sealed
    assert created["secret"] not in str(_stored(organization, created["id"]))
    assert open_sealed(secret_place(organization.id, created["id"]), sealed) == created["secret"].encode()
    for elsewhere in (secret_place(an_organization().id, created["id"]), secret_place(organization.id, "whe_1")):
        with pytest.raises(CannotOpen):
            open_sealed(elsewhere, sealed)


def test_patch_keeps_the_secret(organization: StaffedOrganization) -> None:
    created = _create(organization)
    before = _stored(organization, created.json["id"])["sealedSecret"]

    patched = call(
        "PATCH",
        created.headers["Location"],
        token=organization.admin.token,
        body={"url": "https://example.com/other", "description": None},
        headers={"If-Match": '"1"'},
    )

    assert (patched.status, patched.headers["ETag"]) == (200, '"2"')
    assert (patched.json["url"], patched.json["description"]) == ("https://example.com/other", None)
    assert _stored(organization, created.json["id"])["sealedSecret"] == before


def test_stale_version_is_refused(organization: StaffedOrganization) -> None:
    location, headers = _create(organization).headers["Location"], {"If-Match": '"7"'}

    assert call("PATCH", location, token=organization.admin.token, body={}, headers=headers).status == 412
    assert call("DELETE", location, token=organization.admin.token, headers=headers).status == 412


def test_deleted_endpoint_is_gone(organization: StaffedOrganization) -> None:
    location = _create(organization).headers["Location"]

    assert call("DELETE", location, token=organization.admin.token).status == 204
    assert call("GET", location, token=organization.admin.token).status == 404
    assert call("DELETE", location, token=organization.admin.token).status == 404
    assert call("GET", _PATH, token=organization.admin.token).json == {"items": [], "next": None}


@pytest.mark.parametrize("method", ["GET", "PATCH", "DELETE"])
def test_endpoints_of_another_organization_look_like_none(organization: StaffedOrganization, method: str) -> None:
    foreign = an_organization()
    theirs = _create(foreign)
    paths = [theirs.headers["Location"], f"{_PATH}/{new_id('whe', utc_now())}", f"{_PATH}/x"]
    body = {"enabled": False} if method == "PATCH" else None

    replies = [call(method, path, token=organization.owner.token, body=body) for path in paths]

    assert {reply.status for reply in replies} == {404}
    assert len({reply.text.replace(reply.json["instance"], "") for reply in replies}) == 1
    assert call("GET", theirs.headers["Location"], token=foreign.admin.token).json["enabled"] is True


@pytest.mark.parametrize(
    "fields",
    [
        {"events": []},
        {"events": ["product"]},
        {"events": ["product.created"] * 51},
        {"url": "ftp://example.com/"},
        {"url": "https://user:pass@example.com/"},
        {"url": "https://example.com/#fragment"},
        {"url": "https://example.com/" + "x" * 2100},
        {"url": "//example.com"},
        {"description": "x" * 501},
        {"enabled": "true"},
        {"secret": "whsec_mine"},
    ],
    ids=str,
)
def test_endpoint_outside_the_contract_is_refused(organization: StaffedOrganization, fields: dict[str, Any]) -> None:
    assert _create(organization, **fields).status == 422
    assert call("GET", _PATH, token=organization.admin.token).json["items"] == []


def test_every_endpoint_hears_of_its_events_however_many_there_are(organization: StaffedOrganization) -> None:
    made = []
    for number in range(120):
        tenant = organization.tenant()
        events = ["*"] if number % 2 else ["product.created"]
        command = CreateWebhookEndpoint(url=f"https://example.com/{number}", events=tuple(events))
        endpoints, seal = WebhookEndpointRepository(tenant), seal_first(tenant.transaction)
        endpoint, _ = create_endpoint(command, tenant=tenant, endpoints=endpoints, seal=seal)
        tenant.transaction.commit()
        made.append(endpoint.id)
    for endpoint_id in made[1:5]:
        tenant = organization.tenant()
        delete_endpoint(endpoint_id, expected=None, endpoints=WebhookEndpointRepository(tenant))
        tenant.transaction.commit()

    endpoints = WebhookEndpointRepository(organization.tenant())

    assert {endpoint.id for endpoint in endpoints.receiving("product.created")} == {made[0], *made[5:]}
    assert {endpoint.id for endpoint in endpoints.receiving("api_key.created")} == {*made[5::2]}

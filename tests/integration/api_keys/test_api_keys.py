"""API keys: shown once, stored as a hash, refused from the request after their end."""

import base64
import contextlib
from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import pytest
from botocore.awsrequest import AWSPreparedRequest

from nexstock.auth.api_key_format import ApiKeyText
from nexstock.auth.gate import Unauthorized, judge
from nexstock.clock import to_rfc3339, utc_now
from nexstock.ids import ApiKeyId, new_id
from nexstock.persistence.tables import connection
from tests.support.api import Reply, call
from tests.support.calls import recorded_calls
from tests.support.events import api_event
from tests.support.logs import logged
from tests.support.people import StaffedOrganization, an_organization


@pytest.fixture
def organization() -> StaffedOrganization:
    return an_organization()


def _create(organization: StaffedOrganization, **fields: Any) -> Reply:  # noqa: ANN401 (fields of a body)
    body = {"name": "Shop", "scope": "write", **fields}
    return call("POST", "/v1/api-keys", token=organization.owner.token, body=body)


@contextlib.contextmanager
def _sent_to_the_tables() -> Iterator[list[str]]:
    """Record the requests of the tables: what is in none of them is stored nowhere."""
    sent: list[str] = []

    def note(request: AWSPreparedRequest, **_rest: object) -> None:
        sent.append(request.body.decode() if isinstance(request.body, bytes) else str(request.body))

    events = connection().client.meta.events
    events.register("before-send.dynamodb", note)
    try:
        yield sent
    finally:
        events.unregister("before-send.dynamodb", note)


def test_key_is_shown_once_and_works(organization: StaffedOrganization) -> None:
    reply = _create(organization, name=" Shop ")
    key, location = reply.json["key"], reply.headers["Location"]

    shown = call("GET", location, token=organization.admin.token)

    assert (reply.status, reply.headers["ETag"], reply.json["name"]) == (201, '"1"', "Shop")
    assert {name: value for name, value in reply.json.items() if name != "key"} == shown.json
    assert shown.json["createdBy"] == organization.owner.id
    assert key.startswith(shown.json["prefix"])
    assert call("POST", "/v1/products", token=key, body={"sku": "A", "name": "Thing"}).status == 201


def test_plain_key_is_stored_nowhere(organization: StaffedOrganization) -> None:
    with logged() as log, _sent_to_the_tables() as sent:
        key = _create(organization).json["key"]
        call("GET", "/v1/products", token=key)

    stored = "".join(sent)
    assert key[:17] in stored
    for secret in (key, key[35:78], base64.b64encode(key.encode()).decode()):
        assert secret not in stored
    assert key[35:] not in log.text


def test_revoked_key_is_refused_at_once(organization: StaffedOrganization) -> None:
    reply = _create(organization)
    assert call("GET", "/v1/products", token=reply.json["key"]).status == 200

    revoked = call("DELETE", reply.headers["Location"], token=organization.admin.token)

    assert revoked.status == 204
    assert call("GET", "/v1/products", token=reply.json["key"]).status == 401
    assert call("GET", reply.headers["Location"], token=organization.admin.token).status == 404
    assert call("DELETE", reply.headers["Location"], token=organization.admin.token).status == 404
    listed = call("GET", "/v1/api-keys", token=organization.admin.token).json["items"]
    assert reply.json["id"] not in {key["id"] for key in listed}


def test_key_may_revoke_itself(organization: StaffedOrganization) -> None:
    reply = _create(organization, scope="admin")
    key = reply.json["key"]

    assert call("DELETE", reply.headers["Location"], token=key).status == 204
    assert call("DELETE", reply.headers["Location"], token=key).status == 401


def test_key_ends_at_its_time(organization: StaffedOrganization) -> None:
    ends_at = utc_now() + timedelta(hours=1)
    key = _create(organization, expiresAt=to_rfc3339(ends_at)).json["key"]
    event = {**api_event("GET", "/v1/products", headers={"X-API-Key": key}), "methodArn": "arn"}

    verdict = judge(event, ends_at - timedelta(seconds=1))

    assert verdict["policyDocument"]["Statement"][0]["Effect"] == "Allow"
    with pytest.raises(Unauthorized):
        judge(event, ends_at + timedelta(milliseconds=1))


@pytest.mark.parametrize(
    "fields",
    [
        {"expiresAt": "2020-01-01T00:00:00Z"},
        {"expiresAt": "9999-12-31T23:59:59-14:00"},
        {"expiresAt": "2099-01-01T00:00:00"},
        {"scope": "owner"},
        {"scope": "READ"},
        {"scope": None},
        {"name": ""},
        {"createdBy": "usr_1"},
        {"key": "nxs_live_mine"},
    ],
    ids=str,
)
def test_key_outside_the_contract_is_refused(organization: StaffedOrganization, fields: dict[str, Any]) -> None:
    before = call("GET", "/v1/api-keys", token=organization.owner.token).json

    assert _create(organization, **fields).status == 422
    assert call("GET", "/v1/api-keys", token=organization.owner.token).json == before


def test_mistyped_key_costs_no_read(organization: StaffedOrganization) -> None:
    key = organization.credentials["read_key"]
    mistyped = key[:-1] + ("0" if key[-1] != "0" else "1")
    event = {**api_event("GET", "/v1/products", headers={"X-API-Key": mistyped}), "methodArn": "arn"}

    with recorded_calls() as recording, pytest.raises(Unauthorized):
        judge(event, utc_now())

    assert recording.operations == ["UpdateItem"]
    assert recording.read_units == 0


def test_well_formed_key_that_nobody_made_is_refused(organization: StaffedOrganization) -> None:
    unknown = ApiKeyText.generate(ApiKeyId(new_id("key", utc_now())))
    known_id = ApiKeyText.generate(ApiKeyText.parse(organization.credentials["admin_key"]).id)

    assert call("GET", "/v1/products", token=unknown.text).status == 401
    assert call("GET", "/v1/products", token=known_id.text).status == 401


def test_keys_of_another_organization_look_like_none(organization: StaffedOrganization) -> None:
    foreign = an_organization()
    location = f"/v1/api-keys/{foreign.api_keys[next(iter(foreign.api_keys))].id}"
    missing = f"/v1/api-keys/{new_id('key', utc_now())}"

    for method in ("GET", "DELETE"):
        answers = [call(method, path, token=organization.owner.token) for path in (location, missing)]
        assert [answer.status for answer in answers] == [404, 404]
        bodies = [{**answer.json, "instance": None} for answer in answers]
        assert bodies[0] == bodies[1]
    assert call("GET", location, token=foreign.owner.token).status == 200


def test_revocation_of_another_version_is_refused(organization: StaffedOrganization) -> None:
    reply = _create(organization)
    stale = call("DELETE", reply.headers["Location"], token=organization.owner.token, headers={"If-Match": '"2"'})

    assert stale.status == 412
    assert call("GET", "/v1/products", token=reply.json["key"]).status == 200


def test_list_shows_keys_newest_first_without_their_secrets(organization: StaffedOrganization) -> None:
    made = [_create(organization, name=f"Shop {number}").json for number in range(3)]

    page = call("GET", "/v1/api-keys", token=organization.owner.token, query={"limit": "3"})

    assert [key["id"] for key in page.json["items"]] == [key["id"] for key in reversed(made)]
    assert not [key for key in page.json["items"] if "key" in key]
    assert page.json["next"] is not None
    assert [key["key"] for key in made if key["key"] in page.text] == []

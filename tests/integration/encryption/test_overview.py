"""An organization sees the age of every key that concerns it, how far rotations have come, and has it all signed."""

from datetime import timedelta

import pytest

from nexstock.clock import from_rfc3339, utc_now
from nexstock.crypto.checkpoint_signer import public_keys
from nexstock.crypto.stored_keys import destroy_data_keys, stored_data_keys
from nexstock.key_policies import data_key_age
from nexstock_verify.documents import Document
from nexstock_verify.notes import NotSigned
from tests.support import environment
from tests.support.api import call
from tests.support.events import Json
from tests.support.people import StaffedOrganization, an_organization
from tests.support.rotations import LATER, RotationQueue, looked_at, rotated_and_settled

pytestmark = pytest.mark.usefixtures("platform")

_PERSON = {"name": "Grace Hopper", "email": "grace@example.com"}


@pytest.fixture
def organization() -> StaffedOrganization:
    organization = an_organization()
    for _ in range(3):
        assert call("POST", "/v1/customers", token=organization.owner.token, body=_PERSON).status == 201
    endpoint = {"url": "http://127.0.0.1:1/", "events": ["*"]}
    assert call("POST", "/v1/webhook-endpoints", token=organization.owner.token, body=endpoint).status == 201
    return organization


def _keys(organization: StaffedOrganization) -> Json:
    reply = call("GET", "/v1/encryption/keys", token=organization.admin.token)
    assert reply.status == 200, reply.text
    shown: Json = reply.json
    return shown


def _customers_key(organization: StaffedOrganization) -> Json:
    (key,) = (key for key in _keys(organization)["dataKeys"] if key["purpose"] == "customer")
    shown: Json = key
    return shown


def test_each_kind_of_sealed_thing_has_a_key_that_is_due_in_time(organization: StaffedOrganization) -> None:
    shown = _keys(organization)
    assert {key["purpose"] for key in shown["dataKeys"]} == {"customer", "webhook_endpoint"}
    for key in shown["dataKeys"]:
        (version,) = key["versions"]
        assert version["version"] == "V0001"
        assert from_rfc3339(key["dueAt"]) - from_rfc3339(version["createdAt"]) == data_key_age()
        assert (key["coverage"]["share"], key["coverage"]["total"]) == (1.0, None)
    assert shown["rotating"] is False


def test_every_key_of_the_platform_that_concerns_the_organization_is_shown_with_its_age(
    organization: StaffedOrganization,
) -> None:
    shown = {key["purpose"]: key for key in _keys(organization)["platformKeys"]}
    assert set(shown) == {
        *("access_tokens", "checkpoints"),
        *("password_pepper", "code_hash", "cursor_mac", "blind_index", "webhook_signing"),
    }
    for key in shown.values():
        assert from_rfc3339(key["versions"][0]["createdAt"]) < from_rfc3339(key["dueAt"])
    assert shown["access_tokens"]["versions"][0]["signsFrom"] is not None


def test_webhook_secrets_are_shown_by_endpoint_and_never_themselves(organization: StaffedOrganization) -> None:
    reply = call("GET", "/v1/encryption/keys", token=organization.admin.token)
    (secret,) = reply.json["webhookSecrets"]
    assert secret["pending"] is False
    assert from_rfc3339(secret["createdAt"]) < from_rfc3339(secret["dueAt"])
    assert "whsec_" not in reply.text


def test_progress_is_seen_from_the_beginning_of_a_rotation_to_its_end(
    organization: StaffedOrganization, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("nexstock.encryption.rotation._KEYS_AT_ONCE", 1)
    monkeypatch.setattr("nexstock.encryption.rotation._PAGES_AT_ONCE", 1)
    queue = RotationQueue(utc_now() + LATER)
    queue.send("DATA_KEY_ROTATIONS", {"organizationId": organization.id})
    shares = []
    while queue.step():
        shares.append(_customers_key(organization)["coverage"]["share"])
    assert shares[0] == 0.0
    assert shares == sorted(shares)
    assert any(0 < share < 1 for share in shares)
    done = _customers_key(organization)
    assert (done["coverage"]["share"], done["coverage"]["total"], done["coverage"]["onNewest"]) == (1.0, 3, 3)
    assert [version["version"] for version in done["versions"]] == ["V0002", "V0001"]
    assert _keys(organization)["rotating"] is False


def test_a_version_that_was_destroyed_stays_in_the_list_with_its_end(organization: StaffedOrganization) -> None:
    rotated_and_settled(organization.id, now=utc_now() + LATER)
    newest, earlier = _customers_key(organization)["versions"]
    assert newest["endedAt"] is None
    assert earlier["endedAt"] is not None


def test_a_report_is_signed_and_verifies_without_us(organization: StaffedOrganization) -> None:
    looked_at(organization.id, now=utc_now() + LATER)
    reply = call("GET", "/v1/encryption/rotation-report", token=organization.admin.token)
    assert reply.status == 200, reply.text
    keys = public_keys("any log of ours")

    document = Document.open(reply.json["document"], keys)

    assert document.kind == "rotation-report"
    assert document.body == reply.json["report"]
    report = reply.json["report"]
    assert report["organizationId"] == organization.id
    assert {**report["keys"], "rotating": False} == {**_keys(organization), "rotating": False}
    assert abs(from_rfc3339(report["madeAt"]) - utc_now()) < timedelta(minutes=1)
    assert {key["purpose"] for key in report["kmsKeys"]} == {"sealing", *environment.KEYS_AT_REST}
    with pytest.raises(NotSigned):
        Document.open(reply.json["document"].replace(organization.id, an_organization().id), keys)


def test_a_report_names_no_key_of_another_organization(organization: StaffedOrganization) -> None:
    other = an_organization()
    assert call("POST", "/v1/customers", token=other.owner.token, body=_PERSON).status == 201
    text = call("GET", "/v1/encryption/rotation-report", token=organization.admin.token).text
    assert [item.id for item in stored_data_keys(other.id) if item.id in text] == []
    assert [item.id for item in stored_data_keys(organization.id) if item.id not in text] == []


def test_keys_of_a_kind_that_were_all_destroyed_are_shown_as_such(organization: StaffedOrganization) -> None:
    destroy_data_keys(stored_data_keys(organization.id), utc_now())
    assert all(version["endedAt"] for key in _keys(organization)["dataKeys"] for version in key["versions"])

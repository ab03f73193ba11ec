"""`audit.recorded`: each new entry goes to the endpoints that want the audit log, once, as the API shows it."""

import json
from typing import Any, Final

import pytest

from functions.streams import fan_out_audit, fan_out_webhooks, write_audit
from tests.support.api import call
from tests.support.audited import found, record_of, some_facts, write
from tests.support.people import StaffedOrganization, an_organization
from tests.support.records import records_of, run
from tests.support.stream_failures import FailuresQueue
from tests.support.webhooks import messages_of, stored_endpoints

pytestmark = pytest.mark.usefixtures("platform")

_TYPE: Final = "audit.recorded"


@pytest.fixture
def organization() -> StaffedOrganization:
    """Return an organization whose log has two entries."""
    organization = an_organization()
    write(organization.id, some_facts(1), some_facts(2, diff=[{"path": "/é", "before": "1.5", "after": "🚚"}]))
    return organization


def _bodies(organization: StaffedOrganization) -> list[dict[str, Any]]:
    return [json.loads(message.body) for message in messages_of(organization.id)]


def test_entry_goes_to_endpoints_that_asked_for_the_audit_log_and_to_no_others(
    organization: StaffedOrganization,
) -> None:
    wanted = stored_endpoints(organization, ("audit.*",), ("product.created", "audit.recorded"), ("*", "audit.*"))
    stored_endpoints(organization, ("*",), ("product.*",))
    stored_endpoints(organization, ("audit.*",), enabled=False)

    assert run(fan_out_audit.handler, [record_of(organization.id, 1)]) == []

    assert sorted(message.endpoint_id for message in messages_of(organization.id)) == sorted(wanted)


def test_message_shows_the_entry_as_the_api_does(organization: StaffedOrganization) -> None:
    stored_endpoints(organization, ("audit.*",))

    assert run(fan_out_audit.handler, [record_of(organization.id, sequence) for sequence in (1, 2)]) == []

    bodies = sorted(_bodies(organization), key=lambda body: body["data"]["sequence"])
    assert [body["data"] for body in bodies] == found(organization)[::-1]
    assert [(body["type"], body["createdAt"]) for body in bodies] == [(_TYPE, body["data"]["at"]) for body in bodies]


def test_entry_that_is_delivered_again_is_the_same_message(organization: StaffedOrganization) -> None:
    stored_endpoints(organization, ("audit.*",))
    records = [record_of(organization.id, sequence) for sequence in (1, 2, 1)]

    for _ in range(2):
        assert run(fan_out_audit.handler, records) == []

    assert len(messages_of(organization.id)) == 2


def test_ids_heads_and_what_ttl_removes_are_no_events(organization: StaffedOrganization) -> None:
    stored_endpoints(organization, ("audit.*",))
    entry = record_of(organization.id, 1)
    removed = {**entry, "dynamodb": {name: each for name, each in entry["dynamodb"].items() if name != "NewImage"}}
    others = [
        {**entry, "dynamodb": {**entry["dynamodb"], "Keys": {**entry["dynamodb"]["Keys"], "SK": {"S": sort_key}}}}
        for sort_key in ("HEAD", "ID#aud_01JD0000000000000000000001")
    ]

    assert run(fan_out_audit.handler, [removed, *others]) == []
    assert messages_of(organization.id) == []


def test_telling_of_entries_makes_no_entries(organization: StaffedOrganization) -> None:
    stored_endpoints(organization, ("audit.*", "*"))
    before = len(records_of(organization.id))

    assert run(fan_out_audit.handler, [record_of(organization.id, sequence) for sequence in (1, 2)]) == []

    assert records_of(organization.id)[before:] == []


def test_change_of_the_organization_arrives_as_an_entry_too(organization: StaffedOrganization) -> None:
    stored_endpoints(organization, ("audit.*",))
    body = {"sku": "ANV-1", "name": "Anvil"}
    product = call("POST", "/v1/products", token=organization.owner.token, body=body).json
    records = [each for each in records_of(organization.id) if each["dynamodb"]["Keys"]["SK"]["S"] == product["id"]]

    assert run(write_audit.handler, records) == run(fan_out_webhooks.handler, records) == []
    newest = found(organization)[0]
    assert run(fan_out_audit.handler, [record_of(organization.id, newest["sequence"])]) == []

    (told,) = _bodies(organization)
    assert (told["data"]["action"], told["data"]["resource"]["id"]) == ("product.created", product["id"])


def test_record_that_is_none_of_the_tables_is_set_aside(
    organization: StaffedOrganization, monkeypatch: pytest.MonkeyPatch
) -> None:
    failures = FailuresQueue(monkeypatch)
    entry = record_of(organization.id, 1)
    keys = {"PK": {"S": "ORG#nobody"}, "SK": entry["dynamodb"]["Keys"]["SK"]}
    foreign = {**entry, "dynamodb": {**entry["dynamodb"], "Keys": keys, "SequenceNumber": "99"}}

    assert run(fan_out_audit.handler, [foreign, entry]) == []
    assert failures.records() == [foreign]

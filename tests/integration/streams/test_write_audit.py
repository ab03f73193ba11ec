"""Every change has exactly one entry in its organization's chain, whatever becomes of the records on their way."""

from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from functions.streams import write_audit
from nexstock.auth.permissions import Role
from tests.support.api import call
from tests.support.chains import Entry, verified_chain
from tests.support.people import StaffedOrganization, an_organization, change_role, remove_member
from tests.support.records import Record, records_of, resources_of, run
from tests.support.webhooks import a_product, an_endpoint

pytestmark = pytest.mark.usefixtures("platform")


def _written(organization: StaffedOrganization) -> list[Entry]:
    """Write the entries of everything so far and return the chain."""
    assert run(write_audit.handler, records_of(organization.id)) == []
    return verified_chain(organization.id)


def _identity(record: Record) -> tuple[str, str]:
    change = record["dynamodb"]
    version = (change.get("NewImage") or change["OldImage"])["version"]["N"]
    return change["Keys"]["SK"]["S"], version


def _changes_of_all_kinds(organization: StaffedOrganization) -> dict[str, Any]:
    """Change something of every kind in every way; return the requests' ids by action."""
    token = organization.owner.token
    product = call("POST", "/v1/products", token=token, body={"sku": "A", "name": "Anvil"}, ip="198.51.100.1")
    place = f"/v1/products/{product.json['id']}"
    key = call("POST", "/v1/api-keys", token=token, body={"name": "ERP", "scope": "read"})
    body = {"url": "http://127.0.0.1:1/", "events": ["*"]}
    endpoint = call("POST", "/v1/webhook-endpoints", token=token, body=body)
    endpoint_place = f"/v1/webhook-endpoints/{endpoint.json['id']}"
    replies = {
        "product.created": product,
        "product.updated": call("PATCH", place, token=token, body={"name": "Big anvil"}, ip="198.51.100.2"),
        "product.deleted": call("DELETE", place, token=token),
        "product.restored": call("POST", f"{place}/restore", token=token),
        "api_key.created": key,
        "api_key.revoked": call("DELETE", f"/v1/api-keys/{key.json['id']}", token=token),
        "webhook_endpoint.created": endpoint,
        "webhook_endpoint.updated": call("PATCH", endpoint_place, token=token, body={"enabled": False}),
        "webhook_endpoint.deleted": call("DELETE", endpoint_place, token=token),
    }
    assert {reply.status for reply in replies.values()} <= {200, 201, 204}
    change_role(organization, organization.member, Role.ADMIN)
    remove_member(organization, organization.member)
    return {action: reply.headers["X-Request-Id"] for action, reply in replies.items()}


def test_every_change_of_every_kind_has_exactly_one_entry() -> None:
    organization = an_organization()
    founding = len(resources_of(organization.id))
    request_ids = _changes_of_all_kinds(organization)
    entries = _written(organization)
    actions = [entry["action"] for entry in entries]
    assert len(entries) == len(resources_of(organization.id)) == founding + len(request_ids) + 2
    assert actions.count("organization.created") == 1
    assert actions.count("member.created") == 3
    assert (actions.count("member.updated"), actions.count("member.deleted")) == (1, 1)
    for action, request_id in request_ids.items():
        (entry,) = [entry for entry in entries if (entry["action"], entry["requestId"]) == (action, request_id)]
        owner = {"type": "user", "id": organization.owner.id, "name": organization.owner.name}
        assert entry["actor"] == owner
        assert entry["organizationId"] == organization.id
        assert entry["userAgent"] == "tests/1"


def test_an_entry_says_who_changed_what_from_where() -> None:
    organization = an_organization()
    request_ids = _changes_of_all_kinds(organization)
    entries = {entry["requestId"]: entry for entry in _written(organization)}
    created, updated = entries[request_ids["product.created"]], entries[request_ids["product.updated"]]
    assert (created["ip"], updated["ip"]) == ("198.51.100.1", "198.51.100.2")
    assert updated["diff"] == [{"path": "/name", "before": "Anvil", "after": "Big anvil"}]
    assert {"path": "/sku", "before": None, "after": "A"} in created["diff"]
    (removed,) = entries[request_ids["product.deleted"]]["diff"]
    assert (removed["path"], removed["before"]) == ("/deletedAt", None)


def test_secrets_stand_in_the_log_as_fingerprints_only() -> None:
    organization = an_organization()
    endpoint = an_endpoint(organization, "http://127.0.0.1:1/")
    (entry,) = [entry for entry in _written(organization) if entry["resource"]["id"] == endpoint.id]
    (sealed,) = [change["after"] for change in entry["diff"] if change["path"] == "/sealedSecret"]
    assert sealed.startswith("sealed:")
    assert len(sealed) == len("sealed:") + 64
    assert endpoint.secret not in str(entry)


def test_claims_of_unique_values_have_no_entry_of_their_own() -> None:
    organization = an_organization()
    a_product(organization)
    claims = [record for record in records_of(organization.id) if record not in resources_of(organization.id)]
    assert claims
    assert run(write_audit.handler, claims) == []
    assert verified_chain(organization.id) == []


def test_what_ttl_removes_was_deleted_before_and_has_no_second_entry() -> None:
    organization = an_organization()
    (record, *_) = resources_of(organization.id)
    image = record["dynamodb"]["NewImage"]
    change = {**record["dynamodb"], "OldImage": image}
    del change["NewImage"]
    expired = {
        **record,
        "eventName": "REMOVE",
        "userIdentity": {"type": "Service", "principalId": "dynamodb.amazonaws.com"},
        "dynamodb": change,
    }
    assert run(write_audit.handler, [expired]) == []
    assert verified_chain(organization.id) == []
    by_hand = {name: value for name, value in expired.items() if name != "userIdentity"}
    assert run(write_audit.handler, [by_hand]) == []
    (entry,) = verified_chain(organization.id)
    assert entry["action"].endswith(".removed")
    assert entry["actor"] == {"type": "system", "id": "storage", "name": "storage"}


def test_organizations_have_chains_of_their_own_out_of_one_batch() -> None:
    ours, theirs = an_organization(), an_organization()
    a_product(ours)
    a_product(theirs, sku="THEIRS")
    mixed = [record for pair in zip(records_of(ours.id), records_of(theirs.id), strict=True) for record in pair]
    assert run(write_audit.handler, mixed) == []
    for organization, other in ((ours, theirs), (theirs, ours)):
        entries = verified_chain(organization.id)
        assert len(entries) == len(resources_of(organization.id))
        assert other.id not in str(entries)


@settings(max_examples=15, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(data=st.data())
def test_any_repetition_and_order_of_records_gives_one_entry_a_change(data: st.DataObject) -> None:
    ours, theirs = an_organization(), an_organization()
    a_product(ours)
    records = records_of(ours.id) + records_of(theirs.id)
    shuffled = data.draw(st.permutations(records + data.draw(st.lists(st.sampled_from(records), max_size=15))))
    cuts = sorted(data.draw(st.lists(st.integers(0, len(shuffled)), max_size=4)))
    for begin, end in zip([0, *cuts], [*cuts, len(shuffled)], strict=True):
        assert run(write_audit.handler, shuffled[begin:end]) == []
    for organization in (ours, theirs):
        entries = verified_chain(organization.id)
        changes = {_identity(record) for record in resources_of(organization.id)}
        assert len(entries) == len(changes)
        assert {entry["resource"]["id"] for entry in entries} == {resource_id for resource_id, _ in changes}


def test_entries_of_one_resource_stand_in_the_order_of_its_versions() -> None:
    organization = an_organization()
    product = a_product(organization)
    for number in range(5):
        body = {"name": f"Anvil {number}"}
        call("PATCH", f"/v1/products/{product['id']}", token=organization.owner.token, body=body)
    records = records_of(organization.id)
    # A shard read again from an earlier point.
    for batch in (records[:4], records[2:7], records[3:], records):
        assert run(write_audit.handler, batch) == []
    names = [
        change["after"]
        for entry in verified_chain(organization.id)
        if entry["resource"]["id"] == product["id"]
        for change in entry["diff"]
        if change["path"] == "/name"
    ]
    assert names == ["Anvil", *(f"Anvil {number}" for number in range(5))]

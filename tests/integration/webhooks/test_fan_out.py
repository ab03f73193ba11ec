"""From a change to one message for each endpoint that wants it, however often its record is delivered."""

import json

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from functions.streams import fan_out_webhooks
from nexstock.clock import utc_now
from nexstock.crypto.envelope import open_sealed
from nexstock.webhooks.delivery import deliver
from tests.support.api import call
from tests.support.people import an_organization
from tests.support.receivers import receiver
from tests.support.records import Record, records_of, run
from tests.support.webhooks import (
    a_product,
    an_endpoint,
    fanned_out,
    messages_of,
    records_about,
    stored_endpoints,
)

pytestmark = pytest.mark.usefixtures("platform")


def test_a_change_goes_to_the_endpoints_that_asked_for_it_and_to_no_others() -> None:
    ours, theirs = an_organization(), an_organization()
    wanted = stored_endpoints(ours, ("*",), ("product.*",), ("api_key.*", "product.created"))
    stored_endpoints(ours, ("product.updated",), ("api_key.*",), ("webhook_endpoint.created",))
    stored_endpoints(ours, ("*",), enabled=False)
    stored_endpoints(ours, ("*",), deleted_at=utc_now())
    stored_endpoints(theirs, ("*",))
    product = a_product(ours)
    notes = fanned_out(records_about(ours, product["id"]))
    stored = messages_of(ours.id)
    assert sorted(message.endpoint_id for message in stored) == sorted(wanted)
    assert sorted(note["messageId"] for note in notes) == [message.id for message in stored]
    assert {note["organizationId"] for note in notes} == {ours.id}
    assert messages_of(theirs.id) == []


def test_every_endpoint_of_many_is_told() -> None:
    organization = an_organization()
    for _ in range(3):
        stored_endpoints(organization, *[("product.*",)] * 70)
    product = a_product(organization)
    fanned_out(records_about(organization, product["id"]))
    assert len(messages_of(organization.id)) == 210


def test_a_message_says_what_happened_and_shows_the_resource_as_the_api_does() -> None:
    organization = an_organization()
    stored_endpoints(organization, ("*",))
    product = a_product(organization, price={"amount": 1999, "currency": "USD"}, reorderPoint=2.5, barcodes=["4006381"])
    fanned_out(records_about(organization, product["id"]))
    (message,) = messages_of(organization.id)
    body = json.loads(message.body)
    assert list(body) == ["id", "type", "createdAt", "organizationId", "sequence", "data"]
    assert (body["id"], body["type"]) == (message.id, "product.created")
    assert (body["organizationId"], body["createdAt"]) == (organization.id, product["createdAt"])
    assert body["sequence"] == product["version"] == 1
    assert body["data"] == call("GET", f"/v1/products/{product['id']}", token=organization.owner.token).json


def test_each_kind_of_change_is_an_event_of_its_own() -> None:
    organization = an_organization()
    token = organization.owner.token
    stored_endpoints(organization, ("*",))
    product = a_product(organization)
    call("PATCH", f"/v1/products/{product['id']}", token=token, body={"name": "Big anvil"})
    call("DELETE", f"/v1/products/{product['id']}", token=token)
    call("POST", f"/v1/products/{product['id']}/restore", token=token)
    key = call("POST", "/v1/api-keys", token=token, body={"name": "ERP", "scope": "read"}).json
    call("DELETE", f"/v1/api-keys/{key['id']}", token=token)
    endpoint = an_endpoint(organization, "http://127.0.0.1:1/", "api_key.revoked")
    call("PATCH", f"/v1/webhook-endpoints/{endpoint.id}", token=token, body={"enabled": False})
    call("DELETE", f"/v1/webhook-endpoints/{endpoint.id}", token=token)
    for resource_id in (product["id"], key["id"], endpoint.id):
        fanned_out(records_about(organization, resource_id))
    stored = messages_of(organization.id)
    assert sorted(message.event_type for message in stored) == sorted(
        [
            *("product.created", "product.updated", "product.deleted", "product.restored"),
            *("api_key.created", "api_key.revoked"),
            *("webhook_endpoint.created", "webhook_endpoint.updated", "webhook_endpoint.deleted"),
        ]
    )


def test_no_secret_is_in_any_message() -> None:
    organization = an_organization()
    stored_endpoints(organization, ("*",))
    endpoint = an_endpoint(organization, "http://127.0.0.1:1/")
    body = {"name": "ERP", "scope": "read"}
    key = call("POST", "/v1/api-keys", token=organization.owner.token, body=body).json
    fanned_out(records_of(organization.id))
    bodies = "".join(message.body for message in messages_of(organization.id))
    assert "webhook_endpoint.created" in bodies
    assert "api_key.created" in bodies
    assert endpoint.secret not in bodies
    assert key["key"] not in bodies
    assert "sealed" not in bodies.lower()


def test_members_are_events_and_the_organization_itself_is_none() -> None:
    organization = an_organization()
    stored_endpoints(organization, ("*",))
    about: dict[str, list[Record]] = {kind: [] for kind in ("#MEMBER", "#ORGANIZATION", "#OWNERS")}
    for record in records_of(organization.id):
        for kind, records in about.items():
            if record["dynamodb"]["Keys"]["PK"]["S"].endswith(kind):
                records.append(record)
    assert len(fanned_out(about["#MEMBER"])) == 3
    shown = [json.loads(message.body) for message in messages_of(organization.id)]
    assert {each["type"] for each in shown} == {"member.created"}
    token = organization.owner.token
    for each in shown:
        assert each["data"] == call("GET", f"/v1/members/{each['data']['id']}", token=token).json
    assert about["#ORGANIZATION"]
    assert fanned_out([*about["#ORGANIZATION"], *about["#OWNERS"]]) == []


@settings(max_examples=15, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(data=st.data())
def test_any_repetition_and_order_of_records_comes_to_the_same_messages(data: st.DataObject) -> None:
    organization = an_organization()
    stored_endpoints(organization, ("product.*",), ("*",))
    product = a_product(organization)
    call("PATCH", f"/v1/products/{product['id']}", token=organization.owner.token, body={"name": "Big anvil"})
    call("DELETE", f"/v1/products/{product['id']}", token=organization.owner.token)
    records = records_about(organization, product["id"])
    fanned_out(records)
    first = messages_of(organization.id)
    again = data.draw(st.lists(st.sampled_from(records), min_size=1, max_size=8))
    notes = fanned_out(again)
    assert len(first) == 6
    assert messages_of(organization.id) == first
    assert {note["messageId"] for note in notes} <= {message.id for message in first}


def test_delivered_messages_stay_delivered_when_their_records_come_again() -> None:
    organization = an_organization()
    with receiver() as server:
        an_endpoint(organization, server.url, "product.*")
        product = a_product(organization)
        records = records_about(organization, product["id"])
        for _ in range(3):
            for note in fanned_out(records):
                deliver(note, open_sealed=open_sealed, send=lambda *_note, **_options: None)
        assert len(server.received) == 1
    assert [message.state for message in messages_of(organization.id)] == ["delivered"]


def test_fanning_out_and_delivering_change_nothing_that_the_stream_reports() -> None:
    organization = an_organization()
    with receiver() as server:
        an_endpoint(organization, server.url)
        a_product(organization)
        before = records_of(organization.id)
        assert run(fan_out_webhooks.handler, before) == []
        for note in fanned_out(before):
            deliver(note, open_sealed=open_sealed, send=lambda *_note, **_options: None)
        assert server.received
    assert records_of(organization.id) == before

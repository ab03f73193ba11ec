"""What webhooks ask of DynamoDB and what that costs (docs/access-patterns.md)."""

from datetime import timedelta

import pytest

from nexstock.clock import utc_now
from nexstock.webhooks.health import PAUSED_AFTER, HealthRepository
from nexstock.webhooks.messages import MessageState
from nexstock.webhooks.places import Place
from tests.support.attempts import a_message, attempt
from tests.support.calls import recorded_calls
from tests.support.costs import Cost, cost_of, handler_cost, priced
from tests.support.people import StaffedOrganization, an_organization
from tests.support.receivers import answering, receiver
from tests.support.webhooks import a_product, an_endpoint, fanned_out, records_about, settled, stored_endpoints

_ENDPOINTS = "/v1/webhook-endpoints"
_DELIVERIES = "/v1/webhook-deliveries"


@pytest.fixture
def organization() -> StaffedOrganization:
    return an_organization()


def _of_endpoint(endpoint_id: str, suffix: str = "") -> dict[str, object]:
    return {"resource": f"{_ENDPOINTS}/{{endpoint_id}}{suffix}", "path_parameters": {"endpoint_id": endpoint_id}}


def _of_delivery(message_id: str, suffix: str = "") -> dict[str, object]:
    return {"resource": f"{_DELIVERIES}/{{delivery_id}}{suffix}", "path_parameters": {"delivery_id": message_id}}


def _attempt_cost(organization: StaffedOrganization, *statuses: int, **fields: object) -> Cost:
    with receiver(answering(*statuses)) as server:
        endpoint = an_endpoint(organization, server.url, **fields)
        attempt(a_message(organization, endpoint.id))
        place = Place(endpoint.id, "PRODUCT#prd_1", 1) if fields.get("ordered") else None
        note = a_message(organization, endpoint.id, place=place)
        with recorded_calls() as recording:
            attempt(note)
    return cost_of(recording)


def test_a_delivery_is_six_calls(organization: StaffedOrganization) -> None:
    # Endpoint; place taken; claimed, which moves it in the index; attempt; settled, which ends its entry; place back.
    operations = ["GetItem", "UpdateItem", "UpdateItem", "PutItem", "UpdateItem", "UpdateItem"]
    assert _attempt_cost(organization, 200) == priced(operations, 1, 8)


def test_a_failed_attempt_asks_for_as_much(organization: StaffedOrganization) -> None:
    operations = ["GetItem", "UpdateItem", "UpdateItem", "PutItem", "UpdateItem", "UpdateItem"]
    assert _attempt_cost(organization, 200, 500) == priced(operations, 1, 9)


def test_order_costs_reads_of_the_line_and_a_transaction(organization: StaffedOrganization) -> None:
    # Endpoint, message, who is ahead; place taken; claimed; attempt; settled with its place in line; who is next.
    operations = ["GetItem", "GetItem", "Query", "UpdateItem", "UpdateItem", "PutItem", "TransactWriteItems", "Query"]
    assert _attempt_cost(organization, 200, ordered=True) == priced([*operations, "UpdateItem"], 4, 11)


def test_a_rate_costs_one_update(organization: StaffedOrganization) -> None:
    operations = ["GetItem", "UpdateItem", "UpdateItem", "UpdateItem", "PutItem", "UpdateItem", "UpdateItem"]
    assert _attempt_cost(organization, 200, maxPerSecond=100) == priced(operations, 1, 9)


def test_a_message_at_a_paused_endpoint_costs_a_refusal_and_its_move(organization: StaffedOrganization) -> None:
    endpoint, now = an_endpoint(organization, "http://127.0.0.1:1/"), utc_now()
    health = HealthRepository(organization.id)
    for number in range(PAUSED_AFTER):
        health.admit(endpoint.id, f"msg_{number}", now)
        health.failed(endpoint.id, f"msg_{number}", now, throttle=None, is_gone=False)
    note = a_message(organization, endpoint.id, at=now)

    with recorded_calls() as recording:
        attempt(note, at=now)

    # A refused update costs a unit, too.
    assert cost_of(recording) == priced(["GetItem", "UpdateItem", "UpdateItem"], 1, 3)


@pytest.mark.parametrize(("ordered", "operation", "units"), [(False, "PutItem", 3), (True, "TransactWriteItems", 6)])
def test_a_message_is_one_write(organization: StaffedOrganization, ordered: bool, operation: str, units: int) -> None:  # noqa: FBT001 (a case)
    stored_endpoints(organization, ("product.*",), ordered=ordered)
    records = records_about(organization, a_product(organization)["id"])

    with recorded_calls() as recording:
        fanned_out(records)

    # The message, and its entries in two indexes.
    assert cost_of(recording) == priced(["Query", operation], 1, units)


def test_reading_an_endpoint_is_two_reads(organization: StaffedOrganization) -> None:
    endpoint = an_endpoint(organization, "http://127.0.0.1:1/")
    place = f"{_ENDPOINTS}/{endpoint.id}"

    cost = handler_cost(
        "webhook_endpoints.get_webhook_endpoint", organization, "GET", place, **_of_endpoint(endpoint.id)
    )

    assert cost == priced(["GetItem", "BatchGetItem"], 2, 0)


def test_reading_a_delivery_is_two_reads(organization: StaffedOrganization) -> None:
    note = a_message(organization, an_endpoint(organization, "http://127.0.0.1:1/").id)
    place = f"{_DELIVERIES}/{note.message_id}"

    cost = handler_cost(
        "webhook_deliveries.get_webhook_delivery", organization, "GET", place, **_of_delivery(note.message_id)
    )

    assert cost == priced(["GetItem", "Query"], 2, 0)


def test_a_list_of_deliveries_does_not_grow_with_what_else_was_sent(organization: StaffedOrganization) -> None:
    one, other = (an_endpoint(organization, f"http://127.0.0.1:1/{each}") for each in "ab")
    now = utc_now()
    for seconds in range(40):
        a_message(organization, other.id, at=now + timedelta(seconds=seconds))
    failed = a_message(organization, one.id, at=now)
    settled(failed.message, MessageState.FAILED)
    handler = "webhook_deliveries.list_webhook_deliveries"
    costs = [
        handler_cost(handler, organization, "GET", _DELIVERIES, query={"endpointId": one.id, **query})
        for query in ({}, {"status": "failed"})
    ]

    assert costs == [priced(["Query", "BatchGetItem"], 1.5, 0)] * 2


def test_sending_again_is_two_reads_and_one_write(organization: StaffedOrganization) -> None:
    note = a_message(organization, an_endpoint(organization, "http://127.0.0.1:1/").id)
    settled(note.message, MessageState.FAILED)
    place = f"{_DELIVERIES}/{note.message_id}/redeliver"

    cost = handler_cost(
        "webhook_deliveries.redeliver_webhook",
        organization,
        "POST",
        place,
        **_of_delivery(note.message_id, "/redeliver"),
    )

    assert cost == priced(["GetItem", "GetItem", "TransactWriteItems"], 2, 4)

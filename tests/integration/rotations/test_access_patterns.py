"""What rotations of secrets ask of DynamoDB and what that costs (docs/access-patterns.md)."""

from collections.abc import Iterator
from datetime import timedelta
from typing import Final

import pytest

from nexstock.clock import utc_now
from nexstock.crypto.stored_secrets import Purpose
from nexstock.customers.reindexing import APART, reindex, take_next_step
from nexstock.organizations.repository import SHARDS
from nexstock.platform_rotation import Round, rotate_platform_secrets
from tests.support.api import call
from tests.support.calls import recorded_calls
from tests.support.costs import Cost, cost_of, handler_cost, priced
from tests.support.people import StaffedOrganization, an_organization
from tests.support.platform_secrets import add_version, make_older, own_versions
from tests.support.webhook_secrets import MAX_AGE, WARNED_AT_AGE, a_replaced_endpoint, an_aged_endpoint, grow_older
from tests.support.webhook_secrets import see_to_secrets as see_to_webhook_secrets
from tests.support.webhooks import Queues, an_endpoint

_YEAR: Final = timedelta(days=365)
_ENDPOINTS: Final = "/v1/webhook-endpoints"


@pytest.fixture
def organization() -> StaffedOrganization:
    return an_organization()


@pytest.fixture(autouse=True)
def _own_versions() -> Iterator[None]:
    with own_versions(Purpose.CODE_HASH, Purpose.BLIND_INDEX):
        yield


def _cost_of_a_round() -> Cost:
    with recorded_calls() as recording:
        rotate_platform_secrets(Round((Purpose.CODE_HASH,), _YEAR), send=Queues().send, now=utc_now())
    return cost_of(recording)


def _cost_on_endpoint(organization: StaffedOrganization, endpoint_id: str, what: str) -> Cost:
    return handler_cost(
        f"webhook_endpoints.{what}_webhook_secret",
        organization,
        "POST",
        f"{_ENDPOINTS}/{endpoint_id}/{what}-secret",
        resource=f"{_ENDPOINTS}/{{endpoint_id}}/{what}-secret",
        path_parameters={"endpoint_id": endpoint_id},
    )


def test_a_round_over_a_secret_is_three_reads_and_a_new_version_one_write_more() -> None:
    young = _cost_of_a_round()
    make_older(Purpose.CODE_HASH, _YEAR)

    assert young == priced(["Query"] * 3, 3, 0)
    assert _cost_of_a_round() == priced(["Query", "PutItem", "Query", "Query"], 3, 1)


def test_beginning_a_pass_counts_the_organizations_of_each_shard() -> None:
    add_version(Purpose.BLIND_INDEX, age=APART)
    with recorded_calls() as recording:
        take_next_step(send=Queues().send, now=utc_now())

    counting = recording.operations.count("Query") - 1
    assert SHARDS <= counting <= 2 * SHARDS
    assert [each for each in recording.operations if each != "Query"] == ["GetItem", "PutItem"]


def test_a_page_of_customers_that_are_to_be_indexed_anew_is_a_query_their_keys_and_a_write_each(
    organization: StaffedOrganization,
) -> None:
    for _ in range(2):
        body = {"name": "Quay", "email": "a@quay.example"}
        assert call("POST", "/v1/customers", token=organization.member.token, body=body).status == 201
    add_version(Purpose.BLIND_INDEX, age=APART)
    queues = Queues()
    take_next_step(send=queues.send, now=utc_now())
    message = {**queues.queued[0].note, "organizationId": organization.id, "after": "cus_0"}
    with recorded_calls() as recording:
        reindex(message, send=queues.send, time_left=timedelta())

    # Customers; found noted; their keys; versions of the secret; each customer; progress noted.
    operations = ["Query", "UpdateItem", "BatchGetItem", "Query", "UpdateItem", "UpdateItem", "UpdateItem"]
    # Each customer's entry in the index moves.
    assert cost_of(recording) == priced(operations, 4, 2 + 2 * 4)


def test_a_page_of_customers_that_are_up_to_date_is_one_query(organization: StaffedOrganization) -> None:
    add_version(Purpose.BLIND_INDEX, age=APART)
    queues = Queues()
    take_next_step(send=queues.send, now=utc_now())
    message = {**queues.queued[0].note, "organizationId": organization.id, "after": "cus_0"}
    with recorded_calls() as recording:
        reindex(message, send=queues.send, time_left=timedelta())

    assert cost_of(recording) == priced(["Query", "UpdateItem"], 1, 1)


def test_secrets_that_are_due_cost_five_calls_each_and_none_costs_three_reads(
    organization: StaffedOrganization,
) -> None:
    see_to_webhook_secrets()
    with recorded_calls() as idle:
        see_to_webhook_secrets()
    endpoint = an_aged_endpoint(organization, "http://127.0.0.1:1/", age=WARNED_AT_AGE)
    with recorded_calls() as warning:
        see_to_webhook_secrets()
    grow_older(organization, endpoint.id, MAX_AGE - WARNED_AT_AGE)
    with recorded_calls() as replacing:
        see_to_webhook_secrets()

    assert cost_of(idle) == priced(["Query"] * 3, 1.5, 0)
    # Endpoint; its next version; endpoint; owners; owners told.
    one = ["GetItem", "TransactWriteItems", "GetItem", "Query", "UpdateItem"]
    assert cost_of(warning) == priced(["Query"] * 3 + one, 4.5, 7)
    # The key of the endpoint as well, and two secrets to store.
    assert cost_of(replacing) == priced(["Query"] * 2 + one[:1] + one + ["Query"], 5.5, 10)


def test_taking_and_replacing_a_secret_by_hand_are_reads_of_it_and_one_write(organization: StaffedOrganization) -> None:
    taken = _cost_on_endpoint(organization, a_replaced_endpoint(organization).id, "reveal")
    rotated = _cost_on_endpoint(organization, an_endpoint(organization, "http://127.0.0.1:1/").id, "rotate")

    assert taken == priced(["GetItem", "BatchGetItem", "TransactWriteItems"], 2, 4)
    # The key of the endpoint as well, which this container has not used yet; and its place in an index.
    assert rotated == priced(["GetItem", "GetItem", "BatchGetItem", "TransactWriteItems"], 3, 6)

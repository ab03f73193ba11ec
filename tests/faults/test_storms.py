"""Conflicts, throttling and lost answers: a request ends in time, with all of its effect or none, and says which."""

import random
import secrets
import time
from collections.abc import Callable
from typing import Final

import pytest
from botocore.awsrequest import AWSResponse

from tests.support.api import Reply, call
from tests.support.people import StaffedOrganization, an_organization
from tests.support.stock import stock_of
from tests.support.table_faults import Request, cancelled, error_answer, instead_of, items_of, lose_answer
from tests.support.templates import given_to_all_functions
from tests.support.webhooks import a_product

pytestmark = pytest.mark.usefixtures("platform")

_TIMEOUT_S: Final = given_to_all_functions()["Timeout"]


def _sometimes(share: float, act: Callable[[Request], AWSResponse]) -> Callable[[Request], AWSResponse | None]:
    """Act on a share of the requests, always the same ones."""
    chance = random.Random(20)  # noqa: S311 (repeatable)
    return lambda request: act(request) if chance.random() < share else None


def _in_conflict(request: Request) -> AWSResponse:
    return cancelled(request, "TransactionConflict", *["None"] * (len(items_of(request)) - 1))


def _overtaken(request: Request) -> AWSResponse:
    return cancelled(request, "ConditionalCheckFailed", *["None"] * (len(items_of(request)) - 1))


def _create(organization: StaffedOrganization, sku: str, key: str | None = None) -> Reply:
    headers = {"Idempotency-Key": key} if key else {}
    body = {"sku": sku, "name": "Anvil"}
    return call("POST", "/v1/products", token=organization.owner.token, body=body, headers=headers)


def _skus(organization: StaffedOrganization) -> list[str]:
    reply = call("GET", "/v1/products", token=organization.owner.token, query={"limit": "100"})
    return sorted(product["sku"] for product in reply.json["items"])


@pytest.mark.parametrize(("share", "requests"), [(0.3, 12), (0.6, 8), (0.95, 4)])
def test_conflicts_end_in_an_answer_that_is_true(share: float, requests: int) -> None:
    organization = an_organization()
    with instead_of("TransactWriteItems", _sometimes(share, _in_conflict)):
        replies = {f"SKU-{number}": _create(organization, f"SKU-{number}") for number in range(requests)}
    refused = [reply for reply in replies.values() if reply.status != 201]
    assert all((reply.status, reply.headers["Retry-After"]) == (503, "1") for reply in refused)
    committed = sorted(sku for sku, reply in replies.items() if reply.status == 201)
    assert _skus(organization) == committed
    assert stock_of(organization.id)["UNIQUE "] == len(committed)


@pytest.mark.parametrize(("share", "requests"), [(0.5, 8), (1.0, 1)])
def test_changes_that_are_overtaken_again_and_again_are_refused_and_never_partial(share: float, requests: int) -> None:
    organization = an_organization()
    place = f"/v1/products/{a_product(organization)['id']}"
    with instead_of("TransactWriteItems", _sometimes(share, _overtaken)):
        replies = [
            call("PATCH", place, token=organization.owner.token, body={"name": f"Anvil {number}"})
            for number in range(requests)
        ]
    done = [reply for reply in replies if reply.status == 200]
    assert {reply.json["code"] for reply in replies if reply.status != 200} <= {"temporarily_unavailable"}
    product = call("GET", place, token=organization.owner.token).json
    assert product["version"] == 1 + len(done)
    assert product["name"] == (done[-1].json["name"] if done else "Anvil")
    assert bool(done) == (share < 1)


@pytest.mark.parametrize(
    ("operation", "method", "code"),
    [
        pytest.param("GetItem", "GET", "ProvisionedThroughputExceededException", marks=pytest.mark.thorough),
        ("GetItem", "PATCH", "ThrottlingException"),
        ("TransactWriteItems", "PATCH", "ProvisionedThroughputExceededException"),
        pytest.param("TransactWriteItems", "PATCH", "RequestLimitExceeded", marks=pytest.mark.thorough),
    ],
)
def test_an_overloaded_table_is_told_in_time_and_leaves_nothing(operation: str, method: str, code: str) -> None:
    organization = an_organization()
    place = f"/v1/products/{a_product(organization)['id']}"
    before, began = stock_of(organization.id), time.monotonic()
    body = {"name": "Big anvil"} if method == "PATCH" else None
    with instead_of(operation, lambda request: error_answer(request, code)):
        reply = call(method, place, token=organization.owner.token, body=body)
    assert time.monotonic() - began < _TIMEOUT_S
    assert (reply.status, reply.json["code"]) == (503, "temporarily_unavailable")
    assert reply.headers["Retry-After"] == "1"
    assert stock_of(organization.id) == before
    assert call(method, place, token=organization.owner.token, body=body).status == 200


@pytest.mark.parametrize("lost", [1, 2, 100])
def test_a_commit_whose_answer_was_lost_has_one_effect_however_often_it_is_repeated(lost: int) -> None:
    organization, key = an_organization(), secrets.token_hex(8)
    before = stock_of(organization.id)
    seen: list[Request] = []

    def lose(request: Request) -> AWSResponse | None:
        seen.append(request)
        return lose_answer(request) if len(seen) <= lost else None

    with instead_of("TransactWriteItems", lose):
        first = _create(organization, "ANV-1", key)
    assert first.status == (201 if lost < 3 else 503)
    again = _create(organization, "ANV-1", key)
    assert (again.status, again.headers["Idempotency-Replayed"]) == (201, "true")
    assert _skus(organization) == ["ANV-1"]
    grown = stock_of(organization.id) - before
    assert grown == {"PRODUCT 1": 1, "UNIQUE ": 1, "ephemeral IDEMPOTENCY RECORD": 1}

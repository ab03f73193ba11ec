"""A crash or a lost answer within a step of an order leaves all of it or nothing, and repeating it does it once."""

import secrets
from collections.abc import Callable
from typing import Final

import pytest
from botocore.awsrequest import AWSResponse

from tests.support.api import Reply
from tests.support.crashes import crash_points
from tests.support.events import Json
from tests.support.orders import ORDERS, order_body, ordered, part, read, step
from tests.support.stock_keeping import Shop, a_shop
from tests.support.table_faults import Request, error_answer, instead_of, lose_answer

pytestmark = pytest.mark.usefixtures("platform")

_STOCK: Final = 5

Counts = tuple[float, float]
"""What lies there, and what of it is reserved."""


@pytest.fixture
def shop() -> Shop:
    return a_shop()


def _draft(shop: Shop, product: str, warehouse: str) -> Json:
    return ordered(shop, product, warehouse, 3)


def _confirmed(shop: Shop, product: str, warehouse: str) -> Json:
    return ordered(shop, product, warehouse, 3, confirm=True, reservedUntil="2099-01-01T00:00:00Z")


def _shipped(shop: Shop, product: str, warehouse: str) -> Json:
    order = _confirmed(shop, product, warehouse)
    assert step(shop, order, "fulfil").status == 200
    return order


_STEPS: Final[dict[str, tuple[Callable[[Shop, str, str], Json], Counts, Counts]]] = {
    "confirm": (_draft, (5, 0), (5, 3)),
    "cancel": (_confirmed, (5, 3), (5, 0)),
    "fulfil": (_confirmed, (5, 3), (2, 0)),
    "return": (_shipped, (2, 0), (5, 0)),
}
"""What a step needs, and what lies there and is reserved before and after it."""


def _counts(shop: Shop, product: str, warehouse: str) -> Counts:
    level = shop.level(product, warehouse)
    return level["onHand"], level["reserved"]


@pytest.mark.parametrize("name", _STEPS)
def test_a_step_that_crashed_is_whole_or_nothing_and_done_once_when_repeated(name: str, shop: Shop) -> None:
    prepare, before, after = _STEPS[name]
    crashes = 0
    for point in crash_points():
        place = shop.stocked(_STOCK)
        order, key = prepare(shop, *place), {"Idempotency-Key": secrets.token_hex(8)}
        assert _counts(shop, *place) == before
        with point:
            step(shop, order, name, headers=key)
        crashes += point.happened
        happened = read(shop, order) != order if prepare is not _shipped else read(shop, order)["status"] == "closed"
        assert _counts(shop, *place) == (after if happened else before), point
        again = step(shop, order, name, headers=key)
        assert (again.status, _counts(shop, *place)) == (200, after), point
        assert ("Idempotency-Replayed" in again.headers) == happened, point
    assert {row["intact"] for row in shop.reconciliation()} == {True}
    # The authorizer's three calls, the order, the levels and the transaction, before and after each.
    assert crashes >= 12


def test_an_order_that_crashed_is_written_once_when_repeated(shop: Shop) -> None:
    for point in crash_points():
        place = shop.stocked(_STOCK)
        body = order_body(*place, 3, confirm=True, reference=place[0])
        key = {"Idempotency-Key": secrets.token_hex(8)}
        with point:
            shop.send("POST", ORDERS, body, headers=key)
        again = shop.send("POST", ORDERS, body, headers=key)
        assert (again.status, _counts(shop, *place)) == (201, (5, 3)), point
        found = shop.send("GET", ORDERS, query={"reference": place[0]}).json["items"]
        assert [order["id"] for order in found] == [again.json["id"]], point


@pytest.mark.parametrize("lost", [1, 2, 100])
def test_a_shipment_whose_answer_was_lost_is_made_once_however_often_it_is_repeated(lost: int, shop: Shop) -> None:
    place = shop.stocked(_STOCK)
    order, key = _confirmed(shop, *place), {"Idempotency-Key": secrets.token_hex(8)}
    seen: list[Request] = []

    def lose(request: Request) -> AWSResponse | None:
        seen.append(request)
        return lose_answer(request) if len(seen) <= lost else None

    def ship() -> Reply:
        return step(shop, order, "fulfil", part(place[0], 1), headers=key)

    with instead_of("TransactWriteItems", lose):
        first = ship()
    assert first.status == (200 if lost < 3 else 503)
    again = ship()
    assert (again.status, again.headers["Idempotency-Replayed"]) == (200, "true")
    assert _counts(shop, *place) == (4, 2)
    assert read(shop, order)["lines"][0]["fulfilled"] == 1


@pytest.mark.parametrize("operation", ["GetItem", "BatchGetItem", "TransactWriteItems"])
def test_an_overloaded_table_is_told_and_nothing_is_reserved(operation: str, shop: Shop) -> None:
    place = shop.stocked(_STOCK)
    order = _draft(shop, *place)

    def refuse(request: Request) -> AWSResponse | None:
        # The authorizer reads the session first; only what is the order's own is refused.
        ours = order["id"].encode() in request.body or place[1].encode() in request.body
        return error_answer(request, "ThrottlingException") if ours else None

    with instead_of(operation, refuse):
        reply = step(shop, order, "confirm")
    assert (reply.status, reply.json["code"]) == (503, "temporarily_unavailable")
    assert (read(shop, order)["status"], _counts(shop, *place)) == ("draft", (5, 0))
    assert step(shop, order, "confirm").status == 200

"""Adjustments: what lies there changes together with the movement that says why, or nothing does."""

import pytest

from tests.support.people import an_organization
from tests.support.stock import stock_of
from tests.support.stock_keeping import Shop, a_shop, total


@pytest.fixture
def shop() -> Shop:
    return a_shop()


def test_adjustment_moves_the_level_and_says_why(shop: Shop) -> None:
    product, warehouse = shop.product(), shop.warehouse()

    reply = shop.adjust(product, warehouse, 12, reason="opening", note="first delivery")

    assert reply.status == 201
    assert reply.json["quantity"] == 12
    assert (reply.json["type"], reply.json["reason"], reply.json["note"]) == ("adjustment", "opening", "first delivery")
    assert reply.json["actor"]["type"] == "user"
    level = shop.level(product, warehouse)
    assert (level["onHand"], level["reserved"], level["available"], level["version"]) == (12, 0, 12, 1)


def test_level_is_the_sum_of_its_movements(shop: Shop) -> None:
    product, warehouse = shop.stocked(12)
    for quantity in (-3, 7, -5):
        shop.adjust(product, warehouse, quantity)

    movements = shop.movements(product)

    assert [movement["sequence"] for movement in movements] == [4, 3, 2, 1]
    assert total(movements) == shop.level(product, warehouse)["onHand"] == 11


def test_count_sets_the_level_to_what_was_counted(shop: Shop) -> None:
    product, warehouse = shop.stocked(12)
    body = {"productId": product, "warehouseId": warehouse, "countedTo": 9, "reason": "recount"}

    assert shop.send("POST", "/v1/stock/adjustments", body).json["quantity"] == -3
    assert shop.send("POST", "/v1/stock/adjustments", body).json["quantity"] == 0
    assert shop.level(product, warehouse)["onHand"] == 9
    assert len(shop.movements(product)) == 3


def test_more_than_there_is_cannot_be_taken_and_leaves_nothing_behind(shop: Shop) -> None:
    product, warehouse = shop.stocked(5)
    before = stock_of(shop.organization.id)

    reply = shop.adjust(product, warehouse, -6)

    assert (reply.status, reply.json["code"]) == (409, "insufficient_stock")
    shortage = {"productId": product, "warehouseId": warehouse, "requested": 6, "available": 5}
    assert reply.json["shortages"] == [shortage]
    assert stock_of(shop.organization.id) == before


@pytest.mark.parametrize(
    ("change", "pointer"),
    [
        ({"productId": "prd_01JD0000000000000000000000"}, "/productId"),
        ({"warehouseId": "whs_01JD0000000000000000000000"}, "/warehouseId"),
        ({"quantity": 1.5}, "/quantity"),
        ({"quantity": 0}, ""),
        ({"countedTo": 3}, ""),
        ({"quantity": None, "countedTo": 2.5}, "/countedTo"),
        ({"quantity": None, "countedTo": -1}, "/countedTo"),
        ({"reason": ""}, "/reason"),
        ({"unitCost": {"amount": 5, "currency": "EUR"}}, "/unitCost/currency"),
        ({"quantity": "1e400"}, "/quantity"),
    ],
)
def test_what_makes_no_sense_is_refused_where_it_stands(shop: Shop, change: dict[str, object], pointer: str) -> None:
    product, warehouse = shop.stocked(5)
    before = stock_of(shop.organization.id)
    body = {"productId": product, "warehouseId": warehouse, "quantity": 1, "reason": "found", **change}

    reply = shop.send(
        "POST", "/v1/stock/adjustments", {name: value for name, value in body.items() if value is not None}
    )

    assert (reply.status, reply.json["code"]) == (422, "invalid_request")
    assert [error["pointer"] for error in reply.json["errors"]] == [pointer]
    assert stock_of(shop.organization.id) == before


@pytest.mark.parametrize("field", ["productId", "warehouseId"])
@pytest.mark.parametrize("odd", ["", "x" * 3000, "prd_1#whs_1", "\ud800", "prd_01jd0000000000000000000000"])
def test_text_that_is_no_id_refers_to_nothing(shop: Shop, field: str, odd: str) -> None:
    product, warehouse = shop.stocked(5)
    body = {"productId": product, "warehouseId": warehouse, "quantity": 1, "reason": "found", field: odd}

    reply = shop.send("POST", "/v1/stock/adjustments", body)

    assert (reply.status, reply.json["errors"][0]["pointer"]) == (422, f"/{field}")


def test_level_holds_no_more_than_a_quantity_can_say(shop: Shop) -> None:
    product, warehouse = shop.stocked(99999999999)

    assert shop.adjust(product, warehouse, 1).status == 422
    assert shop.level(product, warehouse)["onHand"] == 99999999999


def test_another_organizations_product_is_none_of_ours(shop: Shop) -> None:
    other = Shop(an_organization())
    product, warehouse = shop.stocked(5)

    reply = other.adjust(product, warehouse, 1)

    assert reply.status == 422
    assert shop.level(product, warehouse)["onHand"] == 5


def test_fractions_are_exact(shop: Shop) -> None:
    product, warehouse = shop.stocked(0.1, unit="kg")
    for _ in range(2):
        shop.adjust(product, warehouse, 0.1)

    assert shop.level(product, warehouse)["onHand"] == 0.3


def test_repeated_request_moves_stock_once(shop: Shop) -> None:
    product, warehouse = shop.stocked(5)
    body = {"productId": product, "warehouseId": warehouse, "quantity": 2, "reason": "found"}

    replies = [shop.send("POST", "/v1/stock/adjustments", body, headers={"Idempotency-Key": "a"}) for _ in range(2)]

    assert replies[0].json["id"] == replies[1].json["id"]
    assert shop.level(product, warehouse)["onHand"] == 7

"""Drafts change as a merge patch says, and nothing else does."""

from typing import Any

import pytest

from tests.support.orders import ORDERS, USD, a_customer, ordered, read, step
from tests.support.stock import stock_of
from tests.support.stock_keeping import Shop, a_shop


@pytest.fixture
def shop() -> Shop:
    return a_shop()


def _patched(shop: Shop, order: dict[str, Any], body: Any, **parts: Any) -> Any:  # noqa: ANN401
    return shop.send("PATCH", f"{ORDERS}/{order['id']}", body, **parts)


def test_a_patch_replaces_the_lines_and_leaves_what_it_does_not_name(shop: Shop) -> None:
    (product, warehouse), other = shop.stocked(5), shop.product(price={"amount": 250, "currency": "EUR"})
    order = ordered(shop, product, warehouse, reference="web-17", notes="Ring twice")

    changed = _patched(shop, order, {"lines": [{"productId": other, "quantity": 2}], "notes": None})

    assert (changed.status, changed.headers["ETag"]) == (200, '"2"')
    assert [(line["productId"], line["quantity"]) for line in changed.json["lines"]] == [(other, 2)]
    assert changed.json["total"] == {"amount": 500, "currency": "EUR"}
    assert (changed.json["reference"], changed.json["notes"]) == ("web-17", None)
    assert (changed.json["number"], changed.json["status"]) == (order["number"], "draft")
    assert read(shop, order) == changed.json


def test_a_draft_gets_and_loses_its_customer(shop: Shop) -> None:
    product, warehouse = shop.stocked(5)
    customer, order = a_customer(shop.organization), ordered(shop, product, warehouse)

    assert _patched(shop, order, {"customerId": customer}).json["customerId"] == customer
    assert _patched(shop, order, {"customerId": None}).json["customerId"] is None
    assert _patched(shop, order, {"customerId": "cus_01JD0000000000000000000000"}).status == 422


def test_a_patch_that_changes_nothing_makes_no_version(shop: Shop) -> None:
    product, warehouse = shop.stocked(5)
    order = ordered(shop, product, warehouse)
    before = stock_of(shop.organization.id)

    same = {"lines": [{"productId": product, "quantity": 2, "unitPrice": USD}], "reference": None}
    assert _patched(shop, order, same).json == order
    assert stock_of(shop.organization.id) == before


def test_only_the_version_that_was_seen_is_changed(shop: Shop) -> None:
    product, warehouse = shop.stocked(5)
    order = ordered(shop, product, warehouse)
    assert _patched(shop, order, {"notes": "a"}, headers={"If-Match": '"1"'}).status == 200

    stale = _patched(shop, order, {"notes": "b"}, headers={"If-Match": '"1"'})

    assert (stale.status, stale.json["code"]) == (412, "stale_version")
    assert read(shop, order)["notes"] == "a"


@pytest.mark.parametrize(
    ("body", "pointer"),
    [
        ({"lines": None}, ""),
        ({"lines": []}, "/lines"),
        ({"lines": [{"productId": "prd_01JD0000000000000000000000", "quantity": 1}]}, "/lines/0/productId"),
        ({"warehouseId": "whs_01JD0000000000000000000000"}, "/warehouseId"),
        ({"status": "confirmed"}, "/status"),
    ],
)
def test_what_makes_no_sense_is_refused_where_it_stands(shop: Shop, body: dict[str, Any], pointer: str) -> None:
    product, warehouse = shop.stocked(5)
    order = ordered(shop, product, warehouse)

    reply = _patched(shop, order, body)

    assert (reply.status, reply.json["errors"][0]["pointer"]) == (422, pointer)
    assert read(shop, order) == order


@pytest.mark.parametrize("name", ["confirm", "cancel"])
def test_what_is_no_draft_any_more_stays_as_it_is(shop: Shop, name: str) -> None:
    product, warehouse = shop.stocked(5)
    order = ordered(shop, product, warehouse)
    after = step(shop, order, name).json

    reply = _patched(shop, order, {"notes": "too late"})

    assert (reply.status, reply.json["code"], reply.json["currentStatus"]) == (409, "invalid_state", after["status"])
    assert read(shop, order) == after

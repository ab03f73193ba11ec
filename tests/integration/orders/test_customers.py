"""Customers of orders: they are here when the order is written, and needed as long as it is open."""

from collections.abc import Iterator
from functools import partial

import pytest

from nexstock.persistence.keys import Kind
from nexstock.resources.errors import InUse
from nexstock.resources.uses import Uses
from tests.support.containers import at_once
from tests.support.events import Json
from tests.support.orders import ORDERS, a_customer, order_body, ordered, part, step
from tests.support.people import an_organization
from tests.support.stock import stock_of
from tests.support.stock_keeping import Shop, a_shop


@pytest.fixture
def shop() -> Shop:
    return a_shop()


def _is_needed(shop: Shop, customer: str) -> bool:
    tenant = shop.organization.tenant()
    Uses(tenant, Kind.CUSTOMER).require_none(customer, otherwise=InUse("orders"))
    try:
        tenant.transaction.commit()
    except InUse:
        return True
    return False


def _ways_to_end(product: str) -> Iterator[list[tuple[str, Json | None]]]:
    yield [("cancel", None)]
    yield [("confirm", None), ("cancel", None)]
    yield [("confirm", None), ("fulfil", None)]
    yield [("confirm", None), ("fulfil", part(product, 1)), ("fulfil", None)]
    yield [("confirm", None), ("fulfil", part(product, 1)), ("cancel", None)]


def test_a_customer_is_needed_until_every_order_of_theirs_is_shipped_or_cancelled(shop: Shop) -> None:
    product, warehouse = shop.stocked(100)
    for way in _ways_to_end(product):
        customer = a_customer(shop.organization)
        order = ordered(shop, product, warehouse, customerId=customer)
        for name, body in way:
            assert _is_needed(shop, customer), way
            assert step(shop, order, name, body).status == 200
        assert not _is_needed(shop, customer), way


def test_each_order_counts(shop: Shop) -> None:
    place, customer = shop.stocked(100), a_customer(shop.organization)
    first, second = (ordered(shop, *place, customerId=customer, confirm=True) for _ in range(2))
    step(shop, first, "fulfil")
    assert _is_needed(shop, customer)
    step(shop, second, "cancel")
    assert not _is_needed(shop, customer)


def test_a_draft_that_changes_hands_needs_its_new_customer_only(shop: Shop) -> None:
    place = shop.stocked(100)
    one, other = a_customer(shop.organization), a_customer(shop.organization)
    order = ordered(shop, *place, customerId=one)
    shop.send("PATCH", f"{ORDERS}/{order['id']}", {"customerId": other})
    assert (_is_needed(shop, one), _is_needed(shop, other)) == (False, True)
    shop.send("PATCH", f"{ORDERS}/{order['id']}", {"customerId": None})
    assert not _is_needed(shop, other)


def test_another_organizations_customer_is_none_of_ours(shop: Shop) -> None:
    place, theirs = shop.stocked(5), a_customer(an_organization())
    mine = ordered(shop, *place)
    before = stock_of(shop.organization.id)

    replies = [
        shop.send("POST", ORDERS, order_body(*place, customerId=theirs, confirm=True)),
        shop.send("PATCH", f"{ORDERS}/{mine['id']}", {"customerId": theirs}),
    ]

    assert [reply.json["errors"][0]["pointer"] for reply in replies] == ["/customerId", "/customerId"]
    assert stock_of(shop.organization.id) == before


def test_a_customer_with_an_open_order_cannot_be_deleted(shop: Shop) -> None:
    place, customer = shop.stocked(5), a_customer(shop.organization)
    order = ordered(shop, *place, customerId=customer, confirm=True)

    refused = shop.send("DELETE", f"/v1/customers/{customer}")

    assert (refused.status, refused.json["code"], refused.json["usedBy"]) == (409, "in_use", "orders")
    step(shop, order, "cancel")
    assert shop.send("DELETE", f"/v1/customers/{customer}").status == 204
    gone = shop.send("POST", ORDERS, order_body(*place, customerId=customer))
    assert (gone.status, gone.json["errors"][0]["pointer"]) == (422, "/customerId")


def test_a_customer_who_is_deleted_while_an_order_is_written_has_no_open_order(shop: Shop) -> None:
    for _ in range(5):
        place, customer = shop.stocked(5), a_customer(shop.organization)

        replies = at_once(
            [
                partial(shop.send, "POST", ORDERS, order_body(*place, customerId=customer)),
                partial(shop.send, "DELETE", f"/v1/customers/{customer}"),
            ]
        )

        statuses = [reply.value.status for reply in replies if reply.value is not None]
        assert statuses in ([201, 409], [422, 204])

"""What there is stock of, or in, cannot be deleted; what is empty can."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager

import pytest

from tests.support.api import Reply
from tests.support.stock_keeping import Shop, a_shop
from tests.support.table_faults import Request, instead_of


@pytest.fixture
def shop() -> Shop:
    return a_shop()


@contextmanager
def _once_before_the_commit(act: Callable[[], object]) -> Iterator[None]:
    """Have something done between the first request's reads and its write."""
    left = [act]

    def first(_request: Request) -> None:
        if left:
            left.pop()()

    with instead_of("TransactWriteItems", first):
        yield


def _refused(reply: Reply) -> bool:
    return (reply.status, reply.json["code"], reply.json["usedBy"]) == (409, "in_use", "stock")


def test_a_product_with_stock_stays_until_there_is_none(shop: Shop) -> None:
    product, warehouse = shop.stocked(5)

    assert _refused(shop.send("DELETE", f"/v1/products/{product}"))
    assert shop.send("GET", f"/v1/products/{product}").status == 200

    shop.adjust(product, warehouse, -5)
    assert shop.send("DELETE", f"/v1/products/{product}").status == 204
    assert shop.adjust(product, warehouse, 1).status == 422


def test_a_warehouse_with_stock_stays_until_there_is_none(shop: Shop) -> None:
    product, warehouse = shop.stocked(5)

    assert _refused(shop.send("DELETE", f"/v1/warehouses/{warehouse}"))

    shop.adjust(product, warehouse, -5)
    assert shop.send("DELETE", f"/v1/warehouses/{warehouse}").status == 204
    assert shop.adjust(product, warehouse, 1).status == 422


def test_stock_that_comes_in_while_its_product_is_deleted_keeps_it(shop: Shop) -> None:
    product, warehouse = shop.stocked(5)
    shop.adjust(product, warehouse, -5)

    with _once_before_the_commit(lambda: shop.adjust(product, warehouse, 1)):
        reply = shop.send("DELETE", f"/v1/products/{product}")

    assert _refused(reply)
    assert shop.level(product, warehouse)["onHand"] == 1


def test_a_product_that_is_deleted_while_its_first_stock_comes_in_gets_none(shop: Shop) -> None:
    product, warehouse = shop.product(), shop.warehouse()

    with _once_before_the_commit(lambda: shop.send("DELETE", f"/v1/products/{product}")):
        reply = shop.adjust(product, warehouse, 1)

    assert reply.status == 422
    assert shop.send("GET", "/v1/stock", query={"productId": product}).json["items"] == []

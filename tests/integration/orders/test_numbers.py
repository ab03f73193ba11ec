"""Numbers of orders: unique and rising, whatever happens at once; gaps are allowed."""

from concurrent.futures import ThreadPoolExecutor

from nexstock.numbers import next_number
from tests.support.orders import order_body, ordered
from tests.support.people import an_organization
from tests.support.stock_keeping import a_shop


def test_numbers_at_once_are_all_different() -> None:
    tenant = an_organization().tenant()
    with ThreadPoolExecutor(8) as threads:
        numbers = list(threads.map(lambda _: next_number(tenant, "ORDER"), range(40)))
    assert sorted(numbers) == list(range(1, 41))


def test_each_series_and_each_organization_counts_for_itself() -> None:
    one, other = an_organization().tenant(), an_organization().tenant()
    taken = [next_number(*each) for each in ((one, "ORDER"), (one, "ORDER"), (one, "OTHER"), (other, "ORDER"))]
    assert taken == [1, 2, 1, 1]


def test_orders_are_numbered_as_they_come_and_a_refused_one_takes_no_number() -> None:
    shop = a_shop()
    product, warehouse = shop.stocked(5)
    first = ordered(shop, product, warehouse)
    too_much = shop.send("POST", "/v1/orders", order_body(product, warehouse, 9, confirm=True))
    second = ordered(shop, product, warehouse, confirm=True)
    assert too_much.status == 409
    assert [first["number"], second["number"]] == ["SO-1001", "SO-1002"]

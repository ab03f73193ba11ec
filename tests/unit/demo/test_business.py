"""The demo business: the same each time, and made of what the API takes."""

from itertools import chain

import pytest

from infra.local.demo.business import Business, Deal, Size
from nexstock.products.schemas import CreateProduct
from nexstock.stock.schemas import AdjustStock
from nexstock.warehouses.schemas import CreateWarehouse

_PLACE = {"productId": "prd_1", "warehouseId": "whs_1"}


def _business(*, seed: int = 1, knows_lots: bool = False) -> Business:
    return Business(Size(), "EUR", seed=seed, knows_lots=knows_lots)


def _deals(business: Business) -> list[Deal]:
    size = business.size
    return [
        *(business.purchase(number) for number in range(size.purchase_orders)),
        *(business.order(number) for number in range(size.orders)),
    ]


def test_same_seed_makes_the_same_business_and_another_makes_another() -> None:
    one, same, other = (_business(seed=seed) for seed in (1, 1, 2))

    for number in range(50):
        assert one.product(number) == same.product(number)
        assert one.order(number) == same.order(number)
    assert [one.product(number) for number in range(50)] != [other.product(number) for number in range(50)]


def test_everything_is_what_the_api_takes() -> None:
    business = _business()

    for number in range(3):
        CreateWarehouse.model_validate(business.warehouse(number))
    for number in range(business.size.products):
        CreateProduct.model_validate(business.product(number))
        for warehouse in business.places_of(number):
            AdjustStock.model_validate({**_PLACE, **business.opening(number, warehouse)})
    for number in range(business.size.corrections):
        AdjustStock.model_validate({**_PLACE, **business.correction(number)[1]})


def test_numbers_that_have_to_be_unique_are() -> None:
    business = _business()
    products = [business.product(number) for number in range(business.size.products)]

    assert len({product["sku"] for product in products}) == len(products)
    assert len(set(chain.from_iterable(product["barcodes"] for product in products))) == len(products)
    assert len({deal.reference for deal in _deals(business)}) == business.size.purchase_orders + business.size.orders


def test_orders_come_to_every_end() -> None:
    business = _business()

    ends = {business.order(number).steps for number in range(business.size.orders)}

    assert {(), ("confirm",), ("confirm", "fulfil"), ("confirm", "part"), ("confirm", "fulfil", "return")} <= ends
    assert {("cancel",), ("confirm", "cancel")} <= ends


@pytest.mark.parametrize("knows_lots", [True, False])
def test_what_is_ordered_lies_where_it_is_ordered_from(knows_lots: bool) -> None:  # noqa: FBT001 (a parameter)
    business = _business(knows_lots=knows_lots)

    for deal in _deals(business):
        products = [product for product, _ in deal.lines]
        assert len(set(products)) == len(products) <= 45
        assert all(deal.warehouse in business.places_of(product) for product in products)
        assert not any(business.is_kept_by_lots(product) for product in products)


def test_lots_are_named_only_where_the_platform_knows_them() -> None:
    with_lots, without = _business(knows_lots=True), _business()

    assert with_lots.product(0)["tracking"] == "lot"
    opening = with_lots.opening(0, with_lots.places_of(0)[0])
    assert sum(lot["quantity"] for lot in opening["lots"]) == opening["quantity"]
    assert "tracking" not in without.product(0)
    assert "lots" not in without.opening(0, without.places_of(0)[0])


def test_part_of_the_business_has_one_of_each_at_least() -> None:
    assert Size().percent(100) == Size()
    assert Size().percent(1) == Size(5, 1, 20, 1, 50, 3)

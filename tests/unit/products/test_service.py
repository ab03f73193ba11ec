"""What can be done with products, without a table: merge patches and versions."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest

from nexstock.errors import PreconditionFailed
from nexstock.ids import ProductId, WarehouseId, is_id
from nexstock.products.model import Money, Product
from nexstock.products.schemas import CreateProduct, UpdateProduct
from nexstock.products.service import create_product, update_product
from nexstock.resources import lifecycle
from nexstock.stock.model import StockLevel
from nexstock.suppliers.model import Supplier
from tests.support.products import MADE_AT, a_product
from tests.support.staged import StagedResources

_SUPPLIERS = StagedResources[Supplier]()
_LATER = MADE_AT + timedelta(days=1)


class _NoStock:
    """Levels of an organization that has no stock."""

    def list_of_product(self, _product_id: ProductId, *, limit: int) -> Sequence[StockLevel]:
        return [][:limit]

    def require_unmoved(self, level: StockLevel) -> None:
        raise AssertionError(level)

    def restate(self, entity: StockLevel) -> None:
        raise AssertionError(entity)

    def has_any_in(self, _warehouse_id: WarehouseId) -> bool:
        return False


_LEVELS = _NoStock()


def _later() -> datetime:
    return _LATER


def _patched(
    product: Product, patch: dict[str, Any], expected: int | None = None
) -> tuple[Product, StagedResources[Product]]:
    products = StagedResources[Product]([product])
    command = UpdateProduct.model_validate(patch)
    changed = update_product(
        product.id,
        command,
        expected=expected,
        products=products,
        suppliers=_SUPPLIERS,
        levels=_LEVELS,
        clock=_later,
    )
    return changed, products


def test_new_product_has_what_was_asked_for_and_the_rest_at_rest() -> None:
    products = StagedResources[Product]()
    command = CreateProduct.model_validate({"sku": "A", "name": "Thing", "price": {"amount": 5, "currency": "EUR"}})

    product = create_product(command, products=products, suppliers=_SUPPLIERS, clock=_later)

    assert is_id(product.id, "prd")
    assert products.added == [product]
    assert product == Product(
        id=product.id,
        version=1,
        created_at=_LATER,
        updated_at=_LATER,
        sku="A",
        name="Thing",
        price=Money(5, "EUR"),
    )


@pytest.mark.parametrize(
    ("patch", "changed"),
    [
        ({"name": "Bolt"}, {"name": "Bolt"}),
        ({"description": None}, {"description": None}),
        ({"price": None}, {"price": None}),
        ({"price": {"amount": 1, "currency": "EUR"}}, {"price": Money(1, "EUR")}),
        ({"barcodes": ["1", "2"]}, {"barcodes": ("1", "2")}),
        ({"barcodes": []}, {"barcodes": ()}),
        ({"barcodes": None}, {"barcodes": ()}),
        ({"reorderPoint": 0.25}, {"reorder_point": Decimal("0.25")}),
        ({"reorderPoint": None, "reorderQuantity": None}, {"reorder_point": None, "reorder_quantity": None}),
        ({"allowBackorder": False}, {"allow_backorder": False}),
        ({"sku": " BOLT-9 "}, {"sku": "BOLT-9"}),
        ({"attributes": {"colour": "blue"}}, {"attributes": {"thread": "M8", "length": "40 mm", "colour": "blue"}}),
        ({"attributes": {"length": "50 mm"}}, {"attributes": {"thread": "M8", "length": "50 mm"}}),
        ({"attributes": {"length": None}}, {"attributes": {"thread": "M8"}}),
        ({"attributes": {"length": None, "colour": "red"}}, {"attributes": {"thread": "M8", "colour": "red"}}),
        ({"attributes": None}, {"attributes": {}}),
    ],
)
def test_merge_patch_changes_what_it_names_and_nothing_else(patch: dict[str, Any], changed: dict[str, Any]) -> None:
    before = a_product()

    after, products = _patched(before, patch)

    assert after == replace(before, **changed, version=4, updated_at=_LATER)
    assert products.changed == [(before, after)]


@pytest.mark.parametrize(
    "patch",
    [
        {},
        {"name": "Bolt M8"},
        {"name": "  Bolt M8 "},
        {"attributes": {}},
        {"attributes": {"thread": "M8"}},
        {"attributes": {"unknown": None}},
        {"reorderPoint": 12.50},
        {"price": {"amount": 1999, "currency": "USD"}},
        {"barcodes": ["4006381333931"]},
    ],
)
def test_patch_that_changes_nothing_stages_nothing(patch: dict[str, Any]) -> None:
    before = a_product()

    after, products = _patched(before, patch)

    assert after == before
    assert products.changed == []


@pytest.mark.parametrize("field", ["sku", "name", "unit", "allowBackorder"])
def test_patch_cannot_remove_what_a_product_always_has(field: str) -> None:
    with pytest.raises(ValueError, match=f"{field} cannot be removed"):
        UpdateProduct.model_validate({field: None})


@pytest.mark.parametrize("expected", [1, 2, 4])
def test_change_of_another_version_than_expected_is_refused(expected: int) -> None:
    before = a_product(version=3)
    products = StagedResources[Product]([before])

    with pytest.raises(PreconditionFailed):
        update_product(
            before.id,
            UpdateProduct(),
            expected=expected,
            products=products,
            suppliers=_SUPPLIERS,
            levels=_LEVELS,
        )
    with pytest.raises(PreconditionFailed):
        lifecycle.delete(before.id, expected=expected, resources=products)

    assert products.changed == []


def test_change_of_the_expected_version_is_made() -> None:
    after, _ = _patched(a_product(version=3), {"name": "Bolt"}, expected=3)

    assert after.version == 4

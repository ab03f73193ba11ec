"""Products on the wire: bounds of every field, and views that say what is stored."""

from typing import Any

import pytest
from pydantic import ValidationError

from nexstock.products.schemas import CreateProduct, ProductView, UpdateProduct
from tests.support.products import a_product

_SMALLEST = {"sku": "A", "name": "Thing"}


@pytest.mark.parametrize(
    "field",
    [
        {"sku": ""},
        {"sku": "  "},
        {"sku": "x" * 65},
        {"sku": 7},
        {"name": ""},
        {"name": "x" * 201},
        {"description": "x" * 5001},
        {"unit": ""},
        {"unit": "x" * 21},
        {"price": 19.99},
        {"price": {"amount": 19.99, "currency": "USD"}},
        {"price": {"amount": "1999", "currency": "USD"}},
        {"price": {"amount": -1, "currency": "USD"}},
        {"price": {"amount": 10**12 + 1, "currency": "USD"}},
        {"price": {"amount": True, "currency": "USD"}},
        {"price": {"amount": 1, "currency": "usd"}},
        {"price": {"amount": 1, "currency": "DOLLAR"}},
        {"price": {"amount": 1}},
        {"price": {"amount": 1, "currency": "USD", "tax": 1}},
        {"barcodes": ["x"] * 21},
        {"barcodes": [""]},
        {"barcodes": "4006381333931"},
        {"category": ""},
        {"attributes": {"": "x"}},
        {"attributes": {"x" * 65: "x"}},
        {"attributes": {"x": "x" * 501}},
        {"attributes": {"x": 1}},
        {"attributes": {"x": None}},
        {"attributes": {str(number): "x" for number in range(51)}},
        {"attributes": {"\ud800": "x"}},
        {"reorderPoint": -1},
        {"reorderQuantity": 0.00001},
        {"allowBackorder": "true"},
        {"allowBackorder": 1},
        {"tracking": "batch"},
        {"tracking": None},
        {"archived": "true"},
        {"components": [{"productId": "prd_1"}]},
        {"components": [{"productId": "prd_1", "quantity": 0}]},
        {"components": [{"productId": "prd_1", "quantity": 1}, {"productId": "prd_1", "quantity": 2}]},
        {"components": [{"productId": f"prd_{number}", "quantity": 1} for number in range(21)]},
        {"id": "prd_1"},
        {"version": 7},
        {"organizationId": "org_1"},
    ],
    ids=str,
)
def test_product_outside_the_contract_is_refused(field: dict[str, Any]) -> None:
    with pytest.raises(ValidationError):
        CreateProduct.model_validate({**_SMALLEST, **field})


@pytest.mark.parametrize(
    "field",
    [
        {"sku": "x" * 64},
        {"name": "🚚" * 200},
        {"price": {"amount": 0, "currency": "JPY"}},
        {"price": {"amount": 10**12, "currency": "USD"}},
        {"attributes": {str(number): "" for number in range(50)}},
        {"attributes": {"self": "x", "a.b/c~d": "y", "#": "z"}},
        {"barcodes": ["x"] * 20},
        {"components": [{"productId": f"prd_{number}", "quantity": 0.5} for number in range(20)]},
        {"reorderPoint": 12345678901.2345},
    ],
    ids=str,
)
def test_product_at_the_contracts_bounds_is_taken(field: dict[str, Any]) -> None:
    for model in (CreateProduct, UpdateProduct):
        body = {**_SMALLEST, **field}
        command = model.model_validate(body)
        assert command.model_dump(mode="json", by_alias=True, exclude_unset=True) == body


def test_view_shows_what_is_stored() -> None:
    product = a_product()

    assert ProductView.of(product).model_dump(mode="json", by_alias=True) == {
        "id": product.id,
        "sku": "BOLT-8",
        "name": "Bolt M8",
        "description": "Zinc plated",
        "unit": "box",
        "price": {"amount": 1999, "currency": "USD"},
        "cost": {"amount": 700, "currency": "USD"},
        "barcodes": ["4006381333931"],
        "category": "fasteners",
        "attributes": {"thread": "M8", "length": "40 mm"},
        "reorderPoint": 12.5,
        "reorderQuantity": 100,
        "allowBackorder": True,
        "supplierId": "sup_01JD0000000000000000000000",
        "tracking": "lot",
        "components": [],
        "archived": True,
        "version": 3,
        "createdAt": "2026-03-01T12:00:00.000Z",
        "updatedAt": "2026-03-01T12:00:00.000Z",
    }

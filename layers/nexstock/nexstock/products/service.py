"""What can be done with products."""

from dataclasses import replace
from typing import Any, Protocol

from nexstock.clock import Clock, utc_now
from nexstock.errors import NotFound
from nexstock.ids import ProductId, new_id
from nexstock.persistence.tenant_items import RETENTION_OF_DELETED, require_version
from nexstock.products.model import Product
from nexstock.products.schemas import CreateProduct, MoneyBody, UpdateProduct


class Products(Protocol):
    """The products of one organization, as far as the service needs them."""

    def get(self, entity_id: str) -> Product:
        """Return one that is not deleted, or raise `NotFound`."""

    def get_even_deleted(self, entity_id: str) -> Product:
        """Return one, deleted or not, or raise `NotFound`."""

    def add(self, entity: Product) -> None:
        """Stage a new one, its SKU claimed."""

    def change(self, before: Product, after: Product) -> None:
        """Stage the next version of one, its claim on the SKU kept in step."""


def create_product(command: CreateProduct, *, products: Products, clock: Clock = utc_now) -> Product:
    """Stage a new product and return it.

    Raises:
        SkuTaken: at the commit, if another product has the SKU (409).
    """
    now = clock()
    product = Product(
        id=ProductId(new_id("prd", now)),
        version=1,
        created_at=now,
        updated_at=now,
        **_field_values({name: getattr(command, name) for name in CreateProduct.model_fields}),
    )
    products.add(product)
    return product


def update_product(
    product_id: str, patch: UpdateProduct, *, expected: int | None, products: Products, clock: Clock = utc_now
) -> Product:
    """Stage a merge patch and return the product as it will be; a patch that changes nothing stages nothing.

    Raises:
        NotFound: no such product here (404).
        PreconditionFailed: `expected` is not its version (412).
        SkuTaken: at the commit (409).
    """
    before = products.get(product_id)
    require_version(before, expected)
    changed = replace(before, **_merged(before, patch))
    if changed == before:
        return before
    return _staged(before, changed, products, clock)


def delete_product(product_id: str, *, expected: int | None, products: Products, clock: Clock = utc_now) -> None:
    """Stage the soft delete of a product; its SKU is free again, and it can be restored for 30 days.

    Raises:
        NotFound: no such product here (404).
        PreconditionFailed: `expected` is not its version (412).
    """
    before = products.get(product_id)
    require_version(before, expected)
    _staged(before, replace(before, deleted_at=clock()), products, clock)


def restore_product(product_id: str, *, products: Products, clock: Clock = utc_now) -> Product:
    """Stage the return of a deleted product and return it; one that is not deleted stays as it is.

    Raises:
        NotFound: no such product here, or its 30 days have ended (404).
        SkuTaken: at the commit, if its SKU was given to another product meanwhile (409).
    """
    before = products.get_even_deleted(product_id)
    if before.deleted_at is None:
        return before
    # TTL removes an item up to days after its time (AWS: "Using time to live (TTL) in DynamoDB").
    if clock() - before.deleted_at >= RETENTION_OF_DELETED:
        raise NotFound
    return _staged(before, replace(before, deleted_at=None), products, clock)


def _staged(before: Product, after: Product, products: Products, clock: Clock) -> Product:
    product = replace(after, version=before.version + 1, updated_at=clock())
    products.change(before, product)
    return product


def _merged(product: Product, patch: UpdateProduct) -> dict[str, Any]:
    changes = _field_values(patch.changes())
    if "barcodes" in changes and changes["barcodes"] is None:
        changes["barcodes"] = ()
    if "attributes" in changes:
        # RFC 7396: members of an object are merged one by one, and null removes a member.
        merged = {**product.attributes, **(changes["attributes"] or {})} if changes["attributes"] is not None else {}
        changes["attributes"] = {name: value for name, value in merged.items() if value is not None}
    return changes


def _field_values(fields: dict[str, Any]) -> dict[str, Any]:
    return {name: value.to_money() if isinstance(value, MoneyBody) else value for name, value in fields.items()}

"""Kits: products that are made of others and share their stock."""

from collections.abc import Iterator, Sequence
from typing import Protocol

from nexstock.errors import FieldError, InvalidRequest
from nexstock.products.model import Product, Tracking


class Components(Protocol):
    """Where the components of kits are read."""

    def get_many(self, sort_keys: Sequence[str]) -> list[Product]:
        """Return those that are here and not deleted."""


def require_sound(product: Product, *, products: Components) -> None:
    """Let a product go on if it is no kit, or a kit of products that are none.

    Raises:
        InvalidRequest: a component is missing, a kit, the product itself or kept by serial numbers; or the kit is to be
            tracked (422).
    """
    if product.is_kit and (errors := list(_unsound(product, products))):
        raise InvalidRequest(errors)


def _unsound(kit: Product, products: Components) -> Iterator[FieldError]:
    if kit.tracking is not Tracking.NONE:
        yield FieldError("/tracking", "a kit is not tracked; its components may be")
    found = {each.id: each for each in products.get_many([each.product_id for each in kit.components])}
    for place, component in enumerate(kit.components):
        pointer = f"/components/{place}/productId"
        if component.product_id == kit.id:
            yield FieldError(pointer, "a kit is no component of itself")
        elif component.product_id not in found:
            yield FieldError(pointer, "there is no such thing here")
        elif found[component.product_id].is_kit:
            yield FieldError(pointer, "a kit is no component of another")
        elif not found[component.product_id].fits_in_kits:
            yield FieldError(pointer, "an order of a kit could not name its serial numbers")

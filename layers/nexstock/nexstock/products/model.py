"""A product, as the rest of the system sees it."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from enum import StrEnum

from nexstock.ids import ProductId, SupplierId
from nexstock.resources.model import Resource


@dataclass(frozen=True, slots=True)
class Money:
    """An amount in minor units of a currency (ISO 4217), e.g. 1999 USD for $19.99."""

    amount: int
    currency: str


class Tracking(StrEnum):
    """How the single units of a product are told apart in stock."""

    NONE = "none"
    LOT = "lot"
    SERIAL = "serial"


@dataclass(frozen=True, slots=True)
class Component:
    """How much of another product one of a kit is made of."""

    product_id: ProductId
    quantity: Decimal


@dataclass(frozen=True, slots=True, kw_only=True)
class Product(Resource):
    """Something that an organization keeps in stock.

    `sku` is unique among the organization's products that are not deleted, and so is each of `barcodes`. Quantities
    count the product's `unit`. One with `components` is a kit: it has no stock of its own, and no kit among them. One
    that is `archived` stays as it is and is not sold any more.
    """

    id: ProductId
    sku: str
    name: str
    description: str | None = None
    unit: str = "each"
    price: Money | None = None
    cost: Money | None = None
    barcodes: tuple[str, ...] = ()
    category: str | None = None
    attributes: Mapping[str, str] = field(default_factory=dict)
    reorder_point: Decimal | None = None
    reorder_quantity: Decimal | None = None
    allow_backorder: bool = False
    supplier_id: SupplierId | None = None
    tracking: Tracking = Tracking.NONE
    components: tuple[Component, ...] = ()
    archived: bool = False

    @property
    def is_kit(self) -> bool:
        """Whether it is made of other products."""
        return bool(self.components)

    @property
    def fits_in_kits(self) -> bool:
        """Whether kits can be made of it: an order of a kit could not name serial numbers."""
        return not self.is_kit and self.tracking is not Tracking.SERIAL

"""A product, as the rest of the system sees it."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from decimal import Decimal

from nexstock.ids import ProductId
from nexstock.resources.model import Resource


@dataclass(frozen=True, slots=True)
class Money:
    """An amount in minor units of a currency (ISO 4217), e.g. 1999 USD for $19.99."""

    amount: int
    currency: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Product(Resource):
    """Something that an organization keeps in stock.

    `sku` is unique among the organization's products that are not deleted. Quantities count the product's `unit`.
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

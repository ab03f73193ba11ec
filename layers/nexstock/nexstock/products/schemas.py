"""Products on the wire."""

from typing import Annotated, Self

from pydantic import AfterValidator, Field, StringConstraints

from nexstock.http.schemas import Command, Instant, Name, Patch, PlainText, PositiveQuantity, Quantity, ValueBody, View
from nexstock.ids import ProductId
from nexstock.products.model import Component, Money, Product, Tracking

Sku = Annotated[PlainText, StringConstraints(min_length=1, max_length=64, strip_whitespace=True)]
Barcode = Annotated[PlainText, StringConstraints(min_length=1, max_length=64, strip_whitespace=True)]
Description = Annotated[PlainText, StringConstraints(max_length=5000)]
Category = Annotated[PlainText, StringConstraints(min_length=1, max_length=100, strip_whitespace=True)]
Unit = Annotated[PlainText, StringConstraints(min_length=1, max_length=20, strip_whitespace=True)]
AttributeName = Annotated[PlainText, StringConstraints(min_length=1, max_length=64)]
AttributeValue = Annotated[PlainText, StringConstraints(max_length=500)]
ReferenceId = Annotated[PlainText, StringConstraints(min_length=1, max_length=64)]
Barcodes = Annotated[tuple[Barcode, ...], Field(max_length=20)]
Attributes = Annotated[dict[AttributeName, AttributeValue], Field(max_length=50)]


class MoneyBody(ValueBody):
    """An amount of money in minor units, e.g. `{"amount": 1999, "currency": "USD"}` for $19.99."""

    amount: Annotated[int, Field(strict=True, ge=0, le=10**12)]
    currency: Annotated[str, StringConstraints(pattern="^[A-Z]{3}$")]

    def merged_into(self, _before: object) -> Money:
        """Return the amount; a patch names both of its parts, so nothing of the one before stays."""
        return self.to_money()

    def to_money(self) -> Money:
        """Return the amount."""
        return Money(self.amount, self.currency)


class ComponentBody(ValueBody):
    """How much of another product one of a kit is made of."""

    product_id: ReferenceId
    quantity: PositiveQuantity

    def merged_into(self, _before: object) -> Component:
        """Return the component."""
        return Component(ProductId(self.product_id), self.quantity)


def _each_once(components: tuple[ComponentBody, ...]) -> tuple[ComponentBody, ...]:
    if len({component.product_id for component in components}) < len(components):
        message = "names a product twice"
        raise ValueError(message)
    return components


Components = Annotated[tuple[ComponentBody, ...], Field(max_length=20), AfterValidator(_each_once)]


class CreateProduct(Command):
    """A new product."""

    sku: Sku
    name: Name
    description: Description | None = None
    unit: Unit = "each"
    price: MoneyBody | None = None
    cost: MoneyBody | None = None
    barcodes: Barcodes = ()
    category: Category | None = None
    attributes: Attributes = Field(default_factory=dict)
    reorder_point: Quantity | None = None
    reorder_quantity: Quantity | None = None
    allow_backorder: Annotated[bool, Field(strict=True)] = False
    supplier_id: ReferenceId | None = None
    tracking: Tracking = Tracking.NONE
    components: Components = ()
    archived: Annotated[bool, Field(strict=True)] = False


class UpdateProduct(Patch):
    """What changes about a product (JSON merge patch)."""

    sku: Sku | None = None
    name: Name | None = None
    description: Description | None = None
    unit: Unit | None = None
    price: MoneyBody | None = None
    cost: MoneyBody | None = None
    barcodes: Barcodes | None = None
    category: Category | None = None
    attributes: Annotated[dict[AttributeName, AttributeValue | None], Field(max_length=50)] | None = None
    reorder_point: Quantity | None = None
    reorder_quantity: Quantity | None = None
    allow_backorder: Annotated[bool, Field(strict=True)] | None = None
    supplier_id: ReferenceId | None = None
    tracking: Tracking | None = None
    components: Components | None = None
    archived: Annotated[bool, Field(strict=True)] | None = None

    @classmethod
    def required_fields(cls) -> frozenset[str]:
        """Return what a product always has."""
        return frozenset({"sku", "name", "unit", "allow_backorder", "tracking", "archived"})


class MoneyView(View):
    """An amount of money in minor units."""

    amount: int
    currency: str

    @classmethod
    def of(cls, money: Money | None) -> Self | None:
        """Return the view of an amount, if there is one."""
        return None if money is None else cls(amount=money.amount, currency=money.currency)


class ComponentView(View):
    """How much of another product one of a kit is made of."""

    product_id: str
    quantity: Quantity


class ProductView(View):
    """A product."""

    id: str
    sku: str
    name: str
    description: str | None
    unit: str
    price: MoneyView | None
    cost: MoneyView | None
    barcodes: list[str]
    category: str | None
    attributes: dict[str, str]
    reorder_point: Quantity | None
    reorder_quantity: Quantity | None
    allow_backorder: bool
    supplier_id: str | None
    tracking: Tracking
    components: list[ComponentView]
    archived: bool
    version: int
    created_at: Instant
    updated_at: Instant

    @classmethod
    def of(cls, product: Product) -> Self:
        """Return the view of a product."""
        return cls(
            id=product.id,
            sku=product.sku,
            name=product.name,
            description=product.description,
            unit=product.unit,
            price=MoneyView.of(product.price),
            cost=MoneyView.of(product.cost),
            barcodes=list(product.barcodes),
            category=product.category,
            attributes=dict(product.attributes),
            reorder_point=product.reorder_point,
            reorder_quantity=product.reorder_quantity,
            allow_backorder=product.allow_backorder,
            supplier_id=product.supplier_id,
            tracking=product.tracking,
            components=[
                ComponentView(product_id=each.product_id, quantity=each.quantity) for each in product.components
            ],
            archived=product.archived,
            version=product.version,
            created_at=product.created_at,
            updated_at=product.updated_at,
        )

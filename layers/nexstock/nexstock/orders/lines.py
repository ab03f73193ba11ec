"""From the lines of a body to those of an order: one of each product, priced, in one currency."""

from collections.abc import Sequence
from dataclasses import replace

from nexstock.errors import FieldError, InvalidRequest
from nexstock.ids import ProductId
from nexstock.orders.model import MOST_LINES, OrderLine
from nexstock.orders.schemas import OrderLineBody
from nexstock.products.model import Money, Product
from nexstock.stock.checks import require_present, require_whole
from nexstock.stock.ledger import Holdings
from nexstock.stock.lines import distinct_products as named_products
from nexstock.stock.lines import require_total
from nexstock.stock.model import QUANTITY_LIMIT


def distinct_products(bodies: Sequence[OrderLineBody]) -> list[ProductId]:
    """Return the products that lines name, each once.

    Raises:
        InvalidRequest: more than an order can have lines (422).
    """
    return named_products((body.product_id for body in bodies), most=MOST_LINES, document="an order")


def priced_lines(bodies: Sequence[OrderLineBody], holdings: Holdings) -> tuple[OrderLine, ...]:
    """Return an order's lines, those of one product merged, in the order in which the products come first.

    Raises:
        InvalidRequest: a product that is not here or archived, a fraction of what has none, no price, two prices of
            one product, two currencies, or more than can be counted (422).
    """
    lines: dict[ProductId, OrderLine] = {}
    for place, body in enumerate(bodies):
        pointer = f"/lines/{place}"
        product = require_present(holdings.products.get(ProductId(body.product_id)), f"{pointer}/productId")
        _require_for_sale(product, f"{pointer}/productId")
        require_whole(product, body.quantity, f"{pointer}/quantity")
        line = OrderLine(
            product_id=product.id,
            sku=product.sku,
            name=product.name,
            quantity=body.quantity,
            unit_price=_price(body, product, pointer),
            components=product.components,
        )
        lines[product.id] = _merged(lines.get(product.id), line, pointer)
        _require_one_currency(lines[product.id], next(iter(lines.values())), pointer)
    require_total(line.total for line in lines.values())
    return tuple(lines.values())


def _require_for_sale(product: Product, pointer: str) -> None:
    if product.archived:
        raise InvalidRequest([FieldError(pointer, "the product is archived")])


def _price(body: OrderLineBody, product: Product, pointer: str) -> Money:
    if body.unit_price is not None:
        return body.unit_price.to_money()
    if product.price is None:
        raise InvalidRequest([FieldError(f"{pointer}/unitPrice", "the product has no price, so one is needed here")])
    return product.price


def _merged(before: OrderLine | None, line: OrderLine, pointer: str) -> OrderLine:
    if before is None:
        return line
    if before.unit_price != line.unit_price:
        raise InvalidRequest([FieldError(f"{pointer}/unitPrice", "another line has the product at another price")])
    merged = replace(before, quantity=before.quantity + line.quantity)
    if merged.quantity >= QUANTITY_LIMIT:
        raise InvalidRequest([FieldError(f"{pointer}/quantity", "together with other lines this is too much")])
    return merged


def _require_one_currency(line: OrderLine, first: OrderLine, pointer: str) -> None:
    if line.unit_price.currency != first.unit_price.currency:
        detail = f"the first line is in {first.unit_price.currency}, and an order has one currency"
        raise InvalidRequest([FieldError(f"{pointer}/unitPrice/currency", detail)])

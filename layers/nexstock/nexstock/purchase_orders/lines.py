"""From the lines of a body to those of a purchase order: one of each product, at one cost."""

from collections.abc import Sequence
from dataclasses import replace

from nexstock.errors import FieldError, InvalidRequest
from nexstock.ids import ProductId
from nexstock.products.model import Money, Product
from nexstock.purchase_orders.model import MOST_LINES, PurchaseLine
from nexstock.purchase_orders.schemas import PurchaseLineBody
from nexstock.stock.checks import cost_in, require_own_stock, require_present, require_whole
from nexstock.stock.ledger import Holdings
from nexstock.stock.lines import distinct_products as named_products
from nexstock.stock.lines import require_total
from nexstock.stock.model import QUANTITY_LIMIT


def distinct_products(bodies: Sequence[PurchaseLineBody]) -> list[ProductId]:
    """Return the products that lines name, each once.

    Raises:
        InvalidRequest: more than a purchase order can have lines (422).
    """
    return named_products((body.product_id for body in bodies), most=MOST_LINES, document="a purchase order")


def costed_lines(bodies: Sequence[PurchaseLineBody], holdings: Holdings) -> tuple[PurchaseLine, ...]:
    """Return a purchase order's lines, those of one product merged, in the order in which the products come first.

    Raises:
        InvalidRequest: a product that is not here or cannot be bought, a fraction of what has none, no cost, two costs
            of one product, another currency than costs are kept in, or more than can be counted (422).
    """
    lines: dict[ProductId, PurchaseLine] = {}
    for place, body in enumerate(bodies):
        pointer = f"/lines/{place}"
        product = require_present(holdings.products.get(ProductId(body.product_id)), f"{pointer}/productId")
        require_own_stock(product, f"{pointer}/productId")
        require_whole(product, body.quantity, f"{pointer}/quantity")
        line = PurchaseLine(
            product_id=product.id,
            sku=product.sku,
            name=product.name,
            quantity=body.quantity,
            unit_cost=_cost(body, product, holdings.currency, f"{pointer}/unitCost"),
        )
        lines[product.id] = _merged(lines.get(product.id), line, pointer)
    require_total(line.total for line in lines.values())
    return tuple(lines.values())


def _cost(body: PurchaseLineBody, product: Product, currency: str, pointer: str) -> Money:
    if body.unit_cost is not None:
        cost = body.unit_cost.to_money()
        cost_in(currency, cost, pointer)
        return cost
    if product.cost is None or product.cost.currency != currency:
        raise InvalidRequest([FieldError(pointer, f"the product has no cost in {currency}, so one is needed here")])
    return product.cost


def _merged(before: PurchaseLine | None, line: PurchaseLine, pointer: str) -> PurchaseLine:
    if before is None:
        return line
    if before.unit_cost != line.unit_cost:
        raise InvalidRequest([FieldError(f"{pointer}/unitCost", "another line has the product at another cost")])
    merged = replace(before, quantity=before.quantity + line.quantity)
    if merged.quantity >= QUANTITY_LIMIT:
        raise InvalidRequest([FieldError(f"{pointer}/quantity", "together with other lines this is too much")])
    return merged

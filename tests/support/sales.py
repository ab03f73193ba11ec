"""What was sold and came back, moved as orders move it, at any time: for reports, which only look at movements."""

from dataclasses import replace
from datetime import datetime
from decimal import Decimal

from nexstock.ids import ProductId, WarehouseId
from nexstock.stock.ledger import StockLedger
from nexstock.stock.model import Cause, MovementType, StockChange
from tests.support.stock_keeping import Shop

Place = tuple[str, str]
"""A product and a warehouse."""


def sold(  # noqa: PLR0913 (the parts of a sale)
    shop: Shop, place: Place, quantity: int, revenue: int, at: datetime, *, currency: str = "USD"
) -> None:
    """Take a quantity out of stock that was sold for a revenue; a negative one comes back."""
    kind = MovementType.FULFILMENT if quantity > 0 else MovementType.RETURN
    change = _change(place, Decimal(-quantity))
    _move(shop, replace(change, revenue=revenue, currency=currency), kind, at)


def received(shop: Shop, place: Place, quantity: int, unit_cost: int, at: datetime) -> None:
    """Put a quantity into stock, each unit of which has cost so much."""
    change = _change(place, Decimal(quantity))
    _move(shop, replace(change, unit_cost=Decimal(unit_cost)), MovementType.RECEIPT, at)


def _change(place: Place, quantity: Decimal) -> StockChange:
    return StockChange(product_id=ProductId(place[0]), warehouse_id=WarehouseId(place[1]), quantity=quantity)


def _move(shop: Shop, change: StockChange, kind: MovementType, at: datetime) -> None:
    tenant = shop.organization.tenant()
    ledger = StockLedger(tenant)
    holdings = ledger.read([(change.product_id, change.warehouse_id)], at)
    ledger.move([change], holdings, cause=Cause(kind, kind.value), now=at)
    tenant.transaction.commit()

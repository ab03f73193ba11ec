"""What the handlers of purchase orders need of an organization, put together."""

from functools import partial

from nexstock.auth.principals import Tenant
from nexstock.numbers import next_number
from nexstock.persistence.keys import Kind
from nexstock.purchase_orders.drafts import PurchaseDesk
from nexstock.purchase_orders.repository import PurchaseOrderRepository
from nexstock.purchase_orders.steps import PurchaseSteps
from nexstock.stock.ledger import StockLedger
from nexstock.warehouses.repository import WarehouseRepository


def desk_of(tenant: Tenant) -> PurchaseDesk:
    """Return what it takes to write an organization's purchase orders."""
    return PurchaseDesk(
        orders=PurchaseOrderRepository(tenant),
        warehouses=WarehouseRepository(tenant),
        ledger=StockLedger(tenant),
        next_number=partial(next_number, tenant, Kind.PURCHASE_ORDER),
    )


def steps_of(tenant: Tenant, expected: int | None) -> PurchaseSteps:
    """Return what it takes to take an organization's purchase orders further."""
    return PurchaseSteps(PurchaseOrderRepository(tenant), StockLedger(tenant), expected)

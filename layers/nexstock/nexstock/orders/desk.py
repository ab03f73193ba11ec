"""What the handlers of orders need of an organization, put together."""

from functools import partial

from nexstock.auth.principals import Tenant
from nexstock.numbers import next_number
from nexstock.orders.drafts import OrderDesk
from nexstock.orders.repository import OrderRepository
from nexstock.orders.steps import OrderSteps
from nexstock.persistence.keys import Kind
from nexstock.stock.ledger import StockLedger


def desk_of(tenant: Tenant) -> OrderDesk:
    """Return what it takes to write an organization's orders."""
    return OrderDesk(
        orders=OrderRepository(tenant),
        ledger=StockLedger(tenant),
        next_number=partial(next_number, tenant, Kind.ORDER),
    )


def steps_of(tenant: Tenant, expected: int | None = None) -> OrderSteps:
    """Return what it takes to take an organization's orders further."""
    return OrderSteps(OrderRepository(tenant), StockLedger(tenant), expected)

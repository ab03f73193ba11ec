"""Cancels orders whose reservations have ended, each in a transaction of its own.

A shipment and an end both write the next version of the order, so one of them wins, and the other finds an order that
was shipped or cancelled.
"""

from datetime import datetime
from functools import partial
from typing import Final

from nexstock.auth.principals import system_tenant
from nexstock.observability import log_fault
from nexstock.orders.expiries import EndedReservation, ended_reservations
from nexstock.orders.repository import OrderRepository
from nexstock.orders.steps import OrderSteps
from nexstock.persistence.transaction import repeated
from nexstock.stock.ledger import StockLedger

REASON: Final = "reservation_expired"
_MOST_PER_SHARD: Final = 100
"""Eight shards of so many are cancelled within the function's time."""


def expire_reservations(now: datetime) -> int:
    """Cancel the orders whose reservations ended by now, up to a bound; return how many.

    What cannot be cancelled holds up no other, and is found again by the next run.
    """
    expired = 0
    for ended in ended_reservations(until=now, most_per_shard=_MOST_PER_SHARD):
        try:
            expired += repeated(partial(_expire, ended, now))
        except Exception as error:  # noqa: BLE001 (whatever is wrong with one order, the others are not held up)
            log_fault("reservation not ended", error)
    return expired


def _expire(ended: EndedReservation, now: datetime) -> bool:
    """Cancel an order unless it was shipped, cancelled or given more time meanwhile; tell whether it was."""
    tenant = system_tenant(ended.organization_id, "reservations")
    orders = OrderRepository(tenant)
    order = orders.get(ended.order_id)
    if order.reserved_until is None or order.reserved_until > now:
        return False
    OrderSteps(orders, StockLedger(tenant)).cancel(order, REASON)
    tenant.transaction.commit()
    return True

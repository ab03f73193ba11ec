"""Whose an order is: a customer who is here, and who stays as long as an order of theirs is open."""

from nexstock.auth.principals import Tenant
from nexstock.customers.repository import CustomerItem
from nexstock.errors import FieldError, InvalidRequest
from nexstock.ids import CustomerId, is_id
from nexstock.orders.model import Order
from nexstock.persistence.keys import Kind, tenant_partition
from nexstock.resources.uses import Uses


class OrderCustomers:
    """The customers of exactly one organization's orders."""

    def __init__(self, tenant: Tenant) -> None:
        self._tenant = tenant
        self._uses = Uses(tenant, Kind.CUSTOMER)

    def keep(self, before: Order | None, after: Order) -> None:
        """Stage that an open order needs its customer, and one that is not open any more does not.

        Raises:
            InvalidRequest: at the commit, if there is no such customer (422).
        """
        held, wanted = _needed_by(before), _needed_by(after)
        if held == wanted:
            return
        if held is not None:
            self._uses.end(held)
        if wanted is not None:
            self._uses.begin(wanted)
            self._require_here(wanted)

    def _require_here(self, customer_id: CustomerId) -> None:
        item = CustomerItem(tenant_partition(self._tenant.organization_id, Kind.CUSTOMER), customer_id)
        is_deleted, is_erased = CustomerItem.deleted_at.exists(), CustomerItem.erased_at.exists()
        condition = CustomerItem.pk.exists() & ~is_deleted & ~is_erased
        self._tenant.transaction.check(item, condition=condition, refusal=lambda _standing: no_such_customer())


def require_customer_id(customer_id: str | None) -> CustomerId | None:
    """Return what can be a customer's id; whether it is one is asked in the transaction.

    Raises:
        InvalidRequest: it cannot be one (422).
    """
    if customer_id is None:
        return None
    if not is_id(customer_id, "cus"):
        raise no_such_customer()
    return CustomerId(customer_id)


def no_such_customer() -> InvalidRequest:
    """Return the refusal of a customer who is not here."""
    return InvalidRequest([FieldError("/customerId", "there is no such thing here")])


def _needed_by(order: Order | None) -> CustomerId | None:
    return order.customer_id if order is not None and order.is_open else None

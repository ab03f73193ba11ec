"""Customers that were erased, for the requests that need one."""

from collections.abc import Callable, Mapping
from typing import Any, Final

from tests.support.api import Reply, call
from tests.support.orders import a_customer, ordered
from tests.support.people import StaffedOrganization
from tests.support.stock_keeping import Shop

PATH: Final = "/v1/customers"


def erase(organization: StaffedOrganization, customer_id: str, **parts: Any) -> Reply:  # noqa: ANN401 (parts of a request)
    """Erase a customer, as the organization's owner."""
    return call("POST", f"{PATH}/{customer_id}/erase", token=organization.owner.token, **parts)


def an_erased_customer(organization: StaffedOrganization) -> str:
    """Make a customer, erase them, and return their id."""
    customer_id = a_customer(organization)
    assert erase(organization, customer_id).status == 200
    return customer_id


def with_an_open_order(organization: StaffedOrganization) -> str:
    """Make a customer who has ordered something, and return their id."""
    customer_id, shop = a_customer(organization), Shop(organization)
    ordered(shop, shop.product(), shop.warehouse(), customerId=customer_id)
    return customer_id


RESOURCES_OF_ROUTES: Final[Mapping[tuple[str, str], Mapping[str, Callable[[StaffedOrganization], str]]]] = {
    ("GET", f"{PATH}/{{customer_id}}/erasure"): {"customer_id": an_erased_customer},
}
"""What a route needs that no other customer is."""

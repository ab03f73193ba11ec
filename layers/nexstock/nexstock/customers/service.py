"""What can be done with customers."""

from collections.abc import Mapping
from typing import Any

from nexstock.auth.principals import Tenant
from nexstock.clock import Clock, utc_now
from nexstock.crypto.blind_index import blind_index, blind_indexes
from nexstock.customers.errors import CustomerErased
from nexstock.customers.model import Customer, CustomerDetails
from nexstock.customers.schemas import CreateCustomer
from nexstock.ids import CustomerId, new_id
from nexstock.persistence.keys import Kind
from nexstock.personal_data.model import NOTHING_SEALED, Contact, SealedDetails
from nexstock.personal_data.vault import Vault
from nexstock.resources.lifecycle import Resources

_INDEXED = "customer_email"


class CustomerVault(Vault[CustomerDetails]):
    """The personal data of the customers of exactly one organization, and what their addresses are found by."""

    def __init__(self, tenant: Tenant) -> None:
        super().__init__(tenant, Kind.CUSTOMER, CustomerDetails)

    def open(self, resource_id: str, sealed: SealedDetails) -> CustomerDetails:
        """Return the personal data of a customer.

        Raises:
            CustomerErased: none is left (409).
            CannotOpen: as every vault's.
        """
        if sealed is NOTHING_SEALED:
            raise CustomerErased
        return super().open(resource_id, sealed)

    def details_of(self, contact: Contact) -> CustomerDetails:
        """Return what there is to show of a customer's personal data; of one who was erased, nothing.

        Raises:
            CannotOpen: as every vault's.
        """
        return CustomerDetails(name=None) if contact.details is NOTHING_SEALED else super().details_of(contact)

    def derived(self, details: CustomerDetails) -> Mapping[str, Any]:
        """Return what a customer is found by from now on, if they have an address."""
        email = details.email
        return {"email_index": None if email is None else blind_index(self._organization_id, _INDEXED, email)}

    def email_indexes(self, email: str | None) -> list[str] | None:
        """Return all that an address may be found by; None for none."""
        return None if email is None else blind_indexes(self._organization_id, _INDEXED, email)


def create_customer(
    command: CreateCustomer, *, customers: Resources[Customer], vault: CustomerVault, clock: Clock = utc_now
) -> tuple[Customer, CustomerDetails]:
    """Stage a new customer and return them, with their personal data in clear."""
    now = clock()
    customer_id = CustomerId(new_id("cus", now))
    details = CustomerDetails(**command.values())
    customer = Customer(
        id=customer_id,
        version=1,
        created_at=now,
        updated_at=now,
        details=vault.seal_new(customer_id, details),
        **vault.derived(details),
    )
    customers.add(customer)
    return customer, details

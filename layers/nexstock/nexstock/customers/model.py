"""A customer, as the rest of the system sees it."""

from dataclasses import dataclass

from nexstock.ids import CustomerId
from nexstock.personal_data.model import Contact, ContactDetails


@dataclass(frozen=True, slots=True, kw_only=True, repr=False)
class CustomerDetails(ContactDetails):
    """Who a customer is, in clear."""

    name: str
    tax_id: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Customer(Contact):
    """Somebody whom an organization sells to; who they are is sealed.

    `email_index` is what the customer is found by, given an address: a keyed hash of it.
    """

    id: CustomerId
    email_index: str | None = None

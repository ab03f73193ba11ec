"""Customers on the wire."""

from typing import Self

from nexstock.addresses.schemas import AddressBody, AddressView
from nexstock.customers.model import Customer, CustomerDetails, ErasureReason
from nexstock.http.schemas import Command, Email, Instant, Name, Patch, View
from nexstock.personal_data.schemas import Notes, Phone, TaxId


class CreateCustomer(Command):
    """A new customer."""

    name: Name
    email: Email | None = None
    phone: Phone | None = None
    address: AddressBody | None = None
    tax_id: TaxId | None = None
    notes: Notes | None = None


class UpdateCustomer(Patch):
    """What changes about a customer (JSON merge patch)."""

    name: Name | None = None
    email: Email | None = None
    phone: Phone | None = None
    address: AddressBody | None = None
    tax_id: TaxId | None = None
    notes: Notes | None = None

    @classmethod
    def required_fields(cls) -> frozenset[str]:
        """Return what a customer always has."""
        return frozenset({"name"})


class EraseCustomer(Command):
    """Why a customer is erased, if it is said: a ground of the GDPR, article 17(1)."""

    reason: ErasureReason | None = None


class CustomerView(View):
    """A customer; of one who was erased, nothing personal is left, the name included."""

    id: str
    name: str | None
    email: str | None
    phone: str | None
    address: AddressView | None
    tax_id: str | None
    notes: str | None
    erased_at: Instant | None
    version: int
    created_at: Instant
    updated_at: Instant

    @classmethod
    def of(cls, customer: Customer, details: CustomerDetails) -> Self:
        """Return the view of a customer and their personal data."""
        return cls(
            id=customer.id,
            name=details.name,
            email=details.email,
            phone=details.phone,
            address=AddressView.of(details.address),
            tax_id=details.tax_id,
            notes=details.notes,
            erased_at=customer.erased_at,
            version=customer.version,
            created_at=customer.created_at,
            updated_at=customer.updated_at,
        )


class CustomerEventView(View):
    """A customer as an event tells of it: without personal data, which stays where it is sealed."""

    id: str
    erased_at: Instant | None
    version: int
    created_at: Instant
    updated_at: Instant

    @classmethod
    def of(cls, customer: Customer) -> Self:
        """Return the view of a customer."""
        return cls(
            id=customer.id,
            erased_at=customer.erased_at,
            version=customer.version,
            created_at=customer.created_at,
            updated_at=customer.updated_at,
        )

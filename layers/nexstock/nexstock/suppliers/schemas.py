"""Suppliers on the wire."""

from typing import Annotated, Self

from pydantic import Field

from nexstock.addresses.schemas import AddressBody, AddressView
from nexstock.http.schemas import Command, Email, Instant, Name, Patch, View
from nexstock.personal_data.model import ContactDetails
from nexstock.personal_data.schemas import Notes, Phone
from nexstock.suppliers.model import Supplier

LeadTimeDays = Annotated[int, Field(strict=True, ge=0, le=365)]


class CreateSupplier(Command):
    """A new supplier."""

    name: Name
    email: Email | None = None
    phone: Phone | None = None
    address: AddressBody | None = None
    lead_time_days: LeadTimeDays | None = None
    notes: Notes | None = None


class UpdateSupplier(Patch):
    """What changes about a supplier (JSON merge patch)."""

    name: Name | None = None
    email: Email | None = None
    phone: Phone | None = None
    address: AddressBody | None = None
    lead_time_days: LeadTimeDays | None = None
    notes: Notes | None = None

    @classmethod
    def required_fields(cls) -> frozenset[str]:
        """Return what a supplier always has."""
        return frozenset({"name"})


class SupplierView(View):
    """A supplier."""

    id: str
    name: str
    email: str | None
    phone: str | None
    address: AddressView | None
    lead_time_days: int | None
    notes: str | None
    version: int
    created_at: Instant
    updated_at: Instant

    @classmethod
    def of(cls, supplier: Supplier, details: ContactDetails) -> Self:
        """Return the view of a supplier and its personal data."""
        return cls(
            id=supplier.id,
            name=supplier.name,
            email=details.email,
            phone=details.phone,
            address=AddressView.of(details.address),
            lead_time_days=supplier.lead_time_days,
            notes=details.notes,
            version=supplier.version,
            created_at=supplier.created_at,
            updated_at=supplier.updated_at,
        )


class SupplierEventView(View):
    """A supplier as an event tells of it: without personal data, which stays where it is sealed."""

    id: str
    name: str
    lead_time_days: int | None
    version: int
    created_at: Instant
    updated_at: Instant

    @classmethod
    def of(cls, supplier: Supplier) -> Self:
        """Return the view of a supplier."""
        return cls(
            id=supplier.id,
            name=supplier.name,
            lead_time_days=supplier.lead_time_days,
            version=supplier.version,
            created_at=supplier.created_at,
            updated_at=supplier.updated_at,
        )

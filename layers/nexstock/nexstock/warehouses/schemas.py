"""Warehouses on the wire."""

from typing import Annotated, Self

from pydantic import StringConstraints

from nexstock.addresses.schemas import AddressBody, AddressView
from nexstock.http.schemas import Command, Instant, Name, Patch, PlainText, View
from nexstock.warehouses.model import Warehouse

Code = Annotated[PlainText, StringConstraints(min_length=1, max_length=64, strip_whitespace=True)]


class CreateWarehouse(Command):
    """A new warehouse."""

    code: Code
    name: Name
    address: AddressBody | None = None


class UpdateWarehouse(Patch):
    """What changes about a warehouse (JSON merge patch)."""

    code: Code | None = None
    name: Name | None = None
    address: AddressBody | None = None

    @classmethod
    def required_fields(cls) -> frozenset[str]:
        """Return what a warehouse always has."""
        return frozenset({"code", "name"})


class WarehouseView(View):
    """A warehouse."""

    id: str
    code: str
    name: str
    address: AddressView | None
    version: int
    created_at: Instant
    updated_at: Instant

    @classmethod
    def of(cls, warehouse: Warehouse) -> Self:
        """Return the view of a warehouse."""
        return cls(
            id=warehouse.id,
            code=warehouse.code,
            name=warehouse.name,
            address=AddressView.of(warehouse.address),
            version=warehouse.version,
            created_at=warehouse.created_at,
            updated_at=warehouse.updated_at,
        )

"""A warehouse, as the rest of the system sees it."""

from dataclasses import dataclass

from nexstock.addresses.model import Address
from nexstock.ids import WarehouseId
from nexstock.resources.model import Resource


@dataclass(frozen=True, slots=True, kw_only=True)
class Warehouse(Resource):
    """A place where an organization keeps stock; `code` is unique among its warehouses that are not deleted."""

    id: WarehouseId
    code: str
    name: str
    address: Address | None = None

"""A supplier, as the rest of the system sees it."""

from dataclasses import dataclass

from nexstock.ids import SupplierId
from nexstock.personal_data.model import Contact


@dataclass(frozen=True, slots=True, kw_only=True)
class Supplier(Contact):
    """Somebody whom an organization buys from; how they are reached is sealed."""

    id: SupplierId
    name: str
    lead_time_days: int | None = None

"""An organization: the tenant."""

from dataclasses import dataclass
from datetime import datetime

from nexstock.ids import OrganizationId


@dataclass(frozen=True, slots=True, kw_only=True)
class Organization:
    """A tenant."""

    id: OrganizationId
    version: int
    created_at: datetime
    updated_at: datetime
    deleted_at: datetime | None = None
    name: str

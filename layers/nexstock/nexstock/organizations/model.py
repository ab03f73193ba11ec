"""An organization: the tenant."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from nexstock.ids import OrganizationId

SHORTEST_AUDIT_RETENTION: Final = timedelta(days=365)
"""The audit log is kept for a year at least, whatever an organization wishes (docs/threat-model.md)."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Organization:
    """A tenant.

    `currency` is an ISO 4217 code, `time_zone` a name of the IANA time zone database. `region` is where everything that
    the organization has is kept: that of the stack that it was founded on, for good.
    """

    id: OrganizationId
    version: int
    created_at: datetime
    updated_at: datetime
    deleted_at: datetime | None = None
    name: str
    region: str
    currency: str = "USD"
    time_zone: str = "UTC"
    audit_retention_days: int = SHORTEST_AUDIT_RETENTION.days

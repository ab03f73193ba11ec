"""Organizations on the wire."""

from typing import Annotated, Self
from zoneinfo import available_timezones

from pydantic import AfterValidator, Field, StringConstraints

from nexstock.http.schemas import Command, Instant, Name, Patch, View
from nexstock.organizations.model import SHORTEST_AUDIT_RETENTION, Organization


def _known_time_zone(value: str) -> str:
    if value not in available_timezones():
        message = "has to be a name of the IANA time zone database, such as Europe/Berlin"
        raise ValueError(message)
    return value


Currency = Annotated[str, StringConstraints(pattern="^[A-Z]{3}$"), Field(description="ISO 4217")]
TimeZone = Annotated[str, StringConstraints(max_length=64), AfterValidator(_known_time_zone)]
RetentionDays = Annotated[int, Field(strict=True, ge=SHORTEST_AUDIT_RETENTION.days, le=3653)]


class CreateOrganization(Command):
    """A further organization, which the caller founds."""

    name: Name
    currency: Currency = "USD"
    time_zone: TimeZone = "UTC"


class UpdateOrganization(Patch):
    """What changes about an organization (JSON merge patch)."""

    name: Name | None = None
    currency: Currency | None = None
    time_zone: TimeZone | None = None
    audit_retention_days: RetentionDays | None = None

    @classmethod
    def required_fields(cls) -> frozenset[str]:
        """An organization always has all of them."""
        return frozenset(cls.model_fields)


class TransferOwnership(Command):
    """Who becomes an owner in the caller's place."""

    member_id: Annotated[str, StringConstraints(max_length=64)]


class OrganizationView(View):
    """An organization."""

    id: str
    name: str
    currency: str
    time_zone: str
    audit_retention_days: int
    region: str
    version: int
    created_at: Instant
    updated_at: Instant

    @classmethod
    def of(cls, organization: Organization) -> Self:
        """Return the view of an organization."""
        return cls(
            id=organization.id,
            name=organization.name,
            currency=organization.currency,
            time_zone=organization.time_zone,
            audit_retention_days=organization.audit_retention_days,
            region=organization.region,
            version=organization.version,
            created_at=organization.created_at,
            updated_at=organization.updated_at,
        )

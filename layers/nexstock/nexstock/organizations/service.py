"""What can be done with organizations: found a further one, change; deletion.py ends one."""

from dataclasses import replace
from typing import Protocol

from nexstock.auth.principals import Caller, RequestOrigin, founding_tenant
from nexstock.clock import Clock, utc_now
from nexstock.config import aws_region
from nexstock.identity.memberships import PersonalMemberships
from nexstock.identity.people import get_person
from nexstock.ids import OrganizationId, new_id
from nexstock.organizations.founding import stage_founding
from nexstock.organizations.model import Organization
from nexstock.organizations.schemas import CreateOrganization, UpdateOrganization
from nexstock.persistence.tenant_items import require_version


class Organizations(Protocol):
    """The caller's organization, as far as the service needs it."""

    def own(self) -> Organization:
        """Return it, or raise `NotFound`."""

    def replace(self, entity: Organization) -> None:
        """Stage its next version."""


def create_organization(
    command: CreateOrganization, *, caller: Caller, origin: RequestOrigin, clock: Clock = utc_now
) -> Organization:
    """Stage a further organization of the caller's and return it; they switch to it by a request of its own.

    Raises:
        TooManyOrganizations: at the commit (409).
    """
    now = clock()
    person = get_person(caller.user_id)
    organization = Organization(
        id=OrganizationId(new_id("org", now)),
        version=1,
        created_at=now,
        updated_at=now,
        name=command.name,
        region=aws_region(),
        currency=command.currency,
        time_zone=command.time_zone,
    )
    transaction = caller.tenant.transaction
    tenant = founding_tenant(organization.id, caller.tenant.actor, origin, transaction)
    stage_founding(tenant, organization, founder_email=person.email, now=now)
    PersonalMemberships(transaction).join(caller.user_id, organization.id)
    return organization


def update_organization(
    patch: UpdateOrganization, *, expected: int | None, organizations: Organizations, clock: Clock = utc_now
) -> Organization:
    """Stage a merge patch and return the organization as it will be.

    Raises:
        PreconditionFailed: `expected` is not its version (412).
    """
    before = organizations.own()
    require_version(before, expected)
    changed = replace(before, **patch.changes())
    if changed == before:
        return before
    after = replace(changed, version=before.version + 1, updated_at=clock())
    organizations.replace(after)
    return after

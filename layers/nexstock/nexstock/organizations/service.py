"""What can be done with organizations: found a further one, change, delete."""

from collections.abc import Callable, Mapping
from dataclasses import replace
from functools import partial
from typing import Final, Protocol

from nexstock.auth.principals import Caller, RequestOrigin, founding_tenant
from nexstock.clock import Clock, to_rfc3339, utc_now
from nexstock.identity.memberships import PersonalMemberships
from nexstock.identity.people import get_person
from nexstock.ids import OrganizationId, new_id
from nexstock.mail.outbox import Template, post
from nexstock.organizations.founding import stage_founding
from nexstock.organizations.model import Organization
from nexstock.organizations.schemas import CreateOrganization, UpdateOrganization
from nexstock.persistence.tenant_items import require_version

REMOVAL_DELAY_S: Final = 60
"""Longer than any request lasts, so that the removal begins when the deletion is written, or is known not to be."""


class Organizations(Protocol):
    """The caller's organization, as far as the service needs it."""

    def own(self) -> Organization:
        """Return it, or raise `NotFound`."""

    def replace(self, entity: Organization) -> None:
        """Stage its next version."""


class Enqueue(Protocol):
    """Puts a message on a queue."""

    def __call__(self, queue: str, message: Mapping[str, str], *, delay_s: int) -> None:
        """Put a message on a queue, visible after a delay."""


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


def delete_organization(
    *,
    expected: int | None,
    caller: Caller,
    organizations: Organizations,
    enqueue: Enqueue,
    clock: Clock = utc_now,
) -> None:
    """Stage the end of the caller's organization: from the commit on nobody signs in to it and no key opens it.

    What it keeps is removed in the background. That work is queued before the commit and begins after it, so a crash
    in between loses nothing; where the commit fails, the queued note finds a living organization and is dropped.

    Raises:
        PreconditionFailed: `expected` is not its version (412).
    """
    before = organizations.own()
    require_version(before, expected)
    now = clock()
    organizations.replace(replace(before, version=before.version + 1, updated_at=now, deleted_at=now))
    enqueue("REMOVALS", {"organizationId": before.id}, delay_s=REMOVAL_DELAY_S)
    person = get_person(caller.user_id)
    values = {"name": person.name, "organization": before.name, "by": person.email, "at": to_rfc3339(now)}
    tell: Callable[[], None] = partial(post, Template.ORGANIZATION_DELETED, to=person.email, values=values, now=now)
    caller.tenant.transaction.after_commit(tell)

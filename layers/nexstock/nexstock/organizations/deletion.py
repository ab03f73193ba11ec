"""The end of an organization: at once for everybody who could reach it, in the background for what it kept."""

from collections.abc import Mapping
from dataclasses import replace
from functools import partial
from typing import Final, Protocol

from nexstock.auth.principals import Caller
from nexstock.clock import Clock, to_rfc3339, utc_now
from nexstock.identity.people import get_person
from nexstock.mail.outbox import Template, post
from nexstock.organizations.model import Organization
from nexstock.persistence.tenant_items import require_version

REMOVAL_DELAY_S: Final = 60
"""Longer than any request lasts, so that the removal begins when the deletion is written, or is known not to be."""


class Organizations(Protocol):
    """The caller's organization, as far as its end needs it."""

    def own(self) -> Organization:
        """Return it, or raise `NotFound`."""

    def replace(self, entity: Organization) -> None:
        """Stage its next version."""


class Enqueue(Protocol):
    """Puts a message on a queue."""

    def __call__(self, queue: str, message: Mapping[str, str], *, delay_s: int) -> None:
        """Put a message on a queue, visible after a delay."""


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
    person = get_person(caller.user_id)
    organizations.replace(replace(before, version=before.version + 1, updated_at=now, deleted_at=now))
    enqueue("REMOVALS", {"organizationId": before.id}, delay_s=REMOVAL_DELAY_S)
    values = {"name": person.name, "organization": before.name, "by": person.email, "at": to_rfc3339(now)}
    tell = partial(post, Template.ORGANIZATION_DELETED, to=person.email, values=values, now=now)
    caller.tenant.transaction.after_commit(tell)

"""Where people belong: kept with the person for the choice at sign-in; the member's own item is what counts.

Both are written in one transaction, so neither ever says what the other denies.
"""

from dataclasses import dataclass
from typing import Final

from pynamodb.expressions.condition import size

from nexstock.auth.permissions import Role
from nexstock.identity.errors import TooManyOrganizations
from nexstock.identity.items import UserItem
from nexstock.identity.people import find_person
from nexstock.ids import OrganizationId, UserId
from nexstock.members.presence import membership_keys, present_member
from nexstock.members.repository import MemberItem
from nexstock.organizations.repository import OrganizationItem
from nexstock.persistence import identity_keys
from nexstock.persistence.tables import batch_get
from nexstock.persistence.tenant_items import changed_meanwhile
from nexstock.persistence.transaction import ConcurrentChange, RawItem, Transaction

MAX_ORGANIZATIONS: Final = 20
"""Of one person; the read of all of them is one call of at most 100 keys."""


@dataclass(frozen=True, slots=True)
class Membership:
    """One organization that a person belongs to, and what they are there."""

    organization: OrganizationItem
    member: MemberItem

    @property
    def organization_id(self) -> OrganizationId:
        """Which organization."""
        return OrganizationId(self.organization.sk)

    @property
    def role(self) -> Role:
        """What the person is there."""
        return Role(self.member.role)


def memberships_of(user_id: UserId, organization_ids: list[str]) -> list[Membership]:
    """Return a person's memberships that still count, in the order of the ids; one call, whatever their number."""
    wanted = [key for each in organization_ids for key in membership_keys(OrganizationId(each), user_id)]
    found = batch_get(wanted) if wanted else []
    return [
        Membership(organization, present)
        for member, organization in zip(found[::2], found[1::2], strict=True)
        if (present := present_member(member, organization)) and isinstance(organization, OrganizationItem)
    ]


class PersonalMemberships:
    """Stages changes of where people belong."""

    def __init__(self, transaction: Transaction) -> None:
        self._transaction = transaction

    def join(self, user_id: UserId, organization_id: OrganizationId) -> None:
        """Stage that a person belongs to one more organization; the commit raises `TooManyOrganizations`."""
        belongs = UserItem.organization_ids.contains(organization_id)
        self._transaction.update(
            _person(user_id),
            [
                UserItem.organization_ids.set(UserItem.organization_ids.append([organization_id])),
                UserItem.version.add(1),
            ],
            condition=UserItem.pk.exists() & ~belongs & (size(UserItem.organization_ids) < MAX_ORGANIZATIONS),
            refusal=_cannot_join,
        )

    def leave(self, user_id: UserId, organization_id: OrganizationId) -> None:
        """Stage that a person no longer belongs to an organization."""
        person = find_person(user_id)
        if person is None:
            return
        present = person.organization_ids
        self._transaction.update(
            _person(user_id),
            [
                UserItem.organization_ids.set([standing for standing in present if standing != organization_id]),
                UserItem.version.add(1),
            ],
            condition=UserItem.organization_ids == present,
            refusal=changed_meanwhile,
        )


def _cannot_join(standing: RawItem | None) -> Exception:
    belongs_to = standing["organizationIds"]["L"] if standing else []
    return TooManyOrganizations() if len(belongs_to) >= MAX_ORGANIZATIONS else ConcurrentChange()


def _person(user_id: UserId) -> UserItem:
    return UserItem(identity_keys.user_partition(user_id), identity_keys.PROFILE)

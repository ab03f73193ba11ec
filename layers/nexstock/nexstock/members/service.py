"""What can be done with members: give another role, remove, hand ownership over.

Only an owner grants, takes or ends ownership. That at least one owner is left is kept by `OwnerCount`.
"""

from dataclasses import replace
from datetime import datetime
from typing import Protocol

from nexstock.auth.permissions import Permission, Role
from nexstock.auth.principals import Caller
from nexstock.clock import Clock, utc_now
from nexstock.errors import FieldError, Forbidden, InvalidRequest
from nexstock.ids import OrganizationId, UserId
from nexstock.members.model import Member
from nexstock.members.schemas import UpdateMember
from nexstock.persistence.tenant_items import require_version


class Members(Protocol):
    """The members of one organization, as far as the service needs them."""

    def get(self, entity_id: str) -> Member:
        """Return one that is not removed, or raise `NotFound`."""

    def replace(self, entity: Member) -> None:
        """Stage the next version of one."""


class Owners(Protocol):
    """The count of the organization's owners."""

    def increase(self) -> None:
        """Stage one more."""

    def decrease(self) -> None:
        """Stage one less; refused at the commit where it is the last."""


class Memberships(Protocol):
    """What people know of where they belong."""

    def leave(self, user_id: UserId, organization_id: OrganizationId) -> None:
        """Stage that a person no longer belongs to an organization."""


def update_member(  # noqa: PLR0913 (what a change of role touches)
    member_id: str,
    patch: UpdateMember,
    *,
    expected: int | None,
    caller: Caller,
    members: Members,
    owners: Owners,
    clock: Clock = utc_now,
) -> Member:
    """Stage another role for a member; it counts from their next request on.

    Raises:
        NotFound: no such member here (404).
        PreconditionFailed: `expected` is not its version (412).
        Forbidden: ownership is granted or taken by somebody who is no owner (403).
        LastOwner: at the commit (409).
    """
    member = members.get(member_id)
    require_version(member, expected)
    if patch.role is None or patch.role is member.role:
        return member
    if Role.OWNER in {patch.role, member.role}:
        _demand_owner(caller)
    if patch.role is Role.OWNER:
        owners.increase()
    elif member.role is Role.OWNER:
        owners.decrease()
    return _staged(member, patch.role, members, clock())


def remove_member(  # noqa: PLR0913 (what a removal touches)
    member_id: str,
    *,
    expected: int | None,
    caller: Caller,
    members: Members,
    owners: Owners,
    memberships: Memberships,
    clock: Clock = utc_now,
) -> None:
    """Stage the end of a membership: the person's sessions here and the API keys they made are refused at once.

    Raises:
        NotFound: no such member here (404).
        PreconditionFailed: `expected` is not its version (412).
        Forbidden: an owner is removed by somebody who is none (403).
        LastOwner: at the commit (409).
    """
    member = members.get(member_id)
    require_version(member, expected)
    if member.role is Role.OWNER:
        _demand_owner(caller)
    stage_departure(member, members, owners, clock())
    memberships.leave(member.id, caller.tenant.organization_id)


def stage_departure(member: Member, members: Members, owners: Owners, now: datetime) -> None:
    """Stage that a member is none any more, whoever decided it."""
    if member.role is Role.OWNER:
        owners.decrease()
    members.replace(replace(member, version=member.version + 1, updated_at=now, deleted_at=now))


def end_member_sessions(member_id: str, *, caller: Caller, members: Members, clock: Clock = utc_now) -> None:
    """Stage the end of all of a member's sessions here, from their next request on.

    Raises:
        NotFound: no such member here (404).
        Forbidden: an owner is signed out by somebody who is none (403).
    """
    member = members.get(member_id)
    if member.role is Role.OWNER:
        _demand_owner(caller)
    now = clock()
    members.replace(replace(member, version=member.version + 1, updated_at=now, sessions_since=now))


def transfer_ownership(
    member_id: str, *, caller: Caller, members: Members, owners: Owners, clock: Clock = utc_now
) -> None:
    """Stage that another member is an owner and the caller an admin from now on.

    Raises:
        NotFound: no such member here (404).
        InvalidRequest: the caller names themselves (422).
    """
    if member_id == caller.user_id:
        raise InvalidRequest([FieldError("/memberId", "is you")])
    successor, predecessor = members.get(member_id), members.get(caller.user_id)
    if predecessor.role is not Role.OWNER:
        raise Forbidden
    now = clock()
    if successor.role is Role.OWNER:
        owners.decrease()
    else:
        _staged(successor, Role.OWNER, members, now)
    _staged(predecessor, Role.ADMIN, members, now)


def _staged(member: Member, role: Role, members: Members, now: datetime) -> Member:
    changed = replace(member, version=member.version + 1, updated_at=now, role=role)
    members.replace(changed)
    return changed


def _demand_owner(caller: Caller) -> None:
    if Permission.ORGANIZATION_OWNER not in caller.permissions:
        detail = "Only an owner grants, takes or ends ownership"
        raise Forbidden(detail)

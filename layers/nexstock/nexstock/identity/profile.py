"""What a person is shown of themselves, and what they may change about it."""

from datetime import datetime

from nexstock.auth.principals import Actor, Caller, RequestOrigin, member_tenant
from nexstock.clock import Clock, utc_now
from nexstock.errors import PreconditionFailed
from nexstock.identity.items import UserItem
from nexstock.identity.memberships import memberships_of
from nexstock.identity.people import get_person, recovery_codes_left
from nexstock.identity.schemas import AccountView, MembershipView, UpdateAccount
from nexstock.ids import OrganizationId, UserId
from nexstock.members.repository import MemberRepository
from nexstock.persistence import identity_keys
from nexstock.persistence.tenant_items import changed_meanwhile
from nexstock.persistence.transaction import Transaction


def account_of(caller: Caller) -> AccountView:
    """Return the caller's profile; a session that speaks for one organization only sees that one."""
    return _view(caller, get_person(caller.user_id))


def update_account(
    patch: UpdateAccount, *, expected: int | None, caller: Caller, origin: RequestOrigin, clock: Clock = utc_now
) -> AccountView:
    """Stage the caller's new name, wherever it is shown, and return the profile as it will be.

    Raises:
        PreconditionFailed: `expected` is not the profile's version (412).
    """
    person = get_person(caller.user_id)
    if expected is not None and expected != person.version:
        raise PreconditionFailed
    if patch.name is None or patch.name == person.name:
        return _view(caller, person)
    transaction = caller.tenant.transaction
    transaction.update(
        UserItem(identity_keys.user_partition(caller.user_id), identity_keys.PROFILE),
        [UserItem.name.set(patch.name), UserItem.version.add(1)],
        condition=UserItem.version == person.version,
        refusal=changed_meanwhile,
    )
    stage_in_memberships(caller.user_id, person, caller.tenant.actor, origin, transaction, now=clock(), name=patch.name)
    person.name, person.version = patch.name, person.version + 1
    return _view(caller, person)


def stage_in_memberships(  # noqa: PLR0913 (whose, by whom, and what)
    user_id: UserId,
    person: UserItem,
    actor: Actor,
    origin: RequestOrigin,
    transaction: Transaction,
    *,
    now: datetime,
    name: str | None = None,
    email: str | None = None,
) -> None:
    """Stage a person's new name or address in every organization that they belong to."""
    for membership in memberships_of(user_id, person.organization_ids):
        tenant = member_tenant(membership.organization_id, actor, origin, transaction)
        members = MemberRepository(tenant)
        members.change(members.entity_of(membership.member), now, name=name, email=email)


def _view(caller: Caller, person: UserItem) -> AccountView:
    shown: list[str] = person.organization_ids if caller.speaks_for_account else [caller.tenant.organization_id]
    return AccountView(
        id=caller.user_id,
        email=person.email,
        name=person.name,
        email_verified=True,
        mfa_enabled=bool(person.second_factors),
        recovery_codes_left=recovery_codes_left(caller.user_id) if person.second_factors else 0,
        version=int(person.version),
        created_at=person.created_at,
        organizations=[
            MembershipView(
                id=OrganizationId(membership.organization.sk), name=membership.organization.name, role=membership.role
            )
            for membership in memberships_of(caller.user_id, shown)
        ],
    )

"""Accepting an invitation: the token proves that its bearer reads the invited address.

So the address counts as verified, and a person without an account gets one. Nobody is signed in by it (ASVS 7.6.2).
The invitation is worth what its inviter may still do: one who was removed or demoted meanwhile invites nobody.
"""

import hmac
from dataclasses import dataclass, replace
from datetime import datetime

from nexstock.auth.passwords import hash_password, require_acceptable
from nexstock.auth.permissions import Permission, Role, permissions_of
from nexstock.auth.principals import Actor, ActorType, RequestOrigin, Tenant, member_tenant
from nexstock.clock import Clock, utc_now
from nexstock.errors import FieldError, InvalidRequest
from nexstock.identity.items import EmailOwnerItem, UserItem
from nexstock.identity.memberships import PersonalMemberships
from nexstock.identity.people import email_owner, find_person
from nexstock.ids import OrganizationId, UserId, new_id
from nexstock.invitations.errors import InvalidInvitation
from nexstock.invitations.repository import InvitationItem, InvitationRepository, InvitationVerifierItem
from nexstock.invitations.schemas import AcceptedInvitationView, AcceptInvitation
from nexstock.invitations.tokens import InvitationToken
from nexstock.members.model import Member
from nexstock.members.owners import OwnerCount
from nexstock.members.presence import membership_keys, present_member
from nexstock.members.repository import MemberRepository
from nexstock.organizations.repository import OrganizationItem
from nexstock.persistence import identity_keys, keys
from nexstock.persistence.tables import batch_get
from nexstock.persistence.tenant_items import changed_meanwhile
from nexstock.persistence.transaction import ConcurrentChange, Transaction, repeated


@dataclass(frozen=True, slots=True)
class _Proven:
    """An invitation whose token was shown and whose inviter still may invite."""

    organization_id: OrganizationId
    organization_name: str
    item: InvitationItem


def accept_invitation(
    command: AcceptInvitation, origin: RequestOrigin, *, clock: Clock = utc_now
) -> AcceptedInvitationView:
    """Make the invited a member.

    Raises:
        InvalidInvitation: unknown, spent, revoked, too old, or its inviter may no longer invite (422).
        InvalidRequest: name or password is missing for a new account, or the password is not acceptable (422).
        AlreadyMember: the person is a member already (409).
        TooManyOrganizations: the person can belong to no more (409).
        TemporarilyUnavailable: others kept changing the same (503).
    """
    # The person, the member or the invitation may change between our read and our write.
    return repeated(lambda: _accept(command, origin, clock()))


def _accept(command: AcceptInvitation, origin: RequestOrigin, now: datetime) -> AcceptedInvitationView:
    invitation = _proven(InvitationToken.parse(command.token), now)
    transaction = Transaction()
    owner = email_owner(invitation.item.email)
    user_id = owner or UserId(new_id("usr", now))
    if owner is None:
        name = _stage_account(user_id, command, invitation, transaction, now)
    else:
        name = _stage_joining(user_id, invitation, transaction)
    tenant = member_tenant(invitation.organization_id, Actor(ActorType.USER, user_id, name), origin, transaction)
    _stage_membership(tenant, invitation, user_id, now)
    transaction.commit()
    return AcceptedInvitationView(
        organization_id=invitation.organization_id, user_id=user_id, role=Role(invitation.item.role)
    )


def _proven(token: InvitationToken, now: datetime) -> _Proven:
    verifier = InvitationVerifierItem.find(token.id)
    if verifier is None or not hmac.compare_digest(verifier.digest, token.digest) or verifier.ends_at <= now:
        raise InvalidInvitation
    organization_id = OrganizationId(verifier.organization_id)
    item, inviter, organization = batch_get(
        [
            (InvitationItem, keys.tenant_partition(organization_id, keys.Kind.INVITATION), token.id),
            *membership_keys(organization_id, verifier.invited_by),
        ]
    )
    member = present_member(inviter, organization)
    if not isinstance(item, InvitationItem) or not isinstance(organization, OrganizationItem) or member is None:
        raise InvalidInvitation
    needed = Permission.ORGANIZATION_OWNER if Role(item.role) is Role.OWNER else Permission.INVITATIONS_ADMIN
    if needed not in permissions_of(Role(member.role)):
        raise InvalidInvitation
    return _Proven(organization_id, organization.name, item)


def _stage_account(
    user_id: UserId, command: AcceptInvitation, invitation: _Proven, transaction: Transaction, now: datetime
) -> str:
    """Stage an account for an address that has none, and return the person's name."""
    missing = [name for name in ("name", "password") if getattr(command, name) is None]
    if command.name is None or command.password is None:
        raise InvalidRequest([FieldError(f"/{name}", "is needed for a new account") for name in missing])
    email = invitation.item.email
    context = [email.partition("@")[0], command.name, invitation.organization_name]
    require_acceptable(command.password, context=context, pointer="/password")
    password = hash_password(command.password)
    claim = EmailOwnerItem(identity_keys.email_partition(email), identity_keys.OWNER, user_id=user_id)
    transaction.put(claim, condition=EmailOwnerItem.pk.does_not_exist(), refusal=changed_meanwhile)
    person = UserItem(
        identity_keys.user_partition(user_id),
        identity_keys.PROFILE,
        email=email,
        name=command.name,
        password_hash=password.value,
        pepper_version=password.pepper_version,
        organization_ids=[invitation.organization_id],
        created_at=now,
    )
    transaction.put(person, condition=UserItem.pk.does_not_exist(), refusal=changed_meanwhile)
    return command.name


def _stage_joining(user_id: UserId, invitation: _Proven, transaction: Transaction) -> str:
    """Stage that a person belongs to one more organization, and return their name."""
    person = find_person(user_id)
    if person is None:
        raise ConcurrentChange
    if invitation.organization_id not in person.organization_ids:
        PersonalMemberships(transaction).join(user_id, invitation.organization_id)
    return str(person.name)


def _stage_membership(tenant: Tenant, invitation: _Proven, user_id: UserId, now: datetime) -> None:
    email, role = invitation.item.email, Role(invitation.item.role)
    MemberRepository(tenant).admit(
        Member(id=user_id, version=1, created_at=now, updated_at=now, name=tenant.actor.name, email=email, role=role)
    )
    if role is Role.OWNER:
        OwnerCount(tenant).increase()
    invitations = InvitationRepository(tenant)
    accepted = invitations.entity_of(invitation.item)
    invitations.accept(replace(accepted, version=accepted.version + 1, updated_at=now, accepted_at=now))

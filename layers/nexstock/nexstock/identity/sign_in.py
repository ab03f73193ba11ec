"""Signing in and staying signed in."""

from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import Final

from nexstock.auth.passwords import PasswordHash, hash_password, is_outdated, verify_password
from nexstock.auth.permissions import Role
from nexstock.auth.principals import Actor, ActorType, Caller, RequestOrigin, member_tenant
from nexstock.auth.token_issuer import issue_access_token
from nexstock.auth.tokens import LIFETIME, AccessClaims
from nexstock.clock import Clock, to_rfc3339, utc_now
from nexstock.errors import Forbidden, NotFound, Unauthenticated
from nexstock.identity import lockout, pending_sign_ins, sessions
from nexstock.identity.errors import EmailNotVerified, NoOrganization
from nexstock.identity.items import UserItem
from nexstock.identity.memberships import Membership, memberships_of
from nexstock.identity.people import email_owner, find_person, get_person, renew_hash
from nexstock.identity.refresh_tokens import RefreshToken
from nexstock.identity.registration import open_registrations
from nexstock.identity.schemas import LogIn
from nexstock.identity.stored_passwords import stored_password
from nexstock.ids import OrganizationId, SessionId, UserId, stand_in_id
from nexstock.mail.outbox import Template, post
from nexstock.members.presence import membership_keys, present_member
from nexstock.observability import log_fault
from nexstock.persistence import identity_keys
from nexstock.persistence.tables import batch_get
from nexstock.persistence.transaction import Transaction
from nexstock.security_events.model import SecurityAction, Subject
from nexstock.security_events.staging import stage_event
from nexstock.security_events.telling import tell_of_failed_sign_in
from nexstock.single_sign_on.enforcement import require_other_ways_allowed

_WRONG_PAIR: Final = "E-mail address and password do not match"


class Way(StrEnum):
    """By what somebody signed in, or tried to."""

    PASSWORD = "password"  # noqa: S105 (a word of the audit log)
    SECOND_FACTOR = "second_factor"
    PASSKEY = "passkey"
    SINGLE_SIGN_ON = "single_sign_on"
    OTHER_ORGANIZATION = "session_in_another_organization"


@dataclass(frozen=True, slots=True)
class SignedIn:
    """What a successful sign-in gives; tokens never show in a repr."""

    access_token: str = field(repr=False)
    refresh_token: str = field(repr=False)
    expires_in_s: int
    organization_id: OrganizationId
    role: Role


def log_in(
    command: LogIn, origin: RequestOrigin, *, clock: Clock = utc_now
) -> SignedIn | pending_sign_ins.SecondFactorRequired:
    """Open a session for a right pair of address and password, or ask for the second factor of who has one.

    Raises:
        Unauthenticated: any wrong pair, unknown addresses included (401).
        EmailNotVerified: the right password of a registration whose address is not verified (403).
        NoOrganization: the right password of somebody who belongs to no organization any more (403).
        TooManyRequests: too many wrong passwords came from the caller's network; this one was not looked at (429).
        SingleSignOnRequired: the right password, but the organization takes single sign-on only (403).
    """
    now = clock()
    network = lockout.NetworkAttempt(origin.network, now)
    network.require_allowed()
    attempt = lockout.Attempt(command.email, now)
    # Everything is read for everybody: neither the calls nor their number tell who is registered here.
    owner = email_owner(command.email)
    user = find_person(owner or UserId(stand_in_id("usr", command.email)))
    registration = next(iter(open_registrations(command.email, now)), None)
    known = user or (None if owner else registration)
    stored = stored_password(known)
    # A locked account's password is looked at too, so that the answer takes as long; it just does not count.
    is_right = verify_password(command.password, stored) and attempt.is_allowed
    if stored is None or not is_right:
        network.failed()
        if attempt.is_allowed:
            tell_of_failed_sign_in(command.email, origin, now, by=Way.PASSWORD)
        _count(attempt, command.email, user, origin, now)
        raise Unauthenticated(_WRONG_PAIR)
    network.succeeded()
    attempt.succeeded()
    if owner is None or user is None:
        raise EmailNotVerified
    _renew_hash(owner, stored, command.password)
    membership = chosen(memberships_of(owner, user.organization_ids), command.organization_id)
    if user.second_factors:
        return pending_sign_ins.begin(owner, user, membership.organization_id, now)
    return enter(owner, membership, origin, now, way=Way.PASSWORD)


def enter(  # noqa: PLR0913 (who comes, where to, from where, and how)
    user_id: UserId,
    membership: Membership,
    origin: RequestOrigin,
    now: datetime,
    *,
    way: Way,
    by_single_sign_on: bool = False,
) -> SignedIn:
    """Open a session for somebody who has proven who they are, with all that is asked of them, and have it recorded."""

    def stage_record(session_id: SessionId, transaction: Transaction) -> None:
        person = Actor(ActorType.USER, user_id, membership.member.name)
        tenant = member_tenant(membership.organization_id, person, origin, transaction)
        about = Subject("session", session_id)
        stage_event(SecurityAction.SIGN_IN_SUCCEEDED, about, tenant=tenant, now=now, by=way.value)

    session = sessions.open_session(
        user_id,
        membership.organization_id,
        origin,
        now,
        by_single_sign_on=by_single_sign_on,
        stage_record=stage_record,
    )
    return _signed_in(session, membership.role, now)


def chosen(memberships: list[Membership], wanted: str | None) -> Membership:
    """Return the membership that a sign-in is for; the first one if it names none.

    Raises:
        Unauthenticated: the person does not belong to the wanted organization (401).
        NoOrganization: the person belongs to none at all (403).
    """
    for membership in memberships:
        if wanted in {None, membership.organization_id}:
            require_other_ways_allowed(membership)
            return membership
    if wanted is None:
        raise NoOrganization
    raise Unauthenticated(_WRONG_PAIR)


def refresh(token_text: str, origin: RequestOrigin, *, clock: Clock = utc_now) -> SignedIn:
    """Spend a refresh token for the next pair of tokens.

    Raises:
        Unauthenticated: spent, ended or unknown (401); a spent one also ends its session, and its owner is told.
    """
    now = clock()
    try:
        session = sessions.rotate(RefreshToken.parse(token_text), now)
    except sessions.TokenReused as reuse:
        _tell_owner(reuse.user_id, origin, now)
        raise Unauthenticated from None
    except sessions.SessionEnded:
        raise Unauthenticated from None
    return _signed_in(session, _present_role(session), now)


def switch_organization(
    organization_id: str, caller: Caller, origin: RequestOrigin, *, clock: Clock = utc_now
) -> SignedIn:
    """End the caller's session and open one in another organization that they belong to.

    Raises:
        NotFound: they do not belong there, or there is no such organization (404).
        Forbidden: the session is one of single sign-on, which is good in its own organization only (403).
        SingleSignOnRequired: the organization takes no other way than single sign-on (403).
    """
    now = clock()
    person = get_person(caller.user_id)
    if caller.session_id is None:
        raise Unauthenticated
    named = [standing for standing in person.organization_ids if standing == organization_id]
    memberships = memberships_of(caller.user_id, named)
    if not memberships:
        raise NotFound
    by_single_sign_on = sessions.is_by_single_sign_on(caller.user_id, caller.session_id)
    if not by_single_sign_on:
        require_other_ways_allowed(memberships[0])
    elif organization_id != caller.tenant.organization_id:
        detail = "Your organization's provider signed you in, and only there; sign in to the other organization"
        raise Forbidden(detail)
    result = enter(
        caller.user_id, memberships[0], origin, now, way=Way.OTHER_ORGANIZATION, by_single_sign_on=by_single_sign_on
    )
    sessions.revoke(caller.user_id, caller.session_id, now)
    return result


def _count(attempt: lockout.Attempt, email: str, user: UserItem | None, origin: RequestOrigin, now: datetime) -> None:
    locked_for = attempt.failed()
    if locked_for is None:
        return
    values = {
        "name": user.name if user else "",
        "at": to_rfc3339(now),
        "ip": origin.ip,
        "failures": str(lockout.MAX_FAILURES),
        "minutes": str(int(locked_for.total_seconds()) // 60),
    }
    # Nobody's account gets a mail that is never sent, so that the last attempt before a lock takes as long.
    post(Template.ACCOUNT_LOCKED if user else None, to=email, values=values, now=now)


def _renew_hash(user_id: UserId, stored: PasswordHash, password: str) -> None:
    """Store a password that was just right under the present cost and pepper, if it is not yet."""
    try:
        if is_outdated(stored):
            renew_hash(user_id, stored, hash_password(password))
    except Exception as error:  # noqa: BLE001 (whatever it was, the sign-in is good, and the next one tries again)
        log_fault("hash not renewed", error)


def _present_role(session: sessions.OpenSession) -> Role:
    """Return the role that a session carries on with, if its person has not ended their sessions meanwhile."""
    person, *membership = batch_get(
        [
            (UserItem, identity_keys.user_partition(session.user_id), identity_keys.PROFILE),
            *membership_keys(session.organization_id, session.user_id),
        ]
    )
    member = present_member(*membership)
    if not isinstance(person, UserItem) or member is None:
        raise Unauthenticated
    if not person.admits(session.session_id, session.began_at) or not member.admits(session.began_at):
        raise Unauthenticated
    return Role(member.role)


def _signed_in(session: sessions.OpenSession, role: Role, now: datetime) -> SignedIn:
    claims = AccessClaims(session.user_id, session.organization_id, role, session.session_id)
    return SignedIn(
        access_token=issue_access_token(claims, now),
        refresh_token=session.token.text,
        expires_in_s=int(LIFETIME.total_seconds()),
        organization_id=session.organization_id,
        role=role,
    )


def _tell_owner(user_id: UserId, origin: RequestOrigin, now: datetime) -> None:
    user = find_person(user_id)
    if user is not None:
        values = {"name": user.name, "at": to_rfc3339(now), "ip": origin.ip}
        post(Template.SESSION_REVOKED, to=user.email, values=values, now=now)

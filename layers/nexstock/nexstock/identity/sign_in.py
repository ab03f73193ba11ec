"""Signing in and staying signed in."""

from dataclasses import dataclass, field
from datetime import datetime
from typing import Final

from pynamodb.exceptions import DoesNotExist

from nexstock.auth.passwords import PasswordHash, verify_password
from nexstock.auth.permissions import Role
from nexstock.auth.principals import RequestOrigin
from nexstock.auth.token_issuer import issue_access_token
from nexstock.auth.tokens import LIFETIME, AccessClaims
from nexstock.clock import Clock, to_rfc3339, utc_now
from nexstock.config import RateLimit
from nexstock.errors import EmailNotVerified, Unauthenticated
from nexstock.identity import sessions
from nexstock.identity.items import UserItem
from nexstock.identity.refresh_tokens import RefreshToken
from nexstock.identity.registration import email_owner, open_registrations
from nexstock.identity.schemas import LogIn
from nexstock.ids import OrganizationId, UserId
from nexstock.mail.outbox import Template, post
from nexstock.organizations.members import MemberItem
from nexstock.persistence import keys
from nexstock.throttling import give_back, take_token

_BUCKET: Final = "login"
_PER_ACCOUNT: Final = RateLimit(capacity=10, period_s=600)
"""How many wrong passwords an account takes."""
_WRONG_PAIR: Final = "E-mail address and password do not match"


@dataclass(frozen=True, slots=True)
class SignedIn:
    """What a successful sign-in gives; tokens never show in a repr."""

    access_token: str = field(repr=False)
    refresh_token: str = field(repr=False)
    expires_in_s: int
    organization_id: OrganizationId
    role: Role


def log_in(command: LogIn, origin: RequestOrigin, *, clock: Clock = utc_now) -> SignedIn:
    """Open a session for a right pair of address and password.

    Raises:
        Unauthenticated: any wrong pair, unknown addresses included (401).
        EmailNotVerified: the right password of a registration whose address is not verified (403).
        TooManyRequests: the account was tried too often (429).
    """
    now = clock()
    take_token(_BUCKET, command.email, _PER_ACCOUNT, now).require()
    owner = email_owner(command.email)
    if owner is None:
        _refuse_unverified(command, now)
    user = _person(owner) if owner else None
    stored = PasswordHash(user.password_hash, user.pepper_version) if user else None
    if not verify_password(command.password, stored) or owner is None or user is None:
        raise Unauthenticated(_WRONG_PAIR)
    # Only failures count: whoever knows the password may sign in as often as they like.
    give_back(_BUCKET, command.email)
    organization_id = _chosen(user.organization_ids, command.organization_id)
    role = _role(organization_id, owner)
    session = sessions.open_session(owner, organization_id, origin, now)
    return _signed_in(session, role, now)


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
    return _signed_in(session, _role(session.organization_id, session.user_id), now)


def _refuse_unverified(command: LogIn, now: datetime) -> None:
    for registration in open_registrations(command.email, now)[:1]:
        stored = PasswordHash(registration.password_hash, registration.pepper_version)
        if verify_password(command.password, stored):
            raise EmailNotVerified
        raise Unauthenticated(_WRONG_PAIR)


def _person(user_id: UserId) -> UserItem | None:
    try:
        return UserItem.get(keys.user_partition(user_id), keys.PROFILE, consistent_read=True)
    except DoesNotExist:
        return None


def _chosen(organization_ids: list[str], wanted: str | None) -> OrganizationId:
    for organization_id in organization_ids:
        if wanted in {None, organization_id}:
            return OrganizationId(organization_id)
    raise Unauthenticated(_WRONG_PAIR)


def _role(organization_id: OrganizationId, user_id: UserId) -> Role:
    partition = keys.tenant_partition(organization_id, keys.Kind.MEMBER)
    try:
        member = MemberItem.get(partition, user_id, consistent_read=True)
    except DoesNotExist:
        raise Unauthenticated from None
    if member.deleted_at is not None:
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
    user = _person(user_id)
    if user is not None:
        values = {"name": user.name, "at": to_rfc3339(now), "ip": origin.ip}
        post(Template.SESSION_REVOKED, to=user.email, values=values, now=now)

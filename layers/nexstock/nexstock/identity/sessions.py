"""Sessions: opened at sign-in, kept by rotating refresh tokens, ended at once.

A refresh token is good once. The rotation is one conditional write, so of two at the same moment exactly one
rotates; the other, within a short grace, gets the same successor. Later use of a spent token means that two
parties hold it, and ends the session. RFC 9700, 4.14.2; ASVS 10.4.5.
"""

import hmac
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Final

from nexstock.auth.principals import RequestOrigin
from nexstock.identity.items import SessionItem, UserItem
from nexstock.identity.refresh_tokens import RefreshToken
from nexstock.ids import OrganizationId, SessionId, UserId, new_id
from nexstock.persistence.identity_keys import session_sort_key, user_partition
from nexstock.persistence.tables import batch_get, conditional_update
from nexstock.persistence.tenant_items import changed_meanwhile
from nexstock.persistence.transaction import Transaction

ABSOLUTE_LIFETIME: Final = timedelta(days=30)
SINGLE_SIGN_ON_LIFETIME: Final = timedelta(hours=24)
"""So whoever was shut out at their provider is out here a day later, though it tells us nothing."""

IDLE_LIFETIME: Final = timedelta(days=14)
_KEPT: Final = timedelta(days=1)
GRACE: Final = timedelta(seconds=10)
MAX_OPEN: Final = 50
"""How many sessions of one person are open at most; one more ends the oldest (ASVS 7.1.2)."""


class SessionEnded(Exception):  # noqa: N818 (names the fact)
    """The token's session has ended, or never was."""


class TokenReused(Exception):  # noqa: N818 (names the fact)
    """A spent token was used again; the session is revoked now."""

    def __init__(self, user_id: UserId) -> None:
        super().__init__()
        self.user_id = user_id


@dataclass(frozen=True, slots=True)
class OpenSession:
    """A session's ids and the refresh token that is good now."""

    user_id: UserId
    organization_id: OrganizationId
    session_id: SessionId
    began_at: datetime
    token: RefreshToken = field(repr=False)


def open_session(  # noqa: PLR0913 (whose, where, from where, and how)
    user_id: UserId,
    organization_id: OrganizationId,
    origin: RequestOrigin,
    now: datetime,
    *,
    by_single_sign_on: bool = False,
    stage_record: Callable[[SessionId, Transaction], None] | None = None,
) -> OpenSession:
    """Store a new session, end the oldest ones beyond `MAX_OPEN`, and return it with its first refresh token.

    `stage_record` stages what is to be known of the session exactly if it begins.
    """
    session_id = SessionId(new_id("ses", now))
    token = RefreshToken.generate(user_id, session_id)
    ends_at = now + (SINGLE_SIGN_ON_LIFETIME if by_single_sign_on else ABSOLUTE_LIFETIME)
    item = SessionItem(
        user_partition(user_id),
        session_sort_key(session_id),
        organization_id=organization_id,
        digest=token.digest,
        created_at=now,
        idle_ends_at=now + IDLE_LIFETIME,
        ends_at=ends_at,
        ip=origin.ip,
        user_agent=origin.user_agent,
        by_single_sign_on=by_single_sign_on,
        expires_at=int(ends_at.timestamp()),
    )
    transaction = Transaction()
    transaction.put(item, condition=SessionItem.pk.does_not_exist(), refusal=changed_meanwhile)
    if stage_record is not None:
        stage_record(session_id, transaction)
    transaction.commit()
    # Looked at once the new one is there: of two sign-ins at one moment, the later one sees both.
    for session in [each for each in _stored(user_id) if each.is_open(now)][MAX_OPEN:]:
        revoke(user_id, SessionId(session.sk.removeprefix(session_sort_key(""))), now)
    return OpenSession(user_id, organization_id, session_id, now, token)


def rotate(presented: RefreshToken, now: datetime) -> OpenSession:
    """Spend a refresh token and return the session with the next one.

    Raises:
        SessionEnded: logged out, revoked, expired, or unknown.
        TokenReused: the token was spent before; its session is revoked.
    """
    successor = RefreshToken.generate(presented.user_id, presented.session_id)
    rotation = conditional_update(
        _item_of(presented),
        [
            SessionItem.digest.set(successor.digest),
            SessionItem.previous_digest.set(presented.digest),
            SessionItem.successor_pad.set(presented.pad_for(successor)),
            SessionItem.rotated_at.set(now),
            SessionItem.idle_ends_at.set(now + IDLE_LIFETIME),
        ],
        (SessionItem.digest == presented.digest)
        & SessionItem.revoked_at.does_not_exist()
        & (SessionItem.idle_ends_at > now)
        & (SessionItem.ends_at > now),
    )
    standing = rotation.item
    if standing is None or (not rotation.held and not standing.is_open(now)):
        raise SessionEnded
    organization_id = OrganizationId(standing.organization_id)
    if rotation.held:
        return OpenSession(presented.user_id, organization_id, presented.session_id, standing.created_at, successor)
    if _is_within_grace(standing, presented, now) and standing.successor_pad is not None:
        same = presented.successor_from(standing.successor_pad)
        return OpenSession(presented.user_id, organization_id, presented.session_id, standing.created_at, same)
    revoke(presented.user_id, presented.session_id, now)
    raise TokenReused(presented.user_id)


def is_by_single_sign_on(user_id: UserId, session_id: SessionId) -> bool:
    """Tell whether an organization's identity provider stands behind a session."""
    (item,) = batch_get([(SessionItem, user_partition(user_id), session_sort_key(session_id))])
    return isinstance(item, SessionItem) and bool(item.by_single_sign_on)


def revoke(user_id: UserId, session_id: SessionId, now: datetime) -> bool:
    """End a session; tell whether this call did. Its access tokens are refused from the next request on."""
    item = SessionItem(user_partition(user_id), session_sort_key(session_id))
    return conditional_update(
        item,
        # What has ended need not be kept for thirty days more: a sign-in reads all of a person's sessions.
        [SessionItem.revoked_at.set(now), SessionItem.expires_at.set(int((now + _KEPT).timestamp()))],
        SessionItem.pk.exists() & SessionItem.revoked_at.does_not_exist(),
    ).held


def list_open(person: UserItem, user_id: UserId, now: datetime) -> list[SessionItem]:
    """Return a person's open sessions, the newest first."""
    return [
        item
        for item in _stored(user_id)
        if item.is_open(now) and person.admits(item.sk.removeprefix(session_sort_key("")), item.created_at)
    ]


def _stored(user_id: UserId) -> list[SessionItem]:
    """Return all that is stored of a person's sessions, the newest first."""
    found: list[SessionItem] = []
    after: str | None = None
    while True:
        begins = SessionItem.sk.startswith(session_sort_key(""))
        below = SessionItem.sk.between(session_sort_key(""), after) if after else begins
        items, ended_at = SessionItem.query_page(user_partition(user_id), below, limit=100, newest_first=True)
        found += [item for item in items if item.sk != after]
        if ended_at is None:
            return found
        after = ended_at


def _item_of(token: RefreshToken) -> SessionItem:
    return SessionItem(user_partition(token.user_id), session_sort_key(token.session_id))


def _is_within_grace(standing: SessionItem, presented: RefreshToken, now: datetime) -> bool:
    return (
        hmac.compare_digest(standing.previous_digest or b"", presented.digest)
        and standing.rotated_at is not None
        and now - standing.rotated_at <= GRACE
    )

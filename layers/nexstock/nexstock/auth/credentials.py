"""From a credential to a principal: what the authorizer establishes on every request, with nothing remembered.

An access token costs one read (its session, its person, their membership and the organization together), an API key
two (the key names its creator). Both are consistent and none is cached, so a removed member, a changed role, an ended
session, a revoked or disabled key and a deleted organization count from the very next request on.
"""

from collections.abc import Mapping
from datetime import datetime
from typing import Any, Final

from nexstock.api_keys.addresses import is_within
from nexstock.api_keys.verifiers import find_verifier, note_use
from nexstock.auth.api_key_format import PREFIX, ApiKeyText
from nexstock.auth.permissions import Role
from nexstock.auth.principals import Actor, ActorType, Principal
from nexstock.auth.tokens import verify_access_token
from nexstock.config import HttpSettings
from nexstock.errors import Unauthenticated
from nexstock.http.requests import header
from nexstock.identity.items import SessionItem, UserItem
from nexstock.ids import UserId
from nexstock.members.presence import membership_keys, present_member
from nexstock.persistence.identity_keys import PROFILE, session_sort_key, user_partition
from nexstock.persistence.tables import batch_get

_ISSUER: Final = HttpSettings.from_env().public_base_url


def credential_in(event: Mapping[str, Any]) -> str:
    """Return the credential of a request: `Authorization: Bearer …` or `X-API-Key`.

    Raises:
        Unauthenticated: none, or two different ones (401).
    """
    authorization = header(event, "Authorization")
    api_key = header(event, "X-API-Key")
    if (authorization is None) == (api_key is None):
        raise Unauthenticated
    if api_key is not None:
        return api_key.strip()
    scheme, _, credential = (authorization or "").partition(" ")
    if scheme.lower() != "bearer" or not credential.strip():
        raise Unauthenticated
    return credential.strip()


def authenticate(credential: str, now: datetime, ip: str) -> Principal:
    """Return whom a credential stands for at this instant.

    Args:
        credential: an access token or an API key.
        now: the present instant.
        ip: the address that the request came from, as the gateway saw it.

    Raises:
        Unauthenticated: nobody, or nobody any more (401).
    """
    if credential.startswith(PREFIX):
        return _by_api_key(ApiKeyText.parse(credential), now, ip)
    return _by_access_token(credential, now)


def _by_access_token(token: str, now: datetime) -> Principal:
    claims = verify_access_token(token, issuer=_ISSUER, now=now)
    session, person, *membership = batch_get(
        [
            (SessionItem, user_partition(claims.user_id), session_sort_key(claims.session_id)),
            (UserItem, user_partition(claims.user_id), PROFILE),
            *membership_keys(claims.organization_id, claims.user_id),
        ]
    )
    member = present_member(*membership)
    if not isinstance(session, SessionItem) or not isinstance(person, UserItem) or member is None:
        raise Unauthenticated
    if not person.admits(claims.session_id, session.created_at) or not member.admits(session.created_at):
        raise Unauthenticated
    if not session.is_open(now) or session.organization_id != claims.organization_id:
        raise Unauthenticated
    return Principal(
        organization_id=claims.organization_id,
        actor=Actor(ActorType.USER, claims.user_id, member.name),
        role=Role(member.role),
        user_id=claims.user_id,
        session_id=claims.session_id,
        speaks_for_account=not session.by_single_sign_on or person.organization_ids == [claims.organization_id],
    )


def _by_api_key(key: ApiKeyText, now: datetime, ip: str) -> Principal:
    verifier = find_verifier(key.id)
    if verifier is None or not verifier.accepts(key, now):
        raise Unauthenticated
    creator = present_member(*batch_get(membership_keys(verifier.organization_id, verifier.created_by)))
    if creator is None:
        raise Unauthenticated
    address_allowed = verifier.allowed_ips is None or is_within(ip, verifier.allowed_ips)
    if address_allowed:
        note_use(verifier, ip, now)
    return Principal(
        organization_id=verifier.organization_id,
        actor=Actor(ActorType.API_KEY, key.id, verifier.name),
        role=Role(creator.role),
        user_id=UserId(verifier.created_by),
        scope=verifier.scope,
        resources=verifier.resources,
        address_allowed=address_allowed,
    )

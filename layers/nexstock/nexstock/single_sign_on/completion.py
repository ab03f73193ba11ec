"""Coming back from the identity provider: a code is exchanged for an ID token, and that for a session.

A sign-in ends once, in the browser that began it. It belongs to one organization's connection, so a code is only ever
taken to the provider that was asked for it (mix-up; RFC 9700, 4.4; RFC 9207; ASVS 10.2.2). The session is good in that
organization only, because its provider speaks for nobody elsewhere.
"""

from collections.abc import Callable
from datetime import datetime
from typing import Final

from pydantic import TypeAdapter, ValidationError

from nexstock.auth.principals import RequestOrigin
from nexstock.clock import Clock, utc_now
from nexstock.crypto.places import SealedPlace
from nexstock.http.schemas import Email, Name
from nexstock.identity.memberships import memberships_of
from nexstock.identity.sign_in import SignedIn, Way, enter
from nexstock.single_sign_on import pending, provider
from nexstock.single_sign_on.admission import Arrival, admit
from nexstock.single_sign_on.errors import SingleSignOnRefused
from nexstock.single_sign_on.id_tokens import Expected, Identity, verify_id_token
from nexstock.single_sign_on.model import SingleSignOn, client_secret_place
from nexstock.single_sign_on.pending import PendingSignOn, SignInToken
from nexstock.single_sign_on.provider import Metadata
from nexstock.single_sign_on.repository import present_connection
from nexstock.single_sign_on.schemas import CompleteSingleSignOn

OpenSealed = Callable[[SealedPlace, bytes], bytes]

_EMAIL: Final = TypeAdapter[str](Email)
_NAME: Final = TypeAdapter[str](Name)


def complete_sign_on(
    command: CompleteSingleSignOn, origin: RequestOrigin, *, open_sealed: OpenSealed, clock: Clock = utc_now
) -> SignedIn:
    """Open a session for whom the provider vouches.

    Raises:
        SingleSignOnRefused: the sign-in has ended, another browser began it, the connection was changed meanwhile, the
            provider's answer proves nothing, or the person was removed (401).
        TooManyOrganizations: the person can belong to no more (409).
        IdentityProviderFailed: the provider is away, or does not do what it has to (502).
    """
    token = SignInToken(command.sign_in_token)
    connection = _unchanged(pending.take_up(command.state, token, clock()))
    secret = _client_secret(connection, open_sealed)
    metadata = provider.metadata_of(connection.issuer)
    _require_from(metadata, command.iss)
    id_token = provider.redeem_code(
        command.code, token.code_verifier, metadata=metadata, connection=connection, client_secret=secret
    )
    # The provider may have taken its time, so the token is judged by the present instant.
    now = clock()
    expected = Expected(connection.issuer, connection.client_id, token.nonce)
    identity = verify_id_token(id_token, expected, lambda anew: provider.keys_of(metadata, anew=anew), now)
    user_id = admit(_arrival(identity, connection, origin, now))
    memberships = memberships_of(user_id, [connection.id])
    if not memberships:
        raise SingleSignOnRefused
    return enter(user_id, memberships[0], origin, now, way=Way.SINGLE_SIGN_ON, by_single_sign_on=True)


def _unchanged(waiting: PendingSignOn) -> SingleSignOn:
    """Return the connection that a sign-in began with."""
    connection = present_connection(waiting.organization_id)
    if connection is None or not connection.enabled or connection.version != waiting.connection_version:
        detail = "Single sign-on was changed meanwhile; begin again"
        raise SingleSignOnRefused(detail)
    return connection


def _client_secret(connection: SingleSignOn, open_sealed: OpenSealed) -> str:
    return open_sealed(client_secret_place(connection.id), connection.sealed_client_secret or b"").decode()


def _require_from(metadata: Metadata, issuer: str | None) -> None:
    """Refuse an answer that another provider sent, where this one says who it is (RFC 9207, 2.4)."""
    is_missing = issuer is None and metadata.authorization_response_iss_parameter_supported
    if is_missing or (issuer is not None and issuer != metadata.issuer):
        detail = "The answer did not come from the organization's provider"
        raise SingleSignOnRefused(detail)


def _arrival(identity: Identity, connection: SingleSignOn, origin: RequestOrigin, now: datetime) -> Arrival:
    """Return who arrives, with an address that the organization may speak for."""
    try:
        email = _EMAIL.validate_python(identity.email)
    except ValidationError:
        detail = "The provider's ID token names an address that is none"
        raise SingleSignOnRefused(detail) from None
    local_part, _, domain = email.rpartition("@")
    if not connection.admits(domain):
        detail = "The provider's ID token names an address outside the organization's verified domains"
        raise SingleSignOnRefused(detail)
    try:
        name = _NAME.validate_python(identity.name)
    except ValidationError:
        name = local_part
    return Arrival(connection, identity.subject, email, name, origin, now)

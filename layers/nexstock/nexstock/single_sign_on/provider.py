"""An organization's identity provider over HTTP: its metadata, its keys, its token endpoint.

Nothing of what it sends is trusted before it is read: bounded in time and size, JSON only, no redirects, and each of
its addresses is checked like any that a customer names. Metadata and keys are kept in the container for a while; whose
they are is decided by the issuer's URL, over TLS (OpenID Connect Discovery 1.0, 4.3; ASVS 10.5.3).
"""

import json
from base64 import b64encode
from collections.abc import Callable
from http import HTTPStatus
from typing import Any, Final, TypeVar
from urllib.parse import quote_plus, urlencode

from pydantic import BaseModel, ConfigDict, Field

from nexstock.config import OutboundSettings
from nexstock.outbound import http_client
from nexstock.outbound.http_client import Answer, NoAnswer
from nexstock.outbound.targets import TargetRefused, TargetUrl, parse_target, resolve
from nexstock.single_sign_on.errors import IdentityProviderFailed, SingleSignOnRefused
from nexstock.single_sign_on.kept import Kept
from nexstock.single_sign_on.model import SingleSignOn
from nexstock.single_sign_on.redirection import REDIRECT_URI

ONE_REQUEST_S: Final = 4.0
"""A sign-in makes four requests at most: the function's timeout is above them all (functions/identity.yaml)."""

_KEPT_FOR_S: Final = 600.0
_MOST_KEPT: Final = 100
_MAX_KEYS: Final = 100
_HEADERS: Final = {"Accept": "application/json", "User-Agent": "NexStock-SingleSignOn/1"}
_INSECURE: Final = OutboundSettings.from_env().insecure_targets_allowed

Jwk = dict[str, Any]
M = TypeVar("M", bound=BaseModel)


class Metadata(BaseModel):
    """What a provider says of itself, as far as it is needed (OpenID Connect Discovery 1.0, 3; RFC 9207, 3)."""

    model_config = ConfigDict(frozen=True, strict=True)

    issuer: str
    authorization_endpoint: str
    token_endpoint: str
    jwks_uri: str
    token_endpoint_auth_methods_supported: list[str] = ["client_secret_basic"]
    authorization_response_iss_parameter_supported: bool = False


class _KeySet(BaseModel):
    model_config = ConfigDict(frozen=True, strict=True)

    keys: list[Jwk] = Field(max_length=_MAX_KEYS)


class _Tokens(BaseModel):
    model_config = ConfigDict(frozen=True, strict=True)

    id_token: str = Field(max_length=16_384, repr=False)


class _Refusal(BaseModel):
    model_config = ConfigDict(frozen=True, strict=True)

    error: str


def metadata_of(issuer: str) -> Metadata:
    """Return what the provider says of itself.

    Raises:
        IdentityProviderFailed: away, unreadable, or it calls itself something else (502).
    """
    return _metadata.get(issuer)


def keys_of(metadata: Metadata, *, anew: bool = False) -> list[Jwk]:
    """Return the provider's keys (RFC 7517), at most some minutes old; `anew` asks it again.

    Raises:
        IdentityProviderFailed: away, or unreadable (502).
    """
    return _keys.get(metadata.jwks_uri, anew=anew)


def redeem_code(
    code: str, code_verifier: str, *, metadata: Metadata, connection: SingleSignOn, client_secret: str
) -> str:
    """Exchange an authorization code for an ID token (OpenID Connect Core, 3.1.3).

    Raises:
        SingleSignOnRefused: the provider does not know the code, or not for us (401).
        IdentityProviderFailed: away, unreadable, or it does not know us (502).
    """
    form = {
        "grant_type": "authorization_code",
        "code": code,
        "redirect_uri": REDIRECT_URI,
        "code_verifier": code_verifier,
    }
    headers = {**_HEADERS, "Content-Type": "application/x-www-form-urlencoded"}
    methods = metadata.token_endpoint_auth_methods_supported
    if "client_secret_basic" in methods or "client_secret_post" not in methods:
        # Each part is form-encoded first (RFC 6749, 2.3.1).
        pair = f"{quote_plus(connection.client_id)}:{quote_plus(client_secret)}"
        headers["Authorization"] = f"Basic {b64encode(pair.encode()).decode()}"
    else:
        form |= {"client_id": connection.client_id, "client_secret": client_secret}
    body = urlencode(form).encode()
    answer = _called(
        metadata.token_endpoint,
        lambda target, address: http_client.post(target, address, headers, body, total_s=ONE_REQUEST_S),
    )
    if answer.status in {HTTPStatus.BAD_REQUEST, HTTPStatus.UNAUTHORIZED, HTTPStatus.FORBIDDEN}:
        raise _refusal(answer)
    return _parsed(answer, _Tokens, "token endpoint").id_token


def _refusal(answer: Answer) -> Exception:
    """Return what a refusal of the token endpoint means (RFC 6749, 5.2)."""
    if _read(answer, _Refusal, "token endpoint").error == "invalid_grant":
        detail = "The provider did not accept the authorization code"
        return SingleSignOnRefused(detail)
    detail = "The provider refused our request; look at the client's id, secret and redirect URI there"
    return IdentityProviderFailed(detail)


def _fetch_metadata(issuer: str) -> Metadata:
    metadata = _parsed(_fetched(f"{issuer.rstrip('/')}/.well-known/openid-configuration"), Metadata, "metadata")
    if metadata.issuer != issuer:
        detail = "The provider's metadata names another issuer than the connection does"
        raise IdentityProviderFailed(detail)
    _target(metadata.authorization_endpoint)
    return metadata


def _fetch_keys(jwks_uri: str) -> list[Jwk]:
    return _parsed(_fetched(jwks_uri), _KeySet, "key set").keys


def _fetched(url: str) -> Answer:
    return _called(url, lambda target, address: http_client.get(target, address, _HEADERS, total_s=ONE_REQUEST_S))


def _called(url: str, call: Callable[[TargetUrl, str], Answer]) -> Answer:
    target = _target(url)
    try:
        return call(target, resolve(target, insecure_allowed=_INSECURE))
    except TargetRefused as refusal:
        detail = f"An address of the provider is not allowed: {refusal}"
        raise IdentityProviderFailed(detail) from None
    except NoAnswer as failure:
        detail = f"The provider did not answer: {failure}"
        raise IdentityProviderFailed(detail) from None


def _target(url: str) -> TargetUrl:
    try:
        return parse_target(url, insecure_allowed=_INSECURE)
    except TargetRefused as refusal:
        detail = f"An address of the provider is not allowed: {refusal}"
        raise IdentityProviderFailed(detail) from None


def _parsed(answer: Answer, model: type[M], what: str) -> M:
    if answer.status != HTTPStatus.OK:
        detail = f"The provider's {what} answered {answer.status}"
        raise IdentityProviderFailed(detail)
    return _read(answer, model, what)


def _read(answer: Answer, model: type[M], what: str) -> M:
    media_type = answer.content_type.partition(";")[0].strip().lower()
    if not answer.is_complete or not (media_type == "application/json" or media_type.endswith("+json")):
        detail = f"The provider's {what} is no JSON document, or too large"
        raise IdentityProviderFailed(detail)
    try:
        return model.model_validate(json.loads(answer.content))
    except (ValueError, RecursionError):
        detail = f"The provider's {what} does not say what it has to"
        raise IdentityProviderFailed(detail) from None


_metadata: Final = Kept(_fetch_metadata, lifetime_s=_KEPT_FOR_S, most=_MOST_KEPT)
_keys: Final = Kept(_fetch_keys, lifetime_s=_KEPT_FOR_S, most=_MOST_KEPT)

"""Single sign-on on the wire."""

import re
from typing import Annotated, Any, Final, Literal, Self

from pydantic import AfterValidator, BeforeValidator, Field, StringConstraints

from nexstock.auth.permissions import Role
from nexstock.config import OutboundSettings
from nexstock.http.schemas import Command, Email, Instant, Patch, View
from nexstock.identity.schemas import Delivery
from nexstock.outbound.targets import MAX_URL_LENGTH, TargetRefused, parse_target
from nexstock.single_sign_on.domains import is_shared, record_name, record_value
from nexstock.single_sign_on.model import MAX_DOMAINS, Domain, SingleSignOn
from nexstock.single_sign_on.redirection import REDIRECT_URI

_SETTINGS: Final = OutboundSettings.from_env()
_NUMERIC: Final = re.compile(r"[0-9]+")


def _allowed_issuer(url: str) -> str:
    try:
        target = parse_target(url, insecure_allowed=_SETTINGS.insecure_targets_allowed)
    except TargetRefused as refusal:
        raise ValueError(str(refusal)) from None
    if "?" in target.path:
        message = "has to have no query"
        raise ValueError(message)
    return url


def _normal_name(value: Any) -> Any:  # noqa: ANN401 (runs before the type is known)
    return value.strip().lower() if isinstance(value, str) else value


def _claimable(name: str) -> str:
    if _NUMERIC.fullmatch(name.rpartition(".")[2]):
        message = "has to be a domain, not an address"
        raise ValueError(message)
    if is_shared(name):
        message = "is shared by many, so no one organization can claim it"
        raise ValueError(message)
    return name


def _distinct(names: tuple[str, ...]) -> tuple[str, ...]:
    if len(set(names)) != len(names):
        message = "names a domain twice"
        raise ValueError(message)
    return names


Issuer = Annotated[str, StringConstraints(max_length=MAX_URL_LENGTH), AfterValidator(_allowed_issuer)]
ClientId = Annotated[str, StringConstraints(pattern=r"^[\x21-\x7e]{1,255}$")]
ClientSecret = Annotated[str, StringConstraints(pattern=r"^[\x20-\x7e]{1,1024}$")]
DomainName = Annotated[
    str,
    BeforeValidator(_normal_name),
    # RFC 1035, 2.3.1; names in other scripts in their ASCII form (RFC 5891).
    StringConstraints(
        max_length=253 - len("_nexstock-challenge."),
        pattern=r"^[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?(\.[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?)+$",
    ),
    AfterValidator(_claimable),
]
DomainNames = Annotated[tuple[DomainName, ...], Field(max_length=MAX_DOMAINS), AfterValidator(_distinct)]
Flag = Annotated[bool, Field(strict=True)]
JitRole = Literal["member", "admin"]
Opaque = Annotated[str, StringConstraints(min_length=1, max_length=4096)]


class CreateSingleSignOn(Command):
    """An organization's connection to its identity provider."""

    issuer: Issuer
    client_id: ClientId
    client_secret: ClientSecret = Field(repr=False)
    domains: DomainNames = ()
    enabled: Flag = True
    required: Flag = False
    jit_role: JitRole = "member"


class UpdateSingleSignOn(Patch):
    """What changes about the connection (JSON merge patch); `domains` replaces the whole list."""

    issuer: Issuer | None = None
    client_id: ClientId | None = None
    client_secret: ClientSecret | None = Field(default=None, repr=False)
    domains: DomainNames | None = None
    enabled: Flag | None = None
    required: Flag | None = None
    jit_role: JitRole | None = None

    @classmethod
    def required_fields(cls) -> frozenset[str]:
        """A connection always has all of them."""
        return frozenset(cls.model_fields)


class VerifyDomain(Command):
    """One of the connection's domains, whose TXT record is in place now."""

    name: DomainName


class StartSingleSignOn(Command):
    """The address of somebody who wants to sign in at their organization's provider."""

    email: Email


class CompleteSingleSignOn(Command):
    """What the provider sent the browser back with, and the token of the browser that began.

    `iss` is passed on where the provider sends it (RFC 9207).
    """

    sign_in_token: Opaque = Field(repr=False)
    state: Opaque = Field(repr=False)
    code: Opaque = Field(repr=False)
    iss: Annotated[str, StringConstraints(max_length=MAX_URL_LENGTH)] | None = None
    refresh_token_delivery: Delivery = "cookie"  # noqa: S105 (a way, not a token)


class TxtRecordView(View):
    """The DNS record that proves a domain."""

    name: str
    value: str


class DomainView(View):
    """A domain of the connection."""

    name: str
    status: Literal["pending", "verified"]
    txt_record: TxtRecordView

    @classmethod
    def of(cls, domain: Domain) -> Self:
        """Return the view of a domain."""
        return cls(
            name=domain.name,
            status="verified" if domain.is_verified else "pending",
            txt_record=TxtRecordView(name=record_name(domain), value=record_value(domain)),
        )


class SingleSignOnView(View):
    """The connection, without its client secret; `redirect_uri` is what the provider has to allow."""

    issuer: str
    client_id: str
    domains: list[DomainView]
    enabled: bool
    required: bool
    jit_role: Role
    redirect_uri: str
    version: int
    created_at: Instant
    updated_at: Instant

    @classmethod
    def of(cls, connection: SingleSignOn) -> Self:
        """Return the view of a connection."""
        return cls(
            issuer=connection.issuer,
            client_id=connection.client_id,
            domains=[DomainView.of(domain) for domain in connection.domains],
            enabled=connection.enabled,
            required=connection.required,
            jit_role=connection.jit_role,
            redirect_uri=REDIRECT_URI,
            version=connection.version,
            created_at=connection.created_at,
            updated_at=connection.updated_at,
        )


class StartedSignOnView(View):
    """Where the browser goes next, and what it keeps until it comes back."""

    authorization_url: str
    sign_in_token: str = Field(repr=False)

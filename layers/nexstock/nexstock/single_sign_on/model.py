"""An organization's connection to its identity provider, and the domains that it may speak for."""

from dataclasses import dataclass, field
from datetime import datetime
from typing import Final

from nexstock.auth.permissions import Role
from nexstock.crypto.places import SealedPlace
from nexstock.ids import OrganizationId, UserId
from nexstock.persistence.keys import Kind

MAX_DOMAINS: Final = 20


@dataclass(frozen=True, slots=True, kw_only=True)
class Domain:
    """A domain of e-mail addresses; `token` is what its TXT record has to hold, and no secret."""

    name: str
    token: str
    is_verified: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class SingleSignOn:
    """How an organization's people sign in at its provider; the id is the organization's, because it has one.

    `jit_role` is what somebody becomes who arrives for the first time. `required` keeps everybody but owners from
    signing in by another way. The client secret is sealed; only the exchange of a code opens it, and it is gone once
    the connection is deleted.
    """

    id: OrganizationId
    version: int
    created_at: datetime
    updated_at: datetime
    deleted_at: datetime | None = None
    issuer: str
    client_id: str
    sealed_client_secret: bytes | None = field(repr=False)
    domains: tuple[Domain, ...]
    enabled: bool
    required: bool
    jit_role: Role

    @property
    def verified_domains(self) -> frozenset[str]:
        """The domains whose people may come in."""
        return frozenset(domain.name for domain in self.domains if domain.is_verified)

    @property
    def is_enforced(self) -> bool:
        """Whether there is no other way in; a way that nobody can take yet is not forced on anybody."""
        return self.enabled and self.required and bool(self.verified_domains)

    def admits(self, domain: str) -> bool:
        """Tell whether people of a domain may sign in here."""
        return self.enabled and domain in self.verified_domains


@dataclass(frozen=True, slots=True, kw_only=True)
class Link:
    """Which person an identity at the provider is, within one organization."""

    id: str
    version: int
    created_at: datetime
    updated_at: datetime
    deleted_at: datetime | None = None
    user_id: UserId


def client_secret_place(organization_id: OrganizationId) -> SealedPlace:
    """Return where the client secret of an organization's connection belongs."""
    return SealedPlace(organization_id, Kind.SINGLE_SIGN_ON.resource, organization_id, "client_secret")

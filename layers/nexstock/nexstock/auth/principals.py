"""Who a request, or a stream record, acts for; the only module that makes a `Tenant`.

A `Tenant` is what a repository needs to exist at all. It comes from the authorizer's verified context, or from
the key of an item that the table itself delivered; never from anything that a client sent.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from ipaddress import IPv4Address, ip_address, ip_network
from typing import Any, Final, Self

from nexstock.auth.permissions import Access, Permission, Requirement, Role, Scope, permissions_of
from nexstock.errors import AddressNotAllowed, Forbidden, Unauthenticated
from nexstock.identity.errors import OwnSignInRequired
from nexstock.ids import OrganizationId, SessionId, UserId, is_id
from nexstock.persistence.transaction import Transaction


class ActorType(StrEnum):
    """What kind of party changed something."""

    USER = "user"
    API_KEY = "api_key"
    SYSTEM = "system"
    ANONYMOUS = "anonymous"
    """Whoever did not prove who they are."""


_CREDENTIAL_PARTS: Final = {ActorType.USER: (True, False, False), ActorType.API_KEY: (False, True, True)}
"""Whether a party that may call has a session, a scope and resources; the platform itself never calls."""

_ANY_RESOURCE: Final = "*"


@dataclass(frozen=True, slots=True)
class Actor:
    """Who changed something, as the audit log names them."""

    type: ActorType
    id: str
    name: str


@dataclass(frozen=True, slots=True)
class RequestOrigin:
    """Where a request came from, as the gateway saw it."""

    request_id: str
    ip: str
    user_agent: str

    @property
    def network(self) -> str:
        """What is counted where addresses are: the IPv4 address, or the /64 of an IPv6 address.

        A provider gives each customer a /64 or more to choose addresses from (RFC 6177).
        """
        try:
            address = ip_address(self.ip)
        except ValueError:
            return self.ip
        if isinstance(address, IPv4Address):
            return str(address)
        if address.ipv4_mapped is not None:
            return str(address.ipv4_mapped)
        return str(ip_network(f"{address}/64", strict=False))


@dataclass(frozen=True, slots=True)
class Tenant:
    """One organization, who acts in it, and the transaction that collects their request's writes."""

    organization_id: OrganizationId
    actor: Actor
    origin: RequestOrigin
    transaction: Transaction = field(repr=False, compare=False)


@dataclass(frozen=True, slots=True)
class Caller:
    """The authenticated party of a request."""

    tenant: Tenant
    permissions: frozenset[Permission]
    role: Role
    user_id: UserId
    session_id: SessionId | None
    address_allowed: bool = True
    speaks_for_account: bool = True

    def demand(self, requirement: Requirement) -> None:
        """Let the request go on only if this caller meets what its operation requires.

        Raises:
            AddressNotAllowed: the caller's API key is not good for the address that the request came from (403).
            OwnSignInRequired: an organization's provider vouched for the person, for that organization only (403).
            Forbidden: the caller's role, scope or resources do not reach this far (403).
        """
        if not self.address_allowed:
            raise AddressNotAllowed
        if requirement is Access.ACCOUNT and self.session_id is not None and not self.speaks_for_account:
            raise OwnSignInRequired
        if requirement in {Access.SIGNED_IN, Access.ACCOUNT} and self.session_id is not None:
            return
        if requirement not in self.permissions:
            raise Forbidden


@dataclass(frozen=True, slots=True)
class Principal:
    """What the authorizer established about a credential; travels to handlers as the authorizer's context.

    `user_id` is the signed-in person, or the creator of the API key. `resources` is what an API key is narrowed to,
    and `address_allowed` whether it may be used from where the request came; the gate has no answer for that, so the
    handler gives it. `speaks_for_account` is false for a session that one organization's identity provider opened of
    somebody who belongs to others as well: whoever runs that provider would otherwise reach the person there.
    """

    organization_id: OrganizationId
    actor: Actor
    role: Role
    user_id: UserId
    session_id: SessionId | None = None
    scope: Scope | None = None
    resources: frozenset[str] | None = None
    address_allowed: bool = True
    speaks_for_account: bool = True

    def to_context(self) -> dict[str, str]:
        """Return the context that API Gateway hands to the handler; its values have to be scalars."""
        return {
            "organizationId": self.organization_id,
            "actorType": self.actor.type,
            "actorId": self.actor.id,
            "actorName": self.actor.name,
            "role": self.role,
            "userId": self.user_id,
            "sessionId": self.session_id or "",
            "scope": self.scope or "",
            "resources": self._resources_text(),
            "addressAllowed": "true" if self.address_allowed else "false",
            "speaksForAccount": "true" if self.speaks_for_account else "false",
        }

    @classmethod
    def from_context(cls, context: Mapping[str, Any]) -> Self:
        """Read what `to_context` wrote; anything missing or odd means that no authorizer spoke.

        Raises:
            Unauthenticated: the context is not the authorizer's (401).
        """
        try:
            principal = cls(
                organization_id=OrganizationId(context["organizationId"]),
                actor=Actor(ActorType(context["actorType"]), context["actorId"], context["actorName"]),
                role=Role(context["role"]),
                user_id=UserId(context["userId"]),
                session_id=SessionId(context["sessionId"]) if context["sessionId"] else None,
                scope=Scope(context["scope"]) if context["scope"] else None,
                resources=_resources_in(context["resources"]),
                # Anything but these two texts is a KeyError.
                address_allowed={"true": True, "false": False}[context["addressAllowed"]],
                speaks_for_account={"true": True, "false": False}[context["speaksForAccount"]],
            )
            named = is_id(principal.organization_id, "org") and is_id(principal.user_id, "usr")
        except (KeyError, ValueError, TypeError):
            raise Unauthenticated from None
        # A person has a session, an API key a scope and resources: without them it would have all that its creator may.
        parts = (principal.session_id is not None, principal.scope is not None, context["resources"] != "")
        if not named or parts != _CREDENTIAL_PARTS.get(principal.actor.type):
            raise Unauthenticated
        return principal

    def as_caller(self, origin: RequestOrigin, transaction: Transaction) -> Caller:
        """Return the caller of one request with its own, still empty transaction."""
        return Caller(
            tenant=Tenant(self.organization_id, self.actor, origin, transaction),
            permissions=permissions_of(self.role, self.scope, self.resources) if self.address_allowed else frozenset(),
            role=self.role,
            user_id=self.user_id,
            session_id=self.session_id,
            address_allowed=self.address_allowed,
            speaks_for_account=self.speaks_for_account,
        )

    def _resources_text(self) -> str:
        if self.scope is None:
            return ""
        return _ANY_RESOURCE if self.resources is None else ",".join(sorted(self.resources))


def _resources_in(text: Any) -> frozenset[str] | None:  # noqa: ANN401 (what a context holds)
    if not isinstance(text, str):
        raise TypeError
    # A name that is no resource here grants nothing, so there is no need to refuse it.
    return None if text in {"", _ANY_RESOURCE} else frozenset(text.split(","))


def founding_tenant(
    organization_id: OrganizationId, founder: Actor, origin: RequestOrigin, transaction: Transaction
) -> Tenant:
    """Return the tenant of an organization that this very request brings into being."""
    return Tenant(organization_id, founder, origin, transaction)


def member_tenant(
    organization_id: OrganizationId, person: Actor, origin: RequestOrigin, transaction: Transaction
) -> Tenant:
    """Return the tenant of an organization in which a person's own membership begins, changes or ends.

    That the person may do that is proven by the caller: the membership was read, an invitation's secret was shown, or
    the organization's identity provider vouched for an address of one of its verified domains.
    """
    return Tenant(organization_id, person, origin, transaction)


def requester_tenant(
    organization_id: OrganizationId, requester: Actor, origin: RequestOrigin, transaction: Transaction
) -> Tenant:
    """Return the tenant of work that outlasts its request, in the name of who asked for it.

    All of it was stored by that request, on an item of the organization.
    """
    return Tenant(organization_id, requester, origin, transaction)


def observed_tenant(
    organization_id: OrganizationId, party: Actor, origin: RequestOrigin, transaction: Transaction
) -> Tenant:
    """Return the tenant in whose log is recorded what a party did, or tried to do, there.

    The organization comes from the authorizer's context of that request, or from the memberships of whom it concerns.
    """
    return Tenant(organization_id, party, origin, transaction)


def system_tenant(organization_id: OrganizationId, purpose: str) -> Tenant:
    """Return the tenant in whose name the platform itself works on an organization's items.

    The id comes from the key of an item that a stream or a queue delivered, never from a request.
    """
    origin = RequestOrigin(request_id="", ip="", user_agent="")
    return Tenant(organization_id, Actor(ActorType.SYSTEM, purpose, purpose), origin, Transaction())

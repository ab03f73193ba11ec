"""What can be done with an organization's connection: set up, change, take down, prove a domain.

Whoever decides which provider's word counts can become anybody of the verified domains, so all of it but the proof of a
domain that was named before is an owner's.
"""

from collections.abc import Callable
from dataclasses import replace
from typing import Any, Protocol

from nexstock.auth.permissions import Role
from nexstock.auth.principals import Tenant
from nexstock.clock import Clock, utc_now
from nexstock.crypto.places import Seal
from nexstock.errors import FieldError, InvalidRequest, NotFound
from nexstock.persistence.tenant_items import require_version
from nexstock.single_sign_on.domains import new_domain, record_name, record_value
from nexstock.single_sign_on.errors import DomainNotVerified
from nexstock.single_sign_on.model import Domain, SingleSignOn, client_secret_place
from nexstock.single_sign_on.schemas import CreateSingleSignOn, UpdateSingleSignOn

TxtRecords = Callable[[str], list[str]]
"""Return the texts of a name's TXT records, or raise `TemporarilyUnavailable`."""


class Connections(Protocol):
    """The connection of one organization, as far as the service needs it."""

    def own(self) -> SingleSignOn:
        """Return it, or raise `NotFound`."""

    def establish(self, connection: SingleSignOn) -> SingleSignOn:
        """Stage a new one, or raise `SingleSignOnExists`."""

    def replace(self, entity: SingleSignOn) -> None:
        """Stage its next version."""

    def end_secret(self) -> None:
        """Stage that nothing sealed of it opens any more."""

    def claim_domain(self, name: str) -> None:
        """Stage that a domain is this organization's."""

    def release_domain(self, name: str) -> None:
        """Stage that a domain of this organization is free again."""


def create_connection(
    command: CreateSingleSignOn, *, tenant: Tenant, connections: Connections, seal: Seal, clock: Clock = utc_now
) -> SingleSignOn:
    """Stage the organization's connection and return it; nobody comes in by it before a domain is verified.

    Raises:
        SingleSignOnExists: there is one (409).
    """
    now = clock()
    secret = seal(client_secret_place(tenant.organization_id), command.client_secret.encode())
    return connections.establish(
        SingleSignOn(
            id=tenant.organization_id,
            version=1,
            created_at=now,
            updated_at=now,
            issuer=command.issuer,
            client_id=command.client_id,
            sealed_client_secret=secret,
            domains=tuple(new_domain(name) for name in command.domains),
            enabled=command.enabled,
            required=command.required,
            jit_role=Role(command.jit_role),
        )
    )


def update_connection(
    patch: UpdateSingleSignOn,
    *,
    expected: int | None,
    connections: Connections,
    seal: Seal,
    clock: Clock = utc_now,
) -> SingleSignOn:
    """Stage a merge patch and return the connection as it will be; a patch that changes nothing stages nothing.

    Domains that stay keep their proofs; those that go are free for others.

    Raises:
        NotFound: there is no connection (404).
        PreconditionFailed: `expected` is not its version (412).
        InvalidRequest: another issuer without its client secret (422): it would be told the present one's.
    """
    before = connections.own()
    require_version(before, expected)
    changes = patch.changes()
    if changes.get("issuer", before.issuer) != before.issuer and patch.client_secret is None:
        raise InvalidRequest([FieldError("/clientSecret", "is needed with another issuer")])
    changed = replace(before, **_as_stored(changes, before, seal))
    if changed == before:
        return before
    after = replace(changed, version=before.version + 1, updated_at=clock())
    for name in sorted(before.verified_domains - after.verified_domains):
        connections.release_domain(name)
    connections.replace(after)
    return after


def delete_connection(*, expected: int | None, connections: Connections, clock: Clock = utc_now) -> None:
    """Stage the end of the connection: its domains are free, and its client secret is gone.

    Raises:
        NotFound: there is no connection (404).
        PreconditionFailed: `expected` is not its version (412).
    """
    before = connections.own()
    require_version(before, expected)
    now = clock()
    for name in sorted(before.verified_domains):
        connections.release_domain(name)
    after = replace(before, version=before.version + 1, updated_at=now, deleted_at=now)
    connections.replace(replace(after, domains=(), sealed_client_secret=None))
    connections.end_secret()


def verify_domain(
    name: str, *, connections: Connections, txt_records: TxtRecords, clock: Clock = utc_now
) -> SingleSignOn:
    """Look for a domain's TXT record, stage that the domain is verified, and return the connection as it will be.

    Raises:
        NotFound: the connection has no such domain, or there is no connection (404).
        DomainNotVerified: the record is missing or says something else (409).
        DomainTaken: at the commit, where another organization has verified the domain (409).
        TemporarilyUnavailable: DNS did not answer (503).
    """
    before = connections.own()
    named = {domain.name: domain for domain in before.domains}
    if name not in named:
        raise NotFound
    domain = named[name]
    if domain.is_verified:
        return before
    if record_value(domain) not in txt_records(record_name(domain)):
        detail = f"No TXT record at {record_name(domain)} has the expected value yet"
        raise DomainNotVerified(detail)
    domains = tuple(replace(each, is_verified=True) if each == domain else each for each in before.domains)
    after = replace(before, version=before.version + 1, updated_at=clock(), domains=domains)
    connections.claim_domain(name)
    connections.replace(after)
    return after


def _as_stored(changes: dict[str, Any], before: SingleSignOn, seal: Seal) -> dict[str, Any]:
    """Return a patch's fields by the names and in the forms that the model has."""
    stored = dict(changes)
    if (secret := stored.pop("client_secret", None)) is not None:
        stored["sealed_client_secret"] = seal(client_secret_place(before.id), secret.encode())
    if "domains" in stored:
        stored["domains"] = _domains(stored["domains"], before)
    if "jit_role" in stored:
        stored["jit_role"] = Role(stored["jit_role"])
    return stored


def _domains(names: tuple[str, ...], before: SingleSignOn) -> tuple[Domain, ...]:
    standing = {domain.name: domain for domain in before.domains}
    return tuple(standing.get(name) or new_domain(name) for name in sorted(names))

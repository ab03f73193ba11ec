"""Organizations with a person for each role and an API key for each scope, made in a few calls to the table.

They are stored as registration and sign-in store them, but without mails and without hashing a password each time.
Every organization and every address is new, so tests do not depend on each other. Needs the `platform` fixture.
"""

import secrets
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime
from functools import cache
from typing import Final

from nexstock.api_keys.repository import ApiKeyRepository
from nexstock.api_keys.schemas import CreateApiKey
from nexstock.api_keys.service import create_api_key
from nexstock.auth.passwords import PasswordHash, hash_password
from nexstock.auth.permissions import Role, Scope
from nexstock.auth.principals import Actor, ActorType, Principal, RequestOrigin, Tenant
from nexstock.auth.token_issuer import issue_access_token
from nexstock.auth.tokens import AccessClaims
from nexstock.clock import utc_now
from nexstock.identity import sessions
from nexstock.identity.items import EmailOwnerItem, UserItem
from nexstock.ids import OrganizationId, SessionId, UserId, new_id
from nexstock.members.model import Member
from nexstock.members.owners import OwnerCount
from nexstock.members.repository import MemberRepository
from nexstock.organizations.model import Organization
from nexstock.organizations.repository import OrganizationRepository
from nexstock.persistence import identity_keys
from nexstock.persistence.transaction import ConcurrentChange, RawItem, Transaction
from tests.support import environment
from tests.support.stock import watch

PASSWORD: Final = "violet meadow lantern 42"
ORIGIN: Final = RequestOrigin(request_id="test-request", ip="203.0.113.7", user_agent="tests/1")


@dataclass(frozen=True)
class Person:
    """A verified person with one open session."""

    id: UserId
    email: str
    name: str
    role: Role
    session_id: SessionId
    token: str = field(repr=False)
    refresh_token: str = field(repr=False)


@dataclass(frozen=True)
class Key:
    """An API key, as its holder has it."""

    id: str
    scope: Scope
    text: str = field(repr=False)


@dataclass(frozen=True)
class StaffedOrganization:
    """An organization, its people by role and its API keys by scope; the owner made the keys."""

    id: OrganizationId
    people: Mapping[Role, Person]
    api_keys: Mapping[Scope, Key]

    @property
    def owner(self) -> Person:
        """The founder."""
        return self.people[Role.OWNER]

    @property
    def admin(self) -> Person:
        """The one with the role admin."""
        return self.people[Role.ADMIN]

    @property
    def member(self) -> Person:
        """The one with the role member."""
        return self.people[Role.MEMBER]

    @property
    def credentials(self) -> dict[str, str]:
        """Every credential by a readable name: `owner`, `admin`, `member`, `read_key`, `write_key`, `admin_key`."""
        return {
            **{role.value: person.token for role, person in self.people.items()},
            **{f"{scope.value}_key": key.text for scope, key in self.api_keys.items()},
        }

    def tenant(self, transaction: Transaction | None = None) -> Tenant:
        """Return the owner's tenant, for repositories; with an empty transaction of its own unless one is given."""
        actor = Actor(ActorType.USER, self.owner.id, self.owner.name)
        return Tenant(self.id, actor, ORIGIN, Transaction() if transaction is None else transaction)


def an_email() -> str:
    """Return an address that nobody has."""
    return f"person-{secrets.token_hex(8)}@example.com"


def an_organization(*, name: str = "Harbour Goods", now: datetime | None = None) -> StaffedOrganization:
    """Store a new organization with an owner, an admin, a member, and a key for each scope; sign all three in."""
    watch()
    at = now or utc_now()
    organization_id = OrganizationId(new_id("org", at))
    transaction = Transaction()
    user_ids = {role: UserId(new_id("usr", at)) for role in Role}
    founder = Actor(ActorType.USER, user_ids[Role.OWNER], "Owner Person")
    tenant = Tenant(organization_id, founder, ORIGIN, transaction)
    OrganizationRepository(tenant).add(
        Organization(id=organization_id, version=1, created_at=at, updated_at=at, name=name, region=environment.REGION)
    )
    OwnerCount(tenant).begin()
    members = {role: _staged_member(tenant, user_ids[role], role, at) for role in Role}
    api_keys = {scope: _staged_key(tenant, scope) for scope in Scope}
    transaction.commit()
    people = {role: signed_in(organization_id, member, now=at) for role, member in members.items()}
    return StaffedOrganization(organization_id, people, api_keys)


def add_person(
    organization: StaffedOrganization, role: Role, *, now: datetime | None = None, email: str | None = None
) -> Person:
    """Store one more person with a role in the organization, signed in; at an address of their own by default."""
    at = now or utc_now()
    tenant = organization.tenant()
    if role is Role.OWNER:
        OwnerCount(tenant).increase()
    member = _staged_member(tenant, UserId(new_id("usr", at)), role, at, email)
    tenant.transaction.commit()
    return signed_in(organization.id, member, now=at)


def signed_in(organization_id: OrganizationId, member: Member, *, now: datetime | None = None) -> Person:
    """Open one more session of a member and return the person with that session's tokens."""
    at = now or utc_now()
    session = sessions.open_session(member.id, organization_id, ORIGIN, at)
    token = issue_access_token(AccessClaims(member.id, organization_id, member.role, session.session_id), at)
    return Person(member.id, member.email, member.name, member.role, session.session_id, token, session.token.text)


def another_session(organization: StaffedOrganization, person: Person) -> Person:
    """Sign a person in once more."""
    return signed_in(organization.id, MemberRepository(organization.tenant()).get(person.id))


def change_role(organization: StaffedOrganization, person: Person, role: Role) -> None:
    """Give a member another role."""
    _store_member(organization, person, role=role)


def remove_member(organization: StaffedOrganization, person: Person) -> None:
    """Take a member out of the organization."""
    _store_member(organization, person, deleted_at=utc_now())


def _store_member(
    organization: StaffedOrganization, person: Person, *, role: Role | None = None, deleted_at: datetime | None = None
) -> None:
    tenant = organization.tenant()
    members = MemberRepository(tenant)
    standing = members.get(person.id)
    members.replace(
        replace(
            standing,
            version=standing.version + 1,
            updated_at=utc_now(),
            role=role or standing.role,
            deleted_at=deleted_at,
        )
    )
    tenant.transaction.commit()


def _staged_member(tenant: Tenant, user_id: UserId, role: Role, at: datetime, email: str | None = None) -> Member:
    email = email or an_email()
    name = f"{role.value.title()} Person"
    password = _password_hash()
    owner = EmailOwnerItem(identity_keys.email_partition(email), identity_keys.OWNER, user_id=user_id)
    tenant.transaction.put(owner, condition=EmailOwnerItem.pk.does_not_exist(), refusal=_unexpected)
    user = UserItem(
        identity_keys.user_partition(user_id),
        identity_keys.PROFILE,
        email=email,
        name=name,
        password_hash=password.value,
        pepper_version=password.pepper_version,
        organization_ids=[tenant.organization_id],
        created_at=at,
    )
    tenant.transaction.put(user, condition=UserItem.pk.does_not_exist(), refusal=_unexpected)
    member = Member(id=user_id, version=1, created_at=at, updated_at=at, name=name, email=email, role=role)
    MemberRepository(tenant).add(member)
    return member


def _staged_key(tenant: Tenant, scope: Scope) -> Key:
    user_id = UserId(tenant.actor.id)
    founder = Principal(tenant.organization_id, tenant.actor, Role.OWNER, user_id)
    caller = founder.as_caller(ORIGIN, tenant.transaction)
    command = CreateApiKey.model_validate({"name": f"{scope.value} key", "scope": scope.value})
    api_key, key = create_api_key(command, caller=caller, api_keys=ApiKeyRepository(tenant))
    return Key(api_key.id, scope, key.text)


@cache
def _password_hash() -> PasswordHash:
    # One hash for everybody: a quarter of a second that no test needs to spend again.
    return hash_password(PASSWORD)


def _unexpected(_standing: RawItem | None) -> Exception:
    return ConcurrentChange()

"""Who the person is that an organization's provider vouches for, and what they become here when they are new.

A link remembers which person an identity is: its key is derived from issuer and subject, within one organization, so
a provider speaks for no other. The first time, the e-mail address decides, of which the caller has made sure that it
lies in one of the organization's verified domains. Link, person, address and member change in one transaction.

Who was removed stays out: a link whose person is no member any more, or a removed member's item, needs a new
invitation. ASVS 6.8.1, 10.5.2.
"""

from dataclasses import dataclass, replace
from datetime import datetime
from functools import partial
from typing import Final
from urllib.parse import urlsplit

from nexstock.auth.principals import Actor, ActorType, RequestOrigin, member_tenant
from nexstock.clock import to_rfc3339
from nexstock.identity.items import EmailOwnerItem, UserItem
from nexstock.identity.memberships import PersonalMemberships
from nexstock.identity.people import email_owner, find_person
from nexstock.ids import OrganizationId, UserId, derived_id, new_id
from nexstock.mail.outbox import Template, post
from nexstock.members.model import Member
from nexstock.members.repository import MemberItem, MemberRepository
from nexstock.persistence import identity_keys, keys
from nexstock.persistence.tables import batch_get
from nexstock.persistence.tenant_items import changed_meanwhile
from nexstock.persistence.transaction import ConcurrentChange, Transaction, repeated
from nexstock.single_sign_on.errors import SingleSignOnRefused
from nexstock.single_sign_on.model import Link, SingleSignOn
from nexstock.single_sign_on.repository import LINK_PREFIX, LinkRepository, SingleSignOnRepository, find_link

_REMOVED: Final = "You no longer belong to this organization; somebody there has to invite you"
_CHANGED: Final = "Single sign-on was changed meanwhile; begin again"


@dataclass(frozen=True, slots=True)
class Arrival:
    """Somebody whom an organization's provider vouches for; the address is in normal form and in a verified domain."""

    connection: SingleSignOn
    subject: str
    email: str
    name: str
    origin: RequestOrigin
    now: datetime

    @property
    def link_id(self) -> str:
        """The id of the link of this identity."""
        return derived_id(LINK_PREFIX, f"{self.connection.issuer}\n{self.subject}")


def admit(arrival: Arrival) -> UserId:
    """Return the person, a member of the organization by now.

    Raises:
        SingleSignOnRefused: they were removed, or the connection changed meanwhile (401).
        TooManyOrganizations: the person can belong to no more (409).
        TemporarilyUnavailable: others kept changing the same (503).
    """
    # Another first sign-in, an invitation or a removal may come between our read and our write.
    return repeated(lambda: _admit(arrival))


def _admit(arrival: Arrival) -> UserId:
    organization_id = arrival.connection.id
    link, owner = find_link(organization_id, arrival.link_id), email_owner(arrival.email)
    linked = link.user_id if link else None
    members = _members(organization_id, [user_id for user_id in (linked, owner) if user_id])
    if linked is not None and _is_present(members.get(linked)):
        return linked
    if owner is not None and _is_present(members.get(owner)):
        admission = _Admission(arrival, owner, _name_of(owner))
    elif linked is not None or owner in members:
        raise SingleSignOnRefused(_REMOVED)
    elif owner is not None:
        admission = _Admission(arrival, owner, _name_of(owner))
        admission.stage_joining()
    else:
        admission = _Admission(arrival, UserId(new_id("usr", arrival.now)), arrival.name)
        admission.stage_person()
    admission.stage_link(link)
    admission.commit()
    return admission.user_id


class _Admission:
    """The writes of one first sign-in."""

    def __init__(self, arrival: Arrival, user_id: UserId, name: str) -> None:
        self.user_id = user_id
        self._arrival, self._name = arrival, name
        self._transaction = Transaction()
        actor = Actor(ActorType.USER, user_id, name)
        self._tenant = member_tenant(arrival.connection.id, actor, arrival.origin, self._transaction)

    def stage_person(self) -> None:
        """Stage a person without a password, their address, and their membership."""
        arrival = self._arrival
        claim = EmailOwnerItem(identity_keys.email_partition(arrival.email), identity_keys.OWNER, user_id=self.user_id)
        self._transaction.put(claim, condition=EmailOwnerItem.pk.does_not_exist(), refusal=changed_meanwhile)
        person = UserItem(
            identity_keys.user_partition(self.user_id),
            identity_keys.PROFILE,
            email=arrival.email,
            name=self._name,
            organization_ids=[arrival.connection.id],
            created_at=arrival.now,
        )
        self._transaction.put(person, condition=UserItem.pk.does_not_exist(), refusal=changed_meanwhile)
        self._stage_member()

    def stage_joining(self) -> None:
        """Stage the membership of somebody who has an account already."""
        PersonalMemberships(self._transaction).join(self.user_id, self._arrival.connection.id)
        self._stage_member()

    def stage_link(self, standing: Link | None) -> None:
        """Stage that the identity is this person from now on, in the place of a link that leads to no member."""
        now, links = self._arrival.now, LinkRepository(self._tenant)
        link = Link(id=self._arrival.link_id, version=1, created_at=now, updated_at=now, user_id=self.user_id)
        if standing is None:
            links.add(link)
        else:
            links.replace(replace(link, version=standing.version + 1, created_at=standing.created_at))

    def commit(self) -> None:
        """Write all of it, if the connection is still the one that was read; then tell the person."""
        arrival = self._arrival
        connections = SingleSignOnRepository(self._tenant)
        connections.check_unchanged(arrival.connection.version, SingleSignOnRefused(_CHANGED))
        values = {
            "name": self._name,
            "provider": urlsplit(arrival.connection.issuer).netloc,
            "at": to_rfc3339(arrival.now),
            "ip": arrival.origin.ip,
        }
        notice = partial(post, Template.SINGLE_SIGN_ON_LINKED, to=arrival.email, values=values, now=arrival.now)
        self._transaction.after_commit(notice)
        self._transaction.commit()

    def _stage_member(self) -> None:
        arrival = self._arrival
        MemberRepository(self._tenant).add(
            Member(
                id=self.user_id,
                version=1,
                created_at=arrival.now,
                updated_at=arrival.now,
                name=self._name,
                email=arrival.email,
                role=arrival.connection.jit_role,
            )
        )


def _members(organization_id: OrganizationId, user_ids: list[UserId]) -> dict[UserId, MemberItem]:
    """Return the members with these ids, removed ones included."""
    partition = keys.tenant_partition(organization_id, keys.Kind.MEMBER)
    found = batch_get([(MemberItem, partition, user_id) for user_id in dict.fromkeys(user_ids)]) if user_ids else []
    return {UserId(item.sk): item for item in found if isinstance(item, MemberItem)}


def _is_present(member: MemberItem | None) -> bool:
    return member is not None and member.deleted_at is None


def _name_of(user_id: UserId) -> str:
    person = find_person(user_id)
    if person is None:
        raise ConcurrentChange
    return str(person.name)

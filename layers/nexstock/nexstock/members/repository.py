"""Members in DynamoDB: `ORG#<organization>#MEMBER` / `<user id>`; the role here is the one that counts."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import datetime
from typing import Final

from pynamodb.attributes import UnicodeAttribute

from nexstock.auth.permissions import Role
from nexstock.errors import NotFound
from nexstock.ids import UserId
from nexstock.members.errors import AlreadyMember
from nexstock.members.model import Member
from nexstock.persistence.keys import Kind
from nexstock.persistence.tables import TABLES, InstantAttribute
from nexstock.persistence.tenant_items import TenantItem, TenantRepository

_PAGE: Final = 100


class MemberItem(TenantItem):
    """A member as stored."""

    class Meta:
        """The organizations' table."""

        table_name = TABLES.tenants

    name = UnicodeAttribute()
    email = UnicodeAttribute()
    role = UnicodeAttribute()
    sessions_since = InstantAttribute(attr_name="sessionsSince", null=True)

    def admits(self, began_at: datetime) -> bool:
        """Tell whether a session of this member that began at an instant still counts."""
        return self.sessions_since is None or began_at >= self.sessions_since


class MemberRepository(TenantRepository[Member, MemberItem]):
    """Members of exactly one organization."""

    kind = Kind.MEMBER
    prefix = "usr"
    item_type = MemberItem

    def admit(self, member: Member) -> None:
        """Stage a new member, or the return of one who was removed before.

        Raises:
            AlreadyMember: the person is one (409).
        """
        try:
            standing = self.get_even_deleted(member.id)
        except NotFound:
            self.add(member)
            return
        if standing.deleted_at is None:
            raise AlreadyMember
        self.replace(replace(member, version=standing.version + 1, created_at=standing.created_at))

    def owners(self) -> Iterator[Member]:
        """Give the owners, newest first, read as they are asked for."""
        after: str | None = None
        while True:
            page = self.list_newest_first(limit=_PAGE, after=after, keep=lambda member: member.role is Role.OWNER)
            yield from page.items
            after = page.last_key
            if after is None:
                return

    def change(self, member: Member, now: datetime, *, name: str | None = None, email: str | None = None) -> None:
        """Stage what changed about the person."""
        self.replace(
            replace(
                member,
                version=member.version + 1,
                updated_at=now,
                name=name or member.name,
                email=email or member.email,
            )
        )

    def _to_item(self, entity: Member) -> MemberItem:
        return MemberItem(
            name=entity.name, email=entity.email, role=entity.role.value, sessions_since=entity.sessions_since
        )

    def _to_entity(self, item: MemberItem) -> Member:
        return Member(
            id=UserId(item.sk),
            version=int(item.version),
            created_at=item.created_at,
            updated_at=item.updated_at,
            deleted_at=item.deleted_at,
            name=item.name,
            email=item.email,
            role=Role(item.role),
            sessions_since=item.sessions_since,
        )

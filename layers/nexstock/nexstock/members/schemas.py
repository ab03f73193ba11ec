"""Members on the wire."""

from typing import Self

from nexstock.auth.permissions import Role
from nexstock.http.schemas import Instant, Patch, View
from nexstock.members.model import Member


class UpdateMember(Patch):
    """What changes about a member (JSON merge patch)."""

    role: Role | None = None

    @classmethod
    def required_fields(cls) -> frozenset[str]:
        """A member always has a role."""
        return frozenset({"role"})


class MemberView(View):
    """A person in the organization."""

    id: str
    name: str
    email: str
    role: Role
    version: int
    created_at: Instant
    updated_at: Instant

    @classmethod
    def of(cls, member: Member) -> Self:
        """Return the view of a member."""
        return cls(
            id=member.id,
            name=member.name,
            email=member.email,
            role=member.role,
            version=member.version,
            created_at=member.created_at,
            updated_at=member.updated_at,
        )

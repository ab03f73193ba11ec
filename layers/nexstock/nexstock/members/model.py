"""A person in an organization."""

from dataclasses import dataclass
from datetime import datetime

from nexstock.auth.permissions import Role
from nexstock.ids import UserId


@dataclass(frozen=True, slots=True, kw_only=True)
class Member:
    """A person in an organization; the id is the person's.

    Sessions here that began before `sessions_since` are over.
    """

    id: UserId
    version: int
    created_at: datetime
    updated_at: datetime
    deleted_at: datetime | None = None
    name: str
    email: str
    role: Role
    sessions_since: datetime | None = None

"""An invitation of one address to one organization."""

from dataclasses import dataclass
from datetime import datetime

from nexstock.auth.permissions import Role
from nexstock.ids import InvitationId, UserId


@dataclass(frozen=True, slots=True, kw_only=True)
class Invitation:
    """An invitation; its secret is nowhere. `deleted_at` is when it was revoked."""

    id: InvitationId
    version: int
    created_at: datetime
    updated_at: datetime
    deleted_at: datetime | None = None
    email: str
    role: Role
    invited_by: UserId
    expires_at: datetime
    accepted_at: datetime | None = None

"""An API key's metadata; the key itself is nowhere."""

from dataclasses import dataclass
from datetime import datetime

from nexstock.auth.permissions import Scope
from nexstock.ids import ApiKeyId, UserId


@dataclass(frozen=True, slots=True, kw_only=True)
class ApiKey:
    """What is known of an API key; `deleted_at` is when it was revoked."""

    id: ApiKeyId
    version: int
    created_at: datetime
    updated_at: datetime
    deleted_at: datetime | None = None
    name: str
    scope: Scope
    prefix: str
    created_by: UserId
    expires_at: datetime | None = None

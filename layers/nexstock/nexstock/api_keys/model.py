"""An API key's metadata; the key itself is nowhere."""

from dataclasses import dataclass
from datetime import datetime

from nexstock.auth.permissions import Scope
from nexstock.ids import ApiKeyId, UserId


@dataclass(frozen=True, slots=True, kw_only=True)
class ApiKey:
    """What is known of an API key; `deleted_at` is when it was revoked.

    `resources` and `allowed_ips` narrow it where they are not None. `rotated_at` is when its text last changed, and
    `previous_expires_at` until when the text before is good too.
    """

    id: ApiKeyId
    version: int
    created_at: datetime
    updated_at: datetime
    deleted_at: datetime | None = None
    name: str
    scope: Scope
    prefix: str
    created_by: UserId
    enabled: bool = True
    resources: tuple[str, ...] | None = None
    allowed_ips: tuple[str, ...] | None = None
    expires_at: datetime | None = None
    rotated_at: datetime | None = None
    previous_expires_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class LastUse:
    """When, to the minute, and from where a key was last used."""

    at: datetime
    ip: str

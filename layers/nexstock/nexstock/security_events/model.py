"""A security event: something that happened in an organization and changed nothing that it owns."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from nexstock.ids import SecurityEventId


class SecurityAction(StrEnum):
    """What happened, in the vocabulary of the audit log."""

    SIGN_IN_SUCCEEDED = "sign_in.succeeded"
    SIGN_IN_FAILED = "sign_in.failed"
    ACCESS_REFUSED = "access.refused"
    AUDIT_LOG_READ = "audit_log.read"
    SECOND_FACTOR_ADDED = "second_factor.added"
    SECOND_FACTOR_REMOVED = "second_factor.removed"
    ROTATION_REQUESTED = "encryption_keys.rotation_requested"


@dataclass(frozen=True, slots=True)
class Subject:
    """What an event is about: the session that began, the member whose password was tried, the operation refused."""

    kind: str
    id: str


@dataclass(frozen=True, slots=True, kw_only=True)
class SecurityEvent:
    """One event; it never changes, so that its version is always the first."""

    id: SecurityEventId
    version: int = 1
    created_at: datetime
    action: SecurityAction
    about: Subject
    details: Mapping[str, str]

    @property
    def updated_at(self) -> datetime:
        """When it happened."""
        return self.created_at

    @property
    def deleted_at(self) -> datetime | None:
        """Nothing: nobody deletes an event."""
        return None

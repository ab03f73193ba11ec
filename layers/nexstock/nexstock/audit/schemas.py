"""The audit log on the wire."""

from typing import Any, Self

from nexstock.audit.chain import ChainedEntry
from nexstock.http.schemas import View


class AuditResourceView(View):
    """What was changed."""

    kind: str
    id: str


class AuditActorView(View):
    """Who changed it."""

    type: str
    id: str
    name: str


class AuditDiffView(View):
    """One changed value; `path` is an RFC 6901 pointer into the resource."""

    path: str
    before: Any
    after: Any


class AuditEntryView(View):
    """One entry of the audit log."""

    id: str
    organization_id: str
    sequence: int
    action: str
    resource: AuditResourceView
    actor: AuditActorView
    ip: str
    user_agent: str
    request_id: str
    at: str
    diff: list[AuditDiffView]
    previous_hash: str
    hash: str

    @classmethod
    def of(cls, entry: ChainedEntry) -> Self:
        """Return the view of an entry."""
        return cls.model_validate(entry.fields)

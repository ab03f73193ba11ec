"""An export, as the rest of the system sees it."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Final

from nexstock.auth.principals import Actor, RequestOrigin
from nexstock.ids import ExportId

_FRESH_FOR: Final = timedelta(minutes=15)
_LASTS: Final = timedelta(minutes=20)
"""Longer than the function that makes it may run; after that its work is lost, and another export may begin."""


class ExportScope(StrEnum):
    """What is exported."""

    ORGANIZATION = "organization"
    PRODUCTS = "products"
    STOCK = "stock"
    AUDIT_LOG_CSV = "audit_log_csv"
    AUDIT_LOG_JSONL = "audit_log_jsonl"

    @property
    def file_name(self) -> str:
        """The name under which it is saved."""
        return _FILES[self][0]

    @property
    def media_type(self) -> str:
        """The type of its file."""
        return _FILES[self][1]


_CSV: Final = "text/csv; charset=utf-8"
_FILES: Final = {
    ExportScope.ORGANIZATION: ("nexstock-export.zip", "application/zip"),
    ExportScope.PRODUCTS: ("products.csv", _CSV),
    ExportScope.STOCK: ("stock.csv", _CSV),
    ExportScope.AUDIT_LOG_CSV: ("audit-log.csv", _CSV),
    ExportScope.AUDIT_LOG_JSONL: ("audit-log.jsonl", "application/jsonl"),
}


class TooLong(Exception):  # noqa: N818 (names the fact)
    """What is exported is more than an answer holds."""


@dataclass(frozen=True, slots=True)
class Span:
    """What time an export is of: from an instant on, before another; all time where they are not given."""

    since: datetime | None = None
    until: datetime | None = None


class ExportStatus(StrEnum):
    """How far an export has come."""

    RUNNING = "running"
    READY = "ready"
    DELIVERED = "delivered"
    """It was small, and went out with the answer."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Export:
    """One export; `requester` and `origin` are who asked for it and from where, `size` is the file's, once there is."""

    id: ExportId
    version: int
    created_at: datetime
    updated_at: datetime
    deleted_at: datetime | None = None
    requester: Actor
    origin: RequestOrigin
    scope: ExportScope
    status: ExportStatus
    size: int | None = None
    span: Span = Span()

    def serves(self, span: Span, now: datetime) -> bool:
        """Tell whether who asks for an export of a span of time now is given this one."""
        if self.span != span:
            return False
        if self.status is ExportStatus.READY:
            return now - self.updated_at < _FRESH_FOR
        return self.status is ExportStatus.RUNNING and now - self.created_at < _LASTS

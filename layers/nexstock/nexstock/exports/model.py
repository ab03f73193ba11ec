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

    @property
    def file_name(self) -> str:
        """The name under which it is saved."""
        return "nexstock-export.zip" if self is ExportScope.ORGANIZATION else f"{self}.csv"

    @property
    def media_type(self) -> str:
        """The type of its file."""
        return "application/zip" if self is ExportScope.ORGANIZATION else "text/csv; charset=utf-8"


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

    def serves(self, now: datetime) -> bool:
        """Tell whether who asks for an export now is given this one."""
        if self.status is ExportStatus.READY:
            return now - self.updated_at < _FRESH_FOR
        return self.status is ExportStatus.RUNNING and now - self.created_at < _LASTS

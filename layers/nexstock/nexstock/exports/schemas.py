"""Exports on the wire."""

from typing import Self

from nexstock.exports.model import Export
from nexstock.files.links import Link
from nexstock.http.schemas import Instant, View


class ExportView(View):
    """An export; once it is ready, `url` is where it can be had until `expiresAt`."""

    id: str
    scope: str
    status: str
    bytes: int | None
    since: Instant | None
    until: Instant | None
    created_at: Instant
    url: str | None = None
    expires_at: Instant | None = None

    @classmethod
    def of(cls, export: Export, link: Link | None = None) -> Self:
        """Return the view of an export and its link."""
        return cls(
            id=export.id,
            scope=export.scope.value,
            status=export.status.value,
            bytes=export.size,
            since=export.span.since,
            until=export.span.until,
            created_at=export.created_at,
            url=link.url if link else None,
            expires_at=link.expires_at if link else None,
        )

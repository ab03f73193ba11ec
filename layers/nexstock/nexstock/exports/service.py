"""What can be asked of exports: the one of a scope, which is made in the background, or a small file at once."""

from collections.abc import Callable, Iterable
from dataclasses import replace
from datetime import datetime
from typing import Final, Protocol

from nexstock.auth.principals import Tenant
from nexstock.background import COMMIT_S, JobNote, SendNote
from nexstock.clock import Clock, utc_now
from nexstock.exports.model import Export, ExportScope, ExportStatus, Span, TooLong
from nexstock.exports.rows import Row
from nexstock.files.tables import GrowingTable
from nexstock.ids import ExportId, new_id

MOST_ROWS_AT_ONCE: Final = 5_000
_MOST_BYTES_AT_ONCE: Final = 3_000_000
"""An answer has 6 MB at most, as JSON text, in which quotes and line ends take two bytes (AWS: "Lambda quotas")."""

_ALL_TIME: Final = Span()


class Exports(Protocol):
    """The exports of one organization, as far as the service needs them."""

    def newest(self, scope: ExportScope) -> tuple[Export | None, str | None]:
        """Return the export of a scope that was begun last, and its id."""

    def add(self, entity: Export) -> None:
        """Stage a new one that is nobody's to wait for."""

    def add_newest(self, export: Export, *, instead_of: str | None) -> None:
        """Stage a new one as the newest of its scope."""


def begin_export(  # noqa: PLR0913 (what is exported, and what that needs)
    scope: ExportScope,
    *,
    tenant: Tenant,
    exports: Exports,
    send: SendNote,
    span: Span = _ALL_TIME,
    clock: Clock = utc_now,
) -> Export:
    """Stage an export that is made in the background, and return it; one of a scope and span at a time.

    Two requests at once begin one: the other runs again, and finds it standing.
    """
    newest, newest_id = exports.newest(scope)
    now = clock()
    if newest is not None and newest.serves(span, now):
        return newest
    export = _new_export(scope, span, tenant, now)
    exports.add_newest(export, instead_of=newest_id)
    send("EXPORTS", JobNote(tenant.organization_id, export.id, now).message, delay_s=COMMIT_S)
    return export


def export_table(  # noqa: PLR0913 (what is exported, and what that needs)
    scope: ExportScope,
    rows: Iterable[Row],
    *,
    tenant: Tenant,
    exports: Exports,
    send: SendNote,
    clock: Clock = utc_now,
) -> str | Export:
    """Return rows as a table, which is recorded, or where they are too many for an answer their export."""
    return _at_once_or_later(
        lambda: _table_of(rows), scope, _ALL_TIME, tenant=tenant, exports=exports, send=send, clock=clock
    )


def export_pieces(  # noqa: PLR0913 (what is exported, and what that needs)
    scope: ExportScope,
    span: Span,
    pieces: Iterable[bytes],
    *,
    tenant: Tenant,
    exports: Exports,
    send: SendNote,
    clock: Clock = utc_now,
) -> str | Export:
    """Return what some pieces are together, which is recorded, or where they are too many their export."""
    return _at_once_or_later(
        lambda: _joined(pieces), scope, span, tenant=tenant, exports=exports, send=send, clock=clock
    )


def _at_once_or_later(  # noqa: PLR0913 (what is exported, and what that needs)
    content_of: Callable[[], bytes | None],
    scope: ExportScope,
    span: Span,
    *,
    tenant: Tenant,
    exports: Exports,
    send: SendNote,
    clock: Clock,
) -> str | Export:
    newest, _ = exports.newest(scope)
    if newest is not None and newest.serves(span, clock()):
        return newest
    content = content_of()
    if content is None:
        return begin_export(scope, tenant=tenant, exports=exports, send=send, span=span, clock=clock)
    export = _new_export(scope, span, tenant, clock())
    exports.add(replace(export, status=ExportStatus.DELIVERED, size=len(content)))
    return content.decode()


def _joined(pieces: Iterable[bytes]) -> bytes | None:
    """Return all pieces as one; None if they are too many or too long."""
    content = bytearray()
    try:
        for place, piece in enumerate(pieces):
            content += piece
            if place > MOST_ROWS_AT_ONCE or len(content) > _MOST_BYTES_AT_ONCE:
                return None
    except TooLong:
        return None
    return bytes(content)


def _table_of(rows: Iterable[Row]) -> bytes | None:
    """Return rows as a table; None if they are too many."""
    with GrowingTable() as table:
        for place, row in enumerate(rows):
            if place == MOST_ROWS_AT_ONCE:
                return None
            table.add(row)
        content = b"".join(table.content())
    return content if len(content) <= _MOST_BYTES_AT_ONCE else None


def _new_export(scope: ExportScope, span: Span, tenant: Tenant, now: datetime) -> Export:
    return Export(
        id=ExportId(new_id("exp", now)),
        version=1,
        created_at=now,
        updated_at=now,
        requester=tenant.actor,
        origin=tenant.origin,
        scope=scope,
        status=ExportStatus.RUNNING,
        span=span,
    )

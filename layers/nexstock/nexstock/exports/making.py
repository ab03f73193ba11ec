"""Makes the file of an export: written as a whole or not at all, with bounded memory, and only then linked."""

import json
from collections.abc import Callable, Iterable, Mapping
from dataclasses import replace
from typing import Final
from zipfile import ZIP_DEFLATED, ZipFile

from nexstock.auth.principals import Tenant, requester_tenant, system_tenant
from nexstock.background import JobNote
from nexstock.clock import Clock, to_rfc3339, utc_now
from nexstock.errors import NotFound
from nexstock.exports.audit_log import audit_pieces
from nexstock.exports.kinds import EXPORT_KINDS
from nexstock.exports.model import Export, ExportScope, ExportStatus
from nexstock.exports.repository import ExportRepository
from nexstock.exports.rows import Exported
from nexstock.exports.tables import TABLES
from nexstock.files.storage import Area, FileStore, FileWriter
from nexstock.files.tables import GrowingTable
from nexstock.persistence.transaction import ConcurrentChange, Transaction


def make_export(message: Mapping[str, str], *, clock: Clock = utc_now) -> None:
    """Make the export that a queued note names; one that is ready stays as it is.

    Done twice at once, it is the same file twice, and one of both is counted.

    Raises:
        Delayed: the request that queued the note may not have committed yet.
    """
    note = JobNote.parse(message)
    export = _find(note)
    if export is None:
        note.drop_unless_early(clock())
        return
    if export.status is not ExportStatus.RUNNING:
        return
    tenant = requester_tenant(note.organization_id, export.requester, export.origin, Transaction())
    files = FileStore(note.organization_id, Area.EXPORTS)
    with files.writer(export.id, media_type=export.scope.media_type) as writer:
        _WRITERS[export.scope](writer, tenant, export)
    ready = replace(export, version=export.version + 1, updated_at=clock(), status=ExportStatus.READY, size=writer.size)
    ExportRepository(tenant).replace(ready)
    try:
        tenant.transaction.commit()
    except ConcurrentChange:
        return


def _find(note: JobNote) -> Export | None:
    try:
        return ExportRepository(system_tenant(note.organization_id, "exports")).get(note.job_id)
    except NotFound:
        return None


def _write_table(writer: FileWriter, tenant: Tenant, export: Export) -> None:
    with GrowingTable() as table:
        for row in TABLES[export.scope](tenant):
            table.add(row)
        for piece in table.content():
            writer.write(piece)


def _write_audit_log(writer: FileWriter, tenant: Tenant, export: Export) -> None:
    for piece in audit_pieces(tenant, export.scope, export.span):
        writer.write(piece)


def _write_organization(writer: FileWriter, tenant: Tenant, export: Export) -> None:
    # The archive is only ever written on at its end, which is all that a writer can do.
    with ZipFile(writer, "w", ZIP_DEFLATED) as archive:  # type: ignore[call-overload]
        counts = {kind.name: _write_kind(archive, kind.name, kind.all_of(tenant)) for kind in EXPORT_KINDS}
        manifest = {
            "organizationId": tenant.organization_id,
            "exportId": export.id,
            "createdAt": to_rfc3339(export.created_at),
            "records": counts,
        }
        archive.writestr("manifest.json", json.dumps(manifest, indent=1) + "\n")


def _write_kind(archive: ZipFile, name: str, exported: Iterable[Exported]) -> int:
    """Write a kind as JSON Lines and as a table, read once; return how many there were."""
    count = 0
    with GrowingTable() as table:
        with archive.open(f"{name}.jsonl", "w", force_zip64=True) as lines:
            for view, rows in exported:
                lines.write(view.model_dump_json(by_alias=True).encode() + b"\n")
                table.add(*rows)
                count += 1
        with archive.open(f"{name}.csv", "w", force_zip64=True) as sheet:
            for piece in table.content():
                sheet.write(piece)
    return count


_WRITERS: Final[Mapping[ExportScope, Callable[[FileWriter, Tenant, Export], None]]] = {
    ExportScope.ORGANIZATION: _write_organization,
    **dict.fromkeys(TABLES, _write_table),
    **dict.fromkeys((ExportScope.AUDIT_LOG_CSV, ExportScope.AUDIT_LOG_JSONL), _write_audit_log),
}

"""What can be asked of imports: one with its table, one whose file is uploaded, its start.

The note that sets an import going is queued before the commit (nexstock.background).
"""

from dataclasses import dataclass, replace
from datetime import datetime
from typing import Final, Protocol

from nexstock.auth.principals import Caller, Tenant
from nexstock.background import COMMIT_S, JobNote, SendNote
from nexstock.clock import Clock, utc_now
from nexstock.errors import FieldError, InvalidRequest
from nexstock.files.links import UploadForm
from nexstock.files.storage import Area, FileStore
from nexstock.http.requests import CSV
from nexstock.ids import ImportId, new_id
from nexstock.imports.errors import ImportEnded, UploadMissing
from nexstock.imports.inspection import UnfitTable, inspect
from nexstock.imports.kinds import IMPORT_KINDS
from nexstock.imports.model import Import, ImportStatus
from nexstock.imports.schemas import CreateImport

MAX_UPLOAD_BYTES: Final = 50_000_000
_NOT_TEXT: Final = "\ufffd"


@dataclass(frozen=True, slots=True)
class ReceivedTable:
    """A table that came with a request, and what to do with it."""

    kind: str
    text: str
    dry_run: bool


class Imports(Protocol):
    """The imports of one organization, as far as the service needs them."""

    def get(self, entity_id: str) -> Import:
        """Return one, or raise `NotFound`."""

    def add(self, entity: Import) -> None:
        """Stage a new one."""

    def replace(self, entity: Import) -> None:
        """Stage the next version of one."""


def import_table(
    table: ReceivedTable, *, tenant: Tenant, imports: Imports, send: SendNote, clock: Clock = utc_now
) -> Import:
    """Stage the import of a table that came with the request, its file stored, and return it.

    Raises:
        InvalidRequest: it is no table, has columns that there are not, no rows or too many (422).
    """
    content = table.text.encode()
    if _NOT_TEXT in table.text:
        raise InvalidRequest([FieldError("", "The table has to be UTF-8")])
    try:
        inspection = inspect(lambda start: iter([content[start:]]), IMPORT_KINDS[table.kind])
    except UnfitTable as unfit:
        raise InvalidRequest(
            [FieldError(f"/{error.row}/{error.field or ''}".rstrip("/"), error.detail) for error in unfit.errors]
        ) from None
    created = replace(
        _new_import(tenant, clock(), kind=table.kind, file_name=None, dry_run=table.dry_run),
        status=ImportStatus.WAITING,
        rows=inspection.rows,
        repeated_rows=inspection.repeated_rows,
    )
    file = FileStore(tenant.organization_id, Area.IMPORTS).put(created.id, content, media_type=CSV)
    created = replace(created, etag=file.etag, size=file.size)
    imports.add(created)
    _queue(created, tenant, send)
    return created


def create_import(
    command: CreateImport, *, caller: Caller, imports: Imports, clock: Clock = utc_now
) -> tuple[Import, UploadForm]:
    """Stage an import whose file is yet to come, and return it with the form that takes the file.

    Raises:
        Forbidden: the caller may not write what the table holds (403).
    """
    caller.demand(IMPORT_KINDS[command.kind].permission)
    tenant, now = caller.tenant, clock()
    created = _new_import(tenant, now, kind=command.kind, file_name=command.file_name, dry_run=command.dry_run)
    imports.add(created)
    files = FileStore(tenant.organization_id, Area.IMPORTS)
    return created, files.upload_form(created.id, media_type=CSV, max_bytes=MAX_UPLOAD_BYTES, now=now)


def start_import(import_id: str, *, caller: Caller, imports: Imports, send: SendNote, clock: Clock = utc_now) -> Import:
    """Stage the start of an import whose file was uploaded, and return it; one that was started stays as it is.

    Raises:
        NotFound: no such import here (404).
        Forbidden: the caller may not write what the table holds (403).
        UploadMissing: its file is not there (409).
        ImportEnded: it has ended (409).
    """
    before = imports.get(import_id)
    caller.demand(IMPORT_KINDS[before.kind].permission)
    if before.status.is_end:
        raise ImportEnded
    if before.status is not ImportStatus.CREATED:
        return before
    file = FileStore(caller.tenant.organization_id, Area.IMPORTS).find(before.id)
    if file is None:
        raise UploadMissing
    started = replace(before.next_version(clock()), status=ImportStatus.WAITING, etag=file.etag, size=file.size)
    imports.replace(started)
    _queue(started, caller.tenant, send)
    return started


def _queue(job: Import, tenant: Tenant, send: SendNote) -> None:
    send("IMPORTS", JobNote(tenant.organization_id, job.id, job.updated_at).message, delay_s=COMMIT_S)


def _new_import(tenant: Tenant, now: datetime, *, kind: str, file_name: str | None, dry_run: bool) -> Import:
    return Import(
        id=ImportId(new_id("imp", now)),
        version=1,
        created_at=now,
        updated_at=now,
        requester=tenant.actor,
        origin=tenant.origin,
        kind=kind,
        file_name=file_name,
        dry_run=dry_run,
        status=ImportStatus.CREATED,
    )

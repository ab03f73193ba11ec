"""Works through an import, some rows for each note of the queue.

The changes of some rows, what was wrong with others, and how far the import has come are one transaction: a crash at
any point leaves all of it or nothing, so that no row is done twice and none is counted twice. Where that transaction is
refused, its rows are done again one by one, and each that is refused fails alone; where it would be too large, half of
the rows at a time. A note says only that the import is to go on; two notes at once get in each other's way at the first
commit, and one of them gives up.
"""

import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from itertools import islice
from typing import Final

from nexstock.auth.principals import Tenant, requester_tenant, system_tenant
from nexstock.background import JobNote, SendNote
from nexstock.clock import Clock, utc_now
from nexstock.errors import NotFound, Problem, TemporarilyUnavailable, TooManyChanges
from nexstock.files.storage import Area, FileGone, FileStore, StoredFile
from nexstock.files.tables import Header, MalformedTable, Position, Row
from nexstock.ids import OrganizationId
from nexstock.imports.inspection import Content, UnfitTable, fit_header, inspect, rows_from
from nexstock.imports.kinds import IMPORT_KINDS
from nexstock.imports.model import MOST_ERRORS_KEPT, Import, ImportStatus, RowError, Tally
from nexstock.imports.repository import ImportRepository
from nexstock.imports.staging import StagedRows, stage_rows
from nexstock.imports.values import RowRefused
from nexstock.persistence.transaction import ChangedTwice, ConcurrentChange, Transaction, repeated

_ROWS_AT_ONCE: Final = 20
"""Several writes each, and 100 are one transaction's limit."""

_MOST_ROWS: Final = 1_000
_WORKS_FOR_S: Final = 30.0
"""Half of the function's time, so that the rows in hand are always done within it."""


class _Overtaken(Exception):  # noqa: N818 (an event, not an error)
    """Another note's work, or the import's end, came between."""


def process_import(
    message: Mapping[str, str],
    *,
    send: SendNote,
    clock: Clock = utc_now,
    elapsed_s: Callable[[], float] = time.monotonic,
) -> None:
    """Go on with the import that a queued note names, and queue the next note unless it has ended.

    Raises:
        Delayed: the request that queued the note may not have committed yet.
        TemporarilyUnavailable: the table has too much to do; the note comes again.
    """
    note = JobNote.parse(message)
    job = _find(note.organization_id, note.job_id)
    if job is None or job.status is ImportStatus.CREATED:
        note.drop_unless_early(clock())
        return
    run = _Run(note.organization_id, job, clock)
    try:
        unfinished = run.work(until_s=elapsed_s() + _WORKS_FOR_S, elapsed_s=elapsed_s)
    except _Overtaken:
        return
    if unfinished:
        send("IMPORTS", JobNote(note.organization_id, job.id, clock()).message)


def _find(organization_id: OrganizationId, import_id: str) -> Import | None:
    try:
        return ImportRepository(system_tenant(organization_id, "imports")).get(import_id)
    except NotFound:
        return None


class _Run:
    """One note's work on one import; `_job` is always what is stored, unless somebody else changed it."""

    def __init__(self, organization_id: OrganizationId, job: Import, clock: Clock) -> None:
        self._organization_id = organization_id
        self._job = job
        self._clock = clock
        self._kind = IMPORT_KINDS[job.kind]

    def work(self, *, until_s: float, elapsed_s: Callable[[], float]) -> bool:
        """Work on until a time; tell whether something is left.

        Raises:
            _Overtaken: somebody else changed the import.
        """
        if self._job.status.is_end:
            return False
        try:
            self._begin()
            header = fit_header(self._content, self._kind)
            rows = rows_from(self._content, header, self._job.position if self._job.position.row else header.ends)
            for _ in range(_MOST_ROWS // _ROWS_AT_ONCE):
                if not (some := list(islice(rows, _ROWS_AT_ONCE))):
                    break
                self._do(some, header)
                if elapsed_s() >= until_s:
                    return True
            else:
                return True
        except UnfitTable as unfit:
            self._end(ImportStatus.FAILED, unfit.errors)
        except MalformedTable as malformed:
            self._end(ImportStatus.FAILED, [RowError(malformed.row, None, malformed.detail)])
        except FileGone:
            self._end(ImportStatus.FAILED, [RowError(1, None, "The file was replaced or removed")])
        else:
            self._end(ImportStatus.DONE)
        return False

    def _begin(self) -> None:
        if self._job.status is ImportStatus.RUNNING:
            return
        job = self._job
        if job.rows is None:
            inspection = inspect(self._content, self._kind)
            job = replace(job, rows=inspection.rows, repeated_rows=inspection.repeated_rows)
        self._settle(replace(job, status=ImportStatus.RUNNING))

    @property
    def _content(self) -> Content:
        files, file = FileStore(self._organization_id, Area.IMPORTS), StoredFile(self._job.etag or "", self._job.size)
        return lambda start: files.chunks(self._job.id, file, start=start)

    def _do(self, rows: Sequence[Row], header: Header) -> None:
        if len(rows) == 1:
            self._do_alone(rows[0], header)
            return
        try:
            self._attempt(rows, header)
        except TemporarilyUnavailable:
            raise
        except TooManyChanges:
            middle = len(rows) // 2
            self._do(rows[:middle], header)
            self._do(rows[middle:], header)
        except (Problem, ConcurrentChange, ChangedTwice):
            for row in rows:
                self._do_alone(row, header)

    def _do_alone(self, row: Row, header: Header) -> None:
        try:
            repeated(lambda: self._attempt_unless_overtaken(row, header))
        except TemporarilyUnavailable:
            raise
        except Problem as problem:
            refusal = RowRefused([(None, problem.detail or problem.title)])
            self._settle(self._job, StagedRows.refused(row, refusal), ends=row.ends)

    def _attempt_unless_overtaken(self, row: Row, header: Header) -> None:
        try:
            self._attempt([row], header)
        except ConcurrentChange:
            standing = _find(self._organization_id, self._job.id)
            if standing is None or standing.version != self._job.version:
                raise _Overtaken from None
            raise

    def _attempt(self, rows: Sequence[Row], header: Header) -> None:
        tenant = self._tenant()
        # A dry run stages on a transaction that nobody commits.
        staged = stage_rows(rows, header, self._job, self._tenant() if self._job.dry_run else tenant)
        self._commit(self._job, staged, tenant, ends=rows[-1].ends)

    def _end(self, status: ImportStatus, errors: Sequence[RowError] = ()) -> None:
        self._settle(replace(self._job, status=status), StagedRows(Tally(errors=len(errors)), list(errors)))

    def _settle(self, job: Import, staged: StagedRows | None = None, *, ends: Position | None = None) -> None:
        """Store the import's next version and nothing else: only another's work on it can be in the way."""
        try:
            self._commit(job, staged or StagedRows(), self._tenant(), ends=ends or job.position)
        except ConcurrentChange:
            raise _Overtaken from None

    def _commit(self, job: Import, staged: StagedRows, tenant: Tenant, *, ends: Position) -> None:
        imports, now = ImportRepository(tenant), self._clock()
        after = replace(job.next_version(now), position=ends, tally=job.tally + staged.tally)
        imports.replace(after)
        if kept := staged.errors[: MOST_ERRORS_KEPT - job.errors_kept]:
            imports.add_errors(job.id, kept, now)
        tenant.transaction.commit()
        self._job = after

    def _tenant(self) -> Tenant:
        return requester_tenant(self._organization_id, self._job.requester, self._job.origin, Transaction())

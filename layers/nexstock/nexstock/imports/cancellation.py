"""The early end of an import; apart from its beginning, because it needs no files."""

from dataclasses import replace

from nexstock.auth.principals import Caller
from nexstock.clock import Clock, utc_now
from nexstock.imports.errors import ImportEnded
from nexstock.imports.kinds import IMPORT_KINDS
from nexstock.imports.model import Import, ImportStatus
from nexstock.imports.repository import ImportRepository


def cancel_import(import_id: str, *, caller: Caller, imports: ImportRepository, clock: Clock = utc_now) -> Import:
    """Stage the end of an import and return it: what it did stays, and no further row follows.

    Raises:
        NotFound: no such import here (404).
        Forbidden: the caller may not write what the table holds (403).
        ImportEnded: it has ended otherwise (409).
    """
    before = imports.get(import_id)
    caller.demand(IMPORT_KINDS[before.kind].permission)
    if before.status is ImportStatus.CANCELLED:
        return before
    if before.status.is_end:
        raise ImportEnded
    cancelled = replace(before.next_version(clock()), status=ImportStatus.CANCELLED)
    imports.replace(cancelled)
    return cancelled

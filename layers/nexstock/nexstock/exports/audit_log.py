"""The audit log as a file: JSON Lines, each an entry as the API shows it, or a table; oldest first.

A line is the canonical text that was hashed, with the hash put in at its end: whoever takes `hash` out again and
writes the rest as RFC 8785 says has the bytes that the hash is of.
"""

import json
from collections.abc import Callable, Iterator, Mapping
from typing import Any, Final

from nexstock.audit.chain import ChainedEntry
from nexstock.audit.reading import AuditReader
from nexstock.auth.principals import Tenant
from nexstock.exports.model import ExportScope, Span, TooLong
from nexstock.files.cells import Cell, cell_text
from nexstock.files.tables import csv_row

_COLUMNS: Final[Mapping[str, Callable[[dict[str, Any]], Cell]]] = {
    "id": lambda entry: entry["id"],
    "sequence": lambda entry: entry["sequence"],
    "at": lambda entry: entry["at"],
    "action": lambda entry: entry["action"],
    "resource.kind": lambda entry: entry["resource"]["kind"],
    "resource.id": lambda entry: entry["resource"]["id"],
    "actor.type": lambda entry: entry["actor"]["type"],
    "actor.id": lambda entry: entry["actor"]["id"],
    "actor.name": lambda entry: entry["actor"]["name"],
    "ip": lambda entry: entry["ip"],
    "userAgent": lambda entry: entry["userAgent"],
    "requestId": lambda entry: entry["requestId"],
    "diff": lambda entry: json.dumps(entry["diff"], ensure_ascii=False),
    "previousHash": lambda entry: entry["previousHash"],
    "hash": lambda entry: entry["hash"],
}


def audit_pieces(tenant: Tenant, scope: ExportScope, span: Span, *, most: int | None = None) -> Iterator[bytes]:
    """Give the log of a span of time as a file of a scope, an entry at a time.

    Raises:
        TooLong: with the first piece, where the span has more than `most` entries.
    """
    reader = AuditReader(tenant)
    stretch = reader.stretch(span.since, span.until, most=most)
    if stretch is None:
        raise TooLong
    entries = reader.entries(stretch)
    yield from _lines(entries) if scope is ExportScope.AUDIT_LOG_JSONL else _rows(entries)


def _lines(entries: Iterator[ChainedEntry]) -> Iterator[bytes]:
    return (f'{entry.canonical[:-1]},"hash":"{entry.hash}"}}\n'.encode() for entry in entries)


def _rows(entries: Iterator[ChainedEntry]) -> Iterator[bytes]:
    yield csv_row(_COLUMNS)
    for entry in entries:
        fields = entry.fields
        yield csv_row(cell_text(cell(fields)) for cell in _COLUMNS.values())

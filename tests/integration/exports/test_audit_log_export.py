"""GET /v1/audit-logs/export: every entry once, as it can be verified, at once or by a link, with bounded memory."""

import csv
import hashlib
import io
import json
import tracemalloc
from collections.abc import Mapping
from datetime import timedelta
from typing import Any, Final

import httpx
import pytest
import rfc8785

from nexstock.audit.entries import facts_of
from nexstock.audit.reading import AuditReader, Stretch
from nexstock.changes import Change
from nexstock.clock import to_rfc3339
from nexstock.exports import service
from nexstock.exports.audit_log import audit_pieces
from nexstock.exports.making import make_export
from nexstock.exports.model import ExportScope, Span, TooLong
from nexstock_verify.entries import GENESIS_HASH
from tests.support.api import Reply, call
from tests.support.audited import NOON, found, some_facts, write
from tests.support.crashes import crash_points
from tests.support.imports import a_note
from tests.support.people import StaffedOrganization, an_organization
from tests.support.records import records_of

_PATH: Final = "/v1/audit-logs/export"
_FORMULA: Final = '=HYPERLINK("https://example.com")'
_ALL: Final[Mapping[str, str]] = {}


@pytest.fixture
def organization() -> StaffedOrganization:
    """Return an organization whose log has five entries, the last of which was recorded late."""
    organization = an_organization()
    write(
        organization.id,
        some_facts(1),
        some_facts(2, user_agent=_FORMULA, diff=[{"path": "/name", "before": None, "after": 'é🚚 "quoted"\n'}]),
        some_facts(3, action="order.created", resource={"kind": "order", "id": "ord_1"}),
        some_facts(4),
        some_facts(5, minutes=2),
    )
    return organization


def _asked(organization: StaffedOrganization, query: Mapping[str, str] = _ALL) -> Reply:
    return call("GET", _PATH, token=organization.admin.token, query=query)


def _lines(text: str) -> list[dict[str, Any]]:
    return [json.loads(line) for line in text.splitlines()]


def _assert_stretch(entries: list[dict[str, Any]], previous: str = GENESIS_HASH) -> None:
    for entry in entries:
        content = {name: value for name, value in entry.items() if name != "hash"}
        assert hashlib.sha256(rfc8785.dumps(content)).hexdigest() == entry["hash"]
        assert entry["previousHash"] == previous
        previous = entry["hash"]


def test_lines_are_the_entries_as_the_api_shows_them_and_verify_as_a_chain(organization: StaffedOrganization) -> None:
    reply = _asked(organization)

    assert (reply.status, reply.headers["Content-Type"]) == (200, "application/jsonl")
    assert reply.headers["Content-Disposition"] == 'attachment; filename="audit-log.jsonl"'
    exported = _lines(reply.text)
    assert exported == found(organization)[::-1]
    _assert_stretch(exported)


def test_table_says_the_same_and_none_of_its_cells_is_a_formula(organization: StaffedOrganization) -> None:
    reply = _asked(organization, {"format": "csv"})

    assert (reply.status, reply.headers["Content-Type"]) == (200, "text/csv; charset=utf-8")
    rows = list(csv.DictReader(io.StringIO(reply.text, newline="")))
    entries = _lines(_asked(organization).text)
    assert [(row["id"], int(row["sequence"]), row["hash"], json.loads(row["diff"])) for row in rows] == [
        (entry["id"], entry["sequence"], entry["hash"], entry["diff"]) for entry in entries
    ]
    assert [(row["resource.kind"], row["actor.name"]) for row in rows] == [
        (entry["resource"]["kind"], entry["actor"]["name"]) for entry in entries
    ]
    assert rows[1]["userAgent"] == f"'{_FORMULA}"
    assert not [cell for row in rows for cell in row.values() if cell.startswith(tuple("=+-@\t\r"))]


@pytest.mark.parametrize(
    ("since", "until", "sequences"),
    [(2, None, [2, 3, 4, 5]), (3, None, [3, 4]), (None, 2, [1]), (None, 3, [1, 2, 3, 4, 5]), (9, None, []), (4, 2, [])],
)
def test_span_gives_a_stretch_without_gaps_that_holds_all_of_it(
    organization: StaffedOrganization, since: int | None, until: int | None, sequences: list[int]
) -> None:
    bounds = {"since": since, "until": until}
    query = {
        name: to_rfc3339(NOON + timedelta(minutes=minutes)) for name, minutes in bounds.items() if minutes is not None
    }

    exported = _lines(_asked(organization, query).text)

    assert [entry["sequence"] for entry in exported] == sequences
    _assert_stretch(exported, exported[0]["previousHash"] if exported else GENESIS_HASH)


def test_long_log_is_a_file_by_a_link_for_each_span(
    organization: StaffedOrganization, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(service, "MOST_ROWS_AT_ONCE", 2)
    complete = _asked(organization)
    later = _asked(organization, {"since": to_rfc3339(NOON + timedelta(minutes=2))})
    assert (complete.status, later.status) == (202, 202)
    assert complete.json["id"] != later.json["id"]
    assert later.json["since"] == "2026-03-01T12:02:00.000Z"

    for begun in (complete, later):
        make_export(a_note(organization.id, begun.json["id"]))

    ready = _asked(organization, {"since": to_rfc3339(NOON + timedelta(minutes=2))})
    assert (ready.status, ready.json["id"]) == (200, later.json["id"])
    fetched = httpx.get(ready.json["url"])
    assert fetched.headers["Content-Type"] == "application/jsonl"
    assert [entry["sequence"] for entry in _lines(fetched.text)] == [2, 3, 4, 5]


def test_long_span_is_not_looked_through_before_the_answer() -> None:
    organization = an_organization()
    write(organization.id, *(some_facts(number) for number in range(6)))
    reader = AuditReader(organization.tenant())

    assert reader.stretch(NOON, None, most=6) == Stretch(1, 6)
    assert reader.stretch(NOON, None, most=5) is None
    with pytest.raises(TooLong):
        next(audit_pieces(organization.tenant(), ExportScope.AUDIT_LOG_JSONL, Span(since=NOON), most=5))


def test_export_that_crashes_at_any_call_is_made_whole_by_the_next_try(
    organization: StaffedOrganization, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(service, "MOST_ROWS_AT_ONCE", 2)
    expected = found(organization)[::-1]
    for number, point in enumerate(crash_points()):
        query = {"until": to_rfc3339(NOON + timedelta(days=1, seconds=number))}
        begun = _asked(organization, query)
        note = a_note(organization.id, begun.json["id"])
        with point:
            make_export(note)
        make_export(note)
        ready = _asked(organization, query)
        assert (ready.json["id"], ready.json["status"]) == (begun.json["id"], "ready")
        assert _lines(httpx.get(ready.json["url"]).text) == expected, point


def test_export_is_recorded_with_who_asked_for_it(organization: StaffedOrganization) -> None:
    _asked(organization)

    (record,) = [each for each in records_of(organization.id) if each["dynamodb"]["Keys"]["PK"]["S"].endswith("EXPORT")]
    change = Change.parse(record)
    assert change is not None
    facts = facts_of(change)
    assert (facts.action, facts.actor["id"]) == ("export.created", organization.admin.id)
    assert {"path": "/scope", "before": None, "after": "audit_log_jsonl"} in facts.diff


@pytest.mark.parametrize("query", [{"format": "xml"}, {"since": "yesterday"}, {"action": "order.created"}])
def test_export_that_cannot_be_made_is_refused(organization: StaffedOrganization, query: Mapping[str, str]) -> None:
    assert _asked(organization, query).status == 422


def test_memory_does_not_grow_with_the_log() -> None:
    long = an_organization()
    diff = [{"path": "/description", "before": None, "after": "x" * 200_000}]
    write(long.id, *(some_facts(number, diff=diff) for number in range(60)))

    tracemalloc.start()
    size = sum(len(piece) for piece in audit_pieces(long.tenant(), ExportScope.AUDIT_LOG_JSONL, Span()))
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()

    assert size > 12_000_000
    assert peak < size / 2

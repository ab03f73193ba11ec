"""Imports that are interrupted, repeated, or met by others: every row is done once and counted once."""

import threading
from collections import deque
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest

from nexstock.aws import client
from nexstock.clock import to_rfc3339, utc_now
from nexstock.errors import TemporarilyUnavailable
from nexstock.imports.processing import process_import
from nexstock.queues import Delayed
from tests.support.api import call
from tests.support.crashes import crash_points
from tests.support.imports import (
    Queue,
    a_note,
    counts,
    created,
    numbered_products,
    posted,
    products_of,
    shown,
    started,
    table,
    uploaded,
    worked_through,
)
from tests.support.people import StaffedOrganization, an_organization
from tests.support.table_faults import error_answer, instead_of, lose_answer


@pytest.fixture
def home() -> StaffedOrganization:
    """Return an organization without products."""
    return an_organization()


def _mixed() -> str:
    """Return three transactions' worth of rows, of which some fail and one is repeated."""
    rows = [[f"SKU-{number}", f"Bolt {number}" if number % 10 else ""] for number in range(1, 46)]
    return table(["sku", "name"], *rows, ["SKU-1", "Again"])


def _impatient(queue: Queue, note: dict[str, str]) -> None:
    """Act on a note whose time is over after the first rows."""
    seconds = iter([0.0, *([100.0] * 1_000)])
    process_import(note, send=queue.send, elapsed_s=lambda: next(seconds))


@pytest.mark.parametrize(
    "uploads", [pytest.param(False, id="posted", marks=pytest.mark.thorough), pytest.param(True, id="uploaded")]
)
def test_import_that_crashed_anywhere_does_and_counts_each_row_once(uploads: bool) -> None:  # noqa: FBT001
    crashes = 0
    for point in crash_points():
        home = an_organization()
        import_id = _begun(home, _mixed(), uploads=uploads)
        queue = Queue()
        with point:
            process_import(a_note(home.id, import_id), send=queue.send)
        crashes += point.happened
        done = worked_through(home, import_id)
        assert (done["status"], counts(done)) == ("done", (41, 0, 0, 5)), point
        assert sorted(error["row"] for error in done["errors"]) == [11, 21, 31, 41, 47], point
        assert len(products_of(home)) == 41, point
    assert crashes >= 20


def _made(home: StaffedOrganization, sku: str, name: str) -> str:
    reply = call("POST", "/v1/products", token=home.owner.token, body={"sku": sku, "name": name})
    assert reply.status == 201
    return str(reply.json["id"])


def _once(act: Callable[[], Any]) -> Callable[[Any], None]:
    """Return a hook that acts at the first request alone, its own requests not counted."""
    left = [act]

    def hook(_request: object) -> None:
        if left:
            left.pop()()

    return hook


def _begun(home: StaffedOrganization, text: str, *, uploads: bool) -> str:
    if not uploads:
        return str(posted(home, text).json["id"])
    new = created(home)
    assert uploaded(new["upload"], text.encode()) == 204
    assert started(home, new["id"]).status == 202
    return str(new["id"])


def test_each_note_does_some_rows_and_is_followed_by_one(home: StaffedOrganization) -> None:
    import_id = posted(home, numbered_products(45)).json["id"]
    queue, seen = Queue(deque([a_note(home.id, import_id)])), []
    while queue.notes:
        _impatient(queue, queue.notes.popleft())
        seen.append(shown(home, import_id)["processed"])

    assert seen == [20, 40, 45, 45]
    assert counts(shown(home, import_id)) == (45, 0, 0, 0)


def test_note_that_comes_twice_or_late_changes_nothing(home: StaffedOrganization) -> None:
    import_id = posted(home, numbered_products(45)).json["id"]
    queue, note = Queue(), a_note(home.id, import_id)
    _impatient(queue, note)
    for _ in range(2):
        queue.notes.append(note)
    queue.work_through()
    done = shown(home, import_id)
    queue.notes.append(note)
    queue.work_through()

    assert shown(home, import_id) == done
    assert counts(done) == (45, 0, 0, 0)
    assert {product["version"] for product in products_of(home).values()} == {1}


def test_notes_that_are_worked_on_at_once_do_each_row_once(home: StaffedOrganization) -> None:
    import_id = posted(home, numbered_products(100)).json["id"]
    queues = [Queue(deque([a_note(home.id, import_id)])) for _ in range(4)]
    threads = [threading.Thread(target=queue.work_through) for queue in queues]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    # Whoever was overtaken gave up; where each was, the queue would bring the note again.
    done = worked_through(home, import_id)

    assert (done["status"], counts(done)) == ("done", (100, 0, 0, 0))
    assert len(products_of(home)) == 100


def test_row_whose_product_somebody_makes_meanwhile_updates_it(home: StaffedOrganization) -> None:
    import_id = posted(home, numbered_products(5)).json["id"]
    meanwhile = _once(lambda: _made(home, "SKU-2", "Theirs"))
    with instead_of("TransactWriteItems", meanwhile):
        done = worked_through(home, import_id)

    assert (done["status"], counts(done)) == ("done", (4, 1, 0, 0))
    assert products_of(home)["SKU-2"]["name"] == "Bolt 2"


def test_row_whose_product_somebody_changes_meanwhile_is_done_on_the_change(home: StaffedOrganization) -> None:
    product = _made(home, "SKU-2", "Old")
    import_id = posted(home, numbered_products(5)).json["id"]
    path, body = f"/v1/products/{product}", {"category": "Theirs"}
    meanwhile = _once(lambda: call("PATCH", path, token=home.owner.token, body=body))
    with instead_of("TransactWriteItems", meanwhile):
        done = worked_through(home, import_id)

    assert (done["status"], counts(done)) == ("done", (4, 1, 0, 0))
    found = products_of(home)["SKU-2"]
    assert (found["name"], found["category"], found["version"]) == ("Bolt 2", "Theirs", 3)


def test_lost_answer_counts_no_row_twice(home: StaffedOrganization) -> None:
    import_id = posted(home, numbered_products(45)).json["id"]
    lost = [True]

    def lose(request: Any) -> None:  # noqa: ANN401 (botocore's request)
        if lost:
            lost.pop()
            lose_answer(request)

    with instead_of("TransactWriteItems", lose):
        done = worked_through(home, import_id)

    assert (done["status"], counts(done)) == ("done", (45, 0, 0, 0))


def test_throttled_import_goes_on_where_it_was(home: StaffedOrganization) -> None:
    import_id = posted(home, numbered_products(45)).json["id"]
    queue, note = Queue(), a_note(home.id, import_id)
    _impatient(queue, note)

    def throttle(request: Any) -> Any:  # noqa: ANN401 (botocore's request and answer)
        return error_answer(request, "ThrottlingException")

    with instead_of("TransactWriteItems", throttle), pytest.raises(TemporarilyUnavailable):
        process_import(note, send=queue.send)
    assert counts(shown(home, import_id)) == (20, 0, 0, 0)

    assert counts(worked_through(home, import_id)) == (45, 0, 0, 0)


def test_note_before_its_import_waits_and_after_a_minute_is_dropped(home: StaffedOrganization) -> None:
    note = a_note(home.id, "imp_01JD0000000000000000000000")
    queue = Queue()
    with pytest.raises(Delayed):
        process_import(note, send=queue.send)

    process_import({**note, "queuedAt": to_rfc3339(utc_now() - timedelta(minutes=2))}, send=queue.send)

    assert not queue.notes


def test_import_cancelled_between_two_commits_does_no_further_row(home: StaffedOrganization) -> None:
    import_id = posted(home, numbered_products(45)).json["id"]
    queue = Queue()
    _impatient(queue, a_note(home.id, import_id))
    cancel = _once(lambda: call("POST", f"/v1/imports/{import_id}/cancel", token=home.owner.token))
    with instead_of("BatchGetItem", cancel):
        queue.work_through()

    assert shown(home, import_id)["status"] == "cancelled"
    assert len(products_of(home)) == 20


def test_table_is_read_with_bounded_memory(home: StaffedOrganization) -> None:
    new = created(home)
    text = table(["sku", "name", "description"], *([f"S{n}", "", "x" * 4_900] for n in range(1_000)))
    assert uploaded(new["upload"], text.encode()) == 204
    assert started(home, new["id"]).status == 202
    wanted: list[str] = []
    events = client("s3").meta.events

    def note(params: dict[str, Any], **_rest: object) -> None:
        wanted.append(params["Range"])

    events.register("before-parameter-build.s3.GetObject", note)
    try:
        assert worked_through(home, new["id"])["failed"] == 1_000
    finally:
        events.unregister("before-parameter-build.s3.GetObject", note)
    sizes = [int(last) - int(first) + 1 for first, last in (each.removeprefix("bytes=").split("-") for each in wanted)]
    assert max(sizes) == 1 << 20
    # Once to look it through, once to import it, and its header for both and for the note that finds the end.
    assert len(sizes) <= 2 * 5 + 3

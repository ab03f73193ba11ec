"""What imports and exports ask of AWS, as docs/access-patterns.md has it: in calls, and in units of the tables."""

from collections import deque
from collections.abc import Callable

import pytest

from functions.imports import get_import, list_imports
from functions.organization import export_organization
from functions.products import export_products, import_products
from nexstock.background import JobNote
from nexstock.clock import utc_now
from nexstock.exports.kinds import EXPORT_KINDS
from nexstock.exports.making import make_export
from tests.support import engines
from tests.support.api import call, invoke
from tests.support.calls import Recording, recorded_calls
from tests.support.containers import authorized
from tests.support.imports import (
    CSV_HEADERS,
    Queue,
    a_note,
    imported,
    numbered_products,
    posted,
    products_of,
    shown,
    table,
)
from tests.support.people import StaffedOrganization, an_organization

_ROWS_AT_ONCE = 20
_BEGINS = ["GetItem", "TransactWriteItems", "GetObject", "GetObject"]
_ENDS = ["TransactWriteItems"]


@pytest.fixture
def home() -> StaffedOrganization:
    """Return an organization without products."""
    return an_organization()


def _recorded(act: Callable[[], object]) -> Recording:
    with recorded_calls("s3", "sqs") as recording:
        act()
    return recording


def _worked(home: StaffedOrganization, text: str) -> Recording:
    import_id = posted(home, text).json["id"]
    recording = _recorded(Queue(deque([a_note(home.id, import_id)])).work_through)
    assert shown(home, import_id)["status"] == "done"
    return recording


def _assert_costs(recording: Recording, operations: list[str], read_units: float, write_units: float) -> None:
    assert recording.operations == operations
    # Without dynoxide the local endpoint counts, which gives a BatchGetItem no units: then only the calls compare.
    if engines.dynoxide_binary() is not None:
        assert (recording.read_units, recording.write_units) == (read_units, write_units)


def test_twenty_new_products_are_two_calls(home: StaffedOrganization) -> None:
    recording = _worked(home, numbered_products(_ROWS_AT_ONCE))

    _assert_costs(recording, [*_BEGINS, "BatchGetItem", "TransactWriteItems", *_ENDS], 1 + 20, 2 + 142 + 2)


def test_twenty_changed_products_are_three_calls(home: StaffedOrganization) -> None:
    imported(home, numbered_products(_ROWS_AT_ONCE))

    recording = _worked(home, numbered_products(_ROWS_AT_ONCE, name="Nut"))

    changed = ["BatchGetItem", "BatchGetItem", "TransactWriteItems"]
    _assert_costs(recording, [*_BEGINS, *changed, *_ENDS], 1 + 40, 2 + 122 + 2)


def test_products_that_are_too_many_writes_for_one_transaction_are_done_by_halves(home: StaffedOrganization) -> None:
    barcodes = ["|".join(f"{number}-{each}" for each in range(5)) for number in range(_ROWS_AT_ONCE)]
    rows = ([f"SKU-{number}", "Bolt", text] for number, text in enumerate(barcodes))

    recording = _worked(home, table(["sku", "name", "barcodes"], *rows))

    who_has_skus_and_barcodes = ["BatchGetItem", "BatchGetItem"]
    half = [*who_has_skus_and_barcodes, "TransactWriteItems"]
    assert recording.operations == [*_BEGINS, *who_has_skus_and_barcodes, *half, *half, *_ENDS]
    assert len(products_of(home)) == _ROWS_AT_ONCE


def test_products_that_stay_as_they_are_cost_no_writes(home: StaffedOrganization) -> None:
    imported(home, numbered_products(_ROWS_AT_ONCE))

    recording = _worked(home, numbered_products(_ROWS_AT_ONCE))

    unchanged = ["BatchGetItem", "BatchGetItem", "TransactWriteItems"]
    _assert_costs(recording, [*_BEGINS, *unchanged, *_ENDS], 1 + 40, 2 + 2 + 2)


def test_rows_that_fail_cost_one_item_together(home: StaffedOrganization) -> None:
    rows = ([f"S{number}", ""] for number in range(_ROWS_AT_ONCE))

    recording = _worked(home, table(["sku", "name"], *rows))

    _assert_costs(recording, [*_BEGINS, "BatchGetItem", "TransactWriteItems", *_ENDS], 1 + 20, 2 + 4 + 2)


def test_posting_a_table_is_one_write_of_the_table(home: StaffedOrganization) -> None:
    path, text = "/v1/products/import", numbered_products(3)
    event = authorized(home.owner.token, "POST", path, body=text, headers=CSV_HEADERS)

    _assert_costs(
        _recorded(lambda: invoke(import_products, event)), ["PutObject", "SendMessage", "TransactWriteItems"], 0, 2
    )


def test_import_is_read_with_its_errors_in_two_calls(home: StaffedOrganization) -> None:
    import_id = imported(home, table(["sku", "name"], ["A", ""]))["id"]
    path = f"/v1/imports/{import_id}"
    resource = "/v1/imports/{import_id}"
    event = authorized(home.owner.token, "GET", path, resource=resource, path_parameters={"import_id": import_id})

    _assert_costs(_recorded(lambda: invoke(get_import, event)), ["GetItem", "Query"], 2, 0)


def test_list_of_imports_is_one_call(home: StaffedOrganization) -> None:
    imported(home, numbered_products(1))
    event = authorized(home.owner.token, "GET", "/v1/imports")

    _assert_costs(_recorded(lambda: invoke(list_imports, event)), ["Query"], 1, 0)


def test_export_is_begun_by_one_write_and_then_read_by_two_calls(home: StaffedOrganization) -> None:
    event = authorized(home.owner.token, "GET", "/v1/organization/export")

    _assert_costs(
        _recorded(lambda: invoke(export_organization, event)), ["GetItem", "SendMessage", "TransactWriteItems"], 1, 4
    )
    _assert_costs(_recorded(lambda: invoke(export_organization, event)), ["GetItem", "GetItem"], 2, 0)


def test_few_products_are_exported_by_one_query(home: StaffedOrganization) -> None:
    imported(home, numbered_products(3))
    event = authorized(home.owner.token, "GET", "/v1/products/export")

    _assert_costs(_recorded(lambda: invoke(export_products, event)), ["GetItem", "Query", "TransactWriteItems"], 2, 2)


def test_archive_is_one_query_for_each_page_of_a_kind(home: StaffedOrganization) -> None:
    export_id = call("GET", "/v1/organization/export", token=home.owner.token).json["id"]
    note = JobNote(home.id, export_id, utc_now()).message

    recording = _recorded(lambda: make_export(note))

    kinds = ["GetItem", *(["Query"] * (len(EXPORT_KINDS) - 1))]
    parts = ["UploadPart", "CompleteMultipartUpload"]
    calls = ["GetItem", "CreateMultipartUpload", *kinds, *parts, "TransactWriteItems"]
    _assert_costs(recording, calls, 1 + len(EXPORT_KINDS), 2)

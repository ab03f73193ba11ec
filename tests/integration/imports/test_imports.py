"""Imports: three ways in, one outcome for each row, and an account of all of them."""

import pytest

from nexstock.changes import Change
from nexstock.persistence.keys import Kind
from nexstock.products.errors import BarcodeTaken
from tests.support.api import call
from tests.support.imports import (
    CSV_HEADERS,
    counts,
    created,
    imported,
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
from tests.support.records import records_of

_COLUMNS = [
    "sku",
    "name",
    "description",
    "unit",
    "priceAmount",
    "priceCurrency",
    "costAmount",
    "costCurrency",
    "barcodes",
    "category",
    "reorderPoint",
    "reorderQuantity",
    "allowBackorder",
    "attributes.colour",
]
_CELLS = [
    "BOLT-8",
    "Bolt M8",
    "Zinc,\nplated",
    "box",
    "1999",
    "USD",
    "900",
    "EUR",
    "4006381333931|036000291452",
    "Bolts",
    "2.5",
    "100",
    "TRUE",
    "silver",
]


@pytest.fixture
def home() -> StaffedOrganization:
    """Return an organization without products."""
    return an_organization()


def _upload(home: StaffedOrganization, text: str) -> str:
    new = created(home, fileName="products.csv")
    assert uploaded(new["upload"], text.encode()) == 204
    assert started(home, new["id"]).status == 202
    return str(new["id"])


def test_row_becomes_the_product_that_the_api_would_have_made(home: StaffedOrganization) -> None:
    done = imported(home, table(_COLUMNS, _CELLS))

    assert (done["status"], done["rows"], done["processed"], done["errors"]) == ("done", 1, 1, [])
    assert counts(done) == (1, 0, 0, 0)
    product = products_of(home)["BOLT-8"]
    assert {
        name: product[name] for name in ("name", "description", "unit", "price", "cost", "barcodes", "category")
    } == {
        "name": "Bolt M8",
        "description": "Zinc,\nplated",
        "unit": "box",
        "price": {"amount": 1999, "currency": "USD"},
        "cost": {"amount": 900, "currency": "EUR"},
        "barcodes": ["4006381333931", "036000291452"],
        "category": "Bolts",
    }
    assert (product["reorderPoint"], product["reorderQuantity"], product["allowBackorder"]) == (2.5, 100, True)
    assert product["attributes"] == {"colour": "silver"}


@pytest.mark.parametrize("delimiter", [",", ";"])
def test_uploaded_table_is_imported_as_a_posted_one(home: StaffedOrganization, delimiter: str) -> None:
    import_id = _upload(home, "\ufeff" + table(_COLUMNS, _CELLS, delimiter=delimiter))
    assert shown(home, import_id)["status"] == "waiting"

    done = worked_through(home, import_id)

    assert (done["status"], done["fileName"], counts(done)) == ("done", "products.csv", (1, 0, 0, 0))
    assert products_of(home)["BOLT-8"]["cost"] == {"amount": 900, "currency": "EUR"}


def test_same_table_again_changes_nothing_and_says_so(home: StaffedOrganization) -> None:
    text = numbered_products(45)
    assert counts(imported(home, text)) == (45, 0, 0, 0)
    before = products_of(home)

    assert counts(imported(home, text)) == (0, 0, 45, 0)
    assert products_of(home) == before


def test_row_changes_what_it_names_and_an_empty_cell_leaves_the_field(home: StaffedOrganization) -> None:
    imported(home, table(_COLUMNS, _CELLS))
    columns = ["sku", "name", "category", "attributes.colour", "attributes.size"]

    done = imported(home, table(columns, ["BOLT-8", "", "Screws", "", "M8"]))

    assert counts(done) == (0, 1, 0, 0)
    product = products_of(home)["BOLT-8"]
    assert (product["name"], product["category"], product["version"]) == ("Bolt M8", "Screws", 2)
    assert product["attributes"] == {"colour": "silver", "size": "M8"}


def test_row_that_fails_stops_no_other_and_says_why(home: StaffedOrganization) -> None:
    text = table(
        ["sku", "name", "priceAmount", "priceCurrency", "allowBackorder", "attributes.colour"],
        ["A", "First", "100", "USD", "", ""],
        ["", "Nobody", "", "", "", ""],
        ["B", "", "", "", "", ""],
        ["C", "Third", "12.50", "usd", "", ""],
        ["D", "Fourth", "1", "", "perhaps", ""],
        ["E", "Fifth", "", "", "", "x" * 501],
        ["A", "Again", "", "", "", ""],
        ["F" * 65, "Sixth", "", "", "", ""],
        ["G", "Last", "", "", "false", ""],
    )
    text += "H,too few\r\n"

    done = imported(home, text)

    assert (done["status"], done["rows"], done["processed"]) == ("done", 10, 10)
    assert counts(done) == (2, 0, 0, 8)
    assert done["errorsOmitted"] == 0
    assert [(error["row"], error["field"]) for error in done["errors"]] == [
        (3, "sku"),
        (4, "name"),
        (5, "priceAmount"),
        (5, "priceCurrency"),
        (6, "priceCurrency"),
        (6, "allowBackorder"),
        (7, "attributes.colour"),
        (8, "sku"),
        (9, "sku"),
        (11, None),
    ]
    details = {error["row"]: error["detail"] for error in done["errors"]}
    assert details[4] == "required"
    assert details[8] == "an earlier row names the same"
    assert details[11] == "2 cells, where the header has 6"
    assert set(products_of(home)) == {"A", "G"}
    assert products_of(home)["A"]["name"] == "First"


def test_rows_that_want_one_barcode_do_not_both_get_it(home: StaffedOrganization) -> None:
    rows = [[f"S{number}", f"Bolt {number}", "same" if number in {3, 7} else ""] for number in range(10)]

    done = imported(home, table(["sku", "name", "barcodes"], *rows))

    assert (done["status"], counts(done)) == ("done", (9, 0, 0, 1))
    (error,) = done["errors"]
    assert (error["row"], error["field"], error["detail"]) == (9, "barcodes", BarcodeTaken.title)
    assert "S7" not in products_of(home)


@pytest.mark.parametrize("dry_run", [False, True])
def test_row_that_wants_another_products_barcode_fails_in_a_dry_run_too(
    home: StaffedOrganization,
    dry_run: bool,  # noqa: FBT001
) -> None:
    imported(home, table(["sku", "name", "barcodes"], ["A", "First", "111"], ["B", "Second", "222"]))
    rows = [["C", "Third", "111"], ["B", "Second", "222|333"]]

    done = imported(home, table(["sku", "name", "barcodes"], *rows), dry_run=dry_run)

    assert counts(done) == (0, 1, 0, 1)
    assert [(error["row"], error["field"]) for error in done["errors"]] == [(2, "barcodes")]


@pytest.mark.parametrize("dry_run", [False, True])
def test_row_may_take_the_barcode_that_an_earlier_row_gives_up(
    home: StaffedOrganization,
    dry_run: bool,  # noqa: FBT001
) -> None:
    imported(home, table(["sku", "name", "barcodes"], ["A", "First", "111"], ["B", "Second", "222"]))
    rows = [["A", "First", "333"], ["B", "Second", "111"]]

    done = imported(home, table(["sku", "name", "barcodes"], *rows), dry_run=dry_run)

    assert counts(done) == (0, 2, 0, 0)


@pytest.mark.parametrize("uploads", [False, True])
def test_dry_run_counts_what_would_come_of_each_row_and_changes_nothing(
    home: StaffedOrganization,
    uploads: bool,  # noqa: FBT001
) -> None:
    imported(home, table(["sku", "name"], ["A", "First"], ["B", "Second"]))
    before = products_of(home)
    text = table(["sku", "name"], ["A", "First"], ["B", "2nd"], ["C", "Third"], ["D", ""])
    if uploads:
        new = created(home, dryRun=True)
        assert uploaded(new["upload"], text.encode()) == 204
        assert started(home, new["id"]).status == 202
        done = worked_through(home, new["id"])
    else:
        done = imported(home, text, dry_run=True)

    assert (done["status"], done["dryRun"], counts(done)) == ("done", True, (1, 1, 1, 1))
    assert products_of(home) == before


_UNFIT = [
    ("", 1, None, "The table is empty"),
    ("sku,name\r\n", 1, None, "The table has no rows"),
    ("sku,name\n\n,\n", 1, None, "The table has no rows"),
    ("name\nx\n", 1, "sku", "This column is missing"),
    ("sku,nome\nA,x\n", 1, "nome", "There is no such column"),
    ("sku,name,attributes.\nA,x,y\n", 1, "attributes.", "There is no such column"),
    ("sku,name,sku\nA,x,B\n", 1, "sku", "There are two columns of this name"),
    ("sku,,name\nA,,x\n", 1, None, "Column 2 has no name"),
    ('sku,name\nA,"x\n', 2, None, "A quotation mark is not closed"),
    ("sku,name\nA,x\nB," + "y" * 40_000 + "\n", 3, None, "A cell has more than 32767 characters, or a quotation mark"),
    ("sku,name\n" + "A,x\n" * 1_002, 3, "sku", "More than 1000 rows name what an earlier row names"),
]


@pytest.mark.parametrize(("text", "row", "field", "detail"), _UNFIT, ids=lambda value: str(value)[:12])
def test_table_that_is_none_is_refused_before_anything_is_kept(
    home: StaffedOrganization, text: str, row: int, field: str | None, detail: str
) -> None:
    refused = posted(home, text)

    assert (refused.status, refused.json["code"]) == (422, "invalid_request")
    (error,) = refused.json["errors"]
    assert error["pointer"] == (f"/{row}/{field}" if field else f"/{row}")
    assert error["detail"].startswith(detail)
    assert call("GET", "/v1/imports", token=home.owner.token).json["items"] == []


@pytest.mark.parametrize(("text", "row", "field", "detail"), _UNFIT[1:], ids=lambda value: str(value)[:12])
def test_uploaded_table_that_is_none_fails_as_a_whole(
    home: StaffedOrganization, text: str, row: int, field: str | None, detail: str
) -> None:
    failed = worked_through(home, _upload(home, text))

    assert (failed["status"], failed["processed"], counts(failed)) == ("failed", 0, (0, 0, 0, 0))
    (error,) = failed["errors"]
    assert (error["row"], error["field"]) == (row, field)
    assert error["detail"].startswith(detail)
    assert products_of(home) == {}


def test_table_of_another_encoding_is_refused_however_it_comes(home: StaffedOrganization) -> None:
    new = created(home)
    assert uploaded(new["upload"], "sku,name\nA,Öse\n".encode("latin-1")) == 204
    assert started(home, new["id"]).status == 202

    assert worked_through(home, new["id"])["errors"] == [
        {"row": 2, "field": None, "detail": "The table has to be UTF-8"}
    ]
    # The gateway puts U+FFFD where a body is no UTF-8.
    assert posted(home, "sku,name\nA,\ufffdse\n").json["errors"][0]["detail"] == "The table has to be UTF-8"


def test_errors_beyond_the_first_thousand_are_counted(home: StaffedOrganization) -> None:
    text = table(["sku", "name"], *([f"S{number}", ""] for number in range(1_030)))

    done = imported(home, text)

    assert (done["failed"], len(done["errors"]), done["errorsOmitted"]) == (1_030, 1_000, 30)
    assert [error["row"] for error in done["errors"]] == list(range(2, 1_002))


def test_import_without_its_file_is_not_started(home: StaffedOrganization) -> None:
    new = created(home)

    refused = started(home, new["id"])

    assert (refused.status, refused.json["code"]) == (409, "upload_missing")
    assert shown(home, new["id"])["status"] == "created"


def test_started_import_is_started_once_more_without_effect(home: StaffedOrganization) -> None:
    import_id = _upload(home, numbered_products(3))
    version = shown(home, import_id)["version"]

    assert started(home, import_id).status == 202
    assert shown(home, import_id)["version"] == version


def test_file_that_was_replaced_after_the_start_is_not_imported(home: StaffedOrganization) -> None:
    new = created(home)
    assert uploaded(new["upload"], numbered_products(3).encode()) == 204
    assert started(home, new["id"]).status == 202
    assert uploaded(new["upload"], numbered_products(4).encode()) == 204

    failed = worked_through(home, new["id"])

    assert (failed["status"], failed["errors"][0]["detail"]) == ("failed", "The file was replaced or removed")
    assert products_of(home) == {}


def test_cancelled_import_goes_no_further(home: StaffedOrganization) -> None:
    import_id = posted(home, numbered_products(3)).json["id"]
    path = f"/v1/imports/{import_id}/cancel"

    cancelled = call("POST", path, token=home.owner.token)
    assert (cancelled.status, cancelled.json["status"]) == (200, "cancelled")
    assert call("POST", path, token=home.owner.token).json == cancelled.json

    assert worked_through(home, import_id)["status"] == "cancelled"
    assert products_of(home) == {}
    assert started(home, import_id).json["code"] == "import_ended"


def test_import_that_is_done_is_not_cancelled(home: StaffedOrganization) -> None:
    import_id = imported(home, numbered_products(1))["id"]

    refused = call("POST", f"/v1/imports/{import_id}/cancel", token=home.owner.token)

    assert (refused.status, refused.json["code"]) == (409, "import_ended")


def test_repeated_request_with_one_key_imports_once(home: StaffedOrganization) -> None:
    headers = {**CSV_HEADERS, "Idempotency-Key": "one"}
    text, token = numbered_products(2), home.owner.token

    first, again = (call("POST", "/v1/products/import", token=token, body=text, headers=headers) for _ in range(2))

    assert (again.status, again.json["id"]) == (202, first.json["id"])
    assert len(call("GET", "/v1/imports", token=token).json["items"]) == 1


def test_import_of_json_is_refused(home: StaffedOrganization) -> None:
    refused = call("POST", "/v1/products/import", token=home.owner.token, body={"sku": "A"})

    assert (refused.status, refused.json["detail"]) == (415, "Send text/csv")


def test_key_for_imports_alone_imports_no_products(home: StaffedOrganization) -> None:
    body = {"name": "Imports", "scope": "write", "resources": ["imports"]}
    key = call("POST", "/v1/api-keys", token=home.owner.token, body=body).json["key"]

    refused = call("POST", "/v1/imports", token=key, body={"kind": "products"})

    assert (refused.status, refused.json["code"]) == (403, "forbidden")


def test_products_belong_to_who_imported_them(home: StaffedOrganization) -> None:
    import_id = posted(home, numbered_products(1), token=home.member.token).json["id"]
    worked_through(home, import_id)

    (record,) = [
        record
        for record in records_of(home.id)
        if record["dynamodb"]["Keys"]["PK"]["S"].endswith("#PRODUCT") and record["eventName"] == "INSERT"
    ]
    by = record["dynamodb"]["NewImage"]["changedBy"]["M"]
    assert (by["id"]["S"], by["type"]["S"]) == (home.member.id, "user")


def test_import_is_audited_when_it_is_asked_for_and_when_it_has_ended(home: StaffedOrganization) -> None:
    imported(home, numbered_products(45))

    changes = [Change.parse(record) for record in records_of(home.id)]
    events = [change.event_type for change in changes if change is not None and change.kind is Kind.IMPORT]
    assert events == ["import.created", "import.completed"]

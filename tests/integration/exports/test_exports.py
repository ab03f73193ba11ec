"""Exports: whole or not at all, one at a time, and products that import again as they were."""

import csv
import io
from collections.abc import Mapping
from datetime import timedelta

import httpx
import pytest

from nexstock.auth.principals import system_tenant
from nexstock.changes import Change
from nexstock.clock import to_rfc3339, utc_now
from nexstock.exports import service
from nexstock.exports.making import make_export
from nexstock.exports.model import Export, ExportScope
from nexstock.exports.repository import ExportRepository
from nexstock.files.storage import Area, FileStore
from nexstock.persistence.keys import Kind
from nexstock.queues import Delayed
from tests.support.api import call
from tests.support.crashes import crash_points
from tests.support.events import Json
from tests.support.exports import OF_ORGANIZATION, OF_PRODUCTS, archive_of, asked, made
from tests.support.imports import a_note, counts, imported, numbered_products, products_of
from tests.support.people import StaffedOrganization, an_organization
from tests.support.records import records_of

_TRICKY = {
    "sku": "=SUM(A1)",
    "name": '\'=+quoted, "twice"',
    "description": "-first line\nsecond; line",
    "barcodes": ["a|b", "c\\d", "@e"],
    "category": "+cat",
    "attributes": {"colour": "\tred", "=size": "'plain"},
    "price": {"amount": 1999, "currency": "USD"},
    "reorderPoint": 2.5,
    "allowBackorder": True,
}


@pytest.fixture
def home() -> StaffedOrganization:
    """Return an organization without products."""
    return an_organization()


def _created(home: StaffedOrganization, body: Json) -> None:
    assert call("POST", "/v1/products", token=home.owner.token, body=body).status == 201


def _without_times(products: dict[str, Json]) -> dict[str, Json]:
    volatile = {"id", "version", "createdAt", "updatedAt"}
    return {
        sku: {name: value for name, value in each.items() if name not in volatile} for sku, each in products.items()
    }


def test_exported_products_import_into_another_organization_as_they_were(home: StaffedOrganization) -> None:
    _created(home, _TRICKY)
    imported(home, numbered_products(3))
    exported = asked(home, OF_PRODUCTS)
    elsewhere = an_organization()

    assert exported.status == 200
    assert exported.headers["Content-Type"] == "text/csv; charset=utf-8"
    assert exported.headers["Content-Disposition"] == 'attachment; filename="products.csv"'
    assert counts(imported(elsewhere, exported.text)) == (4, 0, 0, 0)
    assert _without_times(products_of(elsewhere)) == _without_times(products_of(home))
    assert counts(imported(home, exported.text)) == (0, 0, 4, 0)


def test_no_exported_cell_is_a_formula(home: StaffedOrganization) -> None:
    _created(home, _TRICKY)

    rows = list(csv.reader(io.StringIO(asked(home, OF_PRODUCTS).text, newline="")))

    assert len(rows) == 2
    assert not [cell for row in rows for cell in row if cell.startswith(tuple("=+-@\t\r\n"))]


def test_export_of_no_products_is_an_empty_table(home: StaffedOrganization) -> None:
    exported = asked(home, OF_PRODUCTS)

    assert exported.status == 200
    assert exported.text.strip() == ""


def test_products_that_are_too_many_for_an_answer_come_by_a_link(
    home: StaffedOrganization, monkeypatch: pytest.MonkeyPatch
) -> None:
    imported(home, numbered_products(12))
    monkeypatch.setattr(service, "MOST_ROWS_AT_ONCE", 10)

    ready = made(home, OF_PRODUCTS)

    table = httpx.get(ready["url"])
    assert table.headers["Content-Disposition"] == 'attachment; filename="products.csv"'
    assert counts(imported(home, table.text)) == (0, 0, 12, 0)


def test_archives_table_of_products_is_one_that_can_be_imported(home: StaffedOrganization) -> None:
    _created(home, _TRICKY)

    table = archive_of(made(home, OF_ORGANIZATION)).file.read("products.csv").decode()

    assert counts(imported(home, table)) == (0, 0, 1, 0)


def test_one_export_is_made_at_a_time_and_a_fresh_one_is_given_again(home: StaffedOrganization) -> None:
    first, second = asked(home, OF_ORGANIZATION), asked(home, OF_ORGANIZATION)
    assert first.json["id"] == second.json["id"]
    make_export(a_note(home.id, first.json["id"]))

    links = [asked(home, OF_ORGANIZATION).json for _ in range(2)]

    assert {link["id"] for link in links} == {first.json["id"]}


@pytest.mark.parametrize(("minutes", "ready"), [(21, False), (16, True)], ids=["lost", "stale"])
def test_export_that_was_lost_or_is_stale_is_followed_by_another(
    home: StaffedOrganization, minutes: int, *, ready: bool
) -> None:
    first = asked(home, OF_ORGANIZATION).json["id"]
    if ready:
        make_export(a_note(home.id, first))
    tenant = home.tenant()

    later = service.begin_export(
        ExportScope.ORGANIZATION,
        tenant=tenant,
        exports=ExportRepository(tenant),
        send=_ignore,
        clock=lambda: utc_now() + timedelta(minutes=minutes),
    )
    tenant.transaction.commit()

    assert later.id != first
    assert asked(home, OF_ORGANIZATION).json["id"] == later.id


def _ignore(queue: str, message: Mapping[str, str], *, delay_s: int = 0) -> None:
    assert queue == "EXPORTS"
    assert message
    assert delay_s >= 0


def _stored(home: StaffedOrganization, export_id: str) -> Export:
    return ExportRepository(system_tenant(home.id, "test")).get(export_id)


@pytest.mark.thorough
def test_export_that_crashed_is_made_again_and_never_linked_half() -> None:
    crashes = 0
    for point in crash_points():
        home = an_organization()
        begun = asked(home, OF_ORGANIZATION).json["id"]
        with point:
            make_export(a_note(home.id, begun))
        crashes += point.happened
        if (answer := asked(home, OF_ORGANIZATION)).status == 200:
            assert archive_of(answer.json).manifest["exportId"] == begun, point
        make_export(a_note(home.id, begun))
        assert archive_of(asked(home, OF_ORGANIZATION).json).manifest["exportId"] == begun, point
    assert crashes >= 20


def test_export_that_is_ready_is_not_made_once_more(home: StaffedOrganization) -> None:
    ready = made(home, OF_ORGANIZATION)
    file = FileStore(home.id, Area.EXPORTS).find(ready["id"])
    _created(home, _TRICKY)

    make_export(a_note(home.id, ready["id"]))

    assert FileStore(home.id, Area.EXPORTS).find(ready["id"]) == file
    assert _stored(home, ready["id"]).version == 2


def test_note_before_its_export_waits_and_after_a_minute_is_dropped(home: StaffedOrganization) -> None:
    note = a_note(home.id, "exp_01JD0000000000000000000000")
    with pytest.raises(Delayed):
        make_export(note)

    make_export({**note, "queuedAt": to_rfc3339(utc_now() - timedelta(minutes=2))})

    assert FileStore(home.id, Area.EXPORTS).find(note["jobId"]) is None


def test_exports_are_audited_those_within_an_answer_too(home: StaffedOrganization) -> None:
    assert asked(home, OF_PRODUCTS).status == 200
    made(home, OF_ORGANIZATION)

    changes = [Change.parse(record) for record in records_of(home.id)]
    events = [change.event_type for change in changes if change is not None and change.kind is Kind.EXPORT]

    assert events == ["export.created", "export.created", "export.completed"]


@pytest.mark.thorough
def test_export_of_many_pages_holds_each_thing_once(home: StaffedOrganization) -> None:
    imported(home, numbered_products(1_200))

    archive = archive_of(made(home, OF_ORGANIZATION))

    assert {each["sku"] for each in archive.lines("products")} == {f"SKU-{number}" for number in range(1_200)}
    assert len(archive.sheet("products")) == 1_200

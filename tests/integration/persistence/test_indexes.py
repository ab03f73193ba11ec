"""Sparse indexes: a list by what items have shows each of them once, those that have it now, in bounded queries."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from typing import Final

import pytest
from pynamodb.attributes import UnicodeAttribute

from nexstock.errors import InvalidCursor
from nexstock.ids import new_id
from nexstock.persistence.cursors import Cursors
from nexstock.persistence.indexes import Index, IndexEntry, Lookup, searchable
from nexstock.persistence.keys import Kind
from nexstock.persistence.tables import TABLES
from nexstock.persistence.tenant_items import Page, TenantItem
from nexstock.resources import lifecycle
from nexstock.resources.model import Resource
from nexstock.resources.repository import ResourceRepository
from tests.support.calls import recorded_calls
from tests.support.people import StaffedOrganization, an_organization

_SINCE: Final = datetime(2026, 3, 1, tzinfo=UTC)


@dataclass(frozen=True, slots=True, kw_only=True)
class _Thing(Resource):
    name: str
    shelf: str | None = None


class _ThingItem(TenantItem):
    class Meta:
        table_name = TABLES.tenants

    name = UnicodeAttribute()
    shelf = UnicodeAttribute(null=True)


class _Things(ResourceRepository[_Thing, _ThingItem]):
    kind = Kind.WAREHOUSE
    prefix = "whs"
    item_type = _ThingItem

    def _index_entries(self, entity: _Thing) -> Sequence[IndexEntry]:
        entries = [
            IndexEntry(Index.GSI1, "UPDATED", "", entity.updated_at.isoformat()),
            IndexEntry(Index.GSI2, "NAME", "", searchable(entity.name)),
        ]
        if entity.shelf is not None:
            entries.append(IndexEntry(Index.GSI3, "SHELF", entity.shelf, entity.id))
        return entries

    def _to_item(self, entity: _Thing) -> _ThingItem:
        return _ThingItem(name=entity.name, shelf=entity.shelf)

    def _to_entity(self, item: _ThingItem) -> _Thing:
        return _Thing(
            id=item.sk,
            version=int(item.version),
            created_at=item.created_at,
            updated_at=item.updated_at,
            deleted_at=item.deleted_at,
            name=item.name,
            shelf=item.shelf,
        )


_BY_SHELF: Final = Lookup(Index.GSI3, "SHELF", "A")


@pytest.fixture
def organization() -> StaffedOrganization:
    return an_organization()


def _committed(organization: StaffedOrganization, stage: Callable[[_Things], object]) -> None:
    tenant = organization.tenant()
    stage(_Things(tenant))
    tenant.transaction.commit()


def _made(organization: StaffedOrganization, name: str, shelf: str | None = "A", at: datetime = _SINCE) -> _Thing:
    thing = _Thing(id=new_id("whs", at), version=1, created_at=at, updated_at=at, name=name, shelf=shelf)
    _committed(organization, lambda things: things.add(thing))
    return thing


def _stocked(organization: StaffedOrganization, count: int) -> list[_Thing]:
    """Make some things on shelf A, a minute apart, oldest first."""
    return [
        _made(organization, f"Thing {number:02d}", at=_SINCE + timedelta(minutes=number)) for number in range(count)
    ]


def _pages(
    organization: StaffedOrganization,
    lookup: Lookup = _BY_SHELF,
    *,
    limit: int = 100,
    keep: Callable[[_Thing], bool] = lambda _thing: True,
) -> list[list[str]]:
    pages: list[list[str]] = []
    after: str | None = None
    while True:
        page = _Things(organization.tenant()).find(lookup, limit=limit, after=after, keep=keep)
        pages.append([thing.name for thing in page.items])
        after = page.last_key
        if after is None:
            return pages


def _flat(pages: list[list[str]]) -> list[str]:
    return [name for page in pages for name in page]


@pytest.mark.parametrize("limit", [1, 2, 5, 6, 7, 100])
def test_pages_hold_every_listed_item_once_in_order(organization: StaffedOrganization, limit: int) -> None:
    things = _stocked(organization, 6)
    _made(organization, "On no shelf", shelf=None)
    _made(organization, "On another shelf", shelf="B")

    pages = _pages(organization, limit=limit)

    assert _flat(pages) == [thing.name for thing in reversed(things)]
    assert [len(page) for page in pages[:-1]] == [limit] * (len(pages) - 1)
    assert pages[-1]


def test_items_that_are_sorted_alike_are_each_shown_once(organization: StaffedOrganization) -> None:
    for _ in range(7):
        _made(organization, "Same")

    pages = _pages(organization, Lookup(Index.GSI2, "NAME"), limit=2)

    assert [len(page) for page in pages] == [2, 2, 2, 1]
    ids: set[str] = set()
    after: str | None = None
    while True:
        page: Page[_Thing] = _Things(organization.tenant()).find(Lookup(Index.GSI2, "NAME"), limit=2, after=after)
        ids |= {thing.id for thing in page.items}
        after = page.last_key
        if after is None:
            break
    assert len(ids) == 7


def test_list_can_be_read_from_the_other_end(organization: StaffedOrganization) -> None:
    things = _stocked(organization, 5)

    assert _flat(_pages(organization, replace(_BY_SHELF, newest_first=False), limit=2)) == [t.name for t in things]


def test_prefix_is_found_whatever_its_case_and_form(organization: StaffedOrganization) -> None:
    for name in ("Bolt M8", "BOLT M10", "Bölt", "Nut", "\N{FULLWIDTH LATIN SMALL LETTER B}olt wide", "A bolt"):
        _made(organization, name)

    found = _flat(_pages(organization, Lookup(Index.GSI2, "NAME", prefix=searchable("boLT"), newest_first=False)))

    assert found == ["BOLT M10", "Bolt M8", "\N{FULLWIDTH LATIN SMALL LETTER B}olt wide"]


@pytest.mark.parametrize("character", ["x", "\N{DELIVERY TRUCK}", "\N{ARABIC LIGATURE SALLALLAHOU ALAYHE WASALLAM}"])
def test_name_of_any_length_can_be_searched_by_its_beginning(organization: StaffedOrganization, character: str) -> None:
    name = character * 200
    _made(organization, name)

    lookup = Lookup(Index.GSI2, "NAME", prefix=searchable(name))

    assert _flat(_pages(organization, lookup)) == [name]


def test_lower_bound_belongs_to_the_list(organization: StaffedOrganization) -> None:
    things = _stocked(organization, 5)

    found = _flat(_pages(organization, Lookup(Index.GSI1, "UPDATED", at_least=things[2].updated_at.isoformat())))

    assert found == [thing.name for thing in things[:1:-1]]


def test_list_of_a_value_that_begins_another_holds_its_own_only(organization: StaffedOrganization) -> None:
    _made(organization, "On A", shelf="A")
    _made(organization, "On AB", shelf="AB")
    _made(organization, "On A#B", shelf="A#B")

    assert _flat(_pages(organization)) == ["On A"]


def test_deleted_item_stands_in_no_list_and_a_restored_one_does(organization: StaffedOrganization) -> None:
    things = _stocked(organization, 3)

    _committed(organization, lambda each: lifecycle.delete(things[1].id, expected=None, resources=each))
    without = _flat(_pages(organization))
    _committed(organization, lambda each: lifecycle.restore(things[1].id, resources=each))

    assert without == ["Thing 02", "Thing 00"]
    assert _flat(_pages(organization)) == ["Thing 02", "Thing 01", "Thing 00"]


def test_moved_item_stands_where_it_belongs_now(organization: StaffedOrganization) -> None:
    thing = _made(organization, "Thing")
    moved = replace(thing, shelf="B", version=2)
    _committed(organization, lambda things: things.change(thing, moved))

    assert _flat(_pages(organization)) == []
    assert _flat(_pages(organization, replace(_BY_SHELF, value="B"))) == ["Thing"]


def test_item_that_has_left_the_list_since_the_index_was_read_is_not_shown(
    organization: StaffedOrganization, monkeypatch: pytest.MonkeyPatch
) -> None:
    things = _stocked(organization, 3)
    repository = _Things(organization.tenant())
    read = repository.get_many

    def after_others_moved(sort_keys: Sequence[str]) -> list[_Thing]:
        _committed(organization, lambda each: each.change(things[0], replace(things[0], shelf=None, version=2)))
        _committed(organization, lambda each: lifecycle.delete(things[1].id, expected=None, resources=each))
        return read(sort_keys)

    monkeypatch.setattr(repository, "get_many", after_others_moved)
    page = repository.find(_BY_SHELF, limit=10, after=None)

    assert [thing.name for thing in page.items] == ["Thing 02"]
    assert page.last_key is None


def test_filter_beside_the_index_keeps_what_it_names_and_loses_nothing(organization: StaffedOrganization) -> None:
    things = _stocked(organization, 12)
    kept = {thing.name for thing in things[::5]}

    pages = _pages(organization, limit=2, keep=lambda thing: thing.name in kept)

    assert _flat(pages) == sorted(kept, reverse=True)
    assert all(len(page) <= 2 for page in pages)


def test_filter_that_keeps_nothing_is_answered_in_bounded_queries(organization: StaffedOrganization) -> None:
    _stocked(organization, 12)
    repository = _Things(organization.tenant())

    with recorded_calls() as recording:
        page = repository.find(_BY_SHELF, limit=2, after=None, keep=lambda _thing: False)

    assert page.items == []
    assert page.last_key is not None
    assert recording.operations == ["Query", "BatchGetItem"] * 4


def test_page_of_an_index_is_two_calls(organization: StaffedOrganization) -> None:
    _stocked(organization, 5)
    repository = _Things(organization.tenant())

    with recorded_calls() as recording:
        repository.find(_BY_SHELF, limit=3, after=None)

    assert recording.operations == ["Query", "BatchGetItem"]


def test_another_organizations_items_are_in_no_list(organization: StaffedOrganization) -> None:
    _made(an_organization(), "Theirs")
    _made(organization, "Ours")

    assert _flat(_pages(organization)) == ["Ours"]


def test_cursor_of_another_list_or_filter_is_refused(organization: StaffedOrganization) -> None:
    _stocked(organization, 2)
    page = _Things(organization.tenant()).find(_BY_SHELF, limit=1, after=None)
    own = Cursors(organization.id, "/v1/things", "shelf=A")
    cursor = own.seal(page.last_key)

    assert own.open(cursor) == page.last_key
    for other in (
        Cursors(organization.id, "/v1/things", "shelf=B"),
        Cursors(organization.id, "/v1/things"),
        Cursors(organization.id, "/v1/others", "shelf=A"),
        Cursors(an_organization().id, "/v1/things", "shelf=A"),
    ):
        with pytest.raises(InvalidCursor):
            other.open(cursor)

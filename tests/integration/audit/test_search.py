"""The audit log's filters on a real table: each is a Query of an index or of the table, whatever the log's length."""

from datetime import timedelta
from typing import Any, Final

import pytest

from nexstock.audit.filters import AuditFilter
from nexstock.audit.search import AuditSearch
from nexstock.clock import to_rfc3339
from tests.support.api import call
from tests.support.audited import NOON, found, numbers_of, some_facts, write
from tests.support.calls import recorded_calls
from tests.support.costs import Cost, cost_of, priced
from tests.support.people import StaffedOrganization, an_organization

_BY_LEE: Final[dict[str, Any]] = {"actor": {"type": "user", "id": "usr_lee", "name": "Lee"}}
_ORDER: Final[dict[str, Any]] = {"resource": {"kind": "order", "id": "ord_1"}, "action": "order.created"}


@pytest.fixture(scope="module")
def organization(platform: str) -> StaffedOrganization:  # noqa: ARG001 (the tables have to be there)
    organization = an_organization()
    write(
        organization.id,
        some_facts(1),
        some_facts(2, **_BY_LEE),
        some_facts(3, **_ORDER),
        some_facts(4, **_ORDER, **_BY_LEE),
        # Delivered late: it stands later in the chain than what happened after it.
        some_facts(5, minutes=0, resource={"kind": "product", "id": "prd_1"}, action="product.created"),
        some_facts(6, resource={"kind": "product", "id": "prd_1"}, action="product.deleted"),
    )
    return organization


@pytest.mark.parametrize(
    ("query", "numbers"),
    [
        ({}, [6, 5, 4, 3, 2, 1]),
        ({"resource": "product"}, [6, 2, 1, 5]),
        ({"resource": "order"}, [4, 3]),
        ({"resourceId": "prd_1"}, [6, 1, 5]),
        ({"resource": "product", "resourceId": "prd_1"}, [6, 1, 5]),
        ({"resource": "order", "resourceId": "prd_1"}, []),
        ({"actorId": "usr_lee"}, [4, 2]),
        ({"action": "order.created"}, [4, 3]),
        ({"actorId": "usr_lee", "action": "order.created"}, [4]),
        ({"actorId": "usr_lee", "resource": "product"}, [2]),
        ({"actorId": "usr_nobody"}, []),
        ({"action": "order.create"}, []),
    ],
)
def test_filters_find_what_meets_all_of_them_newest_first(
    organization: StaffedOrganization, query: dict[str, str], numbers: list[int]
) -> None:
    assert numbers_of(found(organization, query)) == numbers
    assert numbers_of(found(organization, query, limit=1)) == numbers


@pytest.mark.parametrize(
    ("since", "until", "numbers"),
    [(2, None, [6, 4, 3, 2]), (None, 2, [1, 5]), (2, 4, [3, 2]), (4, 2, []), (60, None, []), (None, -60, [])],
)
@pytest.mark.parametrize("limit", [1, 100])
def test_times_bound_what_is_found_from_the_first_on_and_before_the_last(
    organization: StaffedOrganization, since: int | None, until: int | None, numbers: list[int], limit: int
) -> None:
    bounds = {"since": since, "until": until}
    query = {
        name: to_rfc3339(NOON + timedelta(minutes=minutes)) for name, minutes in bounds.items() if minutes is not None
    }

    assert numbers_of(found(organization, query, limit=limit)) == numbers
    of_products = [number for number in numbers if number not in {3, 4}]
    assert numbers_of(found(organization, {**query, "resource": "product"}, limit=limit)) == of_products


def test_what_another_organization_did_is_found_by_no_filter(organization: StaffedOrganization) -> None:
    other = an_organization()

    for query in ({"resourceId": "prd_1"}, {"actorId": "usr_lee"}, {"action": "order.created"}, {"resource": "order"}):
        assert found(other, query) == []
        assert found(organization, query) != []


def test_cursor_is_good_for_its_filter_only(organization: StaffedOrganization) -> None:
    token = organization.owner.token
    first = call("GET", "/v1/audit-logs", token=token, query={"resource": "product", "limit": "1"}).json

    for query in ({}, {"resource": "order"}, {"action": "product"}, {"resource": "product", "until": to_rfc3339(NOON)}):
        reply = call("GET", "/v1/audit-logs", token=token, query={**query, "cursor": first["next"]})
        assert (reply.status, reply.json["code"]) == (400, "invalid_cursor")


@pytest.mark.parametrize("query", [{"since": "yesterday"}, {"until": "2026-03-01"}, {"actor": "usr_lee"}])
def test_filter_that_cannot_be_met_is_refused(organization: StaffedOrganization, query: dict[str, str]) -> None:
    assert call("GET", "/v1/audit-logs", token=organization.owner.token, query=query).status == 422


_PAGES: Final = {
    "resource": (AuditFilter(resource="product"), 2.5),
    "resource id": (AuditFilter(resource_id="prd_1"), 2.5),
    "actor": (AuditFilter(actor_id="usr_pat"), 2.5),
    "action": (AuditFilter(action="product.updated"), 2.5),
    "times": (AuditFilter(since=NOON), 3.0),
}


def test_page_costs_the_same_however_long_the_log_is() -> None:
    growing = an_organization()
    write(growing.id, *(some_facts(number, resource={"kind": "product", "id": "prd_1"}) for number in range(3)))
    costs = {name: _cost(growing, wanted) for name, (wanted, _) in _PAGES.items()}
    write(growing.id, *(some_facts(number, resource={"kind": "product", "id": "prd_1"}) for number in range(3, 60)))

    assert {name: _cost(growing, wanted) for name, (wanted, _) in _PAGES.items()} == costs
    assert costs == {name: priced(["Query", "BatchGetItem"], units, 0) for name, (_, units) in _PAGES.items()}


def _cost(organization: StaffedOrganization, wanted: AuditFilter) -> Cost:
    search = AuditSearch(organization.tenant())
    with recorded_calls() as recording:
        page = search.page(wanted, limit=2, after=None)
    assert len(page.items) == 2
    return cost_of(recording)


def test_filters_together_read_a_bounded_number_of_entries_for_a_page() -> None:
    long = an_organization()
    write(long.id, *(some_facts(number, **(_BY_LEE if number < 3 else {})) for number in range(6)))
    wanted = AuditFilter(resource="product", actor_id="usr_lee")
    search = AuditSearch(long.tenant())

    with recorded_calls() as recording:
        page = search.page(wanted, limit=2, after=None)

    assert [len(page.items), recording.operations] == [2, ["Query", "BatchGetItem"]]
    assert page.last_key is not None
    assert len(search.page(wanted, limit=2, after=page.last_key).items) == 1

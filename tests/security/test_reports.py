"""Reports are of one organization only: what they sum up, and the sums that their cursors carry."""

from typing import Final

import pytest

from tests.support.api import Reply, call
from tests.support.bulk import fill_levels, fill_sales
from tests.support.people import StaffedOrganization, an_organization
from tests.support.report_requests import REPORTS

_QUERIES: Final = {
    "/v1/reports/stock-valuation": {"detail": "products"},
    "/v1/reports/stock-turns": {"from": "2026-01-01", "to": "2026-01-31"},
    "/v1/reports/sales": {"from": "2026-01-01", "to": "2026-01-31"},
}
_OTHER_QUERIES: Final = {
    "/v1/reports/stock-valuation": {"detail": "products", "method": "fifo"},
    "/v1/reports/stock-turns": {"from": "2026-01-02", "to": "2026-01-31"},
    "/v1/reports/sales": {"from": "2026-01-01", "to": "2026-01-31", "interval": "week"},
}


def _asked(path: str, organization: StaffedOrganization, query: dict[str, str]) -> Reply:
    return call("GET", path, token=organization.owner.token, query=query)


@pytest.fixture(scope="module")
def large(platform: str) -> StaffedOrganization:
    """Return an organization of which no report is complete in one request."""
    assert platform
    organization = an_organization()
    fill_levels(organization, 510)
    fill_sales(organization, 5_100)
    return organization


@pytest.mark.parametrize("path", REPORTS)
def test_report_sums_up_ones_own_stock_only(path: str, large: StaffedOrganization) -> None:
    empty, small = an_organization(), an_organization()
    fill_levels(small, 4)
    fill_sales(small, 4)

    first = _asked(path, large, _QUERIES[path])
    own, nothing = (_asked(path, each, _QUERIES[path]).json for each in (small, empty))

    assert not first.json["complete"]
    assert own["complete"]
    assert nothing["complete"]
    assert own["total"] != nothing["total"]
    assert not nothing.get("warehouses")


@pytest.mark.parametrize("path", REPORTS)
def test_sums_cannot_be_carried_to_another_report(
    path: str, large: StaffedOrganization, foreign: StaffedOrganization
) -> None:
    cursor = _asked(path, large, _QUERIES[path]).json["next"]
    assert _asked(path, large, {**_QUERIES[path], "cursor": cursor}).status == 200

    borrowed = _asked(path, foreign, {**_QUERIES[path], "cursor": cursor})
    moved = _asked(path, large, {**_OTHER_QUERIES[path], "cursor": cursor})
    changed = _asked(path, large, {**_QUERIES[path], "cursor": f"{cursor[:-4]}AAAA"})

    for refused in (borrowed, moved, changed):
        assert (refused.status, refused.json["code"]) == (400, "invalid_cursor")

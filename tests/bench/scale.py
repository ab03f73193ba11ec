"""Whether cost grows with what an organization has: each list and report, of a small and of a very large one.

The items are written straight into the table, in batches, as the repositories store them. A sum over levels or
movements is compared by the page, so its small organization has just more than one page.
"""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Final

from infra.local.platform.progress import say
from nexstock.auth.permissions import Scope
from tests.bench.engine import running_engine
from tests.bench.statistics import ratio, row
from tests.support.api import call
from tests.support.bulk import fill_levels, fill_orders, fill_products, fill_sales
from tests.support.calls import Recording, recorded_calls
from tests.support.people import StaffedOrganization, an_organization

TITLE: Final = "DynamoDB per page of a list or report, the authorizer included, as an organization grows"

_FEW: Final = 100
_A_PAGE_AND_MORE: Final = 5_100
_MANY: Final = 100_000

_FILLS: Final[tuple[Callable[[StaffedOrganization, int], None], ...]] = (
    fill_products,
    fill_levels,
    fill_sales,
    fill_orders,
)
_YEAR: Final = {"from": "2026-01-01", "to": "2026-12-31"}


@dataclass(frozen=True)
class _Page:
    """A page of a list or report.

    `here` names parameters whose values are those of something that `of` lists, e.g. an id.
    """

    path: str
    query: Mapping[str, str]
    here: tuple[str, ...] = ()
    of: str = "/v1/stock"
    is_sum: bool = False


_PAGES: Final = (
    _Page("/v1/products", {}),
    _Page("/v1/products", {"limit": "100"}),
    _Page("/v1/products", {}, here=("sku",), of="/v1/products"),
    _Page("/v1/products", {"category": "fasteners"}),
    _Page("/v1/products", {"search": "sku-000"}),
    _Page("/v1/products", {"search": "bolt"}),
    _Page("/v1/products", {"updatedSince": "2026-01-01T01:00:00Z"}),
    _Page("/v1/orders", {}),
    _Page("/v1/orders", {"status": "draft"}),
    _Page("/v1/orders", {}, here=("customerId",), of="/v1/orders"),
    _Page("/v1/orders", {"updatedSince": "2026-01-01T01:00:00Z"}),
    _Page("/v1/stock", {}),
    _Page("/v1/stock", {}, here=("warehouseId",)),
    _Page("/v1/stock", {}, here=("productId",)),
    _Page("/v1/stock/movements", {}),
    _Page("/v1/stock/movements", {}, here=("warehouseId",), of="/v1/stock/movements"),
    _Page("/v1/stock/movements", {"since": "2026-01-01T01:00:00Z"}),
    _Page("/v1/stock/reconciliation", {}),
    _Page("/v1/reports/low-stock", {}),
    _Page("/v1/reports/low-stock", {}, here=("warehouseId",)),
    _Page("/v1/reports/stock-valuation", {"detail": "products"}, is_sum=True),
    _Page("/v1/reports/stock-valuation", {}, is_sum=True),
    _Page("/v1/reports/stock-turns", _YEAR, is_sum=True),
    _Page("/v1/reports/sales", _YEAR, is_sum=True),
)


def measure() -> Iterator[str]:
    """Tell calls and units of each first and second page, few items beside many."""
    with running_engine() as database:
        yield f"capacity units are those of {database}; lists of {_FEW:,}, sums of {_A_PAGE_AND_MORE:,}"
        few, page, many = (_filled(count) for count in (_FEW, _A_PAGE_AND_MORE, _MANY))
        yield row("", "calls", "RCU", f"of {_MANY:,}", "RCU", "ratio")
        for each in _PAGES:
            yield from _compared(each, page if each.is_sum else few, many)


def _filled(count: int) -> StaffedOrganization:
    organization = an_organization()
    for fill in _FILLS:
        say(f"  … {fill.__name__.replace('fill_', '')}, {count:,}")
        fill(organization, count)
    return organization


def _compared(page: _Page, small: StaffedOrganization, large: StaffedOrganization) -> Iterator[str]:
    parameters = "&".join(
        [f"{name}={value}" for name, value in [*page.query.items(), *((each, "…") for each in page.here)]]
    )
    for place, (few, many) in enumerate(zip(_recorded(page, small), _recorded(page, large), strict=False), 1):
        name = f"{page.path}{'?' if parameters else ''}{parameters}, page {place}"
        units = ratio(many.read_units, few.read_units) if few.read_units else "-"
        columns = (f"{len(each.calls)}" if kind else f"{each.read_units:g}" for each in (few, many) for kind in (1, 0))
        yield row(name, *columns, units)


def _recorded(page: _Page, organization: StaffedOrganization) -> Iterator[Recording]:
    query = {**page.query, **_something_of(organization, page)}
    for _ in range(2):
        # The first time loads the key of cursors, which a warm container has.
        for _ in range(2):
            with recorded_calls() as recording:
                reply = call("GET", page.path, token=_key_of(organization), query=query)
        assert reply.status == 200, reply.text
        # A last page is shorter than others, so it is compared only where it is the one that there is.
        if "cursor" in query and reply.json["next"] is None:
            return
        yield recording
        if reply.json["next"] is None:
            return
        query["cursor"] = reply.json["next"]


def _key_of(organization: StaffedOrganization) -> str:
    # Filling takes longer than a person's access token is good for.
    return organization.api_keys[Scope.ADMIN].text


def _something_of(organization: StaffedOrganization, page: _Page) -> dict[str, str]:
    if not page.here:
        return {}
    (first,) = call("GET", page.of, token=_key_of(organization), query={"limit": "1"}).json["items"]
    return {name: first[name] for name in page.here}

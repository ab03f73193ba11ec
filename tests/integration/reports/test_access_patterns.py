"""What reports ask of DynamoDB, in calls and capacity units, and that it does not grow with what there is."""

from collections.abc import Callable
from datetime import timedelta
from zoneinfo import ZoneInfo

import pytest

from nexstock.auth.principals import Tenant
from nexstock.products.repository import ProductRepository
from nexstock.reports.low_stock import list_low_stock
from nexstock.reports.readings import StockReadings
from nexstock.reports.sales import SalesReport
from nexstock.reports.spans import Interval, Span
from nexstock.reports.turns import begun, sum_up_turnover
from nexstock.reports.valuation import Method, value_stock
from nexstock.stock.repository import StockLevelRepository
from tests.support.bulk import BEGIN, fill_levels, fill_sales
from tests.support.calls import recorded_calls
from tests.support.costs import Cost, cost_of, handler_cost, priced
from tests.support.people import StaffedOrganization, an_organization
from tests.support.stock_keeping import Shop, a_shop

_SPAN = Span(BEGIN, BEGIN + timedelta(days=365), ZoneInfo("UTC"))
_FEW, _MANY, _READ = 100, 2_000, 50


def _valuation(tenant: Tenant) -> None:
    readings = StockReadings(tenant, most=_READ)
    assert value_stock(readings, Method.FIFO, None, shows_levels=False, carried=None).carried() is not None


def _turns(tenant: Tenant) -> None:
    readings = StockReadings(tenant, most=_READ)
    assert sum_up_turnover(readings, begun(_SPAN, _SPAN.end, None), None).carried() is not None


def _sales(tenant: Tenant) -> None:
    report = SalesReport(StockReadings(tenant, most=_READ), Interval.DAY, None, currency="USD")
    assert report.summed_up(_SPAN, None).carried is not None


def _low_stock(tenant: Tenant) -> None:
    page = list_low_stock(StockLevelRepository(tenant), ProductRepository(tenant), None, limit=_READ, after=None)
    assert page.last_key is not None


@pytest.fixture(scope="module")
def few(platform: str) -> StaffedOrganization:
    return _filled(platform, _FEW)


@pytest.fixture(scope="module")
def many(platform: str) -> StaffedOrganization:
    return _filled(platform, _MANY)


def _filled(platform: str, count: int) -> StaffedOrganization:
    assert platform
    organization = an_organization()
    fill_levels(organization, count)
    fill_sales(organization, count)
    return organization


def _cost(organization: StaffedOrganization, work: Callable[[Tenant], None]) -> Cost:
    with recorded_calls() as recording:
        work(organization.tenant())
    return cost_of(recording)


@pytest.mark.parametrize("work", [_valuation, _turns, _sales, _low_stock])
def test_page_costs_the_same_with_a_hundred_and_with_thousands(
    work: Callable[[Tenant], None], few: StaffedOrganization, many: StaffedOrganization
) -> None:
    assert _cost(many, work) == _cost(few, work)


@pytest.fixture
def shop() -> Shop:
    shop = a_shop()
    shop.stocked(3, reorderPoint=5)
    return shop


def test_valuation_of_a_few_levels_makes_three_calls(shop: Shop) -> None:
    cost = handler_cost("reports.get_stock_valuation", shop.organization, "GET", "/v1/reports/stock-valuation")

    assert cost == priced(["Query", "GetItem", "BatchGetItem"], 3, 0)


def test_low_stock_makes_three_calls(shop: Shop) -> None:
    cost = handler_cost("reports.list_low_stock", shop.organization, "GET", "/v1/reports/low-stock")

    assert cost == priced(["Query", "BatchGetItem", "BatchGetItem"], 2.5, 0)


def test_stock_turns_of_a_few_movements_make_four_calls(shop: Shop) -> None:
    cost = handler_cost("reports.get_stock_turns", shop.organization, "GET", "/v1/reports/stock-turns")

    assert cost == priced(["GetItem", "Query", "Query", "BatchGetItem"], 3.5, 0)


def test_sales_of_a_few_movements_make_two_calls(shop: Shop) -> None:
    cost = handler_cost("reports.get_sales", shop.organization, "GET", "/v1/reports/sales")

    assert cost == priced(["GetItem", "Query"], 1.5, 0)


def test_changing_a_reorder_point_reads_and_writes_the_levels(shop: Shop) -> None:
    product, _ = shop.stocked(8)
    body = {"reorderPoint": 10}

    cost = handler_cost("products.update_product", shop.organization, "PATCH", f"/v1/products/{product}", body=body)

    # Four units for the product and its index, two for the level, and one for its entry among what is low.
    assert cost == priced(["GetItem", "Query", "TransactWriteItems"], 2, 7)

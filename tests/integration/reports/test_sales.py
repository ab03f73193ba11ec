"""GET /v1/reports/sales and /v1/reports/stock-turns: what was sold, from the movements that say so."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from nexstock.clock import to_rfc3339, utc_now
from tests.support.api import call
from tests.support.events import Json
from tests.support.sales import received, sold
from tests.support.stock_keeping import Shop, a_shop

_OCTOBER = {"from": "2026-10-01", "to": "2026-10-31"}


@pytest.fixture
def shop() -> Shop:
    return a_shop()


def _at(day: int, hour: int = 12) -> datetime:
    return datetime(2026, 10, day, hour, tzinfo=UTC)


def _usd(amount: int) -> Json:
    return {"amount": amount, "currency": "USD"}


def _report(shop: Shop, name: str, **query: str) -> Any:  # noqa: ANN401 (any JSON value)
    reply = shop.send("GET", f"/v1/reports/{name}", query=query)
    assert reply.status == 200, reply.text
    return reply.json


def test_sales_are_shown_by_day_with_their_margin(shop: Shop) -> None:
    place = shop.product(), shop.warehouse()
    received(shop, place, 10, 100, _at(1))
    sold(shop, place, 3, 900, _at(5))
    sold(shop, place, -1, -300, _at(6))

    report = _report(shop, "sales", **_OCTOBER)

    days = {item["day"]: item["sales"] for item in report["items"]}
    assert len(days) == 31
    assert days["2026-10-05"] == [{"revenue": _usd(900), "cost": _usd(300), "margin": _usd(600), "units": 3}]
    assert days["2026-10-06"] == [{"revenue": _usd(-300), "cost": _usd(-100), "margin": _usd(-200), "units": -1}]
    assert days["2026-10-07"] == []
    assert report["total"] == [{"revenue": _usd(600), "cost": _usd(200), "margin": _usd(400), "units": 2}]
    assert (report["complete"], report["next"], report["interval"], report["timeZone"]) == (True, None, "day", "UTC")
    assert (report["from"], report["to"]) == ("2026-10-01T00:00:00.000Z", "2026-11-01T00:00:00.000Z")


def test_days_are_those_of_the_organizations_time_zone(shop: Shop) -> None:
    call("PATCH", "/v1/organization", token=shop.organization.owner.token, body={"timeZone": "Europe/Berlin"})
    place = shop.product(), shop.warehouse()
    received(shop, place, 10, 100, _at(1))
    sold(shop, place, 1, 300, _at(5, 22))

    report = _report(shop, "sales", **_OCTOBER)

    assert [item["day"] for item in report["items"] if item["sales"]] == ["2026-10-06"]
    assert report["from"] == "2026-09-30T22:00:00.000Z"


@pytest.mark.parametrize(("interval", "days"), [("week", ["2026-09-28", "2026-10-05"]), ("month", ["2026-10-01"])])
def test_periods_are_as_long_as_asked_for(shop: Shop, interval: str, days: list[str]) -> None:
    place = shop.product(), shop.warehouse()
    received(shop, place, 10, 100, _at(1))
    for day in (2, 5, 11):
        sold(shop, place, 1, 300, _at(day))

    report = _report(shop, "sales", interval=interval, **_OCTOBER)

    assert [item["day"] for item in report["items"] if item["sales"]] == days


def test_currencies_are_apart_and_only_the_own_has_a_margin(shop: Shop) -> None:
    place = shop.product(), shop.warehouse()
    received(shop, place, 10, 100, _at(1))
    sold(shop, place, 1, 300, _at(5))
    sold(shop, place, 1, 250, _at(5), currency="EUR")

    total = _report(shop, "sales", **_OCTOBER)["total"]

    euros = {"revenue": {"amount": 250, "currency": "EUR"}, "cost": _usd(100), "margin": None, "units": 1}
    assert total == [euros, {"revenue": _usd(300), "cost": _usd(100), "margin": _usd(200), "units": 1}]


def test_what_lies_outside_the_span_is_not_counted(shop: Shop) -> None:
    place = shop.product(), shop.warehouse()
    received(shop, place, 10, 100, _at(1))
    for at in (_at(5), _at(6), _at(7)):
        sold(shop, place, 1, 300, at)

    report = _report(shop, "sales", **{"from": to_rfc3339(_at(6)), "to": to_rfc3339(_at(7))})

    assert report["total"][0]["units"] == 1


def test_one_warehouse_is_reported_alone(shop: Shop) -> None:
    product, north, south = shop.product(), shop.warehouse(), shop.warehouse()
    for warehouse in (north, south):
        received(shop, (product, warehouse), 10, 100, _at(1))
        sold(shop, (product, warehouse), 1, 300, _at(5))

    assert _report(shop, "sales", warehouseId=south, **_OCTOBER)["total"][0]["units"] == 1
    assert len(_report(shop, "stock-turns", warehouseId=south, **_OCTOBER)["warehouses"]) == 1


def test_turns_are_told_by_warehouse_and_altogether(shop: Shop) -> None:
    product, north, south = shop.product(), shop.warehouse(), shop.warehouse()
    received(shop, (product, north), 10, 100, datetime(2026, 9, 1, tzinfo=UTC))
    received(shop, (product, south), 10, 100, datetime(2026, 9, 1, tzinfo=UTC))
    sold(shop, (product, north), 5, 900, _at(5))
    sold(shop, (product, north), 5, 900, datetime(2026, 11, 5, tzinfo=UTC))

    report = _report(shop, "stock-turns", **_OCTOBER)

    turnovers = {row["warehouseId"]: row["turnover"] for row in report["warehouses"]}
    assert turnovers[north] == {
        "costOfGoodsSold": _usd(500),
        "openingValue": _usd(1000),
        "closingValue": _usd(500),
        "averageValue": _usd(750),
        "turns": 0.6667,
        "daysInStock": 46.5,
    }
    assert (turnovers[south]["turns"], turnovers[south]["daysInStock"]) == (0, None)
    assert report["total"]["averageValue"] == _usd(1750)
    assert report["total"]["turns"] == round(500 / 1750, 4)
    assert (report["complete"], report["next"], report["currency"]) == (True, None, "USD")


def test_by_default_the_last_thirty_days_are_reported(shop: Shop) -> None:
    place = shop.product(), shop.warehouse()
    now = utc_now()
    received(shop, place, 10, 100, now - timedelta(days=50))
    sold(shop, place, 1, 300, now - timedelta(days=40))
    sold(shop, place, 1, 300, now - timedelta(days=20))

    assert _report(shop, "sales")["total"][0]["units"] == 1
    turns = _report(shop, "stock-turns")["total"]
    assert (turns["openingValue"], turns["closingValue"], turns["costOfGoodsSold"]) == (_usd(900), _usd(800), _usd(100))


@pytest.mark.parametrize("name", ["sales", "stock-turns"])
@pytest.mark.parametrize(
    "query",
    [
        {"from": "2026-10-02", "to": "2026-10-01"},
        {"from": "2025-01-01", "to": "2026-01-02"},
        {"from": "2026-02-30"},
        {"from": "2026-10-01T10:00:00"},
        {"from": "1759312800"},
        {"from": "20261001"},
        {"to": "yesterday"},
        {"to": "9999-12-31"},
        {"to": "2026-10-01T25:00:00Z"},
        {"from": "2026-10-01T10:00:00+99:00"},
        {"to": "0001-01-01T00:00:00+01:00"},
    ],
)
def test_what_is_no_span_of_a_year_at_most_is_refused(shop: Shop, name: str, query: dict[str, str]) -> None:
    reply = shop.send("GET", f"/v1/reports/{name}", query=query)

    assert (reply.status, reply.json["code"]) == (422, "invalid_request")
    assert reply.json["errors"][0]["pointer"] in {"?from", "?to"}


def test_interval_is_one_of_the_calendar(shop: Shop) -> None:
    reply = shop.send("GET", "/v1/reports/sales", query={"interval": "hour"})

    assert (reply.status, reply.json["errors"][0]["pointer"]) == (422, "?interval")

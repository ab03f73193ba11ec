"""GET /v1/stock/export: every level with what it is called and worth, at once or by a link."""

import csv
import io

import httpx
import pytest

from nexstock.background import JobNote
from nexstock.clock import utc_now
from nexstock.exports.making import make_export
from tests.support.bulk import fill_levels
from tests.support.stock_keeping import Shop, a_shop

_PATH = "/v1/stock/export"


@pytest.fixture
def shop() -> Shop:
    return a_shop()


def _rows(text: str) -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO(text)))


def test_each_level_is_a_row_with_names_quantities_and_value(shop: Shop) -> None:
    product, warehouse = shop.product(sku="=BOLT-8", name="Bolt M8, zinc"), shop.warehouse()
    shop.adjust(product, warehouse, 3, unitCost={"amount": 33, "currency": "USD"})
    code = shop.send("GET", f"/v1/warehouses/{warehouse}").json["code"]

    reply = shop.send("GET", _PATH)

    assert (reply.status, reply.headers["Content-Type"]) == (200, "text/csv; charset=utf-8")
    assert reply.headers["Content-Disposition"] == 'attachment; filename="stock.csv"'
    assert _rows(reply.text) == [
        {
            "sku": "'=BOLT-8",
            "name": "Bolt M8, zinc",
            "warehouseCode": code,
            "onHand": "3",
            "reserved": "0",
            "incoming": "0",
            "available": "3",
            "value": "99",
            "currency": "USD",
        }
    ]


def test_every_level_is_there_once(shop: Shop) -> None:
    product, warehouses = shop.product(), [shop.warehouse() for _ in range(3)]
    for warehouse in warehouses:
        shop.adjust(product, warehouse, 1)
    shop.stocked(2)

    rows = _rows(shop.send("GET", _PATH).text)

    assert sorted(row["onHand"] for row in rows) == ["1", "1", "1", "2"]
    assert len({(row["sku"], row["warehouseCode"]) for row in rows}) == 4


@pytest.mark.thorough
def test_more_than_an_answer_holds_comes_by_a_link(shop: Shop) -> None:
    shop.stocked(2)
    fill_levels(shop.organization, 5_000)

    begun = shop.send("GET", _PATH)
    assert (begun.status, begun.json["scope"], begun.json["status"]) == (202, "stock", "running")
    make_export(JobNote(shop.organization.id, begun.json["id"], utc_now()).message)
    ready = shop.send("GET", _PATH)

    assert (ready.status, ready.json["id"]) == (200, begun.json["id"])
    assert len(_rows(httpx.get(ready.json["url"]).text)) == 5_001


def test_organization_without_stock_exports_an_empty_table(shop: Shop) -> None:
    reply = shop.send("GET", _PATH)

    assert (reply.status, reply.text.strip()) == (200, "")

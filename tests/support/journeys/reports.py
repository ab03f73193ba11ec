"""Journeys of the functions that report."""

from tests.support.bulk import fill_levels, fill_sales
from tests.support.events import Json
from tests.support.journeys.world import Visit, World

_SPAN: Json = {"from": "2026-01-01", "to": "2026-01-31"}


def _stocked(world: World) -> Json:
    """Have a product low in stock and return its warehouse."""
    product = world.made("/v1/products", {**world.product(), "reorderPoint": 10}).json["id"]
    warehouse = world.made("/v1/warehouses", {"code": world.canary("code"), "name": world.canary("name")}).json["id"]
    body = {"productId": product, "warehouseId": warehouse, "quantity": 5, "reason": "found"}
    world.made("/v1/stock/adjustments", body)
    return {"warehouseId": warehouse}


def _sums(visit: Visit, *queries: Json) -> None:
    query = _stocked(visit.world)
    first = visit.request(200, by="read_key", query=queries[0])
    visit.request(200, by="member", query={**queries[0], "cursor": visit.world.keep("cursor", first.json["next"])})
    for each in queries:
        visit.request(200, by="member", query={**each, **query})
    visit.request(400, by="member", query={"cursor": visit.world.canary("cursor")})
    visit.request(422, by="member", query={"from": visit.world.canary("from")})


def get_stock_valuation(visit: Visit) -> None:
    """More products than one request shows, one warehouse by the other method, a cursor that is none."""
    fill_levels(visit.world.organization, 510)
    _sums(visit, {"detail": "products"}, {"method": "fifo"})


def get_stock_turns(visit: Visit) -> None:
    """More movements than one request reads, one warehouse, a cursor and a time that are none."""
    fill_sales(visit.world.organization, 5_100)
    _sums(visit, _SPAN)


def get_sales(visit: Visit) -> None:
    """More movements than one request reads, one warehouse by month, a cursor and a time that are none."""
    fill_sales(visit.world.organization, 5_100)
    _sums(visit, _SPAN, {**_SPAN, "interval": "month"})


def list_low_stock(visit: Visit) -> None:
    """Two pages, one warehouse, a cursor that is none."""
    for _ in range(2):
        query = _stocked(visit.world)
    first = visit.request(200, by="read_key", query={"limit": "1"})
    visit.request(200, by="member", query={"limit": "1", "cursor": visit.world.keep("cursor", first.json["next"])})
    assert visit.request(200, by="member", query=query).json["items"]
    visit.request(400, by="member", query={"cursor": visit.world.canary("cursor")})

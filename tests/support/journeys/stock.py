"""Journeys of the functions that keep stock."""

from collections.abc import Callable

from tests.support.events import Json
from tests.support.journeys import catalogue
from tests.support.journeys.world import Visit, World

_ADJUSTMENTS = "/v1/stock/adjustments"
_NO_PRODUCT = "prd_01JD0000000000000000000000"


def _place(world: World) -> Json:
    warehouse = {"code": world.canary("code"), "name": world.canary("name")}
    return {
        "productId": world.made("/v1/products", world.product()).json["id"],
        "warehouseId": world.made("/v1/warehouses", warehouse).json["id"],
    }


def _adjustment(world: World) -> Json:
    return {**_place(world), "quantity": 5, "reason": world.canary("reason"), "note": world.canary("note")}


def adjust_stock(visit: Visit) -> None:
    """A first delivery, more of it, too much taken, a product that is not there, and the same once more."""
    world = visit.world
    body, key = _adjustment(world), {"Idempotency-Key": world.canary("idempotency key")}
    visit.request(201, by="member", body=body, headers=key)
    visit.request(201, by="member", body=body, headers=key)
    visit.request(201, by="write_key", body={**body, "quantity": -1})
    other = {"Idempotency-Key": world.canary("other idempotency key")}
    visit.request(409, by="member", body={**body, "quantity": -100}, headers=other)
    visit.request(422, by="member", body={**body, "productId": _NO_PRODUCT})
    visit.request(403, by="read_key", body=body)
    lots, units = _by_lots(world), _by_serials(world)
    visit.request(201, by="member", body=lots)
    visit.request(201, by="member", body={**lots, "quantity": -2, "lots": []})
    visit.request(201, by="member", body=units)
    visit.request(409, by="member", body=units)


def _tracked(world: World, tracking: str, units: Json) -> Json:
    place = _place(world)
    product = {**world.product(), "tracking": tracking}
    place["productId"] = world.made("/v1/products", product).json["id"]
    return {**place, "quantity": 2, "reason": world.canary("reason"), **units}


def _by_lots(world: World) -> Json:
    return _tracked(world, "lot", {"lots": [{"lot": world.canary("lot"), "quantity": 2, "expiresOn": "2031-01-31"}]})


def _by_serials(world: World) -> Json:
    return _tracked(world, "serial", {"serials": [world.canary("serial number"), world.canary("serial number")]})


def delete_stocked_product(visit: Visit) -> None:
    """A product with stock, one whose stock is gone, and one that has nothing to do with stock."""
    body = _adjustment(visit.world)
    path = {"product_id": body["productId"]}
    visit.world.made(_ADJUSTMENTS, body)
    visit.request(409, by="member", path=path)
    visit.world.made(_ADJUSTMENTS, {**body, "quantity": -5})
    visit.request(204, by="member", path=path)
    catalogue.delete_product(visit)


def delete_stocked_warehouse(visit: Visit) -> None:
    """A warehouse with stock, and one that has nothing to do with stock."""
    body = _adjustment(visit.world)
    visit.world.made(_ADJUSTMENTS, body)
    visit.request(409, by="member", path={"warehouse_id": body["warehouseId"]})
    catalogue.WAREHOUSES.delete(visit)


def _read(visit: Visit, *queries: Json, body: Callable[[World], Json] = _adjustment) -> None:
    for _ in range(2):
        visit.world.made(_ADJUSTMENTS, body(visit.world))
    first = visit.request(200, by="read_key", query={"limit": "1"})
    visit.request(200, by="member", query={"limit": "1", "cursor": visit.world.keep("cursor", first.json["next"])})
    for query in queries:
        assert visit.request(200, by="member", query=query).json["items"], query
    visit.request(400, by="member", query={"cursor": visit.world.canary("cursor")})


def list_stock(visit: Visit) -> None:
    """Everything, of a product, in a warehouse, both, and a cursor that is none."""
    body = _adjustment(visit.world)
    visit.world.made(_ADJUSTMENTS, body)
    product, warehouse = {"productId": body["productId"]}, {"warehouseId": body["warehouseId"]}
    _read(visit, product, warehouse, {**product, **warehouse})


def list_movements(visit: Visit) -> None:
    """Everything, of a product, in a warehouse, since a time, and a cursor that is none."""
    body = _adjustment(visit.world)
    visit.world.made(_ADJUSTMENTS, body)
    product, warehouse = {"productId": body["productId"]}, {"warehouseId": body["warehouseId"]}
    _read(visit, product, warehouse, {**product, **warehouse}, {**product, "since": "2020-01-01T00:00:00Z"})


def list_lots(visit: Visit) -> None:
    """Everything, of a product, in a warehouse, both, those that expire, and a cursor that is none."""
    body = _by_lots(visit.world)
    visit.world.made(_ADJUSTMENTS, body)
    product, warehouse = {"productId": body["productId"]}, {"warehouseId": body["warehouseId"]}
    expiring = {"expiringBy": "2031-12-31"}
    _read(visit, product, warehouse, {**product, **warehouse}, expiring, body=_by_lots)


def list_serial_numbers(visit: Visit) -> None:
    """Everything, of a product, in a warehouse, one by its number, and a cursor that is none."""
    body = _by_serials(visit.world)
    visit.world.made(_ADJUSTMENTS, body)
    product, warehouse = {"productId": body["productId"]}, {"warehouseId": body["warehouseId"]}
    _read(visit, product, warehouse, {"serial": body["serials"][0]}, body=_by_serials)


def reconcile_stock(visit: Visit) -> None:
    """As the list of stock."""
    list_stock(visit)


def repair_stock(visit: Visit) -> None:
    """A level that is right, a product that is not there, and somebody who is no owner."""
    body = _adjustment(visit.world)
    visit.world.made(_ADJUSTMENTS, body)
    place = {"productId": body["productId"], "warehouseId": body["warehouseId"]}
    key = {"Idempotency-Key": visit.world.canary("idempotency key")}
    visit.request(201, by="owner", body={**place, "note": visit.world.canary("note")}, headers=key)
    visit.request(422, by="owner", body={**place, "productId": _NO_PRODUCT}, headers=key)
    visit.request(403, by="admin", body=place)

"""Journeys of the functions that keep orders."""

from datetime import timedelta

from nexstock.clock import to_rfc3339, utc_now
from tests.support.events import Json
from tests.support.journeys.world import Visit, World
from tests.support.orders import ORDERS, a_customer, ended_a_moment_ago

_MISSING = {"order_id": "ord_01JD0000000000000000000000"}


def _body(world: World, *, quantity: int = 2, stocked: bool = True) -> Json:
    """Return the body of an order, every text a canary; without stock, of what may be sold before it is there."""
    warehouse = {"code": world.canary("code"), "name": world.canary("name")}
    place = {
        "productId": world.made("/v1/products", {**world.product(), "allowBackorder": not stocked}).json["id"],
        "warehouseId": world.made("/v1/warehouses", warehouse).json["id"],
    }
    if stocked:
        world.made("/v1/stock/adjustments", {**place, "quantity": 5, "reason": "found"})
    return {
        "warehouseId": place["warehouseId"],
        "customerId": a_customer(world.organization),
        "lines": [{"productId": place["productId"], "quantity": quantity}],
        "reference": world.canary("reference"),
        "notes": world.canary("notes"),
    }


def _reserved() -> Json:
    return {"confirm": True, "reservedUntil": to_rfc3339(utc_now() + timedelta(hours=1))}


def _path(visit: Visit, **fields: object) -> dict[str, str]:
    return {"order_id": visit.world.made(ORDERS, {**_body(visit.world), **fields}).json["id"]}


def _key(visit: Visit) -> dict[str, str]:
    return {"Idempotency-Key": visit.world.canary("idempotency key")}


def create_order(visit: Visit) -> None:
    """A draft, the same once more, one that is confirmed, one that asks for too much, and bodies that make no sense."""
    world = visit.world
    body, key = _body(world), _key(visit)
    visit.request(201, by="member", body=body, headers=key)
    visit.request(201, by="member", body=body, headers=key)
    visit.request(201, by="write_key", body={**body, **_reserved()})
    visit.request(201, by="member", body={**_body(world, stocked=False), "confirm": True})
    visit.request(409, by="member", body={**_body(world, quantity=9), "confirm": True})
    visit.request(422, by="member", body={**body, "customerId": world.canary("customer's id")}, headers=_key(visit))
    visit.request(422, by="member", body={**body, "warehouseId": world.canary("warehouse's id")})
    visit.request(403, by="read_key", body=body)


def get_order(visit: Visit) -> None:
    """One that is there, one that is not, and a request that the authorizer did not let in."""
    path = _path(visit)
    visit.request(200, by="read_key", path=path)
    visit.request(404, by="member", path=_MISSING)
    visit.request(404, by="member", path={"order_id": visit.world.canary("order's id")})
    visit.request(401, path=path)


def list_orders(visit: Visit) -> None:
    """Two pages, every filter, and a cursor that is none."""
    world = visit.world
    order, _ = (world.made(ORDERS, _body(world)).json for _ in range(2))
    first = visit.request(200, by="read_key", query={"limit": "1"})
    visit.request(200, by="member", query={"limit": "1", "cursor": world.keep("cursor", first.json["next"])})
    for query in (
        {"status": "draft"},
        {"customerId": order["customerId"]},
        {"number": order["number"]},
        {"reference": order["reference"]},
        {"updatedSince": "2020-01-01T00:00:00Z"},
    ):
        found = visit.request(200, by="member", query=query)
        assert order["id"] in {item["id"] for item in found.json["items"]}, query
    visit.request(400, by="member", query={"cursor": world.canary("cursor")})


def update_order(visit: Visit) -> None:
    """Other lines, another customer, an old version, one that is confirmed, and nothing to update."""
    world = visit.world
    body, path = _body(world), _path(visit)
    patch = {name: body[name] for name in ("lines", "customerId", "reference", "notes")}
    visit.request(200, by="member", path=path, body=patch, headers=_key(visit))
    visit.request(412, by="member", path=path, body={}, headers={"If-Match": '"1"', **_key(visit)})
    visit.request(422, by="member", path=path, body={"lines": [{"productId": world.canary("id"), "quantity": 1}]})
    visit.request(409, by="member", path=_path(visit, confirm=True), body=patch)
    visit.request(404, by="member", path=_MISSING, body={})


def confirm_order(visit: Visit) -> None:
    """A draft, with an end, the same once more, one of what is not there yet, one that asks for too much."""
    world = visit.world
    path, key = _path(visit), _key(visit)
    body = {"reservedUntil": to_rfc3339(utc_now() + timedelta(hours=1))}
    visit.request(200, by="member", path=path, body=body, headers=key)
    visit.request(200, by="member", path=path, body=body, headers=key)
    unmoved = {"order_id": world.made(ORDERS, _body(world, stocked=False)).json["id"]}
    visit.request(200, by="member", path=unmoved)
    too_much = {"order_id": world.made(ORDERS, _body(world, quantity=9)).json["id"]}
    visit.request(409, by="member", path=too_much)
    _refused(visit)


def cancel_order(visit: Visit) -> None:
    """A draft, one that has an end, the same once more, and one that is shipped."""
    visit.request(200, by="member", path=_path(visit), body={"reason": visit.world.canary("reason")})
    path, key = _path(visit, **_reserved()), _key(visit)
    visit.request(200, by="member", path=path, headers=key)
    visit.request(200, by="member", path=path, headers=key)
    visit.request(409, by="member", path=path)
    _refused(visit)


def fulfil_order(visit: Visit) -> None:
    """One that has an end, all of it, the same once more, and more than is left."""
    path, key = _path(visit, **_reserved()), _key(visit)
    visit.request(200, by="member", path=path, headers=key)
    visit.request(200, by="member", path=path, headers=key)
    visit.request(409, by="member", path=path)
    _refused(visit)


def return_order(visit: Visit) -> None:
    """One that is shipped, into stock and into scrap, the same once more, and more than was shipped."""
    for restock in (True, False):
        path, key = _path(visit, confirm=True), _key(visit)
        visit.world.made(f"{ORDERS}/{path['order_id']}/fulfil", None)
        body = {"restock": restock, "reason": visit.world.canary("reason")}
        visit.request(200, by="member", path=path, body=body, headers=key)
        visit.request(200, by="member", path=path, body=body, headers=key)
        visit.request(409, by="member", path=path)
    _refused(visit)


def expire_reservations(visit: Visit) -> None:
    """An order whose reservation has ended, and then none."""
    order = ended_a_moment_ago(visit.world.organization, _body(visit.world))
    for _ in range(2):
        visit.invoke({})
        assert visit.world.read(f"{ORDERS}/{order.id}").json["status"] == "cancelled"


def _refused(visit: Visit) -> None:
    """Somebody who may not, and an order that is not there."""
    visit.request(403, by="read_key", path=_MISSING)
    visit.request(404, by="member", path=_MISSING, headers=_key(visit))

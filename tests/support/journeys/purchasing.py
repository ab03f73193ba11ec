"""Journeys of the functions that transfer, count and buy stock."""

from tests.support.counting import event_of, in_parts, many_products
from tests.support.events import Json
from tests.support.journeys.world import Visit, World
from tests.support.purchasing_requests import a_supplier

_TRANSFERS = "/v1/stock/transfers"
_COUNTS = "/v1/stock/counts"
_PURCHASE_ORDERS = "/v1/purchase-orders"
_NOBODYS = "01JD0000000000000000000000"
_LINES_OF_A_SLICE = 30
_SLICES_OF_A_MESSAGE = 5


def _key(world: World) -> dict[str, str]:
    return {"Idempotency-Key": world.canary("idempotency key")}


def _warehouse(world: World) -> str:
    body = {"code": world.canary("code"), "name": world.canary("name")}
    return str(world.made("/v1/warehouses", body).json["id"])


def _product(world: World) -> str:
    return str(world.made("/v1/products", world.product()).json["id"])


def _stocked(world: World, quantity: int = 10) -> tuple[str, str]:
    product, warehouse = _product(world), _warehouse(world)
    body = {"productId": product, "warehouseId": warehouse, "quantity": quantity, "reason": "found"}
    world.made("/v1/stock/adjustments", body)
    return product, warehouse


def _transfer(world: World, **fields: object) -> Json:
    product, source = _stocked(world)
    ends = {"fromWarehouseId": source, "toWarehouseId": _warehouse(world)}
    return {"productId": product, "quantity": 4, **ends, "note": world.canary("note"), **fields}


def create_transfer(visit: Visit) -> None:
    """At once, the same once more, in transit, too much, and a product that is not there."""
    world = visit.world
    body, key = _transfer(world), _key(world)
    visit.request(201, by="member", body=body, headers=key)
    visit.request(201, by="member", body=body, headers=key)
    visit.request(201, by="write_key", body={**body, "quantity": 1, "inTransit": True})
    visit.request(409, by="member", body={**body, "quantity": 100}, headers=_key(world))
    visit.request(422, by="member", body={**body, "productId": f"prd_{_NOBODYS}"})
    visit.request(403, by="read_key", body=body)


def list_transfers(visit: Visit) -> None:
    """Two pages, every filter, and a cursor that is none."""
    body = _transfer(visit.world)
    for _ in range(2):
        visit.world.made(_TRANSFERS, {**body, "quantity": 1})
    ends = [{"warehouseId": body[end]} for end in ("fromWarehouseId", "toWarehouseId")]
    _listed(visit, {"status": "completed"}, *ends, {"updatedSince": "2020-01-01T00:00:00Z"})


def get_transfer(visit: Visit) -> None:
    """One that is there, one that is not, and a request that the authorizer did not let in."""
    _read(visit, "transfer_id", visit.world.made(_TRANSFERS, _transfer(visit.world)).json["id"], "trf")


def receive_transfer(visit: Visit) -> None:
    """Some of it, the same once more, too much, the rest, and what has arrived already."""
    world = visit.world
    body = _transfer(world, inTransit=True)
    path, key = {"transfer_id": world.made(_TRANSFERS, body).json["id"]}, _key(world)
    lines = {"lines": [{"productId": body["productId"], "quantity": 3}]}
    visit.request(200, by="member", path=path, body=lines, headers=key)
    visit.request(200, by="member", path=path, body=lines, headers=key)
    visit.request(409, by="member", path=path, body=lines, headers=_key(world))
    visit.request(200, by="write_key", path=path)
    visit.request(409, by="member", path=path)
    visit.request(412, by="member", path=path, headers={"If-Match": '"1"'})
    visit.request(404, by="member", path={"transfer_id": f"trf_{_NOBODYS}"})


def cancel_transfer(visit: Visit) -> None:
    """One in transit, the same once more, and one that is over."""
    world = visit.world
    path, key = {"transfer_id": world.made(_TRANSFERS, _transfer(world, inTransit=True)).json["id"]}, _key(world)
    visit.request(200, by="member", path=path, headers=key)
    visit.request(200, by="member", path=path, headers=key)
    visit.request(409, by="member", path=path, headers=_key(world))
    visit.request(404, by="member", path={"transfer_id": f"trf_{_NOBODYS}"})


def _count(world: World, **fields: object) -> Json:
    return {"warehouseId": _warehouse(world), "name": world.canary("name"), **fields}


def _a_count(world: World) -> str:
    return str(world.made(_COUNTS, _count(world)).json["id"])


def _recorded(world: World, count_id: str, products: list[str]) -> None:
    for some in in_parts(products, 90):
        world.changed(f"{_COUNTS}/{count_id}/lines", {"lines": [{"productId": each, "counted": 2} for each in some]})


def create_count(visit: Visit) -> None:
    """For everything, the same once more, for a category, and for a warehouse that is not there."""
    world = visit.world
    body, key = _count(world), _key(world)
    visit.request(201, by="member", body=body, headers=key)
    visit.request(201, by="member", body=body, headers=key)
    visit.request(201, by="write_key", body=_count(world, category=world.canary("category")))
    visit.request(422, by="member", body={"warehouseId": f"whs_{_NOBODYS}"}, headers=_key(world))
    visit.request(403, by="read_key", body=body)


def list_counts(visit: Visit) -> None:
    """Two pages, every filter, and a cursor that is none."""
    body = _count(visit.world)
    for _ in range(2):
        visit.world.made(_COUNTS, body)
    _listed(visit, {"status": "open"}, {"warehouseId": body["warehouseId"]})


def get_count(visit: Visit) -> None:
    """One that is there, one that is not, and a request that the authorizer did not let in."""
    _read(visit, "count_id", _a_count(visit.world), "cnt")


def list_count_lines(visit: Visit) -> None:
    """Two pages, a cursor that is none, and a sheet that is not there."""
    world = visit.world
    count_id = _a_count(world)
    _recorded(world, count_id, [_product(world) for _ in range(2)])
    _listed(visit, path={"count_id": count_id})
    visit.request(404, by="member", path={"count_id": f"cnt_{_NOBODYS}"})


def record_count_lines(visit: Visit) -> None:
    """A line, the same once more, counted anew, what is not there, and a sheet that is over."""
    world = visit.world
    path, key = {"count_id": _a_count(world)}, _key(world)
    lines = {"lines": [{"productId": _product(world), "counted": 2, "note": world.canary("note")}]}
    visit.request(200, by="member", path=path, body=lines, headers=key)
    visit.request(200, by="member", path=path, body=lines, headers=key)
    visit.request(200, by="write_key", path=path, body=lines)
    nothing = {"lines": [{"productId": f"prd_{_NOBODYS}", "counted": 2}]}
    visit.request(422, by="member", path=path, body=nothing, headers=_key(world))
    visit.request(412, by="member", path=path, body=lines, headers={"If-Match": '"1"'})
    world.made(f"{_COUNTS}/{path['count_id']}/cancel", None)
    visit.request(409, by="member", path=path, body=lines)
    visit.request(404, by="member", path={"count_id": f"cnt_{_NOBODYS}"}, body=lines)


def post_count(visit: Visit) -> None:
    """A sheet of one slice, the same once more, one that is over, and one that goes on in the background."""
    world = visit.world
    path, key = {"count_id": _a_count(world)}, _key(world)
    _recorded(world, path["count_id"], [_product(world)])
    visit.request(200, by="member", path=path, headers=key)
    visit.request(200, by="member", path=path, headers=key)
    visit.request(409, by="member", path=path, headers=_key(world))
    large = {"count_id": _a_count(world)}
    _recorded(world, large["count_id"], many_products(world.organization, _LINES_OF_A_SLICE + 1))
    assert visit.request(200, by="write_key", path=large).json["status"] == "posting"
    visit.request(404, by="member", path={"count_id": f"cnt_{_NOBODYS}"})


def cancel_count(visit: Visit) -> None:
    """An open sheet, the same once more, and one that is over."""
    world = visit.world
    path, key = {"count_id": _a_count(world)}, _key(world)
    visit.request(200, by="member", path=path, headers=key)
    visit.request(200, by="member", path=path, headers=key)
    visit.request(409, by="member", path=path, headers=_key(world))
    visit.request(404, by="member", path={"count_id": f"cnt_{_NOBODYS}"})


def continue_count(visit: Visit) -> None:
    """A sheet of more lines than one message works through, its rest, and sheets that need nothing more."""
    world = visit.world
    # The last line of the second slice begins a level, and is alone: the ledger then checks what it lies in.
    lines = _LINES_OF_A_SLICE * (1 + _SLICES_OF_A_MESSAGE) + 1
    count_id = _a_count(world)
    _recorded(world, count_id, many_products(world.organization, lines))
    world.made(f"{_COUNTS}/{count_id}/post", None)
    message = {"organizationId": world.organization.id, "countId": count_id}
    for _ in range(3):
        assert visit.invoke(event_of(message)).answer == {"batchItemFailures": []}
    assert world.read(f"{_COUNTS}/{count_id}").json["status"] == "posted"
    assert visit.invoke(event_of({**message, "countId": f"cnt_{_NOBODYS}"})).answer == {"batchItemFailures": []}


def _purchase(world: World) -> Json:
    line = {"productId": _product(world), "quantity": 4, "unitCost": {"amount": 250, "currency": "USD"}}
    texts = {"reference": world.canary("reference"), "notes": world.canary("notes")}
    ends = {"supplierId": a_supplier(world.organization), "warehouseId": _warehouse(world)}
    return {**ends, "lines": [line], **texts}


def _a_purchase(world: World, *steps: str) -> dict[str, str]:
    order_id = str(world.made(_PURCHASE_ORDERS, _purchase(world)).json["id"])
    for step in steps:
        world.made(f"{_PURCHASE_ORDERS}/{order_id}/{step}", None)
    return {"purchase_order_id": order_id}


def create_purchase_order(visit: Visit) -> None:
    """A draft, the same once more, a supplier and a product that are not there."""
    world = visit.world
    body, key = _purchase(world), _key(world)
    visit.request(201, by="member", body=body, headers=key)
    visit.request(201, by="member", body=body, headers=key)
    visit.request(422, by="member", body={**body, "supplierId": f"sup_{_NOBODYS}"}, headers=_key(world))
    nothing = [{"productId": f"prd_{_NOBODYS}", "quantity": 1}]
    visit.request(422, by="write_key", body={**body, "lines": nothing}, headers=_key(world))
    visit.request(403, by="read_key", body=body)


def list_purchase_orders(visit: Visit) -> None:
    """Two pages, every filter, and a cursor that is none."""
    made = [visit.world.made(_PURCHASE_ORDERS, _purchase(visit.world)).json for _ in range(2)]
    queries = [{"status": "draft"}, {"supplierId": made[0]["supplierId"]}, {"number": made[0]["number"]}]
    _listed(visit, *queries, {"updatedSince": "2020-01-01T00:00:00Z"})


def get_purchase_order(visit: Visit) -> None:
    """One that is there, one that is not, and a request that the authorizer did not let in."""
    _read(visit, "purchase_order_id", _a_purchase(visit.world)["purchase_order_id"], "pur")


def update_purchase_order(visit: Visit) -> None:
    """Lines, the same once more, another supplier and warehouse, an old version, and one that is submitted."""
    world = visit.world
    path, key = _a_purchase(world), _key(world)
    other = _purchase(world)
    visit.request(200, by="member", path=path, body={"lines": other["lines"]}, headers=key)
    visit.request(200, by="member", path=path, body={"lines": other["lines"]}, headers=key)
    visit.request(200, by="write_key", path=path, body=other)
    visit.request(422, by="member", path=path, body={"warehouseId": f"whs_{_NOBODYS}"}, headers=_key(world))
    visit.request(412, by="member", path=path, body={}, headers={"If-Match": '"1"'})
    visit.request(409, by="member", path=_a_purchase(world, "submit"), body={})
    visit.request(404, by="member", path={"purchase_order_id": f"pur_{_NOBODYS}"}, body={})


def submit_purchase_order(visit: Visit) -> None:
    """A draft, the same once more, and one that is submitted."""
    _stepped(visit, _a_purchase(visit.world))


def receive_purchase_order(visit: Visit) -> None:
    """Some of it, the same once more, too much, the rest, and one that is received."""
    world = visit.world
    path, key = _a_purchase(world, "submit"), _key(world)
    (line,) = world.read(f"{_PURCHASE_ORDERS}/{path['purchase_order_id']}").json["lines"]
    lines = {"lines": [{"productId": line["productId"], "quantity": 3}]}
    visit.request(200, by="member", path=path, body=lines, headers=key)
    visit.request(200, by="member", path=path, body=lines, headers=key)
    visit.request(409, by="member", path=path, body=lines, headers=_key(world))
    _stepped(visit, path)


def cancel_purchase_order(visit: Visit) -> None:
    """One that is submitted, the same once more, and one that is over."""
    _stepped(visit, _a_purchase(visit.world, "submit"))


def _stepped(visit: Visit, path: dict[str, str]) -> None:
    world, key = visit.world, _key(visit.world)
    visit.request(412, by="member", path=path, headers={"If-Match": '"9"'})
    visit.request(200, by="member", path=path, headers=key)
    visit.request(200, by="member", path=path, headers=key)
    visit.request(409, by="write_key", path=path, headers=_key(world))
    visit.request(404, by="member", path={"purchase_order_id": f"pur_{_NOBODYS}"})
    visit.request(403, by="read_key", path=path)


def _read(visit: Visit, variable: str, resource_id: str, prefix: str) -> None:
    visit.request(200, by="read_key", path={variable: resource_id})
    visit.request(404, by="member", path={variable: f"{prefix}_{_NOBODYS}"})
    visit.request(404, by="member", path={variable: visit.world.canary("id")})
    visit.request(401, path={variable: resource_id})


def _listed(visit: Visit, *queries: dict[str, str], path: dict[str, str] | None = None) -> None:
    first = visit.request(200, by="read_key", path=path, query={"limit": "1"})
    cursor = visit.world.keep("cursor", first.json["next"])
    visit.request(200, by="member", path=path, query={"limit": "1", "cursor": cursor})
    for query in queries:
        assert visit.request(200, by="member", path=path, query=query).json["items"], query
    visit.request(400, by="member", path=path, query={"cursor": visit.world.canary("cursor")})

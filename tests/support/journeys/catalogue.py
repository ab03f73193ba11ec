"""Journeys of the functions that keep the catalogue."""

from tests.support.events import Json
from tests.support.journeys.resources import ResourceJourneys
from tests.support.journeys.world import Visit, World

MISSING = "prd_01JD0000000000000000000000"


def _address(world: World) -> Json:
    parts = ("line1", "line2", "city", "state")
    return {**{part: world.canary(part) for part in parts}, "postalCode": world.canary("code")[:20], "country": "NL"}


WAREHOUSES = ResourceJourneys(
    "/v1/warehouses",
    "warehouse_id",
    lambda world: {"code": world.canary("code"), "name": world.canary("name"), "address": _address(world)},
    lambda world: {"name": world.canary("name")},
    "whs_01JD0000000000000000000000",
    unique="code",
    filters=lambda made: [{"code": made["code"]}],
)


def _contact(world: World) -> Json:
    return {
        "name": world.canary("name"),
        "email": world.email(),
        "phone": world.canary("phone"),
        "address": _address(world),
        "notes": world.canary("notes"),
    }


SUPPLIERS = ResourceJourneys(
    "/v1/suppliers",
    "supplier_id",
    lambda world: {**_contact(world), "leadTimeDays": 14},
    lambda world: {"email": world.email(), "leadTimeDays": 7},
    "sup_01JD0000000000000000000000",
    filters=lambda made: [{"updatedSince": made["updatedAt"]}, {"search": made["name"]}],
    sealed=True,
)

CUSTOMERS = ResourceJourneys(
    "/v1/customers",
    "customer_id",
    lambda world: {**_contact(world), "taxId": world.canary("tax id")},
    lambda world: {"email": world.email()},
    "cus_01JD0000000000000000000000",
    filters=lambda made: [{"updatedSince": made["updatedAt"]}, {"email": made["email"]}],
    sealed=True,
)


def list_event_types(visit: Visit) -> None:
    """All of them, and a request that the authorizer did not let in."""
    visit.request(200, by="read_key")
    visit.request(401)


def _components(world: World) -> list[Json]:
    return [{"productId": world.made("/v1/products", world.product()).json["id"], "quantity": 2}]


def create_product(visit: Visit) -> None:
    """A new product, the same once more, a SKU that is taken, a body that is not valid, and a kit of a supplier's."""
    world = visit.world
    body, key = world.product(), {"Idempotency-Key": world.canary("idempotency key")}
    visit.request(201, by="member", body=body, headers=key)
    visit.request(201, by="member", body=body, headers=key)
    visit.request(409, by="owner", body=body)
    visit.request(409, by="owner", body=body, headers={"Idempotency-Key": world.canary("idempotency key")})
    visit.request(422, by="owner", body={"sku": world.canary("SKU")}, headers=key)
    supplier_id = world.made("/v1/suppliers", _contact(world)).json["id"]
    visit.request(
        201, by="member", body={**world.product(), "components": _components(world), "supplierId": supplier_id}
    )
    visit.request(403, by="read_key", body=world.product())


def get_product(visit: Visit) -> None:
    """One that is there, one that is not, and a request that the authorizer did not let in."""
    product_id = visit.world.made("/v1/products", visit.world.product()).json["id"]
    visit.request(200, by="read_key", path={"product_id": product_id})
    visit.request(404, by="member", path={"product_id": MISSING})
    visit.request(404, by="member", path={"product_id": visit.world.canary("product's id")})
    visit.request(401, path={"product_id": product_id})


def list_products(visit: Visit) -> None:
    """Two pages, every filter, and a cursor that is none."""
    for _ in range(2):
        made = visit.world.made("/v1/products", visit.world.product()).json
    first = visit.request(200, by="member", query={"limit": "1"})
    visit.request(200, by="member", query={"limit": "1", "cursor": visit.world.keep("cursor", first.json["next"])})
    for query in (
        {"sku": made["sku"]},
        {"barcode": made["barcodes"][0]},
        {"category": made["category"]},
        {"updatedSince": made["updatedAt"]},
        {"search": made["sku"][:30]},
        {"search": made["name"]},
    ):
        found = visit.request(200, by="member", query=query)
        assert made["id"] in {item["id"] for item in found.json["items"]}, query
    visit.request(400, by="member", query={"cursor": visit.world.canary("cursor")})


def update_product(visit: Visit) -> None:
    """A new name, SKU and reorder point, a SKU that is taken, components, an old version, and nothing."""
    world = visit.world
    taken = world.made("/v1/products", world.product()).json["sku"]
    path = {"product_id": world.made("/v1/products", world.product()).json["id"]}
    key = {"Idempotency-Key": world.canary("idempotency key")}
    visit.request(200, by="member", path=path, body={"name": world.canary("product's name")}, headers=key)
    visit.request(200, by="member", path=path, body={"sku": world.canary("SKU")})
    visit.request(200, by="member", path=path, body={"reorderPoint": 5})
    visit.request(409, by="member", path=path, body={"sku": taken})
    visit.request(200, by="member", path=path, body={"components": _components(world)})
    visit.request(200, by="member", path=path, body={"components": None})
    visit.request(412, by="member", path=path, body={}, headers={"If-Match": '"1"', "Idempotency-Key": "another"})
    visit.request(404, by="member", path={"product_id": MISSING}, body={})


def delete_product(visit: Visit) -> None:
    """One that is there, the same once more, with and without the first answer's key, a component, and a kit."""
    path = {"product_id": visit.world.made("/v1/products", visit.world.product()).json["id"]}
    key = {"Idempotency-Key": visit.world.canary("idempotency key")}
    visit.request(204, by="member", path=path, headers=key)
    visit.request(204, by="member", path=path, headers=key)
    visit.request(404, by="member", path=path)
    kit = visit.world.made("/v1/products", {**visit.world.product(), "components": _components(visit.world)}).json
    visit.request(409, by="member", path={"product_id": kit["components"][0]["productId"]})
    visit.request(204, by="member", path={"product_id": kit["id"]})


def restore_product(visit: Visit) -> None:
    """One that is deleted, the same once more, one whose SKU was given away, a kit, and one that never was."""
    world = visit.world
    body = world.product()
    path = {"product_id": world.made("/v1/products", body).json["id"]}
    world.removed(f"/v1/products/{path['product_id']}")
    key = {"Idempotency-Key": world.canary("idempotency key")}
    visit.request(200, by="member", path=path, headers=key)
    visit.request(200, by="member", path=path, headers=key)
    world.removed(f"/v1/products/{path['product_id']}")
    world.made("/v1/products", body)
    visit.request(409, by="member", path=path)
    kit = world.made("/v1/products", {**world.product(), "components": _components(world)}).json["id"]
    world.removed(f"/v1/products/{kit}")
    visit.request(200, by="member", path={"product_id": kit})
    visit.request(404, by="member", path={"product_id": MISSING}, headers={"Idempotency-Key": "another"})

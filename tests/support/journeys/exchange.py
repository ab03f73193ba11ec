"""Journeys of the functions that import and export."""

import json
import secrets
from datetime import timedelta
from typing import Final

from nexstock.auth.step_up import HEADER, Action
from nexstock.background import JobNote
from nexstock.clock import utc_now
from nexstock.files.storage import Area, FileStore
from nexstock.http.requests import CSV
from tests.support.api import call
from tests.support.audited import some_facts, write
from tests.support.bulk import fill_levels
from tests.support.confirmations import a_proof
from tests.support.imports import CSV_HEADERS, created, posted, table
from tests.support.journeys.world import Visit, World

_LONG: Final = [{"path": "/description", "before": None, "after": "long " * 30_000}]
MISSING: Final = "imp_01JD0000000000000000000000"
_COLUMNS: Final = ("sku", "name", "description")


def import_products(visit: Visit) -> None:
    """A table, the same once more, and texts that are no table."""
    world = visit.world
    key = {"Idempotency-Key": world.canary("idempotency key")}
    text = _table(world)
    visit.request(202, by="member", body=text, headers={**CSV_HEADERS, **key})
    visit.request(202, by="member", body=text, headers={**CSV_HEADERS, **key})
    visit.request(422, by="member", body=f"{world.canary('column')},sku\na,b\n", headers=CSV_HEADERS)
    visit.request(422, by="member", body=f'sku\n"{world.canary("cell")}', headers={**CSV_HEADERS, **key})
    visit.request(415, by="member", body={"sku": world.canary("SKU")})
    visit.request(403, by="read_key", body=text, headers=CSV_HEADERS)


def create_import(visit: Visit) -> None:
    """A new import, the same once more, and a kind that there is not."""
    world = visit.world
    body, key = {"kind": "products", "fileName": world.canary("file's name")}, world.canary("idempotency key")
    made = visit.request(201, by="member", body=body, headers={"Idempotency-Key": key}).json
    world.keep("upload's signature", made["upload"]["fields"]["x-amz-signature"])
    visit.request(409, by="member", body=body, headers={"Idempotency-Key": key})
    visit.request(422, by="member", body={"kind": world.canary("kind")}, headers={"Idempotency-Key": "another"})


def list_imports(visit: Visit) -> None:
    """Two pages."""
    for _ in range(2):
        created(visit.world.organization)
    first = visit.request(200, by="read_key", query={"limit": "1"})
    visit.request(200, by="read_key", query={"limit": "1", "cursor": visit.world.keep("cursor", first.json["next"])})


def get_import(visit: Visit) -> None:
    """One that is there and one that is not."""
    visit.request(200, by="read_key", path={"import_id": created(visit.world.organization)["id"]})
    visit.request(404, by="member", path={"import_id": MISSING})


def start_import(visit: Visit) -> None:
    """One without its file, one with it, the same once more, and one that is not there."""
    world = visit.world
    path, key = {"import_id": created(world.organization)["id"]}, {"Idempotency-Key": world.canary("idempotency key")}
    visit.request(409, by="member", path=path)
    FileStore(world.organization.id, Area.IMPORTS).put(path["import_id"], _table(world).encode(), media_type=CSV)
    visit.request(202, by="member", path=path, headers=key)
    visit.request(202, by="member", path=path, headers=key)
    call("POST", f"/v1/imports/{path['import_id']}/cancel", token=world.organization.owner.token)
    visit.request(409, by="member", path=path, headers={"Idempotency-Key": "another"})
    visit.request(404, by="member", path={"import_id": MISSING})


def cancel_import(visit: Visit) -> None:
    """One that waits, the same once more, and one that is not there."""
    path = {"import_id": created(visit.world.organization)["id"]}
    key = {"Idempotency-Key": visit.world.canary("idempotency key")}
    for _ in range(2):
        visit.request(200, by="member", path=path, headers=key)
    visit.request(404, by="member", path={"import_id": MISSING}, headers={"Idempotency-Key": "another"})


def process_import(visit: Visit) -> None:
    """One of more rows than a note's, one that changes a product, notes without an import, and one that is none."""
    world = visit.world
    many = table(_COLUMNS, *(["", world.canary("product's name"), str(number)] for number in range(1_001)))
    taken = world.made("/v1/products", world.product()).json["sku"]
    for text in (many, many, _table(world, taken), _changes_of_stocked(world)):
        record = _queued(visit, _note(world, posted(world.organization, text).json["id"]))
        assert visit.invoke(record).answer == {"batchItemFailures": []}
    late = JobNote(world.organization.id, MISSING, utc_now() - timedelta(minutes=2)).message
    assert visit.invoke(_queued(visit, late)).answer == {"batchItemFailures": []}
    for failing in (_note(world, MISSING), {"note": world.canary("note")}):
        assert visit.invoke(_queued(visit, failing)).answer == {"batchItemFailures": [{"itemIdentifier": "1"}]}


def export_products(visit: Visit) -> None:
    """Few products, and then more than one answer holds."""
    world = visit.world
    world.made("/v1/products", world.product())
    visit.request(200, by="read_key")
    for _ in range(60):
        attributes = {f"a{number}": secrets.token_hex(250) for number in range(50)}
        body = {**world.product(), "attributes": attributes, "description": "€" * 5_000}
        world.made("/v1/products", {**body, "category": "€" * 100, "name": "€" * 200})
        world.made("/v1/products", {**body, "sku": world.canary("SKU"), "barcodes": []})
    visit.request(202, by="read_key")
    visit.request(202, by="read_key")
    visit.request(401)


def export_stock(visit: Visit) -> None:
    """A few levels, and then more than one answer holds."""
    fill_levels(visit.world.organization, 2)
    visit.request(200, by="read_key")
    fill_levels(visit.world.organization, 5_000)
    visit.request(202, by="read_key")
    visit.request(202, by="read_key")
    visit.request(401)


def export_organization(visit: Visit) -> None:
    """One that is begun, the same once more, and who may not."""
    visit.request(202, by="admin")
    visit.request(202, by="owner")
    visit.request(403, by="member")


def make_export(visit: Visit) -> None:
    """One that is made, the same once more, a note without an export, and one whose organization has gone."""
    world = visit.world
    world.made("/v1/products", world.product())
    for path in ("/v1/suppliers", "/v1/customers"):
        world.made(path, {"name": world.canary("name"), "email": world.email(), "notes": world.canary("notes")})
    token = world.organization.owner.token
    note = _note(world, call("GET", "/v1/organization/export", token=token).json["id"])
    for _ in range(2):
        assert visit.invoke(_queued(visit, note)).answer == {"batchItemFailures": []}
    write(world.organization.id, *(some_facts(number, diff=_LONG) for number in range(25)))
    note = _note(world, call("GET", "/v1/audit-logs/export", token=token).json["id"])
    assert visit.invoke(_queued(visit, note)).answer == {"batchItemFailures": []}
    missing = _note(world, "exp_01JD0000000000000000000000")
    assert visit.invoke(_queued(visit, missing)).answer == {"batchItemFailures": [{"itemIdentifier": "1"}]}
    gone = World(world.taking, world.failing)
    token = gone.organization.owner.token
    note = _note(gone, call("GET", "/v1/organization/export", token=token).json["id"])
    headers = {HEADER: a_proof(token, Action.DELETE_ORGANIZATION)}
    assert call("DELETE", "/v1/organization", token=token, headers=headers).status == 202
    assert visit.invoke(_queued(visit, note)).answer == {"batchItemFailures": [{"itemIdentifier": "1"}]}


def _table(world: World, *skus: str) -> str:
    """Return a table of some products, of which one is not valid."""
    rows = [[sku, world.canary("product's name"), world.canary("description")] for sku in (*skus, world.canary("SKU"))]
    return table(_COLUMNS, *rows, [world.canary("SKU"), "", ""])


def _changes_of_stocked(world: World) -> str:
    """Return a table that changes how products are kept of which there was stock, and their barcodes."""
    rows = []
    warehouse = world.made("/v1/warehouses", {"code": world.canary("code"), "name": world.canary("warehouse's name")})
    for tracking, point in (("lot", ""), ("", "5")):
        product = world.made("/v1/products", world.product()).json
        for quantity in (1, -1):
            body = {"productId": product["id"], "warehouseId": warehouse.json["id"], "quantity": quantity}
            world.made("/v1/stock/adjustments", {**body, "reason": "correction"})
        rows.append([product["sku"], tracking, point, world.canary("barcode")])
    return table(["sku", "tracking", "reorderPoint", "barcodes"], *rows)


def _note(world: World, job_id: str) -> dict[str, str]:
    return JobNote(world.organization.id, job_id, utc_now()).message


def _queued(visit: Visit, note: dict[str, str]) -> dict[str, object]:
    receipt = visit.world.canary("receipt handle")
    attributes = {"ApproximateReceiveCount": "1"}
    record = {"messageId": "1", "receiptHandle": receipt, "attributes": attributes, "body": json.dumps(note)}
    return {"Records": [record]}

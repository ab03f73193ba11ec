"""Journeys of the functions that keep API keys and show the audit log."""

from functions.streams import write_audit
from tests.support.changes import a_record
from tests.support.environment import table_name
from tests.support.events import Context
from tests.support.journeys.world import Visit, World, stored_item

MISSING_KEY = "key_01JD0000000000000000000000"
MISSING_ENTRY = "aud_01JD0000000000000000000000"


def create_api_key(visit: Visit) -> None:
    """A new key, the same once more, and one that would have ended already."""
    world = visit.world
    body = {"name": world.canary("key's name"), "scope": "read"}
    key = {"Idempotency-Key": world.canary("idempotency key")}
    world.keep("API key", visit.request(201, by="admin", body=body, headers=key).json["key"])
    visit.request(409, by="admin", body=body, headers=key)
    visit.request(422, by="admin", body={**body, "expiresAt": "2020-01-01T00:00:00Z"}, headers=key)
    visit.request(403, by="member", body=body)


def get_api_key(visit: Visit) -> None:
    """One that is there and one that is not."""
    visit.request(200, by="admin", path={"api_key_id": _key(visit.world)})
    visit.request(404, by="admin", path={"api_key_id": MISSING_KEY})


def list_api_keys(visit: Visit) -> None:
    """Two pages."""
    first = visit.request(200, by="admin", query={"limit": "1"})
    visit.request(200, by="admin", query={"limit": "1", "cursor": visit.world.keep("cursor", first.json["next"])})


def update_api_key(visit: Visit) -> None:
    """A change, the same once more, what cannot be, and one that is not there."""
    world, path = visit.world, {"api_key_id": _key(visit.world)}
    key = {"Idempotency-Key": world.canary("idempotency key")}
    body = {"name": world.canary("key's name"), "enabled": False, "allowedIps": ["203.0.113.0/24"]}
    visit.request(200, by="admin", path=path, body=body, headers=key)
    visit.request(200, by="admin", path=path, body=body, headers=key)
    visit.request(422, by="admin", path=path, body={"resources": []}, headers=key)
    visit.request(404, by="admin", path={"api_key_id": MISSING_KEY}, body=body)


def rotate_api_key(visit: Visit) -> None:
    """A new text, the same once more, and one for a key that is not there."""
    world, path = visit.world, {"api_key_id": _key(visit.world)}
    key = {"Idempotency-Key": world.canary("idempotency key")}
    world.keep("API key", visit.request(200, by="admin", path=path, body={}, headers=key).json["key"])
    visit.request(409, by="admin", path=path, body={}, headers=key)
    visit.request(404, by="admin", path={"api_key_id": MISSING_KEY}, body={}, headers=key)


def revoke_api_key(visit: Visit) -> None:
    """One that is there, the same once more, with and without the first answer's key."""
    path = {"api_key_id": _key(visit.world)}
    key = {"Idempotency-Key": visit.world.canary("idempotency key")}
    visit.request(204, by="admin", path=path, headers=key)
    visit.request(204, by="admin", path=path, headers=key)
    visit.request(404, by="admin", path=path)


def list_audit_logs(visit: Visit) -> None:
    """Two pages, and what each filter finds."""
    audited_entries(visit.world)
    first = visit.request(200, by="owner", query={"limit": "1"})
    visit.request(200, by="owner", query={"limit": "1", "cursor": visit.world.keep("cursor", first.json["next"])})
    (entry,) = first.json["items"]
    for name, value in (
        ("resource", entry["resource"]["kind"]),
        ("resourceId", entry["resource"]["id"]),
        ("actorId", entry["actor"]["id"]),
        ("action", entry["action"]),
        ("since", entry["at"]),
    ):
        visit.request(200, by="owner", query={name: value})


def get_audit_log(visit: Visit) -> None:
    """One that is there and one that is not."""
    audited_entries(visit.world)
    entry_id = visit.world.read("/v1/audit-logs").json["items"][0]["id"]
    visit.request(200, by="owner", path={"entry_id": entry_id})
    visit.request(404, by="owner", path={"entry_id": MISSING_ENTRY})


def audited_entries(world: World) -> None:
    """Have the audit log of the world's organization hold two entries at least."""
    event = {"Records": [product_record(world) for _ in range(2)]}
    assert write_audit.handler(event, Context()) == {"batchItemFailures": []}  # type: ignore[arg-type]


def product_record(world: World) -> dict[str, object]:
    """Return the stream record of a product that was just made."""
    product = world.made("/v1/products", world.product()).json
    pk = f"ORG#{world.organization.id}#PRODUCT"
    return a_record(None, stored_item(table_name("tenants"), pk, product["id"]))


def _key(world: World) -> str:
    created = world.made("/v1/api-keys", {"name": world.canary("key's name"), "scope": "read"}).json
    world.keep("API key", created["key"])
    return str(created["id"])

"""The audit log over HTTP: who did what, in one chain that anybody can recompute."""

import hashlib
import json
from typing import Any

import rfc8785

from infra.local.platform.customer import Customer, SignedIn, eventually
from tests.support.receivers import receiver


def _entries(client: Customer, owner: SignedIn, count: int) -> list[dict[str, Any]]:
    """Return the whole log, oldest first, once it has entries of that many changes."""

    def probe() -> list[dict[str, Any]]:
        found = client.http.get("/v1/audit-logs", headers=owner.headers, params={"limit": 100}).json()["items"]
        return found if len(_changes(found)) >= count else []

    return eventually(probe)[::-1]


def _changes(entries: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """Return the entries of changes: none of those that say who signed in, and who read the log."""
    return [entry for entry in entries if not entry["action"].startswith(("sign_in.", "audit_log."))]


def test_each_change_is_recorded_with_actor_address_request_and_diff(client: Customer) -> None:
    owner = client.new_owner()
    created = client.http.post("/v1/products", headers=owner.headers, json={"sku": "A", "name": "Anvil"})
    place = created.headers["location"]
    updated = client.http.patch(place, headers=owner.headers, json={"name": "Big anvil"})
    client.http.delete(place, headers=owner.headers)
    client.http.post(f"{place}/restore", headers=owner.headers)
    key = client.http.post("/v1/api-keys", headers=owner.headers, json={"name": "ERP", "scope": "write"}).json()
    client.http.delete(f"/v1/api-keys/{key['id']}", headers=owner.headers)
    entries = _entries(client, owner, 8)
    assert sorted(entry["action"] for entry in _changes(entries)) == sorted(
        [
            "organization.created",
            "member.created",
            "product.created",
            "product.updated",
            "product.deleted",
            "product.restored",
            "api_key.created",
            "api_key.revoked",
        ]
    )
    change = next(entry for entry in entries if entry["action"] == "product.updated")
    assert change["diff"] == [{"path": "/name", "before": "Anvil", "after": "Big anvil"}]
    assert change["requestId"] == updated.headers["x-request-id"]
    assert (change["actor"]["type"], change["actor"]["name"]) == ("user", "Ada Quay")
    assert change["ip"].startswith("127.")
    alone = client.http.get(f"/v1/audit-logs/{change['id']}", headers=owner.headers)
    assert alone.json() == change


def test_an_api_key_is_named_as_the_actor_of_what_it_did(client: Customer) -> None:
    owner = client.new_owner()
    key = client.http.post("/v1/api-keys", headers=owner.headers, json={"name": "Till 4", "scope": "write"}).json()
    client.http.post("/v1/products", headers={"X-API-Key": key["key"]}, json={"sku": "B", "name": "Bolt"})
    entry = next(entry for entry in _entries(client, owner, 4) if entry["action"] == "product.created")
    assert entry["actor"] == {"type": "api_key", "id": key["id"], "name": "Till 4"}


def test_the_chain_recomputes_from_what_the_api_shows(client: Customer) -> None:
    owner = client.new_owner()
    for number in range(5):
        client.http.post("/v1/products", headers=owner.headers, json={"sku": f"C-{number}", "name": "Crate"})
    entries = _entries(client, owner, 7)
    previous = "0" * 64
    for place, entry in enumerate(entries, start=1):
        assert (entry["sequence"], entry["previousHash"]) == (place, previous)
        canonical = rfc8785.dumps({name: value for name, value in entry.items() if name != "hash"})
        previous = hashlib.sha256(canonical).hexdigest()
        assert entry["hash"] == previous


def test_who_signed_in_was_refused_and_read_the_log_is_in_it(client: Customer) -> None:
    owner = client.new_owner()
    key = client.http.post("/v1/api-keys", headers=owner.headers, json={"name": "POS", "scope": "read"}).json()
    refused = client.http.post("/v1/products", headers={"X-API-Key": key["key"]}, json={"sku": "R", "name": "Rope"})
    assert refused.status_code == 403
    wanted = {"sign_in.succeeded", "access.refused", "audit_log.read"}

    def probe() -> dict[str, dict[str, Any]]:
        found = {entry["action"]: entry for entry in _entries(client, owner, 3)}
        return found if wanted <= set(found) else {}

    told = eventually(probe)
    assert told["access.refused"]["actor"] == {"type": "api_key", "id": key["id"], "name": "POS"}
    assert told["access.refused"]["resource"] == {"kind": "operation", "id": "POST /v1/products"}
    query = {"action": "access.refused", "actorId": key["id"]}
    (found,) = client.http.get("/v1/audit-logs", headers=owner.headers, params=query).json()["items"]
    assert found == told["access.refused"]


def test_each_new_entry_goes_to_an_endpoint_that_watches_the_log(client: Customer) -> None:
    with receiver() as server:
        owner = client.new_owner()
        body = {"url": server.url, "events": ["audit.*"]}
        assert client.http.post("/v1/webhook-endpoints", headers=owner.headers, json=body).status_code == 201
        client.http.post("/v1/products", headers=owner.headers, json={"sku": "W", "name": "Winch"})

        def told() -> list[dict[str, Any]]:
            bodies = [json.loads(request.body) for request in server.received]
            return [each["data"] for each in bodies if each["data"]["action"] == "product.created"]

        (entry, *_) = eventually(told)
    assert client.http.get(f"/v1/audit-logs/{entry['id']}", headers=owner.headers).json() == entry


def test_the_log_is_exported_as_lines_that_make_one_chain(client: Customer) -> None:
    owner = client.new_owner()
    _entries(client, owner, 2)
    exported = client.http.get("/v1/audit-logs/export", headers=owner.headers)
    assert exported.headers["content-type"] == "application/jsonl"
    entries = [json.loads(line) for line in exported.text.splitlines()]
    previous = "0" * 64
    for entry in entries:
        assert entry["previousHash"] == previous
        previous = entry["hash"]
    assert len(_changes(entries)) >= 2


def test_the_log_is_for_owners_and_admins_of_the_organization_only(client: Customer) -> None:
    owner, stranger = client.new_owner(), client.new_owner()
    entry = _entries(client, owner, 2)[0]
    assert client.http.get(f"/v1/audit-logs/{entry['id']}", headers=stranger.headers).status_code == 404
    key = client.http.post("/v1/api-keys", headers=owner.headers, json={"name": "POS", "scope": "write"}).json()
    assert client.http.get("/v1/audit-logs", headers={"X-API-Key": key["key"]}).status_code == 403

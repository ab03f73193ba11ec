"""The audit log over HTTP: who did what, in one chain that anybody can recompute."""

import hashlib
from typing import Any

import rfc8785

from infra.local.platform.customer import Customer, SignedIn, eventually


def _entries(client: Customer, owner: SignedIn, count: int) -> list[dict[str, Any]]:
    """Return the whole log, oldest first, once it has that many entries."""

    def probe() -> list[dict[str, Any]]:
        found = client.http.get("/v1/audit-logs", headers=owner.headers, params={"limit": 100}).json()["items"]
        return found if len(found) >= count else []

    return eventually(probe)[::-1]


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
    assert sorted(entry["action"] for entry in entries) == sorted(
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


def test_the_log_is_for_owners_and_admins_of_the_organization_only(client: Customer) -> None:
    owner, stranger = client.new_owner(), client.new_owner()
    entry = _entries(client, owner, 2)[0]
    assert client.http.get(f"/v1/audit-logs/{entry['id']}", headers=stranger.headers).status_code == 404
    key = client.http.post("/v1/api-keys", headers=owner.headers, json={"name": "POS", "scope": "write"}).json()
    assert client.http.get("/v1/audit-logs", headers={"X-API-Key": key["key"]}).status_code == 403

"""Products and API keys over HTTP."""

from typing import Any

from infra.local.platform.customer import Customer


def _without_instance(problem: dict[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in problem.items() if name != "instance"}


def test_a_product_lives_through_its_whole_contract(client: Customer) -> None:
    owner = client.new_owner()
    created = client.http.post(
        "/v1/products",
        headers=owner.headers,
        json={"sku": "CHAIR-1", "name": "Chair", "price": {"amount": 4999, "currency": "EUR"}, "reorderPoint": 2.5},
    )
    assert created.status_code == 201
    place, product = created.headers["location"], created.json()
    assert place == f"/v1/products/{product['id']}"
    read = client.http.get(place, headers=owner.headers)
    assert (read.json(), read.headers["etag"]) == (product, '"1"')
    renamed = client.http.patch(place, headers={**owner.headers, "If-Match": '"1"'}, json={"name": "Armchair"})
    assert (renamed.json()["name"], renamed.headers["etag"]) == ("Armchair", '"2"')
    stale = client.http.patch(place, headers={**owner.headers, "If-Match": '"1"'}, json={"name": "Stool"})
    assert (stale.status_code, stale.json()["code"]) == (412, "stale_version")
    assert client.http.delete(place, headers=owner.headers).status_code == 204
    assert client.http.get(place, headers=owner.headers).status_code == 404
    restored = client.http.post(f"{place}/restore", headers=owner.headers)
    assert (restored.status_code, restored.json()["name"]) == (200, "Armchair")


def test_a_sku_stands_once_and_a_repeated_request_is_done_once(client: Customer) -> None:
    owner = client.new_owner()
    body = {"sku": "LAMP", "name": "Lamp"}
    keyed = {**owner.headers, "Idempotency-Key": "order-17"}
    first = client.http.post("/v1/products", headers=keyed, json=body)
    again = client.http.post("/v1/products", headers=keyed, json=body)
    assert (first.status_code, again.status_code, again.json()) == (201, 201, first.json())
    assert again.headers["idempotency-replayed"] == "true"
    other = client.http.post("/v1/products", headers=keyed, json={"sku": "LAMP-2", "name": "Lamp"})
    assert other.status_code == 422
    taken = client.http.post("/v1/products", headers=owner.headers, json=body)
    assert (taken.status_code, taken.json()["code"]) == (409, "sku_taken")
    assert len(client.http.get("/v1/products", headers=owner.headers).json()["items"]) == 1


def test_lists_page_without_loss_or_repetition(client: Customer) -> None:
    owner = client.new_owner()
    made = [
        client.http.post("/v1/products", headers=owner.headers, json={"sku": f"S-{n}", "name": "Screw"}).json()["id"]
        for n in range(7)
    ]
    seen: list[str] = []
    cursor: str | None = None
    while True:
        query = {"limit": "3", **({"cursor": cursor} if cursor else {})}
        page = client.http.get("/v1/products", headers=owner.headers, params=query).json()
        seen += [item["id"] for item in page["items"]]
        cursor = page["next"]
        if cursor is None:
            break
    assert seen == made[::-1]


def test_another_organization_sees_nothing_and_learns_nothing(client: Customer) -> None:
    owner, stranger = client.new_owner(), client.new_owner()
    product = client.http.post("/v1/products", headers=owner.headers, json={"sku": "X", "name": "X"}).json()
    theirs = client.http.get(f"/v1/products/{product['id']}", headers=stranger.headers)
    missing = client.http.get("/v1/products/prd_01JD0000000000000000000000", headers=stranger.headers)
    assert theirs.status_code == missing.status_code == 404
    assert _without_instance(theirs.json()) == _without_instance(missing.json())


def test_a_revoked_key_is_refused_on_the_very_next_request(client: Customer) -> None:
    owner = client.new_owner()
    made = client.http.post("/v1/api-keys", headers=owner.headers, json={"name": "ERP", "scope": "read"}).json()
    key = {"X-API-Key": made["key"]}
    assert client.http.get("/v1/products", headers=key).status_code == 200
    assert client.http.post("/v1/products", headers=key, json={"sku": "K", "name": "K"}).status_code == 403
    shown = client.http.get(f"/v1/api-keys/{made['id']}", headers=owner.headers)
    assert made["key"] not in shown.text
    assert client.http.delete(f"/v1/api-keys/{made['id']}", headers=owner.headers).status_code == 204
    assert client.http.get("/v1/products", headers=key).status_code == 401

"""Registration, sign-in and sessions over HTTP."""

import secrets

import httpx

from infra.local.platform.customer import Customer, eventually

PASSWORD = "violet meadow lantern 42"


def test_a_mailed_code_makes_account_and_organization(client: Customer) -> None:
    owner = client.new_owner()
    listed = client.http.get("/v1/products", headers=owner.headers)
    assert (listed.status_code, listed.json()) == (200, {"items": [], "next": None})


def test_a_code_is_good_once(client: Customer) -> None:
    email = f"{secrets.token_hex(8)}@customers.example"
    client.register(email, PASSWORD)
    body = {"email": email, "code": client.mailed_code(email)}
    answers = [client.http.post("/v1/auth/verify-email", json=body).status_code for _ in range(2)]
    assert answers == [204, 422]


def test_taken_and_free_addresses_get_the_same_answer_and_the_owner_a_notice(client: Customer) -> None:
    owner = client.new_owner()
    free, taken = (
        client.register(email, PASSWORD) for email in (f"{secrets.token_hex(8)}@customers.example", owner.email)
    )
    assert free.status_code == taken.status_code == 202
    assert free.json().keys() == taken.json().keys()
    notice = eventually(lambda: client.mails_to(owner.email)[1:])[0]
    assert notice["subject"] == "You already have a NexStock account"


def test_refresh_tokens_rotate_and_a_spent_one_ends_the_session(client: Customer) -> None:
    owner = client.new_owner()
    first = client.http.post("/v1/auth/refresh", json={"refreshToken": owner.refresh_token}).json()
    second = client.http.post("/v1/auth/refresh", json={"refreshToken": first["refreshToken"]})
    assert second.status_code == 200
    # Two rotations ago: no grace covers it, so somebody else must hold it.
    reused = client.http.post("/v1/auth/refresh", json={"refreshToken": owner.refresh_token})
    assert reused.status_code == 401
    ended = client.http.post("/v1/auth/refresh", json={"refreshToken": second.json()["refreshToken"]})
    assert ended.status_code == 401
    token = {"Authorization": f"Bearer {second.json()['accessToken']}"}
    assert client.http.get("/v1/products", headers=token).status_code == 401
    assert eventually(lambda: client.mails_to(owner.email)[1:])[0]["subject"].startswith("We ended")


def test_a_browser_keeps_the_refresh_token_in_a_cookie_that_scripts_cannot_read(client: Customer) -> None:
    email = f"{secrets.token_hex(8)}@customers.example"
    client.register(email, PASSWORD)
    client.verify(email)
    answer = client.http.post("/v1/auth/login", json={"email": email, "password": PASSWORD})
    cookie = answer.headers["set-cookie"]
    assert cookie.startswith("__Secure-nexstock_refresh=nxr_")
    assert {"HttpOnly", "Secure", "SameSite=Strict", "Path=/v1/auth"} <= set(cookie.split("; "))
    assert answer.json()["refreshToken"] is None
    sent = {"Cookie": cookie.partition(";")[0]}
    assert client.http.post("/v1/auth/refresh", headers=sent).status_code == 403
    foreign = client.http.post("/v1/auth/refresh", headers={**sent, "Origin": "https://elsewhere.example"})
    assert foreign.status_code == 403
    ours = client.http.post("/v1/auth/refresh", headers={**sent, "Origin": "http://localhost:3000"})
    assert ours.status_code == 200
    assert ours.headers["access-control-allow-origin"] == "http://localhost:3000"


def test_logging_out_ends_access_on_the_next_request(client: Customer) -> None:
    owner = client.new_owner()
    assert client.http.post("/v1/auth/logout", headers=owner.headers).status_code == 204
    assert client.http.get("/v1/products", headers=owner.headers).status_code == 401


def test_published_keys_verify_access_tokens(client: Customer) -> None:
    owner = client.new_owner()
    published = client.http.get("/.well-known/jwks.json").json()["keys"]
    import jwt  # noqa: PLC0415 (an outsider's verifier)

    kid = jwt.get_unverified_header(owner.access_token)["kid"]
    key = next(key for key in published if key["kid"] == kid)
    claims = jwt.decode(owner.access_token, jwt.PyJWK.from_dict(key), ["ES256"], audience="nexstock-api")
    assert claims["org"] == owner.organization_id
    assert "d" not in key


def test_the_peer_address_counts_and_not_a_header_that_claims_one(client: Customer) -> None:
    owner = client.new_owner()
    claimed = {**owner.headers, "X-Forwarded-For": "198.51.100.9"}
    created = client.http.post("/v1/products", headers=claimed, json={"sku": "P-1", "name": "Pallet"})
    assert created.status_code == 201

    def entry() -> httpx.Response | None:
        found = client.http.get("/v1/audit-logs", headers=owner.headers, params={"action": "product.created"})
        return found if found.json()["items"] else None

    found = eventually(entry)
    assert found is not None
    assert found.json()["items"][0]["ip"] == client.source

"""Locks and new passwords over HTTP."""

import secrets

from infra.local.platform.customer import Customer, eventually

PASSWORD = "violet meadow lantern 42"
NEW_PASSWORD = "copper meadow whistle 77"


def _verified(client: Customer) -> str:
    email = f"{secrets.token_hex(8)}@customers.example"
    client.register(email, PASSWORD)
    assert client.verify(email).status_code == 204
    return email


def test_five_wrong_passwords_lock_an_account_but_not_its_open_session(client: Customer) -> None:
    email = _verified(client)
    signed_in = client.sign_in(email, PASSWORD)
    wrong = {"email": email, "password": "not the password at all"}
    answers = [client.http.post("/v1/auth/login", json=wrong) for _ in range(5)]
    right = client.http.post("/v1/auth/login", json={"email": email, "password": PASSWORD})
    unknown = client.http.post("/v1/auth/login", json={**wrong, "email": "nobody@customers.example"})
    told = [(answer.status_code, {**answer.json(), "instance": ""}) for answer in (*answers, right, unknown)]
    assert told == [told[0]] * 7
    assert told[0][0] == 401
    assert client.http.get("/v1/products", headers=signed_in.headers).status_code == 200
    notice = eventually(lambda: [mail for mail in client.mails_to(email) if "locked" in mail["subject"]])[0]
    assert client.source in notice["text"]


def test_a_mailed_code_sets_a_new_password_ends_sessions_and_unlocks(client: Customer) -> None:
    email = _verified(client)
    signed_in = client.sign_in(email, PASSWORD)
    for _ in range(5):
        client.http.post("/v1/auth/login", json={"email": email, "password": "not the password at all"})
    assert client.http.post("/v1/auth/password/forgot", json={"email": email}).status_code == 202
    eventually(lambda: [mail for mail in client.mails_to(email) if "new password" in mail["subject"]])
    body = {"email": email, "code": client.mailed_code(email), "newPassword": NEW_PASSWORD}
    assert client.http.post("/v1/auth/password/reset", json=body).status_code == 204
    assert client.http.post("/v1/auth/password/reset", json=body).status_code == 422
    assert client.http.get("/v1/products", headers=signed_in.headers).status_code == 401
    assert client.sign_in(email, NEW_PASSWORD).access_token


def test_a_person_sees_their_sessions_and_ends_one_of_them(client: Customer) -> None:
    email = _verified(client)
    here, elsewhere = client.sign_in(email, PASSWORD), client.sign_in(email, PASSWORD)
    items = client.http.get("/v1/account/sessions", headers=here.headers).json()["items"]
    assert [item["isCurrent"] for item in items] == [False, True]
    other = f"/v1/account/sessions/{items[0]['id']}"
    assert client.http.delete(other, headers=here.headers).status_code == 204
    assert client.http.get("/v1/products", headers=elsewhere.headers).status_code == 401
    assert client.http.get("/v1/products", headers=here.headers).status_code == 200

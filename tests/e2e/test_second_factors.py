"""Second factors over HTTP: an authenticator app at the deployed platform."""

import secrets
import time

import pyotp

from infra.local.platform.customer import Customer, expect

PASSWORD = "violet meadow lantern 42"


def test_an_app_is_asked_for_after_the_right_password_and_a_code_counts_once(client: Customer) -> None:
    email = f"{secrets.token_hex(8)}@customers.example"
    client.register(email, PASSWORD)
    expect(client.verify(email), 204)
    person = client.sign_in(email, PASSWORD)
    begun = expect(client.http.post("/v1/account/mfa/totp", headers=person.headers), 200).json()
    app = pyotp.parse_uri(begun["otpauthUri"])
    assert isinstance(app, pyotp.TOTP)
    body = {"code": app.now()}
    confirmed = expect(client.http.post("/v1/account/mfa/totp/confirm", json=body, headers=person.headers), 200).json()
    assert len(confirmed["recoveryCodes"]) == 10
    assert client.http.get("/v1/account", headers=person.headers).json()["mfaEnabled"] is True

    login = {"email": email, "password": PASSWORD, "refreshTokenDelivery": "body"}
    asked = expect(client.http.post("/v1/auth/login", json=login), 200).json()
    assert (asked["mfaRequired"], "accessToken" in asked) == (True, False)
    # The code that confirmed the app is used up; the next one counts, once.
    used = {"mfaToken": asked["mfaToken"], **body}
    expect(client.http.post("/v1/auth/login/mfa", json=used), 401)
    code = app.at(int(time.time()) + 30)
    signed_in = expect(client.http.post("/v1/auth/login/mfa", json={**used, "code": code}), 200).json()
    headers = {"Authorization": f"Bearer {signed_in['accessToken']}"}
    assert client.http.get("/v1/products", headers=headers).status_code == 200

    again = expect(client.http.post("/v1/auth/login", json=login), 200).json()
    replayed = {"mfaToken": again["mfaToken"], "code": code}
    expect(client.http.post("/v1/auth/login/mfa", json=replayed), 401)
    rescued = {"mfaToken": again["mfaToken"], "code": confirmed["recoveryCodes"][0]}
    expect(client.http.post("/v1/auth/login/mfa", json=rescued), 200)

"""Members, invitations, addresses and endings over HTTP, with the mails that really went out."""

import secrets
from typing import Any

from infra.local.platform.customer import Customer, SignedIn, code_in, eventually, expect

PASSWORD = "violet meadow lantern 42"


def _address() -> str:
    return f"{secrets.token_hex(8)}@customers.example"


def _mails(client: Customer, address: str, subject: str) -> list[dict[str, Any]]:
    return [mail for mail in client.mails_to(address) if subject in mail["subject"]]


def _mail(client: Customer, address: str, subject: str, *, after: int = 0) -> dict[str, Any]:
    """Return the newest mail with a subject, once there are more of them than there were before."""
    return eventually(lambda: _mails(client, address, subject)[after:])[-1]


def _proof(client: Customer, person: SignedIn, action: str) -> dict[str, str]:
    """Confirm an action with the mailed code; return the headers of a request that does it."""
    before = len(_mails(client, person.email, "code to confirm"))
    expect(client.http.post("/v1/auth/step-up", json={"action": action}, headers=person.headers), 202)
    code = code_in(_mail(client, person.email, "code to confirm", after=before))
    body = {"action": action, "code": code}
    told = expect(client.http.post("/v1/auth/step-up/confirm", json=body, headers=person.headers), 200).json()
    return {**person.headers, "X-Step-Up": told["proof"]}


def test_an_invited_person_joins_works_and_is_shown_the_door(client: Customer) -> None:
    owner, address = client.new_owner(), _address()
    body = {"token": client.invited(owner, address, "admin"), "name": "Grace Quay", "password": PASSWORD}
    joined = expect(client.http.post("/v1/invitations/accept", json=body), 200).json()
    assert client.http.post("/v1/invitations/accept", json=body).status_code == 422
    guest = client.sign_in(address, PASSWORD)
    assert guest.organization_id == owner.organization_id
    assert client.http.get("/v1/api-keys", headers=guest.headers).status_code == 200
    member = f"/v1/members/{joined['userId']}"
    expect(client.http.patch(member, json={"role": "member"}, headers=owner.headers), 200)
    assert client.http.get("/v1/api-keys", headers=guest.headers).status_code == 403
    expect(client.http.delete(member, headers=owner.headers), 204)
    assert client.http.get("/v1/products", headers=guest.headers).status_code == 401


def test_a_person_moves_to_another_address_with_a_proof_and_a_code(client: Customer) -> None:
    owner, address = client.new_owner(), _address()
    body = {"newEmail": address}
    refused = client.http.post("/v1/account/email", json=body, headers=owner.headers)
    assert (refused.status_code, refused.json()["code"]) == (403, "step_up_required")
    confirmed = _proof(client, owner, "change_email")
    expect(client.http.post("/v1/account/email", json=body, headers=confirmed), 202)
    assert client.http.post("/v1/account/email", json=body, headers=confirmed).status_code == 403
    code = code_in(_mail(client, address, "code for this address"))
    expect(client.http.post("/v1/account/email/confirm", json={"code": code}, headers=owner.headers), 204)
    assert client.http.get("/v1/account", headers=owner.headers).json()["email"] == address
    assert address in _mail(client, owner.email, "address was changed")["text"]


def test_ownership_is_handed_over_and_the_former_owner_may_leave(client: Customer) -> None:
    owner, address = client.new_owner(), _address()
    body = {"token": client.invited(owner, address), "name": "Grace Quay", "password": PASSWORD}
    successor = expect(client.http.post("/v1/invitations/accept", json=body), 200).json()["userId"]
    last = client.http.delete("/v1/account", headers=_proof(client, owner, "delete_account"))
    assert (last.status_code, last.json()["code"]) == (409, "last_owner")
    path, headers = "/v1/organization/transfer-ownership", _proof(client, owner, "transfer_ownership")
    expect(client.http.post(path, json={"memberId": successor}, headers=headers), 204)
    expect(client.http.delete("/v1/account", headers=_proof(client, owner, "delete_account")), 204)
    assert client.http.get("/v1/account", headers=owner.headers).status_code == 401


def test_a_deleted_organization_is_closed_at_once_for_people_and_keys(client: Customer) -> None:
    owner = client.new_owner()
    body = {"name": "Shop", "scope": "read"}
    key = expect(client.http.post("/v1/api-keys", json=body, headers=owner.headers), 201).json()["key"]
    second = expect(client.http.post("/v1/organizations", json={"name": "Second"}, headers=owner.headers), 201).json()
    expect(client.http.delete("/v1/organization", headers=_proof(client, owner, "delete_organization")), 202)
    for headers in (owner.headers, {"X-API-Key": key}):
        assert client.http.get("/v1/products", headers=headers).status_code == 401
    assert "Harbour Supplies" in _mail(client, owner.email, "was deleted")["text"]
    assert second["name"] == "Second"

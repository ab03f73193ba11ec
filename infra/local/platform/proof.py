"""Drives the whole path over HTTP, as a customer would, and says what that has proven."""

import base64
import hashlib
import hmac
import json
import secrets
from collections.abc import Callable
from typing import Any, Final

import rfc8785

from infra.local.platform.customer import Customer, eventually, expect, new_password
from infra.local.platform.faults import hold
from infra.local.platform.key_proof import KeyProof
from infra.local.platform.progress import step
from infra.local.platform.receiver import Delivery, Receiver
from infra.local.platform.stack import RunningPlatform
from infra.local.platform.stock_proof import StockProof

_GENESIS: Final = "0" * 64


class Proof:
    """The path, step by step, of one owner; `stranger` is somebody of another organization."""

    def __init__(self, customer: Customer, receiver: Receiver) -> None:
        self._customer = customer
        self._http = customer.http
        self._receiver = receiver
        self._owner = customer.new_owner("Proof Ltd")
        self._stranger = customer.new_owner("Stranger Ltd")
        self._stock = StockProof(customer.http, self._owner.headers)
        self._keys = KeyProof(customer.http, self._owner.headers)
        self._secret = ""

    def statements(self) -> list[tuple[str, Callable[[], None]]]:
        """Return what is proven, in order, each with the check that proves it."""
        return [
            ("refresh tokens rotate, and a spent one ends its session", self._refresh),
            ("an invited person joins once, and a removed one is out at once", self._members),
            ("a webhook endpoint is registered, and its secret shown once", self._subscribe),
            ("a product is created once, changed, deleted and restored", self._catalogue),
            ("stock is received, sold, shipped and taken back, and adds up", self._stock.adds_up),
            ("of eight who want the last three at once, three get one", self._stock.last_units_are_sold_once),
            ("an erased customer is gone, and a signed receipt says so", self._keys.erased_customers_are_gone),
            ("another organization finds nothing, and cannot tell why", self._isolation),
            ("a revoked API key is refused on the very next request", self._api_key),
            ("the webhook came again after a failure, signed in both forms", self._webhook),
            ("every change stands in the audit log, in one unbroken chain", self._audit),
        ]

    def _refresh(self) -> None:
        owner = self._customer.new_owner("Refresh Ltd")
        tokens = [owner.refresh_token]
        for _ in range(2):
            answer = expect(self._http.post("/v1/auth/refresh", json={"refreshToken": tokens[-1]}), 200)
            tokens.append(answer.json()["refreshToken"])
        for token in (tokens[0], tokens[-1]):
            expect(self._http.post("/v1/auth/refresh", json={"refreshToken": token}), 401)

    def _members(self) -> None:
        guest, password = f"{secrets.token_hex(8)}@customers.example", new_password()
        body = {"token": self._customer.invited(self._owner, guest), "name": "Grace Quay", "password": password}
        joined = expect(self._http.post("/v1/invitations/accept", json=body), 200).json()
        expect(self._http.post("/v1/invitations/accept", json=body), 422)
        member = self._customer.sign_in(guest, password)
        expect(self._http.get("/v1/products", headers=member.headers), 200)
        expect(self._http.get("/v1/api-keys", headers=member.headers), 403)
        expect(self._http.delete(f"/v1/members/{joined['userId']}", headers=self._owner.headers), 204)
        expect(self._http.get("/v1/products", headers=member.headers), 401)
        last = expect(self._http.get("/v1/account", headers=self._owner.headers), 200).json()["id"]
        expect(self._http.delete(f"/v1/members/{last}", headers=self._owner.headers), 409)

    def _subscribe(self) -> None:
        body = {"url": self._receiver.url, "events": ["product.*"]}
        made = expect(self._http.post("/v1/webhook-endpoints", headers=self._owner.headers, json=body), 201).json()
        self._secret = made["secret"]
        shown = self._http.get(f"/v1/webhook-endpoints/{made['id']}", headers=self._owner.headers)
        hold("secret" not in expect(shown, 200).json(), "a secret was shown a second time")

    def _catalogue(self) -> None:
        headers = {**self._owner.headers, "Idempotency-Key": "proof-1"}
        body = {"sku": "PROOF-1", "name": "Proof", "price": {"amount": 100, "currency": "USD"}}
        first, again = (expect(self._http.post("/v1/products", headers=headers, json=body), 201) for _ in range(2))
        hold(first.json() == again.json(), "a repeated request was done twice")
        expect(self._http.post("/v1/products", headers=self._owner.headers, json=body), 409)
        place = first.headers["location"]
        read = expect(self._http.get(place, headers=self._owner.headers), 200)
        matching = {**self._owner.headers, "If-Match": read.headers["etag"]}
        expect(self._http.patch(place, headers=matching, json={"name": "Proven"}), 200)
        expect(self._http.patch(place, headers=matching, json={"name": "Stale"}), 412)
        expect(self._http.delete(place, headers=self._owner.headers), 204)
        expect(self._http.get(place, headers=self._owner.headers), 404)
        expect(self._http.post(f"{place}/restore", headers=self._owner.headers), 200)
        listed = expect(self._http.get("/v1/products", headers=self._owner.headers), 200).json()
        hold([item["name"] for item in listed["items"]] == ["Proven"], "the list shows something else")

    def _isolation(self) -> None:
        listed = expect(self._http.get("/v1/products", headers=self._owner.headers), 200).json()
        theirs = f"/v1/products/{listed['items'][0]['id']}"
        nobodys = "/v1/products/prd_01JD0000000000000000000000"
        answers = [expect(self._http.get(path, headers=self._stranger.headers), 404) for path in (theirs, nobodys)]
        problems = [{name: value for name, value in answer.json().items() if name != "instance"} for answer in answers]
        hold(problems[0] == problems[1], "a foreign product and a missing one are told apart")

    def _api_key(self) -> None:
        body = {"name": "Proof", "scope": "read"}
        made = expect(self._http.post("/v1/api-keys", headers=self._owner.headers, json=body), 201).json()
        key = {"X-API-Key": made["key"]}
        expect(self._http.get("/v1/products", headers=key), 200)
        expect(self._http.post("/v1/products", headers=key, json={"sku": "K", "name": "K"}), 403)
        expect(self._http.delete(f"/v1/api-keys/{made['id']}", headers=self._owner.headers), 204)
        expect(self._http.get("/v1/products", headers=key), 401)

    def _webhook(self) -> None:
        def attempts() -> list[Delivery]:
            by_message: dict[str, list[Delivery]] = {}
            for delivery in self._receiver.deliveries:
                by_message.setdefault(delivery.headers["webhook-id"], []).append(delivery)
            return next((found for found in by_message.values() if len(found) > 1), [])

        first, second = eventually(attempts)[:2]
        hold(first.body == second.body, "the repeated message differs")
        hold(json.loads(second.body)["type"].startswith("product."), "the message is of another kind")
        hold(_has_standard_signature(second, self._secret), "the Standard Webhooks signature does not verify")
        hold(_has_dated_signature(second, self._secret), "X-NexStock-Signature does not verify")

    def _audit(self) -> None:
        wanted = {"product.created", "product.updated", "product.deleted", "product.restored", "api_key.revoked"}

        def entries() -> list[dict[str, Any]]:
            query = {"limit": "100"}
            answer = expect(self._http.get("/v1/audit-logs", headers=self._owner.headers, params=query), 200)
            found: list[dict[str, Any]] = answer.json()["items"]
            return found if wanted <= {entry["action"] for entry in found} else []

        previous = _GENESIS
        for entry in eventually(entries)[::-1]:
            hold(entry["previousHash"] == previous, "the chain is broken")
            canonical = rfc8785.dumps({name: value for name, value in entry.items() if name != "hash"})
            previous = hashlib.sha256(canonical).hexdigest()
            hold(entry["hash"] == previous, "an entry is not what its hash says")
            hold(bool(entry["actor"]["id"] and entry["ip"] and entry["requestId"]), "an entry does not say who")


def prove(platform: RunningPlatform) -> int:
    """Prove the path on organizations made for it; return how many statements were proven.

    Raises:
        PlatformFault: a statement does not hold; the message says which request answered what.
    """
    with Customer(platform) as customer, Receiver(statuses=(500, 200)) as receiver:
        with step("people register, enter their mailed codes and sign in"):
            proof = Proof(customer, receiver)
        statements = proof.statements()
        for name, check in statements:
            with step(name):
                check()
    return len(statements) + 1


def _has_standard_signature(delivery: Delivery, secret: str) -> bool:
    signed = f"{delivery.headers['webhook-id']}.{delivery.headers['webhook-timestamp']}.".encode() + delivery.body
    mac = hmac.new(base64.b64decode(secret.removeprefix("whsec_")), signed, hashlib.sha256).digest()
    wanted = f"v1,{base64.b64encode(mac).decode()}"
    return any(hmac.compare_digest(wanted, sent) for sent in delivery.headers["webhook-signature"].split(" "))


def _has_dated_signature(delivery: Delivery, secret: str) -> bool:
    timestamp, *signatures = delivery.headers["x-nexstock-signature"].split(",")
    signed = f"{timestamp.removeprefix('t=')}.".encode() + delivery.body
    wanted = f"v1={hmac.new(secret.encode(), signed, hashlib.sha256).hexdigest()}"
    return any(hmac.compare_digest(wanted, sent) for sent in signatures)

"""Webhooks over HTTP: signed, repeated until they are taken, and sent to those only who asked."""

import json
import time

import pytest
import standardwebhooks

from infra.local.platform.customer import Customer, SignedIn, eventually
from infra.local.platform.receiver import Receiver


def _subscribe(client: Customer, owner: SignedIn, receiver: Receiver, *events: str) -> str:
    body = {"url": receiver.url, "events": list(events)}
    answer = client.http.post("/v1/webhook-endpoints", headers=owner.headers, json=body)
    assert answer.status_code == 201, answer.text
    secret: str = answer.json()["secret"]
    return secret


def _create(client: Customer, owner: SignedIn, sku: str) -> str:
    answer = client.http.post("/v1/products", headers=owner.headers, json={"sku": sku, "name": "Net"})
    assert answer.status_code == 201
    identifier: str = answer.json()["id"]
    return identifier


def test_a_public_verifier_takes_our_messages_unchanged(client: Customer) -> None:
    owner = client.new_owner()
    with Receiver() as receiver:
        secret = _subscribe(client, owner, receiver, "product.*")
        product = _create(client, owner, "N-1")
        delivery = eventually(lambda: receiver.deliveries)[0]
    told = standardwebhooks.Webhook(secret).verify(delivery.body, delivery.headers)
    assert told["type"] == "product.created"
    assert told["organizationId"] == owner.organization_id
    shown = client.http.get(f"/v1/products/{product}", headers=owner.headers).json()
    assert told["data"] == shown


def test_a_refused_message_comes_again_with_the_same_id_and_body(client: Customer) -> None:
    owner = client.new_owner()
    with Receiver(statuses=(503, 200)) as receiver:
        secret = _subscribe(client, owner, receiver, "product.created")
        began = time.monotonic()
        _create(client, owner, "N-2")
        first, second = eventually(lambda: receiver.deliveries[1:] and receiver.deliveries[:2])
        took_s = time.monotonic() - began
    assert (first.body, first.headers["webhook-id"]) == (second.body, second.headers["webhook-id"])
    assert standardwebhooks.Webhook(secret).verify(second.body, second.headers)["type"] == "product.created"
    assert took_s > 4


def test_only_those_who_asked_are_told(client: Customer) -> None:
    owner, stranger = client.new_owner(), client.new_owner()
    with Receiver() as asked, Receiver() as other_event, Receiver() as other_organization:
        _subscribe(client, owner, asked, "product.created")
        _subscribe(client, owner, other_event, "api_key.*")
        _subscribe(client, stranger, other_organization, "*")
        _create(client, owner, "N-3")
        assert json.loads(eventually(lambda: asked.deliveries)[0].body)["type"] == "product.created"
        time.sleep(1)
        told = [json.loads(delivery.body)["type"] for delivery in other_organization.deliveries]
        assert other_event.deliveries == []
        assert "product.created" not in told


def test_a_disabled_endpoint_is_left_alone(client: Customer) -> None:
    owner = client.new_owner()
    with Receiver() as receiver, Receiver() as witness:
        _subscribe(client, owner, receiver, "product.*")
        listed = client.http.get("/v1/webhook-endpoints", headers=owner.headers).json()["items"]
        place = f"/v1/webhook-endpoints/{listed[0]['id']}"
        assert client.http.patch(place, headers=owner.headers, json={"enabled": False}).status_code == 200
        _subscribe(client, owner, witness, "product.*")
        _create(client, owner, "N-4")
        eventually(lambda: witness.deliveries)
        assert receiver.deliveries == []


@pytest.mark.parametrize(
    "url", ["ftp://127.0.0.1/x", "http://user:pass@127.0.0.1/x", "http://127.0.0.1/#x", "nonsense"]
)
def test_an_odd_target_is_refused_with_its_place(client: Customer, url: str) -> None:
    owner = client.new_owner()
    body = {"url": url, "events": ["*"]}
    answer = client.http.post("/v1/webhook-endpoints", headers=owner.headers, json=body)
    assert (answer.status_code, answer.json()["errors"][0]["pointer"]) == (422, "/url")

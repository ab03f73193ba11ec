"""What a request needs is down: it is refused, never let through; what needs nothing of it goes on."""

import secrets

import pytest
from botocore.exceptions import ClientError

from functions.queues import deliver_webhook
from functions.streams import fan_out_webhooks
from nexstock.clock import utc_now
from nexstock.crypto.envelope import open_sealed
from nexstock.ids import OrganizationId
from nexstock.persistence.keys import Kind, tenant_partition
from nexstock.webhooks.delivery import deliver
from nexstock.webhooks.messages import LEASE
from nexstock.webhooks.overdue import queue_overdue
from nexstock.webhooks.repository import WebhookEndpointItem
from tests.support.api import call
from tests.support.crashes import sealing_key_disabled
from tests.support.people import an_email, an_organization
from tests.support.receivers import receiver
from tests.support.records import run
from tests.support.sealing import forget_opened_keys
from tests.support.stock import stock_of
from tests.support.table_faults import error_answer, instead_of
from tests.support.webhooks import (
    Queues,
    a_note,
    a_product,
    act_on,
    an_endpoint,
    message_of,
    queue_event,
    records_about,
    stored_endpoints,
)

pytestmark = pytest.mark.usefixtures("platform")


@pytest.mark.parametrize("code", ["InternalServerError", "AccessDeniedException", "ResourceNotFoundException"])
def test_nobody_is_let_in_while_the_throttle_store_is_down(code: str) -> None:
    organization = an_organization()
    before = stock_of(organization.id)
    down = instead_of(
        "UpdateItem", lambda request: error_answer(request, code, status=500 if "Internal" in code else 400)
    )
    # The gateway turns an authorizer that fails into a refusal: only a policy lets a request pass.
    with down, pytest.raises(ClientError):
        call("POST", "/v1/products", token=organization.owner.token, body={"sku": "A", "name": "Anvil"})
    assert stock_of(organization.id) == before


def test_nobody_is_let_in_while_sessions_cannot_be_read() -> None:
    organization = an_organization()
    for token in (organization.owner.token, organization.credentials["admin_key"]):
        with (
            instead_of("BatchGetItem", lambda request: error_answer(request, "AccessDeniedException")),
            pytest.raises(ClientError),
        ):
            call("GET", "/v1/products", token=token)


def test_public_routes_are_refused_while_the_throttle_store_is_down() -> None:
    email = an_email()
    body = {"email": email, "password": "violet meadow lantern 42"}
    with instead_of("UpdateItem", lambda request: error_answer(request, "AccessDeniedException")):
        reply = call("POST", "/v1/auth/login", body=body)
    assert reply.status == 500
    assert set(reply.json) == {"type", "title", "status", "code", "instance"}


def test_without_kms_all_that_seals_nothing_goes_on() -> None:
    organization = an_organization()
    product = a_product(organization)
    token = organization.owner.token
    with sealing_key_disabled():
        assert call("GET", f"/v1/products/{product['id']}", token=token).status == 200
        assert call("GET", "/v1/products", token=organization.credentials["read_key"]).status == 200
        assert call("PATCH", f"/v1/products/{product['id']}", token=token, body={"name": "Big"}).status == 200
        assert call("POST", "/v1/api-keys", token=token, body={"name": "ERP", "scope": "read"}).status == 201
        stored_endpoints(organization, ("*",))
        assert run(fan_out_webhooks.handler, records_about(organization, product["id"])) == []


def test_without_kms_nothing_is_sealed_and_nothing_left_behind() -> None:
    organization, key = an_organization(), secrets.token_hex(8)
    before = stock_of(organization.id)
    body = {"url": "http://127.0.0.1:1/", "events": ["*"]}
    headers = {"Idempotency-Key": key}
    with sealing_key_disabled():
        reply = call("POST", "/v1/webhook-endpoints", token=organization.owner.token, body=body, headers=headers)
    assert reply.status >= 500
    assert "secret" not in reply.text
    assert "arn:" not in reply.text
    assert stock_of(organization.id) == before
    again = call("POST", "/v1/webhook-endpoints", token=organization.owner.token, body=body, headers=headers)
    assert again.status == 201


def test_without_kms_nothing_is_sent_unsigned_and_the_message_is_not_lost() -> None:
    organization = an_organization()
    with receiver() as server:
        _, note = a_note(organization, server.url)
        forget_opened_keys()
        with sealing_key_disabled():
            assert act_on(note) == [{"itemIdentifier": "sqs-0"}]
        assert server.received == []
        assert message_of(note).state == "pending"
        queues = Queues()
        queue_overdue(send=queues.send, now=utc_now() + LEASE)
        (queued,) = queues.of(organization.id)
        deliver(queued.note, open_sealed=open_sealed, send=queues.send)
        assert len(server.received) == 1
    assert message_of(note).state == "delivered"


def test_a_note_that_cannot_be_read_is_reported_and_others_of_its_batch_are_not_held_up() -> None:
    with receiver() as server:
        _, note = a_note(an_organization(), server.url)
        event = queue_event({"messageId": "no organization"}, note, {**note, "organizationId": "org_x"})
        answer = deliver_webhook.handler(event, None)  # type: ignore[arg-type]
        assert answer == {"batchItemFailures": [{"itemIdentifier": "sqs-0"}, {"itemIdentifier": "sqs-2"}]}
        assert len(server.received) == 1


def test_a_secret_that_was_moved_from_another_endpoint_signs_nothing() -> None:
    organization = an_organization()
    with receiver() as server:
        other = an_endpoint(organization, server.url, "api_key.*")
        _, note = a_note(organization, server.url)
        _swap_secrets(organization.id, message_of(note).endpoint_id, other.id)
        assert act_on(note) == [{"itemIdentifier": "sqs-0"}]
        assert server.received == []


def _swap_secrets(organization_id: OrganizationId, into: str, source: str) -> None:
    """Write one endpoint's sealed secret into another, as somebody with access to the table could."""
    partition = tenant_partition(organization_id, Kind.WEBHOOK_ENDPOINT)
    endpoint, foreign = WebhookEndpointItem.get(partition, into), WebhookEndpointItem.get(partition, source)
    endpoint.update([WebhookEndpointItem.sealed_secret.set(foreign.sealed_secret)])

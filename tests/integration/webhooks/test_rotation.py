"""A new secret signs at once, the one before for a day beside it, and neither is ever seen again."""

import time
from datetime import timedelta

import pytest
from standardwebhooks import Webhook, WebhookVerificationError

from nexstock.clock import from_rfc3339, utc_now
from tests.support.api import Reply, call
from tests.support.attempts import a_message, attempt
from tests.support.logs import logged
from tests.support.people import StaffedOrganization, an_organization
from tests.support.receivers import receiver
from tests.support.webhook_secrets import verifies
from tests.support.webhooks import Endpoint, an_endpoint, fanned_out, messages_of, records_about


@pytest.fixture
def organization() -> StaffedOrganization:
    return an_organization()


def _rotate(organization: StaffedOrganization, endpoint: Endpoint, **headers: str) -> Reply:
    path = f"/v1/webhook-endpoints/{endpoint.id}/rotate-secret"
    return call("POST", path, token=organization.owner.token, headers=headers)


def test_both_secrets_verify_what_is_sent_after_a_rotation(organization: StaffedOrganization) -> None:
    with receiver() as server:
        endpoint = an_endpoint(organization, server.url)
        attempt(a_message(organization, endpoint.id))
        rotated = _rotate(organization, endpoint)
        attempt(a_message(organization, endpoint.id))
        before, after = server.received

    assert (rotated.status, rotated.json["version"], rotated.headers["ETag"]) == (200, 2, '"2"')
    assert rotated.json["secret"].startswith("whsec_")
    left = from_rfc3339(rotated.json["previousExpiresAt"]) - utc_now()
    assert timedelta(hours=23, minutes=59) <= left <= timedelta(hours=24)
    assert [verifies(secret, before) for secret in (endpoint.secret, rotated.json["secret"])] == [True, False]
    assert [verifies(secret, after) for secret in (endpoint.secret, rotated.json["secret"])] == [True, True]


def test_the_secret_before_is_worth_nothing_after_a_day(organization: StaffedOrganization) -> None:
    with receiver() as server:
        endpoint = an_endpoint(organization, server.url)
        new = _rotate(organization, endpoint).json["secret"]
        later = utc_now() + timedelta(hours=24, seconds=1)
        attempt(a_message(organization, endpoint.id, at=later), at=later)
        (request,) = server.received

    assert request.headers["webhook-signature"].count("v1,") == 1
    now = {**request.headers, "webhook-timestamp": str(int(time.time()))}
    with pytest.raises(WebhookVerificationError):
        Webhook(endpoint.secret).verify(request.body, now)
    assert new != endpoint.secret


def test_rotating_again_ends_the_oldest_secret(organization: StaffedOrganization) -> None:
    with receiver() as server:
        endpoint = an_endpoint(organization, server.url)
        second, third = (_rotate(organization, endpoint).json["secret"] for _ in range(2))
        attempt(a_message(organization, endpoint.id))
        (request,) = server.received

    assert [verifies(secret, request) for secret in (endpoint.secret, second, third)] == [False, True, True]


def test_a_new_secret_is_shown_once_and_kept_nowhere_in_clear(organization: StaffedOrganization) -> None:
    endpoint = an_endpoint(organization, "http://127.0.0.1:1/")
    with logged() as log:
        first = _rotate(organization, endpoint, **{"Idempotency-Key": "once"})
        again = _rotate(organization, endpoint, **{"Idempotency-Key": "once"})
    shown = call("GET", f"/v1/webhook-endpoints/{endpoint.id}", token=organization.owner.token)

    assert (again.status, again.json["code"]) == (409, "answer_shown_once")
    assert shown.json["version"] == 2
    assert first.json["secret"] not in shown.text + again.text + log.text


def test_a_rotation_is_an_event_and_says_no_secret(organization: StaffedOrganization) -> None:
    endpoint = an_endpoint(organization, "http://127.0.0.1:1/", "webhook_endpoint.rotated")
    secret = _rotate(organization, endpoint).json["secret"]
    fanned_out(records_about(organization, endpoint.id))

    (message,) = messages_of(organization.id)

    assert message.event_type == "webhook_endpoint.rotated"
    assert secret not in message.body
    assert "sealed" not in message.body.lower()

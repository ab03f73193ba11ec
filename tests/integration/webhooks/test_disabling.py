"""An endpoint that is gone, or has failed for days, is disabled, its owners told, and its messages kept."""

from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from functions.schedules import disable_webhook_endpoints
from functions.streams import write_audit
from nexstock.clock import utc_now
from nexstock.mail.outbox import Template
from nexstock.webhooks.disabling import disable_marked
from nexstock.webhooks.health import DISABLED_AFTER
from tests.support.api import call
from tests.support.attempts import a_message, attempt, delivery, health_of
from tests.support.crashes import crash_points
from tests.support.events import Context
from tests.support.journeys.world import sent_messages
from tests.support.people import StaffedOrganization, an_organization
from tests.support.receivers import answering, receiver
from tests.support.records import run
from tests.support.webhooks import DEAD_DELIVERIES, Endpoint, an_endpoint, fanned_out, messages_of, records_about

Json = dict[str, Any]


@pytest.fixture
def organization() -> StaffedOrganization:
    return an_organization()


def _shown(organization: StaffedOrganization, endpoint: Endpoint) -> Json:
    shown: Json = call("GET", f"/v1/webhook-endpoints/{endpoint.id}", token=organization.owner.token).json
    return shown


def _disabled() -> list[Json]:
    """Have the schedule disable what is marked; return the mails."""
    with sent_messages() as messages:
        disable_webhook_endpoints.handler({}, Context())  # type: ignore[arg-type]
    return messages


class _Mails:
    """Stands in for the queue of mails."""

    def __init__(self) -> None:
        self.addresses: list[str] = []

    def __call__(self, template: Template, *, to: str, values: Mapping[str, str], now: datetime) -> None:
        """Keep an address."""
        assert (template, now.tzinfo) == (Template.WEBHOOK_ENDPOINT_DISABLED, UTC)
        assert values["reason"]
        self.addresses.append(to)


def _gone(organization: StaffedOrganization) -> tuple[Endpoint, str]:
    with receiver(answering(410)) as server:
        endpoint = an_endpoint(organization, server.url)
        note = a_message(organization, endpoint.id)
        (queued,) = attempt(note).queued
        assert (queued.queue, queued.note) == (DEAD_DELIVERIES, note.after(1).message)
    return endpoint, note.message_id


def test_an_endpoint_that_says_it_is_gone_is_disabled_and_its_owners_told(organization: StaffedOrganization) -> None:
    endpoint, message_id = _gone(organization)
    assert health_of(organization, endpoint.id)["state"] == "paused"

    mails = [mail for mail in _disabled() if mail["to"] == organization.owner.email]

    shown = _shown(organization, endpoint)
    assert (shown["enabled"], shown["disabledReason"], shown["version"]) == (False, "gone", 2)
    (mail,) = mails
    assert mail["template"] == Template.WEBHOOK_ENDPOINT_DISABLED
    assert (mail["value_endpoint"], mail["value_host"]) == (endpoint.id, "127.0.0.1")
    assert delivery(organization, message_id)["status"] == "failed"
    assert [mail for mail in _disabled() if mail["to"] == organization.owner.email] == []


def test_only_owners_are_told(organization: StaffedOrganization) -> None:
    _gone(organization)

    told = {mail["to"] for mail in _disabled()}

    assert organization.owner.email in told
    assert not told & {organization.admin.email, organization.member.email}


def test_disabling_is_an_event_and_an_audit_entry_of_the_platform(organization: StaffedOrganization) -> None:
    endpoint, _ = _gone(organization)
    an_endpoint(organization, "http://127.0.0.1:1/", "webhook_endpoint.disabled")
    _disabled()
    records = records_about(organization, endpoint.id)
    fanned_out(records)
    run(write_audit.handler, records)

    told = [message for message in messages_of(organization.id) if message.event_type == "webhook_endpoint.disabled"]
    newest = call("GET", "/v1/audit-logs", token=organization.owner.token, query={"limit": "1"}).json["items"][0]

    assert len(told) == 1
    assert (newest["action"], newest["actor"]["type"]) == ("webhook_endpoint.disabled", "system")
    assert newest["resource"] == {"kind": "webhook_endpoint", "id": endpoint.id}


def _attempts_at(organization: StaffedOrganization, endpoint: Endpoint, *moments: datetime) -> None:
    for moment in moments:
        attempt(a_message(organization, endpoint.id, at=moment), at=moment)


def test_an_endpoint_is_disabled_when_it_still_fails_after_five_days(organization: StaffedOrganization) -> None:
    now = utc_now()
    with receiver(answering(500)) as server:
        endpoint = an_endpoint(organization, server.url)
        _attempts_at(organization, endpoint, now - DISABLED_AFTER, now - timedelta(minutes=1))
        _disabled()
        assert _shown(organization, endpoint)["enabled"] is True
        _attempts_at(organization, endpoint, now)
        _disabled()

    shown = _shown(organization, endpoint)
    assert (shown["enabled"], shown["disabledReason"]) == (False, "failing")


def test_one_success_within_the_five_days_is_enough(organization: StaffedOrganization) -> None:
    now = utc_now()
    with receiver(answering(500, 200, 500)) as server:
        endpoint = an_endpoint(organization, server.url)
        _attempts_at(organization, endpoint, now - DISABLED_AFTER, now - timedelta(days=1), now)
        _disabled()

    assert _shown(organization, endpoint)["enabled"] is True


def test_messages_that_wait_for_an_endpoint_that_was_disabled_so_are_failures(
    organization: StaffedOrganization,
) -> None:
    endpoint, _ = _gone(organization)
    waiting = a_message(organization, endpoint.id)
    _disabled()

    (queued,) = attempt(waiting).queued

    assert queued.queue == DEAD_DELIVERIES
    assert delivery(organization, waiting.message_id)["status"] == "failed"


def test_an_endpoint_that_is_enabled_again_is_as_any_other(organization: StaffedOrganization) -> None:
    endpoint, _ = _gone(organization)
    _disabled()
    place = f"/v1/webhook-endpoints/{endpoint.id}"

    enabled = call("PATCH", place, token=organization.owner.token, body={"enabled": True})

    assert (enabled.json["enabled"], enabled.json["disabledReason"]) == (True, None)
    assert enabled.json["health"]["state"] == "healthy"
    _disabled()
    assert _shown(organization, endpoint)["enabled"] is True


@pytest.mark.parametrize("what", ["deleted", "disabled"])
def test_an_endpoint_that_somebody_saw_to_meanwhile_is_left_alone(organization: StaffedOrganization, what: str) -> None:
    endpoint, _ = _gone(organization)
    place = f"/v1/webhook-endpoints/{endpoint.id}"
    if what == "deleted":
        call("DELETE", place, token=organization.owner.token)
    else:
        call("PATCH", place, token=organization.owner.token, body={"enabled": False})

    assert [mail for mail in _disabled() if mail["to"] == organization.owner.email] == []
    if what == "disabled":
        assert _shown(organization, endpoint)["disabledReason"] is None


def test_a_run_that_crashed_has_disabled_the_endpoint_once_and_told_its_owners_in_the_end() -> None:
    crashes = 0
    for point in crash_points():
        organization = an_organization()
        endpoint, _ = _gone(organization)
        told = _Mails()
        with point:
            disable_marked(post=told, now=utc_now())
        crashes += point.happened
        disable_marked(post=told, now=utc_now())
        shown = _shown(organization, endpoint)
        assert (shown["enabled"], shown["version"]) == (False, 2), point
        assert organization.owner.email in told.addresses, point
        again = _Mails()
        disable_marked(post=again, now=utc_now())
        assert again.addresses == [], point
    assert crashes >= 10

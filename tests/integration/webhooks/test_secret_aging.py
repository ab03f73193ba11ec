"""A webhook secret that gets old is told of, then replaced, and no receiver ever refuses a message because of it."""

from datetime import timedelta
from typing import Any, Final

import pytest

from functions.schedules import rotate_webhook_secrets
from functions.streams import write_audit
from nexstock.clock import from_rfc3339, utc_now
from nexstock.crypto.envelope import seal
from nexstock.crypto.places import SealedPlace
from nexstock.mail.outbox import Template
from nexstock.webhooks.endpoint_secrets import OVERLAP, OVERLAP_WHEN_DUE
from tests.support.api import Reply, call
from tests.support.attempts import a_message, attempt
from tests.support.crashes import crash_points
from tests.support.events import Context, Json
from tests.support.journeys.world import sent_messages
from tests.support.logs import logged
from tests.support.people import StaffedOrganization, an_organization
from tests.support.receivers import Received, receiver
from tests.support.records import run
from tests.support.webhook_secrets import (
    MAX_AGE,
    WARNED_AT_AGE,
    Mails,
    a_replaced_endpoint,
    an_aged_endpoint,
    grow_older,
    see_to_secrets,
    verifies,
)
from tests.support.webhooks import Endpoint, an_endpoint, fanned_out, messages_of, records_about

_NOWHERE: Final = "http://127.0.0.1:1/"
_DAY: Final = timedelta(days=1)
_DUE, _REPLACED = Template.WEBHOOK_SECRET_DUE, Template.WEBHOOK_SECRET_REPLACED


@pytest.fixture
def organization() -> StaffedOrganization:
    return an_organization()


def _shown(organization: StaffedOrganization, endpoint: Endpoint) -> Json:
    shown: Json = call("GET", f"/v1/webhook-endpoints/{endpoint.id}", token=organization.owner.token).json
    return shown


def _act(organization: StaffedOrganization, endpoint: Endpoint, what: str, **headers: str) -> Reply:
    path = f"/v1/webhook-endpoints/{endpoint.id}/{what}"
    return call("POST", path, token=organization.admin.token, headers=headers)


def _received(organization: StaffedOrganization, endpoint: Endpoint, url_server: Any) -> Received:  # noqa: ANN401
    attempt(a_message(organization, endpoint.id))
    received: Received = url_server.received[-1]
    return received


def test_owners_are_told_once_30_days_before(organization: StaffedOrganization) -> None:
    young = an_aged_endpoint(organization, _NOWHERE, age=WARNED_AT_AGE - _DAY)
    due = an_aged_endpoint(organization, _NOWHERE, age=WARNED_AT_AGE)
    mails = see_to_secrets(see_to_secrets())

    told = [values for _template, to, values in mails.sent if to == organization.owner.email]
    shown = _shown(organization, due)
    assert mails.to(organization.owner.email) == [_DUE]
    assert (told[0]["endpoint"], told[0]["host"], told[0]["pending"]) == (due.id, "127.0.0.1", "")
    assert told[0]["due"] == shown["secretDueAt"]
    assert not mails.to(organization.admin.email)
    assert [_shown(organization, each)["version"] for each in (young, due)] == [1, 2]


def test_a_secret_that_is_due_is_replaced_and_both_sign(organization: StaffedOrganization) -> None:
    with receiver() as server:
        endpoint = an_aged_endpoint(organization, server.url, age=WARNED_AT_AGE)
        mails = see_to_secrets()
        grow_older(organization, endpoint.id, timedelta(days=30))
        see_to_secrets(see_to_secrets(mails))
        request = _received(organization, endpoint, server)
        shown = _shown(organization, endpoint)
        taken = _act(organization, endpoint, "reveal-secret")

    assert mails.to(organization.owner.email) == [_DUE, _REPLACED]
    assert (shown["version"], shown["secretPending"]) == (3, True)
    assert utc_now() - from_rfc3339(shown["secretCreatedAt"]) < timedelta(minutes=1)
    assert (taken.status, taken.json["secretPending"], taken.headers["ETag"]) == (200, False, '"4"')
    assert taken.json["secret"] != endpoint.secret
    assert [verifies(secret, request) for secret in (endpoint.secret, taken.json["secret"])] == [True, True]


@pytest.mark.parametrize(
    ("taken_after", "signs_for"),
    [
        (timedelta(), OVERLAP_WHEN_DUE),
        (20 * _DAY, OVERLAP_WHEN_DUE),
        (100 * _DAY, 100 * _DAY + OVERLAP),
        (364.5 * _DAY, 365 * _DAY),
        (None, 365 * _DAY),
    ],
)
def test_the_secret_before_signs_30_days_and_a_day_after_the_new_one_was_taken_and_no_longer_than_a_period(
    organization: StaffedOrganization, taken_after: timedelta | None, signs_for: timedelta
) -> None:
    endpoint, moment = a_replaced_endpoint(organization), timedelta(seconds=30)
    grow_older(organization, endpoint.id, taken_after or timedelta())
    shown = _shown(organization, endpoint)
    if taken_after is not None:
        shown = _act(organization, endpoint, "reveal-secret").json

    ends_at = from_rfc3339(shown["previousExpiresAt"])
    assert abs(ends_at - from_rfc3339(shown["secretCreatedAt"]) - signs_for) < moment
    with receiver() as server:
        call("PATCH", f"/v1/webhook-endpoints/{endpoint.id}", token=organization.owner.token, body={"url": server.url})
        for at in (utc_now(), ends_at - moment, ends_at + moment):
            attempt(a_message(organization, endpoint.id, at=at), at=at)
        signatures = [request.headers["webhook-signature"].count("v1,") for request in server.received]
    assert signatures == [2, 2, 1]


def test_the_new_secret_is_shown_once(organization: StaffedOrganization) -> None:
    endpoint = a_replaced_endpoint(organization)
    with logged() as log:
        taken = _act(organization, endpoint, "reveal-secret", **{"Idempotency-Key": "once"})
        again = _act(organization, endpoint, "reveal-secret", **{"Idempotency-Key": "once"})
        later = _act(organization, endpoint, "reveal-secret")

    assert (again.status, again.json["code"]) == (409, "answer_shown_once")
    assert (later.status, later.json["code"]) == (409, "secret_already_shown")
    assert _shown(organization, endpoint)["version"] == 4
    assert taken.json["secret"] not in again.text + later.text + log.text + str(_shown(organization, endpoint))


def test_a_secret_that_somebody_made_by_hand_was_shown(organization: StaffedOrganization) -> None:
    endpoint = an_endpoint(organization, _NOWHERE)
    assert _act(organization, endpoint, "reveal-secret").json["code"] == "secret_already_shown"
    _act(organization, endpoint, "rotate-secret")
    assert _act(organization, endpoint, "reveal-secret").json["code"] == "secret_already_shown"
    assert _shown(organization, endpoint)["version"] == 2


def test_rotating_by_hand_begins_a_new_age(organization: StaffedOrganization) -> None:
    endpoint = an_aged_endpoint(organization, _NOWHERE, age=WARNED_AT_AGE)
    see_to_secrets()
    rotated = _act(organization, endpoint, "rotate-secret").json
    grow_older(organization, endpoint.id, timedelta(days=31))

    mails = see_to_secrets()

    due_in = from_rfc3339(rotated["secretDueAt"]) - from_rfc3339(rotated["secretCreatedAt"])
    assert (due_in, rotated["secretPending"]) == (MAX_AGE, False)
    assert mails.to(organization.owner.email) == []
    assert _shown(organization, endpoint)["version"] == 3


def test_rotating_by_hand_before_the_new_secret_was_taken_leaves_the_receiver_its_own(
    organization: StaffedOrganization,
) -> None:
    with receiver() as server:
        endpoint = a_replaced_endpoint(organization, server.url)
        by_hand = _act(organization, endpoint, "rotate-secret").json
        request = _received(organization, endpoint, server)

    assert [verifies(secret, request) for secret in (endpoint.secret, by_hand["secret"])] == [True, True]
    left = from_rfc3339(by_hand["previousExpiresAt"]) - utc_now()
    assert OVERLAP - timedelta(minutes=1) < left <= OVERLAP


def test_nobody_is_surprised_by_a_shorter_age(organization: StaffedOrganization) -> None:
    endpoint = an_aged_endpoint(organization, _NOWHERE, age=200 * _DAY)
    half = MAX_AGE / 2
    mails = see_to_secrets(see_to_secrets(max_age=half), max_age=half)
    assert mails.to(organization.owner.email) == [_DUE]
    grow_older(organization, endpoint.id, 29 * _DAY)
    assert _REPLACED not in see_to_secrets(mails, max_age=half).to(organization.owner.email)
    grow_older(organization, endpoint.id, _DAY)
    assert see_to_secrets(mails, max_age=half).to(organization.owner.email) == [_DUE, _REPLACED]


def test_who_took_no_secret_for_a_whole_period_is_told_that_theirs_ends(organization: StaffedOrganization) -> None:
    endpoint = a_replaced_endpoint(organization)
    grow_older(organization, endpoint.id, WARNED_AT_AGE)
    mails = see_to_secrets()

    (told,) = [values for _template, to, values in mails.sent if to == organization.owner.email]
    assert told["pending"].startswith("Nobody has taken the present secret")
    assert told["due"] == _shown(organization, endpoint)["secretDueAt"]


def test_what_the_platform_does_is_an_event_and_an_audit_entry_of_its_own(organization: StaffedOrganization) -> None:
    an_endpoint(organization, _NOWHERE, "webhook_endpoint.*")
    endpoint = a_replaced_endpoint(organization, _NOWHERE, "product.*")
    secret = _act(organization, endpoint, "reveal-secret").json["secret"]
    records = records_about(organization, endpoint.id)
    fanned_out(records)
    run(write_audit.handler, records)

    entries = call("GET", "/v1/audit-logs", token=organization.owner.token).json["items"]
    about = [entry for entry in reversed(entries) if entry["resource"]["id"] == endpoint.id]
    expected = [
        ("webhook_endpoint.created", "user"),
        ("webhook_endpoint.secret_due", "system"),
        ("webhook_endpoint.rotated", "system"),
        ("webhook_endpoint.secret_revealed", "user"),
    ]
    assert [(entry["action"], entry["actor"]["type"]) for entry in about] == expected
    changed = [sorted(change["path"] for change in entry["diff"]) for entry in about[1:]]
    assert changed[0] == ["/secretWarnedAt"]
    assert "/untold" not in str(changed)
    messages = [each for each in messages_of(organization.id) if endpoint.id in each.body]
    assert [message.event_type for message in messages] == [action for action, _actor in expected]
    assert secret not in str(about) + str(messages)


@pytest.mark.parametrize("template", [_DUE, _REPLACED])
def test_a_run_that_is_killed_at_any_call_is_made_up_for(organization: StaffedOrganization, template: Template) -> None:
    for point in crash_points():
        endpoint, mails = an_aged_endpoint(organization, _NOWHERE, age=WARNED_AT_AGE), Mails()
        if template is _REPLACED:
            see_to_secrets()
            grow_older(organization, endpoint.id, timedelta(days=30))
        before = _shown(organization, endpoint)["version"]
        with point:
            see_to_secrets(mails)
        see_to_secrets(see_to_secrets(mails))
        assert _shown(organization, endpoint)["version"] == before + 1, point
        assert mails.to(organization.owner.email) in ([template], [template] * 2), point


def test_of_two_runs_at_once_one_replaces_the_secret(organization: StaffedOrganization) -> None:
    with receiver() as server:
        endpoint, mails = an_aged_endpoint(organization, server.url, age=WARNED_AT_AGE), Mails()
        see_to_secrets()
        grow_older(organization, endpoint.id, timedelta(days=30))
        others: list[Mails] = []

        def sealed_late(place: SealedPlace, plaintext: bytes) -> bytes:
            others.append(see_to_secrets(mails))
            return seal(place, plaintext)

        see_to_secrets(mails, seal=sealed_late)
        request = _received(organization, endpoint, server)
        secret = _act(organization, endpoint, "reveal-secret").json["secret"]

    assert (len(others), mails.to(organization.owner.email)) == (1, [_REPLACED])
    assert [verifies(each, request) for each in (endpoint.secret, secret)] == [True, True]


@pytest.mark.parametrize("method", ["PATCH", "DELETE"])
def test_what_somebody_does_to_the_endpoint_meanwhile_is_not_lost(
    organization: StaffedOrganization, method: str
) -> None:
    endpoint = an_aged_endpoint(organization, _NOWHERE, age=WARNED_AT_AGE)
    see_to_secrets()
    grow_older(organization, endpoint.id, timedelta(days=30))
    done: list[Reply] = []

    def sealed_late(place: SealedPlace, plaintext: bytes) -> bytes:
        if not done:
            path, body = f"/v1/webhook-endpoints/{endpoint.id}", {"description": "Mine"} if method == "PATCH" else None
            done.append(call(method, path, token=organization.owner.token, body=body))
        return seal(place, plaintext)

    mails = see_to_secrets(seal=sealed_late)

    shown = _shown(organization, endpoint)
    if method == "PATCH":
        assert (shown["description"], shown["secretPending"], shown["version"]) == ("Mine", True, 4)
    assert (shown.get("code"), mails.to(organization.owner.email)) == (
        (None, [_REPLACED]) if method == "PATCH" else ("not_found", [])
    )


def test_a_change_while_the_owners_are_told_tells_them_no_second_time(organization: StaffedOrganization) -> None:
    endpoint = an_aged_endpoint(organization, _NOWHERE, age=WARNED_AT_AGE)

    class _ChangingMails(Mails):
        def __call__(self, template: Template, **mail: Any) -> None:  # noqa: ANN401 (a mail)
            super().__call__(template, **mail)
            path = f"/v1/webhook-endpoints/{endpoint.id}"
            call("PATCH", path, token=organization.owner.token, body={"description": str(len(self.sent))})

    mails = see_to_secrets(see_to_secrets(_ChangingMails()))

    assert mails.to(organization.owner.email) == [_DUE]


def test_one_secret_that_cannot_be_sealed_holds_up_no_other(organization: StaffedOrganization) -> None:
    endpoints = [an_aged_endpoint(organization, _NOWHERE, age=WARNED_AT_AGE) for _ in range(2)]
    see_to_secrets()
    for endpoint in endpoints:
        grow_older(organization, endpoint.id, timedelta(days=30))

    def sealed_for_one(place: SealedPlace, plaintext: bytes) -> bytes:
        if place.id == endpoints[0].id:
            raise TimeoutError
        return seal(place, plaintext)

    with logged() as log:
        see_to_secrets(seal=sealed_for_one)
    assert [_shown(organization, each)["secretPending"] for each in endpoints] == [False, True]
    assert [line["error"] for line in log.lines if line["message"].startswith("secret of")] == [["TimeoutError"]]

    see_to_secrets()
    assert [_shown(organization, each)["secretPending"] for each in endpoints] == [True, True]


def test_an_organization_with_many_endpoints_is_told_of_all_of_them_within_what_a_mailbox_takes(
    organization: StaffedOrganization,
) -> None:
    endpoints = {an_aged_endpoint(organization, _NOWHERE, age=WARNED_AT_AGE).id for _ in range(7)}
    with sent_messages() as messages:
        told = []
        for _ in range(3):
            rotate_webhook_secrets.handler({}, Context())  # type: ignore[arg-type]
            told.append({each["value_endpoint"] for each in messages if each["to"] == organization.owner.email})

    assert [len(each) for each in told] == [5, 7, 7]
    assert told[-1] == endpoints


def test_the_schedule_does_it_by_itself(organization: StaffedOrganization) -> None:
    endpoint = an_aged_endpoint(organization, _NOWHERE, age=WARNED_AT_AGE)
    with sent_messages() as messages:
        rotate_webhook_secrets.handler({}, Context())  # type: ignore[arg-type]
    (mail,) = [message for message in messages if message["to"] == organization.owner.email]
    assert (mail["template"], mail["value_endpoint"]) == (_DUE, endpoint.id)

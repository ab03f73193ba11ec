"""Mails through Resend: taken once, never lost, and nothing of them told where it does not belong.

Resend's part is played by a server on loopback, which answers as its documentation says.
"""

import json
from collections.abc import Iterator
from dataclasses import replace

import boto3
import pytest
import urllib3

from nexstock.clock import utc_now
from nexstock.config import ResendSettings
from nexstock.mail.outbox import post
from nexstock.mail.resend import Resend
from tests.support.engines import free_port
from tests.support.logs import logged
from tests.support.mails import (
    dead_letters,
    for_the_nth_time,
    hidden_messages,
    own_queues,
    posted,
    received,
    worked_through,
)
from tests.support.people import an_email
from tests.support.receivers import Behaviour, Receiver, answering, hanging, receiver, sending, trickling

_KEY = "re_0123456789abcdef"
_SENDER = "no-reply@nexstock.example"
_QUICK = urllib3.Timeout(connect=0.3, read=0.3)


@pytest.fixture(autouse=True)
def _queues() -> Iterator[None]:
    """Have queues that no other test puts anything on."""
    with own_queues():
        yield


def _resend(server: Receiver, key: str = _KEY) -> Resend:
    return Resend(f"http://127.0.0.1:{server.port}", _SENDER, lambda: key, _QUICK)


def _error(name: str, message: str = "no") -> bytes:
    return json.dumps({"statusCode": 400, "name": name, "message": message}).encode()


def test_mail_is_handed_over_as_resend_wants_it() -> None:
    address = an_email()
    with receiver(answering(200, body=b'{"id":"1"}')) as server:
        event = posted(address)
        assert worked_through(event, _resend(server)) == (0, [])
    (request,) = server.received
    body = json.loads(request.body)
    assert request.path == "/emails"
    assert request.headers["authorization"] == f"Bearer {_KEY}"
    assert request.headers["content-type"] == "application/json"
    assert request.headers["user-agent"].startswith("NexStock/")
    assert request.headers["idempotency-key"] == json.loads(event["Records"][0]["body"])["id"]
    assert (body["from"], body["to"], body["subject"]) == (_SENDER, [address], "Your NexStock code")
    assert "123456" in body["text"]
    assert "Pat &lt;b&gt;" in body["html"]


def test_what_is_never_sent_reaches_no_provider() -> None:
    with receiver() as server:
        post(None, to=an_email(), values={}, now=utc_now())
        assert worked_through(received(), _resend(server)) == (0, [])
    assert server.received == []


@pytest.mark.parametrize(
    ("headers", "receives", "least_s"),
    [
        ("Retry-After: 120\r\n", 1, 120),
        ("Retry-After: 1\r\n", 1, 10),
        ("Retry-After: 1\r\n", 4, 270),
        ("ratelimit-reset: 60\r\n", 1, 60),
        ("Retry-After: 86400\r\n", 1, 3600),
        ("Retry-After: Wed, 21 Oct 2026 07:28:00 GMT\r\n", 1, 10),
        ("Retry-After: -5\r\n", 1, 10),
        ("Retry-After: 99999999999999999999\r\n", 1, 10),
    ],
)
def test_mail_that_is_too_much_waits_as_long_as_resend_asks(headers: str, receives: int, least_s: int) -> None:
    with receiver(answering(429, body=_error("rate_limit_exceeded"), headers=headers)) as server:
        failed, (wait_s,) = worked_through(for_the_nth_time(posted(an_email()), receives), _resend(server))

    assert failed == 1
    assert least_s <= wait_s <= min(least_s * 1.1 + 1, 3600)
    assert (len(server.received), hidden_messages(), dead_letters()) == (1, 1, [])


@pytest.mark.parametrize("status", [301, 307, 401, 403, 404, 408, 409, 500, 502, 503, 504])
def test_what_is_wrong_with_resend_or_with_us_lets_the_mail_wait(status: int) -> None:
    with receiver(answering(status, body=b"<html>", headers="Location: /elsewhere\r\n")) as server:
        failed, (wait_s,) = worked_through(posted(an_email()), _resend(server))

    assert (failed, len(server.received), hidden_messages(), dead_letters()) == (1, 1, 1, [])
    assert 10 <= wait_s <= 12


def test_provider_that_cannot_be_reached_lets_the_mail_wait() -> None:
    nobody = Resend(f"http://127.0.0.1:{free_port()}", _SENDER, lambda: _KEY, _QUICK)

    assert worked_through(posted(an_email()), nobody)[0] == 1
    assert hidden_messages() == 1


@pytest.mark.parametrize(
    "behaviour",
    [hanging(), trickling(b"HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\n", b"", every_s=0.1), sending(b"")],
    ids=["never answers", "never ends", "goes away after the request"],
)
def test_lost_answer_sends_the_same_mail_again_under_the_same_key(behaviour: Behaviour) -> None:
    event = posted(an_email())
    with receiver(behaviour) as away:
        assert worked_through(event, _resend(away))[0] == 1
    assert hidden_messages() == 1
    with receiver(answering(200)) as server:
        assert worked_through(for_the_nth_time(event, 2), _resend(server)) == (0, [])

    (first,), (second,) = away.received, server.received
    assert first.headers["idempotency-key"] == second.headers["idempotency-key"]
    assert first.body == second.body


def test_message_that_is_delivered_twice_has_one_key_and_two_mails_have_two() -> None:
    one, other = posted(an_email()), posted(an_email())
    with receiver(answering(200)) as server:
        for event in (one, one, other):
            assert worked_through(event, _resend(server)) == (0, [])

    keys = [request.headers["idempotency-key"] for request in server.received]
    assert (keys[0] == keys[1], keys[0] == keys[2]) == (True, False)


@pytest.mark.parametrize(
    ("status", "name"),
    [
        (400, "validation_error"),
        (422, "missing_required_field"),
        (422, "invalid_from_address"),
        (451, "security_error"),
        (409, "invalid_idempotent_request"),
    ],
)
def test_mail_that_resend_never_takes_is_a_dead_letter_at_once(status: int, name: str) -> None:
    address = an_email()
    event = posted(address)
    with logged() as log, receiver(answering(status, body=_error(name, f"{address} 123456"))) as server:
        assert worked_through(event, _resend(server)) == (0, [])

    assert dead_letters() == [json.loads(event["Records"][0]["body"])]
    (line,) = [json.loads(each) for each in log.text.splitlines() if "mail refused" in each]
    assert (line["problem"], line["template"], line["level"]) == (name, "verify_email", "ERROR")
    for secret in (address, "123456", _KEY, "Pat"):
        assert secret not in log.text


def test_dead_letter_can_be_sent_later_under_its_own_key() -> None:
    event = posted(an_email())
    with receiver(answering(422, 200)) as server:
        worked_through(event, _resend(server))
        (letter,) = dead_letters()
        again = {"Records": [{**event["Records"][0], "body": json.dumps(letter)}]}
        assert worked_through(again, _resend(server)) == (0, [])

    keys = {request.headers["idempotency-key"] for request in server.received}
    assert len(keys) == 1


def test_reason_that_is_no_name_is_not_logged() -> None:
    address = an_email()
    event = posted(address)
    with logged() as log, receiver(answering(422, body=_error(f"not {address}"))) as server:
        worked_through(event, _resend(server))

    assert address not in log.text
    assert "status 422" in log.text


@pytest.mark.asvs("13.3.4")
def test_key_of_our_account_is_read_once_and_again_when_it_is_refused() -> None:
    keys = iter(["re_old", "re_new"])
    with receiver(answering(200, 200, 401, 200)) as server:
        provider = Resend(f"http://127.0.0.1:{server.port}", _SENDER, lambda: next(keys), _QUICK)
        for _ in range(4):
            worked_through(posted(an_email()), provider)

    sent = [request.headers["authorization"] for request in server.received]
    assert sent == ["Bearer re_old", "Bearer re_old", "Bearer re_old", "Bearer re_new"]


@pytest.mark.asvs("13.3.1")
def test_key_of_our_account_comes_from_the_parameter_and_stands_in_no_repr() -> None:
    settings = ResendSettings.from_env()
    boto3.client("ssm").put_parameter(
        Name=settings.api_key_parameter, Type="SecureString", Value="re_from_ssm", Overwrite=True
    )
    with receiver(answering(200)) as server:
        provider = Resend.of(replace(settings, base_url=f"http://127.0.0.1:{server.port}"), _SENDER)
        worked_through(posted(an_email()), provider)
        assert server.received[0].headers["authorization"] == "Bearer re_from_ssm"
        assert "re_from_ssm" not in repr(provider)


def test_parameter_that_cannot_be_read_lets_the_mail_wait() -> None:
    def unreadable() -> str:
        raise LookupError

    with receiver() as server:
        provider = Resend(f"http://127.0.0.1:{server.port}", _SENDER, unreadable, _QUICK)
        assert worked_through(posted(an_email()), provider)[0] == 1
    assert (server.received, hidden_messages()) == ([], 1)


def test_key_of_our_account_goes_nowhere_else_by_a_redirect() -> None:
    with receiver() as elsewhere:
        headers = f"Location: {elsewhere.url}\r\n"
        with receiver(answering(307, headers=headers)) as server:
            assert worked_through(posted(an_email()), _resend(server))[0] == 1
        assert elsewhere.received == []


def test_one_mail_that_waits_holds_up_no_other() -> None:
    events = [posted(an_email()) for _ in range(3)]
    batch = {"Records": [record for event in events for record in event["Records"]]}
    with receiver(answering(200, 500, 200)) as server:
        failed, waits = worked_through(batch, _resend(server))
    assert (failed, len(waits), len(server.received)) == (1, 1, 3)

"""Mails through SES, which knows no idempotency key: a note of our own tells what was sent already."""

import contextlib
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import boto3
import httpx
import pytest
from botocore.awsrequest import AWSResponse
from botocore.exceptions import ClientError

from nexstock.aws import client
from nexstock.clock import utc_now
from nexstock.config import MailSettings
from nexstock.ids import new_id
from nexstock.mail.notes import LEASE, MailNote
from nexstock.mail.provider import MailRefused, OutgoingMail
from nexstock.mail.ses import Ses
from nexstock.mail.templates import RenderedMail
from nexstock.queues import Delayed
from tests.support.calls import recorded_calls
from tests.support.logs import logged
from tests.support.mails import own_queues, posted, worked_through
from tests.support.people import an_email
from tests.support.table_faults import Request, error_answer, instead_of


@pytest.fixture(autouse=True)
def _sender(platform: str) -> Iterator[None]:
    """Have the mail service know the sender, as the stack does, and queues for oneself."""
    mail = boto3.client("sesv2", endpoint_url=platform)
    with contextlib.suppress(mail.exceptions.AlreadyExistsException):
        mail.create_email_identity(EmailIdentity=MailSettings.from_env().sender)
    with own_queues():
        yield


def _sent_to(address: str, platform: str) -> int:
    captured = httpx.get(f"{platform}/_nexstock/mailbox", trust_env=False).json()
    return len([mail for mail in captured if address in str(mail["to"])])


def _ses() -> Ses:
    return Ses(MailSettings.from_env().sender)


@contextlib.contextmanager
def _ses_answering(code: str, status: int) -> Iterator[list[str]]:
    """Have SES answer every call with an error; give the calls."""
    events, calls = client("sesv2", tries=1).meta.events, list[str]()

    def refuse(request: Request, **_rest: object) -> AWSResponse:
        calls.append(request.url)
        answer = error_answer(request, code, status=status)
        answer.headers["x-amzn-ErrorType"] = code
        return answer

    events.register("before-send.sesv2.SendEmail", refuse)
    try:
        yield calls
    finally:
        events.unregister("before-send.sesv2.SendEmail", refuse)


def _a_mail(to: str) -> OutgoingMail:
    return OutgoingMail(new_id("mail", utc_now()), to, RenderedMail("Subject", "Text", "<p>Text</p>"))


def test_message_that_is_delivered_twice_is_one_mail(platform: str) -> None:
    address = an_email()
    event = posted(address)

    assert [worked_through(event, _ses()) for _ in range(3)] == [(0, [])] * 3
    assert _sent_to(address, platform) == 1


def test_message_that_is_delivered_in_parallel_is_one_mail(platform: str) -> None:
    address = an_email()
    mail = _a_mail(address)

    def deliver(_number: int) -> bool:
        try:
            _ses().deliver(mail)
        except Delayed:
            return False
        return True

    with ThreadPoolExecutor(4) as pool:
        outcomes = list(pool.map(deliver, range(4)))
    assert any(outcomes)
    assert _sent_to(address, platform) == 1


def test_attempt_that_died_is_made_again_when_its_lease_ends(platform: str) -> None:
    address, now = an_email(), utc_now()
    mail = _a_mail(address)
    assert MailNote.claim(mail.id, now) is not None

    with pytest.raises(Delayed) as delayed:
        Ses(MailSettings.from_env().sender, lambda: now + LEASE - timedelta(seconds=1)).deliver(mail)
    assert delayed.value.after_s == LEASE.total_seconds()
    Ses(MailSettings.from_env().sender, lambda: now + LEASE).deliver(mail)

    assert _sent_to(address, platform) == 1


def test_mail_that_ses_could_not_take_is_tried_again_without_waiting_for_a_lease(platform: str) -> None:
    address = an_email()
    event = posted(address)

    with _ses_answering("TooManyRequestsException", 429):
        failed, (wait_s,) = worked_through(event, _ses())
    assert failed == 1
    assert 10 <= wait_s <= 12
    assert worked_through(event, _ses()) == (0, [])
    assert _sent_to(address, platform) == 1


def test_mail_that_ses_calls_wrong_is_refused_for_good() -> None:
    with _ses_answering("MessageRejected", 400), pytest.raises(MailRefused, match="MessageRejected"):
        _ses().deliver(_a_mail(an_email()))


def test_call_of_ses_is_never_repeated_in_silence() -> None:
    with _ses_answering("TooManyRequestsException", 429) as calls, pytest.raises(ClientError, match="TooMany"):
        _ses().deliver(_a_mail(an_email()))
    assert len(calls) == 1


def test_note_that_fails_after_the_mail_sends_no_second_one(platform: str) -> None:
    address = an_email()
    event = posted(address)

    def refuse_to_settle(request: Request) -> AWSResponse | None:
        return error_answer(request, "AccessDeniedException") if b"claimedUntil" not in request.body else None

    with instead_of("UpdateItem", refuse_to_settle), logged() as log:
        assert worked_through(event, _ses()) == (0, [])
    assert "sent mail not noted" in log.text
    assert _sent_to(address, platform) == 1


def test_mail_costs_two_small_writes_and_no_read() -> None:
    with recorded_calls() as recording:
        _ses().deliver(_a_mail(an_email()))
    assert recording.operations == ["UpdateItem", "UpdateItem"]
    assert recording.write_units == 2

"""Queued mails reach the mail service, and one that cannot be sent holds up no other."""

import contextlib
import json

import boto3
import httpx
import pytest

from functions.queues import send_mail
from nexstock.clock import utc_now
from nexstock.config import MailSettings
from nexstock.mail.outbox import Template, post
from tests.support.events import Context, Json
from tests.support.mailbox import mails_to
from tests.support.people import an_email

_VALUES = {"name": "Pat <b>", "code": "123456", "organization": "Goods", "at": "now", "ip": "203.0.113.7"}


@pytest.fixture(scope="module", autouse=True)
def _sender(platform: str) -> None:
    """Have the mail service know the sender, as the stack does."""
    mail = boto3.client("sesv2", endpoint_url=platform)
    with contextlib.suppress(mail.exceptions.AlreadyExistsException):
        mail.create_email_identity(EmailIdentity=MailSettings.from_env().sender)


def _queued(*bodies: Json | str) -> Json:
    texts = [body if isinstance(body, str) else json.dumps(body) for body in bodies]
    attributes = {"ApproximateReceiveCount": "1"}
    return {
        "Records": [
            {"messageId": f"message-{place}", "receiptHandle": "none", "attributes": attributes, "body": text}
            for place, text in enumerate(texts)
        ]
    }


def _sent_to(address: str, platform: str) -> list[Json]:
    captured: list[Json] = httpx.get(f"{platform}/_nexstock/mailbox", trust_env=False).json()
    return [mail for mail in captured if address in str(mail["to"])]


def _send(event: Json) -> Json:
    return send_mail.handler(event, Context())  # type: ignore[arg-type]


def test_queued_mail_is_sent_with_its_words(platform: str) -> None:
    address = an_email()
    post(Template.VERIFY_EMAIL, to=address, values=_VALUES, now=utc_now())

    assert _send(_queued(*mails_to(address))) == {"batchItemFailures": []}

    (mail,) = _sent_to(address, platform)
    assert mail["subject"] == "Your NexStock code"
    assert "123456" in mail["text"]
    assert "Pat &lt;b&gt;" in mail["html"]


def test_mail_that_cannot_be_sent_comes_again_and_holds_up_no_other(platform: str) -> None:
    good, other = an_email(), an_email()
    for address in (good, other):
        post(Template.EMAIL_TAKEN, to=address, values=_VALUES, now=utc_now())
    unknown = {"template": "unknown", "to": an_email()}
    incomplete = {"template": "verify_email", "to": an_email()}

    answer = _send(_queued(unknown, *mails_to(good), "no json", incomplete, *mails_to(other)))

    failed = [failure["itemIdentifier"] for failure in answer["batchItemFailures"]]
    assert failed == ["message-0", "message-2", "message-3"]
    assert [len(_sent_to(address, platform)) for address in (good, other)] == [1, 1]

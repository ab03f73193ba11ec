"""Mails on a queue of their own: posted, received as Lambda receives them, and what became of them."""

import contextlib
import json
import os
import secrets
from collections.abc import Iterator
from functools import partial
from typing import Any, Final

import boto3

from nexstock.aws import client
from nexstock.clock import utc_now
from nexstock.mail.outbox import Template, post
from nexstock.mail.provider import Provider
from nexstock.mail.sender import send_mail
from nexstock.queues import work_through
from tests.support.events import Json

VALUES: Final = {"name": "Pat <b>", "code": "123456", "organization": "Goods", "at": "now", "ip": "203.0.113.7"}
_QUEUES: Final = ("MAIL", "MAIL_DEAD")


@contextlib.contextmanager
def own_queues() -> Iterator[None]:
    """Have the queue of mails, and its dead letters, for oneself within the block."""
    names = {f"NEXSTOCK_QUEUE_{queue}": queue for queue in _QUEUES}
    before = {name: os.environ[name] for name in names}
    for name, queue in names.items():
        own = f"{queue.lower().replace('_', '-')}-{secrets.token_hex(6)}"
        os.environ[name] = boto3.client("sqs").create_queue(QueueName=own)["QueueUrl"]
    try:
        yield
    finally:
        os.environ.update(before)


def posted(address: str) -> Json:
    """Post a mail and return Lambda's event for it."""
    post(Template.VERIFY_EMAIL, to=address, values=VALUES, now=utc_now())
    return received()


def received() -> Json:
    """Return Lambda's event for what is on the queue."""
    found = boto3.client("sqs").receive_message(
        QueueUrl=os.environ["NEXSTOCK_QUEUE_MAIL"],
        MaxNumberOfMessages=10,
        VisibilityTimeout=90,
        AttributeNames=["ApproximateReceiveCount"],
    )
    return {
        "Records": [
            {
                "messageId": message["MessageId"],
                "receiptHandle": message["ReceiptHandle"],
                "attributes": message["Attributes"],
                "body": message["Body"],
            }
            for message in found.get("Messages", [])
        ]
    }


def for_the_nth_time(event: Json, receives: int) -> Json:
    """Return the event as it is when its messages were received so often."""
    attributes = {"ApproximateReceiveCount": str(receives)}
    return {"Records": [{**record, "attributes": attributes} for record in event["Records"]]}


def worked_through(event: Json, provider: Provider) -> tuple[int, list[int]]:
    """Send an event's mails through a provider; return how many failed, and the waits that were set."""
    waits: list[int] = []

    def note(params: dict[str, Any], **_rest: Any) -> None:  # noqa: ANN401 (botocore's hook)
        waits.append(params["VisibilityTimeout"])

    events = client("sqs").meta.events
    events.register("before-parameter-build.sqs.ChangeMessageVisibility", note)
    try:
        answer = work_through(event, partial(send_mail, provider=provider), backs_off_in="MAIL")
    finally:
        events.unregister("before-parameter-build.sqs.ChangeMessageVisibility", note)
    return len(answer["batchItemFailures"]), waits


def dead_letters() -> list[Json]:
    """Return what lies in the queue of dead letters."""
    url = os.environ["NEXSTOCK_QUEUE_MAIL_DEAD"]
    found = boto3.client("sqs").receive_message(QueueUrl=url, MaxNumberOfMessages=10, VisibilityTimeout=0)
    return [json.loads(message["Body"]) for message in found.get("Messages", [])]


def hidden_messages() -> int:
    """Return how many messages of the queue wait for their next delivery."""
    name = "ApproximateNumberOfMessagesNotVisible"
    url = os.environ["NEXSTOCK_QUEUE_MAIL"]
    attributes = boto3.client("sqs").get_queue_attributes(QueueUrl=url, AttributeNames=[name])["Attributes"]
    return int(attributes[name])

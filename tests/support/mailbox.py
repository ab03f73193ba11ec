"""Reads the mails that were queued, by address."""

import json
from typing import Any, Final

import boto3

from nexstock.config import queue_url
from tests.support.events import Json

_read: Final[dict[str, list[Json]]] = {}
"""Mails of other tests that were read along the way; no two tests share an address."""


def mails_to(address: str) -> list[dict[str, str]]:
    """Return all mails queued for an address so far, oldest first, as the queue carries them."""
    queue: Any = boto3.client("sqs")
    while messages := queue.receive_message(QueueUrl=queue_url("MAIL"), MaxNumberOfMessages=10).get("Messages"):
        for message in messages:
            mail = json.loads(message["Body"])
            _read.setdefault(mail["to"], []).append(mail)
            queue.delete_message(QueueUrl=queue_url("MAIL"), ReceiptHandle=message["ReceiptHandle"])
    return list(_read.get(address, []))


def codes_to(address: str) -> list[str]:
    """Return the codes mailed to an address so far, oldest first."""
    return [mail["value_code"] for mail in mails_to(address) if "value_code" in mail]

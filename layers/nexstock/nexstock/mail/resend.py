"""Mails through Resend (resend.com/docs: "Send Email", "Idempotency Keys", "Errors", "Usage Limits").

Resend takes the same idempotency key for 24 hours as the same mail, so whatever became of an answer, the mail can be
sent again. Its key of our account is a SecureString of Systems Manager, read once a container.
"""

import json
import re
from collections.abc import Callable
from http import HTTPStatus
from typing import Any, Final, Self

import urllib3
from urllib3.exceptions import HTTPError
from urllib3.response import BaseHTTPResponse

from nexstock.aws import client
from nexstock.config import ResendSettings
from nexstock.mail.provider import MailRefused, OutgoingMail
from nexstock.queues import Delayed

_USER_AGENT: Final = "NexStock/1"
"""Without one, Resend refuses with 403."""

_TIMEOUT: Final = urllib3.Timeout(connect=2.0, read=5.0)

_NEVER: Final = frozenset(
    {
        HTTPStatus.BAD_REQUEST,
        HTTPStatus.REQUEST_ENTITY_TOO_LARGE,
        HTTPStatus.UNPROCESSABLE_ENTITY,
        HTTPStatus.UNAVAILABLE_FOR_LEGAL_REASONS,
    }
)
"""What is wrong with a mail stays wrong. A wrong key or domain (401, 403, 404) is wrong with us, and can be mended."""

_OTHER_MAIL: Final = "invalid_idempotent_request"
"""409: a mail with this id and other words was taken before, so this one will not be."""

_KEY_REFUSED: Final = frozenset({HTTPStatus.UNAUTHORIZED, HTTPStatus.FORBIDDEN})
_NAME: Final = re.compile(r"[a-z_]{1,64}")


class Resend:
    """Resend's HTTP API.

    Args:
        base_url: where it is, without a slash at the end.
        sender: the address that mails come from.
        read_api_key: reads the key of our account; called again only after the key was refused.
        timeout: of the connection, and of each wait for the answer.
    """

    def __init__(
        self, base_url: str, sender: str, read_api_key: Callable[[], str], timeout: urllib3.Timeout = _TIMEOUT
    ) -> None:
        self._url = f"{base_url}/emails"
        self._sender = sender
        self._read_api_key = read_api_key
        self._api_key: str | None = None
        # An environment's proxy settings have no say, and nothing is repeated here: the queue does that.
        self._pool = urllib3.PoolManager(retries=False, timeout=timeout)

    @classmethod
    def of(cls, settings: ResendSettings, sender: str) -> Self:
        """Return the provider that the settings describe, with the key from its parameter."""
        return cls(settings.base_url, sender, lambda: _parameter(settings.api_key_parameter))

    def deliver(self, mail: OutgoingMail) -> None:
        """Hand over one mail; with the id of one that was taken within 24 hours it is not sent again.

        Raises:
            MailRefused: Resend calls the mail itself wrong.
            Delayed: Resend is away, busy, or does not accept our key.
        """
        if self._api_key is None:
            self._api_key = self._read_api_key()
        try:
            response = self._post(mail, self._api_key)
        except (HTTPError, OSError) as error:
            raise Delayed(type(error).__name__) from None
        if HTTPStatus.OK <= response.status < HTTPStatus.MULTIPLE_CHOICES:
            return
        if response.status in _KEY_REFUSED:
            # Perhaps it was replaced since this container read it.
            self._api_key = None
        reason = _reason(response)
        if response.status in _NEVER or reason == _OTHER_MAIL:
            raise MailRefused(reason)
        raise Delayed(reason, after_s=_retry_after_s(response))

    def _post(self, mail: OutgoingMail, api_key: str) -> BaseHTTPResponse:
        content = mail.content
        body = {
            "from": self._sender,
            "to": [mail.to],
            "subject": content.subject,
            "text": content.text,
            "html": content.html,
        }
        return self._pool.request(
            "POST",
            self._url,
            body=json.dumps(body).encode(),
            headers={
                "Authorization": f"Bearer {api_key}",
                "Content-Type": "application/json",
                "Idempotency-Key": mail.id,
                "User-Agent": _USER_AGENT,
            },
            redirect=False,
        )


def _parameter(name: str) -> str:
    answer: dict[str, Any] = client("ssm").get_parameter(Name=name, WithDecryption=True)
    return str(answer["Parameter"]["Value"])


def _reason(response: BaseHTTPResponse) -> str:
    """Return Resend's name of the error; its message is left out, because it may repeat the address."""
    try:
        name = json.loads(response.data)["name"]
    except (ValueError, KeyError, TypeError):
        name = None
    known = isinstance(name, str) and _NAME.fullmatch(name) is not None
    return str(name) if known else f"status {response.status}"


def _retry_after_s(response: BaseHTTPResponse) -> float:
    """Return the seconds that the answer asks us to wait; 0 if it does not say, or not in seconds."""
    asked = response.headers.get("Retry-After") or response.headers.get("RateLimit-Reset") or ""
    return float(asked) if asked.isascii() and asked.isdigit() and len(asked) <= len("86400") else 0.0

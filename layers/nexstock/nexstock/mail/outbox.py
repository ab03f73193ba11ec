"""Hands mails to the queue; whether and when the mail service takes them never changes an answer."""

from collections.abc import Mapping
from datetime import datetime
from enum import StrEnum
from typing import Final

from nexstock.config import RateLimit
from nexstock.observability import logger
from nexstock.queues import send
from nexstock.throttling import take_token

_PER_ADDRESS: Final = RateLimit(capacity=10, period_s=3600)
"""How many mails one address may be made to receive; a person who is being pestered notices, a mailbox survives."""


class Template(StrEnum):
    """The mails there are; each has its texts in `mail/templates.py`."""

    VERIFY_EMAIL = "verify_email"
    EMAIL_TAKEN = "email_taken"
    SESSION_REVOKED = "session_revoked"


def post(template: Template, *, to: str, values: Mapping[str, str], now: datetime) -> None:
    """Queue a mail, unless its address has had too many within the hour.

    Args:
        template: which mail.
        to: the address.
        values: what the template's placeholders stand for.
        now: the present instant.
    """
    if not take_token("mail", to, _PER_ADDRESS, now).granted:
        logger.warning("mail withheld", template=template)
        return
    send("MAIL", {"template": template, "to": to, **{f"value_{name}": value for name, value in values.items()}})

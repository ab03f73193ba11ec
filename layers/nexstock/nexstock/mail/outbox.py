"""Hands mails to the queue; whether and when the mail service takes them never changes an answer."""

from collections.abc import Mapping
from datetime import datetime
from enum import StrEnum
from typing import Final

from nexstock.config import RateLimit
from nexstock.ids import derived_id, new_id
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
    RESET_PASSWORD = "reset_password"  # noqa: S105 (a mail)
    PASSWORD_CHANGED = "password_changed"  # noqa: S105 (a mail)
    ACCOUNT_LOCKED = "account_locked"
    STEP_UP = "step_up"
    CHANGE_EMAIL = "change_email"
    EMAIL_CHANGE_ASKED = "email_change_asked"
    EMAIL_CHANGED = "email_changed"
    ACCOUNT_DELETED = "account_deleted"
    INVITATION = "invitation"
    ORGANIZATION_DELETED = "organization_deleted"
    MFA_ENABLED = "mfa_enabled"
    MFA_DISABLED = "mfa_disabled"
    MFA_LOCKED = "mfa_locked"
    RECOVERY_CODE_USED = "recovery_code_used"
    RECOVERY_CODES_RENEWED = "recovery_codes_renewed"
    PASSKEY_COPIED = "passkey_copied"
    SINGLE_SIGN_ON_LINKED = "single_sign_on_linked"
    WEBHOOK_ENDPOINT_DISABLED = "webhook_endpoint_disabled"
    WEBHOOK_SECRET_DUE = "webhook_secret_due"  # noqa: S105 (a mail)
    WEBHOOK_SECRET_REPLACED = "webhook_secret_replaced"  # noqa: S105 (a mail)
    DESTRUCTION_RECEIPT = "destruction_receipt"


NOTHING: Final = "nothing"
"""Queued in a template's place, and never sent: it makes an address without an owner look like one with."""


def post(template: Template | None, *, to: str, values: Mapping[str, str], now: datetime) -> None:
    """Queue a mail, unless its address has had too many within the hour.

    The mail gets an id that it keeps however often it is tried, so that its provider can tell a repetition.

    Args:
        template: which mail; None does all the work of a mail and sends none.
        to: the address.
        values: what the template's placeholders stand for.
        now: the present instant.
    """
    if not take_token("mail", to, _PER_ADDRESS, now).granted:
        logger.warning("mail withheld", template=template)
        return
    _queue(new_id("mail", now), template or NOTHING, to, values)


def post_once(template: Template, *, occasion: str, to: str, values: Mapping[str, str]) -> None:
    """Queue a mail that must not be withheld; queued again for the same occasion within a day, it is the same mail."""
    _queue(derived_id("mail", f"{occasion} {to}"), template, to, values)


def _queue(mail_id: str, template: str, to: str, values: Mapping[str, str]) -> None:
    named = {f"value_{name}": value for name, value in values.items()}
    send("MAIL", {"id": mail_id, "template": template, "to": to, **named})

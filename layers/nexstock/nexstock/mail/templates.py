"""The texts of the mails: plain text first, HTML with the same words, nothing remote in it."""

from collections.abc import Mapping
from dataclasses import dataclass
from html import escape
from string import Template as Text
from typing import Final

from nexstock.mail.outbox import Template


@dataclass(frozen=True, slots=True)
class RenderedMail:
    """A mail as it is sent."""

    subject: str
    text: str
    html: str


_SUBJECTS: Final = {
    Template.VERIFY_EMAIL: "Your NexStock code",
    Template.EMAIL_TAKEN: "You already have a NexStock account",
    Template.SESSION_REVOKED: "We ended a NexStock session of yours",
    Template.RESET_PASSWORD: "Your NexStock code for a new password",
    Template.PASSWORD_CHANGED: "Your NexStock password was changed",
    Template.ACCOUNT_LOCKED: "Your NexStock account is locked for a while",
}

_TEXTS: Final = {
    Template.VERIFY_EMAIL: """\
Hello $name,

your code to verify this e-mail address is:

    $code

It is good for 10 minutes and one use. It activates the organization "$organization",
registered at $at from the address $ip.

If that was not you, ignore this mail: without the code nothing happens.
""",
    Template.EMAIL_TAKEN: """\
Hello,

somebody (at $at, from the address $ip) tried to register a NexStock account with this e-mail address.
You have one already, so nothing was changed. If it was you, sign in with your password.

If it was not you, you need not do anything.
""",
    Template.SESSION_REVOKED: """\
Hello $name,

at $at a refresh token of one of your sessions was used a second time, from the address $ip.
That happens when two parties hold the same token, so we ended that session everywhere.

Sign in again. If you do not recognise the address, change your password.
""",
    Template.RESET_PASSWORD: """\
Hello,

your code for a new password is:

    $code

It is good for 10 minutes and one use. It was asked for at $at from the address $ip.

If that was not you, ignore this mail: your password stays as it is.
""",
    Template.PASSWORD_CHANGED: """\
Hello,

your password was changed at $at, from the address $ip. All other sessions were ended.

If that was not you, ask for a code for a new password at once, and write to security@nexstock.com.
""",
    Template.ACCOUNT_LOCKED: """\
Hello $name,

at $at the fifth wrong password in a row was entered for your account, from the address $ip.
No password is accepted for the next $minutes minutes. You stay signed in where you are.

If that was you and you forgot your password, ask for a code for a new one: that also ends the lock.
""",
}

_PAGE: Final = """\
<!doctype html>
<html lang="en"><head><meta charset="utf-8"><title>$subject</title></head>
<body style="font-family: sans-serif; max-width: 36em; margin: 2em auto; line-height: 1.5">$paragraphs</body></html>
"""


def render(template: Template, values: Mapping[str, str]) -> RenderedMail:
    """Return the mail.

    Raises:
        KeyError: a value that the template needs is missing.
    """
    subject = _SUBJECTS[template]
    text = Text(_TEXTS[template]).substitute(values)
    paragraphs = "".join(f"<p>{escape(part.strip())}</p>" for part in text.split("\n\n") if part.strip())
    html = Text(_PAGE).substitute(subject=escape(subject), paragraphs=paragraphs.replace("\n", "<br>"))
    return RenderedMail(subject, text, html)

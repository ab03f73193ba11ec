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
    Template.STEP_UP: "Your NexStock code to confirm",
    Template.CHANGE_EMAIL: "Your NexStock code for this address",
    Template.EMAIL_CHANGE_ASKED: "Your NexStock address is about to change",
    Template.EMAIL_CHANGED: "Your NexStock address was changed",
    Template.ACCOUNT_DELETED: "Your NexStock account was deleted",
    Template.INVITATION: "You are invited to NexStock",
    Template.ORGANIZATION_DELETED: "A NexStock organization was deleted",
    Template.MFA_ENABLED: "A second factor was added to your NexStock account",
    Template.MFA_DISABLED: "A second factor was removed from your NexStock account",
    Template.MFA_LOCKED: "Somebody knows your NexStock password",
    Template.RECOVERY_CODE_USED: "A recovery code of your NexStock account was used",
    Template.RECOVERY_CODES_RENEWED: "Your NexStock recovery codes were replaced",
    Template.PASSKEY_COPIED: "A NexStock passkey of yours may have been copied",
    Template.SINGLE_SIGN_ON_LINKED: "You can sign in to NexStock at your organization's provider",
    Template.WEBHOOK_ENDPOINT_DISABLED: "A NexStock webhook endpoint was disabled",
    Template.WEBHOOK_SECRET_DUE: "The secret of a NexStock webhook endpoint is due",
    Template.WEBHOOK_SECRET_REPLACED: "The secret of a NexStock webhook endpoint was replaced",
    Template.DESTRUCTION_RECEIPT: "The keys of a NexStock organization were destroyed",
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

somebody (at $at, from the address $ip) tried to use this e-mail address for another NexStock account.
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

at $at a wrong password was entered for your account, $failures in a row by then, from the address $ip.
No password is accepted for the next $minutes minutes. You stay signed in where you are.

If that was you and you forgot your password, ask for a code for a new one: that also ends the lock.
""",
    Template.STEP_UP: """\
Hello $name,

your code to confirm that you want to $action is:

    $code

It is good for 10 minutes and one use. It was asked for at $at from the address $ip.

If that was not you, somebody is signed in as you: change your password now, which ends all other sessions.
""",
    Template.CHANGE_EMAIL: """\
Hello,

your code to make this the address of your NexStock account is:

    $code

It is good for 10 minutes and one use. It was asked for at $at from the address $ip.

If that was not you, ignore this mail: without the code nothing happens.
""",
    Template.EMAIL_CHANGE_ASKED: """\
Hello $name,

at $at somebody signed in to your account, from the address $ip, asked to move it to another e-mail address.
It moves once the code that we mailed to the new address is entered.

If that was not you, change your password now, and write to security@nexstock.com.
""",
    Template.EMAIL_CHANGED: """\
Hello $name,

your NexStock account was moved from $old to $new at $at, from the address $ip.

If that was not you, write to security@nexstock.com at once.
""",
    Template.ACCOUNT_DELETED: """\
Hello $name,

your NexStock account was deleted at $at, from the address $ip. You no longer belong to any organization there.

If that was not you, write to security@nexstock.com at once.
""",
    Template.INVITATION: """\
Hello,

$inviter invites you to the organization "$organization" on NexStock, as $role.

Accept here, within 7 days:

    $link

The link is good for one use and for this address only. If you do not know the organization, ignore this mail.
""",
    Template.ORGANIZATION_DELETED: """\
Hello $name,

the organization "$organization" was deleted on NexStock by $by at $at. Nobody can sign in to it any more,
its API keys are refused, and what it kept is being removed.

If that was not meant, write to security@nexstock.com at once.
""",
    Template.MFA_ENABLED: """\
Hello $name,

$factor was added to your account as a second factor at $at, from the address $ip. All other sessions were ended.
Keep the recovery codes that you were shown where you find them without your phone.

If that was not you, change your password now, and write to security@nexstock.com.
""",
    Template.MFA_DISABLED: """\
Hello $name,

$factor was removed from your account at $at, from the address $ip. All other sessions were ended.

If that was not you, change your password now, and write to security@nexstock.com.
""",
    Template.MFA_LOCKED: """\
Hello $name,

at $at the last of $failures wrong codes in a row was entered after your right password, from the address $ip.
No code is accepted for the next $minutes minutes. You stay signed in where you are.

If that was not you, somebody knows your password: change it now.
""",
    Template.RECOVERY_CODE_USED: """\
Hello $name,

a recovery code was used to sign in to your account at $at, from the address $ip. You have $left more.

If that was not you, change your password and replace your recovery codes now.
""",
    Template.RECOVERY_CODES_RENEWED: """\
Hello $name,

your recovery codes were replaced at $at, from the address $ip. The old ones are worth nothing now.

If that was not you, change your password now, and write to security@nexstock.com.
""",
    Template.PASSKEY_COPIED: """\
Hello $name,

at $at the passkey "$passkey" was used from the address $ip, and its counter had gone backwards.
That happens when there are two copies of a passkey that should have none. We refused the sign-in.

Remove that passkey from your account and register a new one. If you do not recognise the address, write to
security@nexstock.com.
""",
    Template.SINGLE_SIGN_ON_LINKED: """\
Hello $name,

at $at you signed in to NexStock for the first time at your organization's provider, $provider,
from the address $ip. From now on it opens your account in that organization.

If that was not you, tell your organization's administrators, and write to security@nexstock.com.
""",
    Template.WEBHOOK_ENDPOINT_DISABLED: """Hello $name,

at $at we disabled the webhook endpoint $endpoint at $host: $reason.
Nothing is sent to it any more.

When its server works again, enable the endpoint, and have sent once more what failed meanwhile: messages are kept
for 30 days.
""",
    Template.WEBHOOK_SECRET_DUE: """Hello $name,

the signing secret of the webhook endpoint $endpoint at $host gets old. Replace it at a time that suits you
("rotate-secret"): the one so far signs beside the new one for a day.

If nobody does, we replace it at $due, and the one so far goes on signing until you have taken the new one.

$pending
""",
    Template.WEBHOOK_SECRET_REPLACED: """Hello $name,

we replaced the signing secret of the webhook endpoint $endpoint at $host, which was due. Each message is signed with
both from now on, so nothing has changed for your server yet.

Take the new secret ("reveal-secret", which shows it once) and have your server verify by it. The one before signs for
30 days, and until a day after the new one was taken, but not beyond $until.
""",
    Template.DESTRUCTION_RECEIPT: """\
Hello $name,

the organization "$organization" was deleted on NexStock, and at $at its keys were destroyed. Nothing that was sealed
under them can be read any more. Backups of the keys end at $ends. What else it kept is being removed now.

This is the receipt. Keep it as a file, from the line that begins with a brace to the last one: nexstock-verify document
shows whether we signed it.

$document
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

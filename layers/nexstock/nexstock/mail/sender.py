"""Sends queued mails through Amazon SES."""

from collections.abc import Mapping
from typing import Final

from nexstock.aws import client
from nexstock.config import MailSettings
from nexstock.mail.outbox import NOTHING, Template
from nexstock.mail.templates import render

_SETTINGS: Final = MailSettings.from_env()
_PREFIX: Final = "value_"


def send_mail(message: Mapping[str, str]) -> None:
    """Send one queued mail (AWS: SES API v2, SendEmail)."""
    if message["template"] == NOTHING:
        return
    values = {name.removeprefix(_PREFIX): value for name, value in message.items() if name.startswith(_PREFIX)}
    mail = render(Template(message["template"]), values)
    client("sesv2").send_email(
        FromEmailAddress=_SETTINGS.sender,
        Destination={"ToAddresses": [message["to"]]},
        Content={
            "Simple": {
                "Subject": {"Data": mail.subject, "Charset": "UTF-8"},
                "Body": {
                    "Text": {"Data": mail.text, "Charset": "UTF-8"},
                    "Html": {"Data": mail.html, "Charset": "UTF-8"},
                },
            }
        },
    )

"""Sends queued mails through the provider that the deployment chose; the other one is never loaded."""

from collections.abc import Mapping
from typing import Final

from nexstock.config import MailProvider, MailSettings, ResendSettings
from nexstock.mail.outbox import NOTHING, Template
from nexstock.mail.provider import MailRefused, OutgoingMail, Provider
from nexstock.mail.templates import render
from nexstock.observability import logger
from nexstock.queues import send

_PREFIX: Final = "value_"


def _chosen(settings: MailSettings) -> Provider:
    if settings.provider is MailProvider.RESEND:
        from nexstock.mail.resend import Resend  # noqa: PLC0415 (only the chosen one is loaded)

        return Resend.of(ResendSettings.from_env(), settings.sender)
    from nexstock.mail.ses import Ses  # noqa: PLC0415 (only the chosen one is loaded)

    return Ses(settings.sender)


_PROVIDER: Final = _chosen(MailSettings.from_env())


def send_mail(message: Mapping[str, str], provider: Provider = _PROVIDER) -> None:
    """Send one queued mail; one that its provider will never take goes to the dead-letter queue at once.

    Raises:
        Delayed: the provider cannot take it now; the message has to come again.
    """
    if message["template"] == NOTHING:
        return
    values = {name.removeprefix(_PREFIX): value for name, value in message.items() if name.startswith(_PREFIX)}
    template = Template(message["template"])
    try:
        provider.deliver(OutgoingMail(message["id"], message["to"], render(template, values)))
    except MailRefused as refusal:
        logger.error("mail refused", problem=refusal.reason, template=template)
        # A crash after this repeats the refusal, and with it the dead letter: twice there, and lost nowhere.
        send("MAIL_DEAD", message)

"""Mails through Amazon SES (AWS: SES API v2, SendEmail)."""

from nexstock.aws import client
from nexstock.clock import Clock, utc_now
from nexstock.mail.notes import MailNote
from nexstock.mail.provider import MailRefused, OutgoingMail


class Ses:
    """Amazon SES. It knows no idempotency key, so a note of our own tells a mail that was sent already.

    Args:
        sender: the address that mails come from.
        clock: tells the time.
    """

    def __init__(self, sender: str, clock: Clock = utc_now) -> None:
        self._sender = sender
        self._clock = clock

    def deliver(self, mail: OutgoingMail) -> None:
        """Send one mail, unless it was sent before.

        A crash, or a lost answer, between SES and the note leaves it open whether the mail was sent; then it is sent
        again, because a code that never comes is worse than one that comes twice.

        Raises:
            MailRefused: SES calls the mail itself wrong.
            Delayed: another attempt at it is under way.
        """
        note = MailNote.claim(mail.id, self._clock())
        if note is None:
            return
        # The queue repeats what fails; a repetition in here would send twice what only was slow.
        ses = client("sesv2", tries=1)
        try:
            ses.send_email(
                FromEmailAddress=self._sender,
                Destination={"ToAddresses": [mail.to]},
                Content={"Simple": _simple(mail)},
            )
        except (ses.exceptions.MessageRejected, ses.exceptions.BadRequestException) as error:
            note.release(self._clock())
            raise MailRefused(type(error).__name__) from None
        except Exception:
            note.release(self._clock())
            raise
        note.settle(self._clock())


def _simple(mail: OutgoingMail) -> dict[str, object]:
    def text(words: str) -> dict[str, str]:
        return {"Data": words, "Charset": "UTF-8"}

    content = mail.content
    return {"Subject": text(content.subject), "Body": {"Text": text(content.text), "Html": text(content.html)}}

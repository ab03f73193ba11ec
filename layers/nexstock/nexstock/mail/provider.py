"""What a mail provider is to the rest: it takes a mail, or says that it cannot now, or never will."""

from dataclasses import dataclass, field
from typing import Protocol

from nexstock.mail.templates import RenderedMail


@dataclass(frozen=True, slots=True)
class OutgoingMail:
    """A mail on its way; `id` stays the same over all tries. Address and content never show in a repr."""

    id: str
    to: str = field(repr=False)
    content: RenderedMail = field(repr=False)


class MailRefused(Exception):  # noqa: N818 (names the fact)
    """The provider will never take this mail; `reason` is its word for why, without address or content."""

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason


class Provider(Protocol):
    """Delivers mails."""

    def deliver(self, mail: OutgoingMail) -> None:
        """Hand over one mail; done twice with the same id it is to be sent once, as far as the provider can.

        Raises:
            MailRefused: it will never be taken.
            Delayed: not now; it may have been taken all the same.
        """

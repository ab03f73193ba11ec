"""Notes on mails that are being sent or were sent, for a provider that cannot tell a repetition itself.

An attempt claims the mail for a while; whoever comes meanwhile waits, and whoever comes after it was sent does nothing.
"""

from datetime import datetime, timedelta
from typing import Final, Self

from nexstock.observability import log_fault
from nexstock.persistence.keys import mail_partition
from nexstock.persistence.tables import TABLES, InstantAttribute, Item, conditional_update
from nexstock.queues import Delayed

LEASE: Final = timedelta(seconds=15)
"""How long an attempt is taken to be alive: the timeout of the function that makes it."""

REMEMBERED: Final = timedelta(hours=24)


class _NoteItem(Item):
    class Meta:
        table_name = TABLES.ephemeral

    claimed_until = InstantAttribute(attr_name="claimedUntil")
    sent_at = InstantAttribute(attr_name="sentAt", null=True)


class MailNote:
    """The claim of one attempt at one mail."""

    def __init__(self, item: _NoteItem, until: datetime) -> None:
        self._item = item
        self._until = until

    @classmethod
    def claim(cls, mail_id: str, now: datetime) -> Self | None:
        """Return the claim of a new attempt; None if the mail was sent already.

        Raises:
            Delayed: another attempt is under way.
        """
        item, until = _NoteItem(mail_partition(mail_id), "NOTE"), now + LEASE
        claimed = conditional_update(
            item,
            [
                _NoteItem.claimed_until.set(until),
                _NoteItem.expires_at.set(int((now + REMEMBERED).timestamp())),
            ],
            _NoteItem.pk.does_not_exist() | (_NoteItem.sent_at.does_not_exist() & (_NoteItem.claimed_until <= now)),
        )
        if claimed.held:
            return cls(item, until)
        # The condition only fails on a standing note, and DynamoDB returns it.
        if claimed.item is not None and claimed.item.sent_at is not None:
            return None
        reason = "another attempt is under way"
        raise Delayed(reason, after_s=LEASE.total_seconds())

    def settle(self, now: datetime) -> None:
        """Note that the mail was sent; a note that fails is left out, because the mail is out already."""
        try:
            conditional_update(self._item, [_NoteItem.sent_at.set(now)], _NoteItem.pk.exists())
        except Exception as error:  # noqa: BLE001 (to raise would send the mail again for certain)
            log_fault("sent mail not noted", error)

    def release(self, now: datetime) -> None:
        """Let the next attempt begin at once; if this fails, it begins when the lease ends."""
        try:
            conditional_update(self._item, [_NoteItem.claimed_until.set(now)], _NoteItem.claimed_until == self._until)
        except Exception as error:  # noqa: BLE001 (what failed before is what has to be told)
            log_fault("claim of a mail not released", error)

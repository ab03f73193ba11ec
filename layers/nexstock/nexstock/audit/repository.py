"""The audit log in DynamoDB, table `Audit`: `ORG#<organization>` / `ENTRY#<sequence>`, `ID#<entry id>`, `HEAD`.

A head that no checkpoint covers yet stands in the index `Ahead`, by shards of all organizations together.

Entries are only ever put, under the condition that they are new; no role of the stack may update or delete one. What
removes them is the table's TTL: an entry is put with the end of its organization's retention on it, and so is its id.
"""

import random
import time
import zlib
from collections.abc import Callable, Iterator, Sequence
from contextlib import suppress
from datetime import datetime
from typing import Final

from pynamodb.attributes import NumberAttribute, UnicodeAttribute
from pynamodb.exceptions import DoesNotExist

from nexstock.audit.chain import ChainedEntry, Head, chained
from nexstock.audit.entries import AuditFacts
from nexstock.audit.filters import AuditIndex, index_keys
from nexstock.audit.retention import retention_of
from nexstock.auth.principals import Tenant
from nexstock.clock import Clock, utc_now
from nexstock.errors import NotFound, TemporarilyUnavailable
from nexstock.ids import OrganizationId, is_id
from nexstock.persistence import keys
from nexstock.persistence.tables import TABLES, Item, batch_get, connection
from nexstock.persistence.transaction import ConcurrentChange, RawItem, Transaction

MOST_AT_ONCE: Final = 49
"""Each entry is two writes, the head is one, and a transaction has 100 (AWS: TransactWriteItems)."""

AHEAD_SHARDS: Final = 8

_TRIES: Final = 8
_PAGE: Final = 1000


class _AuditMeta:
    table_name = TABLES.audit


class _EntryItem(Item):
    class Meta(_AuditMeta):
        pass

    entry_id = UnicodeAttribute(attr_name="id")
    hash = UnicodeAttribute()
    canonical = UnicodeAttribute()
    resource_key = UnicodeAttribute(attr_name=AuditIndex.RESOURCE.attribute)
    actor_key = UnicodeAttribute(attr_name=AuditIndex.ACTOR.attribute)
    action_key = UnicodeAttribute(attr_name=AuditIndex.ACTION.attribute)
    kind_key = UnicodeAttribute(attr_name=AuditIndex.KIND.attribute)

    def is_kept(self, now: datetime) -> bool:
        """Tell whether the entry's retention has not ended; TTL may be days late."""
        return self.expires_at is None or self.expires_at > now.timestamp()


class _EntryIdItem(Item):
    class Meta(_AuditMeta):
        pass

    sequence = NumberAttribute()


class _HeadItem(Item):
    class Meta(_AuditMeta):
        pass

    sequence = NumberAttribute()
    hash = UnicodeAttribute()
    ahead_shard = UnicodeAttribute(attr_name="aheadShard", null=True)


class _AlreadyRecorded(Exception):  # noqa: N818 (an event, not an error)
    pass


_MOST_HEADS: Final = 1000
_last_heads: dict[str, Head] = {}
"""The heads that this container wrote last. Only a guess: the condition on the head decides, and a miss reads."""


class AuditRepository:
    """The audit log of exactly one organization."""

    def __init__(self, tenant: Tenant, *, sleep: Callable[[float], None] = time.sleep, clock: Clock = utc_now) -> None:
        self._organization_id = tenant.organization_id
        self._pk = keys.organization_partition(tenant.organization_id)
        self._sleep = sleep
        self._clock = clock

    def append(self, *facts: AuditFacts) -> None:
        """Add up to `MOST_AT_ONCE` entries at the end of the chain; one that is in it already stays the only one.

        Entries, ids and head are one transaction, so a crash at any point leaves all or nothing of it.

        Raises:
            TemporarilyUnavailable: other writers kept moving the head; the records will be delivered again.
        """
        missing = list({each.id: each for each in facts}.values())
        for attempt in range(_TRIES):
            head = _last_heads.get(self._pk) or self.head()
            entries = chained(missing, self._organization_id, head)
            try:
                self._put(entries, head)
            except _AlreadyRecorded:
                missing = self._not_recorded(missing)
                if not missing:
                    return
            except ConcurrentChange:
                _last_heads.pop(self._pk, None)
                self._sleep(random.uniform(0, 0.02) * 2**attempt)  # noqa: S311 (jitter)
            else:
                if len(_last_heads) >= _MOST_HEADS:
                    _last_heads.clear()
                _last_heads[self._pk] = entries[-1].head
                return
        raise TemporarilyUnavailable

    def head(self) -> Head:
        """Return the chain's newest place and hash."""
        try:
            item = _HeadItem.get(self._pk, keys.AUDIT_HEAD, consistent_read=True)
        except DoesNotExist:
            return Head()
        return Head(int(item.sequence), item.hash)

    def settle(self, head: Head) -> None:
        """Note that a checkpoint covers the log up to this head; one that has moved on since stays ahead."""
        transaction = Transaction(sleep=self._sleep)
        settled = _HeadItem(self._pk, keys.AUDIT_HEAD, sequence=head.sequence, hash=head.hash)
        transaction.put(settled, condition=_HeadItem.hash == head.hash, refusal=_head_moved)
        with suppress(ConcurrentChange):
            transaction.commit()

    def get(self, entry_id: str) -> ChainedEntry:
        """Return one entry.

        Raises:
            NotFound: no such entry here (404).
        """
        if not is_id(entry_id, "aud"):
            raise NotFound
        try:
            place = _EntryIdItem.get(self._pk, keys.audit_id_sort_key(entry_id), consistent_read=True)
            item = _EntryItem.get(self._pk, keys.audit_entry_sort_key(int(place.sequence)), consistent_read=True)
        except DoesNotExist:
            raise NotFound from None
        if not item.is_kept(self._clock()):
            raise NotFound
        return _to_entry(item)

    def get_many(self, sequences: Sequence[int]) -> list[ChainedEntry]:
        """Return those of up to 100 entries that are kept, in the order asked for, in one call."""
        if not sequences:
            return []
        now = self._clock()
        items = batch_get([(_EntryItem, self._pk, keys.audit_entry_sort_key(sequence)) for sequence in sequences])
        return [_to_entry(item) for item in items if isinstance(item, _EntryItem) and item.is_kept(now)]

    def which_are_recorded(self, entry_ids: Sequence[str]) -> list[bool]:
        """Tell of up to 100 entries which are in the log, in the order asked for, in one call."""
        if not entry_ids:
            return []
        places = batch_get([(_EntryIdItem, self._pk, keys.audit_id_sort_key(each)) for each in entry_ids])
        return [place is not None for place in places]

    def list_newest_first(self, *, limit: int, before: int | None) -> tuple[list[ChainedEntry], int | None]:
        """Return up to `limit` entries below a sequence, and the sequence that the next page begins below.

        What its retention has left behind is not shown, whether TTL has removed it by now or not: such a page may be
        short, or even empty, and still have a next one.
        """
        items, _ = _EntryItem.query_page(
            self._pk,
            _EntryItem.sk.between(
                keys.audit_entry_sort_key(0), keys.audit_entry_sort_key((before or keys.MAX_AUDIT_SEQUENCE) - 1)
            ),
            limit=limit + 1,
            newest_first=True,
        )
        now = self._clock()
        entries = [_to_entry(item) for item in items[:limit] if item.is_kept(now)]
        return entries, keys.audit_sequence_of(items[limit - 1].sk) if len(items) > limit else None

    def entries_after(self, sequence: int, *, up_to: int) -> Iterator[ChainedEntry]:
        """Give the entries from one sequence, itself left out, to another, in order, read as they are asked for."""
        first, last = keys.audit_entry_sort_key(sequence + 1), keys.audit_entry_sort_key(up_to)
        after: str | None = None
        while True:
            items, after = _EntryItem.query_page(self._pk, _EntryItem.sk.between(first, last), limit=_PAGE, after=after)
            yield from map(_to_entry, items)
            if after is None:
                return

    def _put(self, entries: Sequence[ChainedEntry], head: Head) -> None:
        transaction = Transaction(sleep=self._sleep)
        expires_at = int((self._clock() + retention_of(self._organization_id)).timestamp())
        for entry in entries:
            self._stage(entry, transaction, expires_at=expires_at)
        newest = entries[-1]
        moved = _HeadItem(self._pk, keys.AUDIT_HEAD, sequence=newest.sequence, hash=newest.hash)
        moved.ahead_shard = keys.audit_ahead_shard(zlib.crc32(self._organization_id.encode()) % AHEAD_SHARDS)
        unmoved = _HeadItem.hash == head.hash if head.sequence else _HeadItem.pk.does_not_exist()
        transaction.put(moved, condition=unmoved, refusal=_head_moved)
        transaction.commit()

    def _stage(self, entry: ChainedEntry, transaction: Transaction, *, expires_at: int) -> None:
        placed = index_keys(self._organization_id, entry.fields)
        stored = _EntryItem(
            self._pk,
            keys.audit_entry_sort_key(entry.sequence),
            entry_id=entry.id,
            hash=entry.hash,
            canonical=entry.canonical,
            resource_key=placed[AuditIndex.RESOURCE],
            actor_key=placed[AuditIndex.ACTOR],
            action_key=placed[AuditIndex.ACTION],
            kind_key=placed[AuditIndex.KIND],
            expires_at=expires_at,
        )
        transaction.put(stored, condition=_EntryItem.pk.does_not_exist(), refusal=_head_moved)
        place = _EntryIdItem(self._pk, keys.audit_id_sort_key(entry.id), sequence=entry.sequence, expires_at=expires_at)
        transaction.put(
            place, condition=_EntryIdItem.pk.does_not_exist(), refusal=_already_recorded, decides_first=True
        )

    def _not_recorded(self, facts: Sequence[AuditFacts]) -> list[AuditFacts]:
        if len(facts) == 1:
            return []
        recorded = self.which_are_recorded([each.id for each in facts])
        return [each for each, is_recorded in zip(facts, recorded, strict=True) if not is_recorded]


def organizations_ahead(shard: int) -> Iterator[OrganizationId]:
    """Give the organizations of a shard whose logs are ahead of their checkpoints."""
    request = {
        "TableName": TABLES.audit,
        "IndexName": "Ahead",
        "KeyConditionExpression": "aheadShard = :shard",
        "ExpressionAttributeValues": {":shard": {"S": keys.audit_ahead_shard(shard)}},
    }
    while True:
        answer = connection().dispatch("Query", request)
        yield from (keys.organization_of(raw["PK"]["S"]) for raw in answer["Items"])
        if "LastEvaluatedKey" not in answer:
            return
        request = {**request, "ExclusiveStartKey": answer["LastEvaluatedKey"]}


def _to_entry(item: _EntryItem) -> ChainedEntry:
    sequence = keys.audit_sequence_of(item.sk)
    return ChainedEntry(item.entry_id, sequence, item.hash, item.canonical)


def _already_recorded(_standing: RawItem | None) -> Exception:
    return _AlreadyRecorded()


def _head_moved(_standing: RawItem | None) -> Exception:
    return ConcurrentChange()

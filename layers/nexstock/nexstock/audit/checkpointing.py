"""Makes checkpoints: archives what a log has grown by, and signs what it is now.

Nothing is signed that does not go on from what was signed before: the archived tree has to have the root that the
newest checkpoint says, under a signature of ours, and the entries after it have to follow it one by one. So a log that
was changed behind our back is never signed; the note ends in the dead-letter queue, which has an alarm.

Every step does twice what amounts to once, and the last one says that it is done, so a run that ends anywhere is
simply run again. What a checkpoint costs depends on the entries since the one before, and on the logarithm of all.
"""

import hashlib
import json
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from functools import partial
from typing import Final

import rfc8785

from nexstock.audit.archive import Archive, Area
from nexstock.audit.chain import ChainedEntry, Head
from nexstock.audit.checkpoints import CheckpointRepository, StoredCheckpoint, log_name
from nexstock.audit.repository import AHEAD_SHARDS, AuditRepository, organizations_ahead
from nexstock.audit.retention import retention_of
from nexstock.audit.tiles import TileTree
from nexstock.auth.principals import Tenant, system_tenant
from nexstock.clock import Clock, utc_now
from nexstock.crypto.checkpoint_signer import public_keys, signed_note
from nexstock.ids import OrganizationId
from nexstock_verify.notes import Checkpoint

_QUEUE: Final = "CHECKPOINTS"
_MOST_ENTRIES: Final = 5000
_MOST_CHARACTERS: Final = 4 << 20
"""What one checkpoint goes on by at most: a longer log gets there in several."""

Note = Mapping[str, str]
Send = Callable[[str, Note], None]
SendAll = Callable[[str, Iterable[Note]], None]


class BrokenLog(Exception):  # noqa: N818 (names the fact)
    """What a log holds does not go on from what was signed of it."""


def queue_checkpoints(*, send_all: SendAll) -> None:
    """Queue a note for each organization whose log has grown since its newest checkpoint."""
    for shard in range(AHEAD_SHARDS):
        send_all(_QUEUE, ({"organizationId": each} for each in organizations_ahead(shard)))


def make_checkpoint(note: Note, *, send: Send, clock: Clock = utc_now) -> None:
    """Make the checkpoint of an organization's log; queue the note again if the log is longer than one run takes.

    Raises:
        BrokenLog: the log was changed; nothing is signed.
        DamagedArchive: the archive was; nothing is signed.
    """
    tenant = system_tenant(OrganizationId(note["organizationId"]), "audit")
    log, checkpoints = AuditRepository(tenant), CheckpointRepository(tenant)
    newest, head = checkpoints.newest(), log.head()
    reached = Head(newest.size, newest.head_hash) if newest else Head()
    if head.sequence < reached.sequence or (head.sequence == reached.sequence and head != reached):
        raise BrokenLog
    if head.sequence > reached.sequence:
        entries = list(_bounded(log.entries_after(reached.sequence, up_to=reached.sequence + _MOST_ENTRIES)))
        _require_chain(entries, reached)
        checkpoints.add(_archived(tenant, newest, entries, clock))
        reached = entries[-1].head
    if head.sequence > reached.sequence:
        send(_QUEUE, note)
    else:
        log.settle(reached)


def _bounded(entries: Iterable[ChainedEntry]) -> Iterator[ChainedEntry]:
    characters = 0
    for entry in entries:
        yield entry
        characters += len(entry.canonical)
        if characters > _MOST_CHARACTERS:
            return


def _require_chain(entries: Sequence[ChainedEntry], reached: Head) -> None:
    if not entries:
        raise BrokenLog
    before = reached
    for entry in entries:
        stored = json.loads(entry.canonical)
        if (stored["sequence"], stored["previousHash"]) != (entry.sequence, before.hash):
            raise BrokenLog
        if entry.sequence != before.sequence + 1 or _hash_of(entry) != entry.hash:
            raise BrokenLog
        before = entry.head


def _hash_of(entry: ChainedEntry) -> str:
    return hashlib.sha256(entry.canonical.encode()).hexdigest()


def _archived(
    tenant: Tenant, newest: StoredCheckpoint | None, entries: Sequence[ChainedEntry], clock: Clock
) -> StoredCheckpoint:
    now, log = clock(), log_name(tenant.organization_id)
    archive = Archive(tenant.organization_id)
    tree = TileTree(newest.size if newest else 0, partial(archive.get, Area.TILES))
    if newest is not None and tree.root != Checkpoint.open(newest.note, public_keys(log)).root:
        raise BrokenLog
    grown, tiles = tree.grown([entry.leaf for entry in entries])
    put = partial(archive.put, retain_until=now + retention_of(tenant.organization_id))
    put(Area.ENTRIES, f"{tree.size + 1:012d}-{grown.size:012d}.jsonl", _as_exported(entries))
    for name, content in tiles.items():
        put(Area.TILES, name, content)
    note = signed_note(Checkpoint(log, grown.size, grown.root))
    put(Area.CHECKPOINTS, f"{grown.size:012d}", note.encode())
    return StoredCheckpoint(grown.size, note, entries[-1].hash, now)


def _as_exported(entries: Iterable[ChainedEntry]) -> bytes:
    """Return the entries as an export has them, so that they are verified in the same way."""
    return b"".join(rfc8785.dumps(entry.fields) + b"\n" for entry in entries)

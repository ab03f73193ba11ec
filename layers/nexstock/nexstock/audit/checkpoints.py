"""Signed heads of audit logs in DynamoDB: table `Audit`, `ORG#<organization>` / `CHECKPOINT#<size>`.

Any two of one log are true at once, since the log only grows: who makes one waits for nobody else, and of two that are
made of the same size the first stays.
"""

from dataclasses import dataclass
from datetime import datetime

from pynamodb.attributes import UnicodeAttribute

from nexstock.auth.principals import Tenant
from nexstock.config import HttpSettings
from nexstock.ids import OrganizationId
from nexstock.persistence import keys
from nexstock.persistence.tables import TABLES, InstantAttribute, Item
from nexstock_verify.notes import from_base64


def log_name(organization_id: OrganizationId) -> str:
    """Return the name of an organization's log, which its checkpoints begin with: an address without its scheme."""
    host = HttpSettings.from_env().public_base_url.partition("://")[2]
    return f"{host}/audit-logs/{organization_id}"


@dataclass(frozen=True, slots=True)
class StoredCheckpoint:
    """A signed head: of how many entries, when, and the hash of the last of them."""

    size: int
    note: str
    head_hash: str
    made_at: datetime

    @property
    def root(self) -> bytes:
        """The root that the note says; whether the note is signed, this does not tell."""
        return from_base64(self.note.split("\n")[2])


class _CheckpointItem(Item):
    class Meta:
        table_name = TABLES.audit

    note = UnicodeAttribute()
    head_hash = UnicodeAttribute(attr_name="headHash")
    made_at = InstantAttribute(attr_name="madeAt")


class CheckpointRepository:
    """The signed heads of exactly one organization's log."""

    def __init__(self, tenant: Tenant) -> None:
        self._pk = keys.organization_partition(tenant.organization_id)

    def add(self, checkpoint: StoredCheckpoint) -> None:
        """Store a signed head; one of the same size that is there already stays."""
        _CheckpointItem(
            self._pk,
            keys.audit_checkpoint_sort_key(checkpoint.size),
            note=checkpoint.note,
            head_hash=checkpoint.head_hash,
            made_at=checkpoint.made_at,
        ).save_if(_CheckpointItem.pk.does_not_exist())

    def newest(self) -> StoredCheckpoint | None:
        """Return the signed head of most entries, if there is one."""
        found, _before = self.list_newest_first(limit=1, before=None)
        return found[0] if found else None

    def list_newest_first(self, *, limit: int, before: int | None) -> tuple[list[StoredCheckpoint], int | None]:
        """Return up to `limit` signed heads below a size, and the size that the next page begins below."""
        items, _ = _CheckpointItem.query_page(
            self._pk,
            _CheckpointItem.sk.between(
                keys.audit_checkpoint_sort_key(0),
                keys.audit_checkpoint_sort_key((before or keys.MAX_AUDIT_SEQUENCE) - 1),
            ),
            limit=limit + 1,
            newest_first=True,
        )
        found = [_to_checkpoint(item) for item in items]
        return found[:limit], found[limit - 1].size if len(found) > limit else None


def _to_checkpoint(item: _CheckpointItem) -> StoredCheckpoint:
    size = keys.audit_checkpoint_size_of(item.sk)
    return StoredCheckpoint(size, item.note, item.head_hash, item.made_at)

"""What receipts say, as it is signed and as it is shown."""

import json
from collections.abc import Sequence
from datetime import datetime
from typing import Any, Literal, Self

from nexstock.audit.checkpoints import StoredCheckpoint
from nexstock.crypto.lifetimes import OPENED_KEYS_LIVE
from nexstock.crypto.stored_keys import DataKeyItem
from nexstock.customers.model import ErasureReason
from nexstock.http.schemas import Instant, View
from nexstock.idempotency import LIFETIME
from nexstock.key_policies import key_backups_end_after
from nexstock.receipts.model import FILES_END_AFTER, Receipt
from nexstock_verify.notes import to_base64


class CheckpointStatement(View):
    """The newest signed head of the audit log: whoever has a copy of the log can hold it against this."""

    size: int
    root_hash: str
    note: str

    @classmethod
    def of(cls, checkpoint: StoredCheckpoint | None) -> Self | None:
        """Return what is said of a checkpoint, if there is one."""
        if checkpoint is None:
            return None
        return cls(size=checkpoint.size, root_hash=to_base64(checkpoint.root), note=checkpoint.note)


class BackupsStatement(View):
    """When the last copies end: of keys, in backups and in containers, and of exported files."""

    keys_end: Instant
    containers_end: Instant
    exported_files_end: Instant

    @classmethod
    def of(cls, destroyed_at: datetime) -> Self:
        """Return what is said of the copies of what was destroyed at an instant."""
        return cls(
            keys_end=destroyed_at + key_backups_end_after(),
            containers_end=destroyed_at + OPENED_KEYS_LIVE,
            exported_files_end=destroyed_at + FILES_END_AFTER,
        )


class Statement(View):
    """What every receipt says."""

    organization_id: str
    destroyed_at: Instant
    last_checkpoint: CheckpointStatement | None

    def body(self) -> dict[str, Any]:
        """Return the statement as the JSON that is signed."""
        return self.model_dump(mode="json", by_alias=True)


class KeyStatement(View):
    """A data key that there was."""

    kind: str
    version: str
    id: str
    created_at: Instant

    @classmethod
    def of(cls, key: DataKeyItem) -> Self:
        """Return what is said of a data key."""
        return cls(kind=key.kind, version=key.version, id=key.id, created_at=key.created_at)


class DestructionStatement(Statement):
    """That the keys of an organization were destroyed, and with them all that was sealed."""

    keys: Sequence[KeyStatement]
    backups: BackupsStatement
    items: Literal["removed in the background"] = "removed in the background"


class ErasureBackupsStatement(BackupsStatement):
    """When the last copies of a customer's personal data end.

    Answers that are kept for repeated requests are sealed by the organization's key, and not by the customer's.
    """

    kept_responses_end: Instant

    @classmethod
    def of(cls, destroyed_at: datetime) -> Self:
        """Return what is said of the copies of whom was erased at an instant."""
        return cls(**dict(BackupsStatement.of(destroyed_at)), kept_responses_end=destroyed_at + LIFETIME)


class ErasureStatement(Statement):
    """That the key of a customer was destroyed, and with it all that was known of them."""

    customer_id: str
    key_id: str | None
    reason: ErasureReason | None
    backups: ErasureBackupsStatement


class ErasureReceiptView(ErasureStatement):
    """The receipt of a customer's erasure; `document` is all of it as a file, signed, to be verified offline."""

    document: str

    @classmethod
    def of(cls, receipt: Receipt) -> Self:
        """Return the view of a receipt."""
        return cls.model_validate({**json.loads(receipt.document.partition("\n")[0]), "document": receipt.document})

"""Issues the receipt of an organization whose keys were destroyed, and tells its owners.

Every step may be done twice: the receipt that was stored first is the one that is archived and mailed, and a mail is
the same mail however often it is queued. The removal of the rest waits for this, and is queued anew at the end.
"""

from collections.abc import Mapping
from datetime import datetime
from typing import Final

from nexstock.audit.archive import Archive, Area
from nexstock.audit.checkpoints import CheckpointRepository, StoredCheckpoint
from nexstock.audit.entries import facts_of
from nexstock.audit.repository import AuditRepository
from nexstock.audit.retention import retention_of
from nexstock.auth.principals import Tenant, system_tenant
from nexstock.background import SendNote
from nexstock.changes import Change
from nexstock.clock import Clock, to_rfc3339, utc_now
from nexstock.crypto.shredding import was_made
from nexstock.crypto.stored_keys import DataKeyItem, stored_data_keys
from nexstock.errors import NotFound
from nexstock.ids import OrganizationId
from nexstock.mail.outbox import Template, post_once
from nexstock.members.repository import MemberRepository
from nexstock.observability import logger
from nexstock.persistence.images import read_images
from nexstock.persistence.keys import Kind
from nexstock.receipts.model import ORGANIZATION, DocumentKind, Receipt, Sign
from nexstock.receipts.repository import ReceiptRepository
from nexstock.receipts.schemas import BackupsStatement, CheckpointStatement, DestructionStatement, KeyStatement

_LOOKS: Final = 10
_LOOK_AGAIN_AFTER_S: Final = 60


def issue_receipt(message: Mapping[str, str], *, sign: Sign, send: SendNote, clock: Clock = utc_now) -> None:
    """Issue the receipt of a deleted organization once its deletion is in a signed log, and have the rest removed.

    A log that is not signed within ten minutes does not keep the owners from their receipt: it then names the last
    checkpoint that there is.
    """
    organization_id = OrganizationId(message["organizationId"])
    tenant, deletion = system_tenant(organization_id, "receipts"), _deletion_of(organization_id)
    if deletion is None:
        logger.info("receipt dropped", organization_id=organization_id)
        return
    receipts = ReceiptRepository(tenant)
    receipt = receipts.find(ORGANIZATION)
    if receipt is None:
        checkpoint, looks = CheckpointRepository(tenant).newest(), int(message.get("looks", "0"))
        if looks < _LOOKS and not _is_covered(deletion, checkpoint, tenant):
            send("CHECKPOINTS", {"organizationId": organization_id})
            again = {"organizationId": organization_id, "looks": str(looks + 1)}
            send("RECEIPTS", again, delay_s=_LOOK_AGAIN_AFTER_S)
            return
        keys = stored_data_keys(organization_id)
        if any(key.is_live for key in keys):
            # One was made after the others had gone; it goes first, and then this comes again.
            send("REMOVALS", {"organizationId": organization_id})
            return
        receipts.add(_receipt(organization_id, keys, checkpoint, sign, clock()))
        receipt = receipts.get(ORGANIZATION)
    if receipt.told_at is None:
        _archive(organization_id, receipt, clock())
        _tell_owners(tenant, receipt, organization=(deletion.after or {})["name"]["S"])
        receipts.note_told(ORGANIZATION, clock())
    send("REMOVALS", {"organizationId": organization_id})


def _deletion_of(organization_id: OrganizationId) -> Change | None:
    """Return the change by which an organization was deleted; None where it lives on, or is long gone."""
    images, _ = read_images(organization_id, Kind.ORGANIZATION, limit=1, after=None)
    for image in images:
        if "deletedAt" in image:
            return Change(organization_id, Kind.ORGANIZATION, organization_id, None, image)
    return None


def _is_covered(deletion: Change, checkpoint: StoredCheckpoint | None, tenant: Tenant) -> bool:
    """Tell whether the deletion's own entry is in the signed log."""
    if checkpoint is None:
        return False
    try:
        return AuditRepository(tenant).get(facts_of(deletion).id).sequence <= checkpoint.size
    except NotFound:
        return False


def _receipt(
    organization_id: OrganizationId,
    keys: list[DataKeyItem],
    checkpoint: StoredCheckpoint | None,
    sign: Sign,
    now: datetime,
) -> Receipt:
    destroyed_at = max((key.destroyed_at for key in keys if key.destroyed_at is not None), default=now)
    statement = DestructionStatement(
        organization_id=organization_id,
        destroyed_at=destroyed_at,
        keys=[KeyStatement.of(key) for key in keys if was_made(key)],
        last_checkpoint=CheckpointStatement.of(checkpoint),
        backups=BackupsStatement.of(destroyed_at),
    )
    document = sign(DocumentKind.DESTRUCTION, statement.body())
    return Receipt(
        about=ORGANIZATION, destroyed_at=destroyed_at, keys_end=statement.backups.keys_end, document=document
    )


def _archive(organization_id: OrganizationId, receipt: Receipt, now: datetime) -> None:
    # By its time: keys that came back with a restored table are destroyed once more, with a receipt of that.
    name, until = f"destruction-{to_rfc3339(receipt.destroyed_at)}", now + retention_of(organization_id)
    Archive(organization_id).put(Area.RECEIPTS, name, receipt.document.encode(), retain_until=until)


def _tell_owners(tenant: Tenant, receipt: Receipt, *, organization: str) -> None:
    for owner in MemberRepository(tenant).owners():
        values = {
            "name": owner.name,
            "organization": organization,
            "at": to_rfc3339(receipt.destroyed_at),
            "ends": to_rfc3339(receipt.keys_end),
            "document": receipt.document,
        }
        occasion = f"{Template.DESTRUCTION_RECEIPT} {tenant.organization_id}"
        post_once(Template.DESTRUCTION_RECEIPT, occasion=occasion, to=owner.email, values=values)

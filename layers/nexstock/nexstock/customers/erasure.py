"""Erasing a customer (GDPR, article 17): at once, for good, and with a receipt.

What they ordered stays, and with it the customer as a nameless party: books have to be kept. Their personal data goes
from the item, and the key that it was sealed under goes too, so that no copy of the item opens anywhere. The item, the
key and the receipt change in one transaction: none of them ever says what another denies.
"""

from dataclasses import replace
from datetime import datetime
from typing import Final

from nexstock.audit.checkpoints import CheckpointRepository
from nexstock.auth.principals import Tenant
from nexstock.clock import Clock, utc_now
from nexstock.crypto.places import SealedPlace
from nexstock.crypto.shredding import stage_destruction_of_item_key
from nexstock.customers.model import Customer, ErasureReason
from nexstock.customers.repository import CustomerRepository
from nexstock.persistence.keys import Kind
from nexstock.persistence.tenant_items import require_version
from nexstock.personal_data.model import NOTHING_SEALED
from nexstock.receipts.model import DocumentKind, Receipt, Sign
from nexstock.receipts.repository import ReceiptRepository
from nexstock.receipts.schemas import CheckpointStatement, ErasureBackupsStatement, ErasureStatement
from nexstock.resources.lifecycle import require_kept

EVENT: Final = "customer.erased"


class Erasures:
    """The erasures of customers of exactly one organization."""

    def __init__(self, tenant: Tenant, *, sign: Sign, clock: Clock = utc_now) -> None:
        self._tenant = tenant
        self._customers = CustomerRepository(tenant)
        self._receipts = ReceiptRepository(tenant)
        self._sign = sign
        self._clock = clock

    def erase(self, customer_id: str, reason: ErasureReason | None, *, expected: int | None) -> Receipt:
        """Stage the erasure of a customer, deleted or not, and return its receipt; a second one returns the same.

        Raises:
            NotFound: none here, or their 30 days have ended (404).
            PreconditionFailed: `expected` is not their version (412).
            InUse: at the commit, if an order of theirs is open (409).
        """
        before = self._customers.get_even_deleted(customer_id)
        now = self._clock()
        require_kept(before, now)
        given = self._receipts.find(before.id)
        if before.is_erased and given is not None:
            return given
        require_version(before, expected)
        self._customers.erase(_erased(before, reason, now))
        key_id = stage_destruction_of_item_key(self._place(before.id), self._tenant.transaction, now)
        if given is not None:
            # The customer came back from a backup; what was certified stays certified.
            return given
        receipt = self._receipt(before.id, key_id, reason, now)
        self._receipts.stage(receipt)
        return receipt

    def _receipt(self, customer_id: str, key_id: str | None, reason: ErasureReason | None, now: datetime) -> Receipt:
        statement = ErasureStatement(
            organization_id=self._tenant.organization_id,
            customer_id=customer_id,
            key_id=key_id,
            destroyed_at=now,
            reason=reason,
            last_checkpoint=CheckpointStatement.of(CheckpointRepository(self._tenant).newest()),
            backups=ErasureBackupsStatement.of(now),
        )
        document = self._sign(DocumentKind.ERASURE, statement.body())
        return Receipt(about=customer_id, destroyed_at=now, keys_end=statement.backups.keys_end, document=document)

    def _place(self, customer_id: str) -> SealedPlace:
        return SealedPlace(self._tenant.organization_id, Kind.CUSTOMER.resource, customer_id, "personal")


def _erased(before: Customer, reason: ErasureReason | None, now: datetime) -> Customer:
    return replace(
        before,
        version=before.version + 1,
        updated_at=now,
        details=NOTHING_SEALED,
        email_index=None,
        erased_at=now,
        erasure_reason=reason,
        event=EVENT,
    )

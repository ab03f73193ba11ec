"""Receipts in DynamoDB: table `Keys`, `RECEIPTS#<organization>` / `ORGANIZATION` or the id of a customer.

They lie with the keys, because they outlive whatever they are of.
"""

from datetime import datetime

from pynamodb.attributes import UnicodeAttribute
from pynamodb.exceptions import DoesNotExist

from nexstock.auth.principals import Tenant
from nexstock.errors import NotFound
from nexstock.ids import is_id
from nexstock.persistence.keys import receipts_partition
from nexstock.persistence.tables import TABLES, InstantAttribute, Item
from nexstock.persistence.tenant_items import changed_meanwhile
from nexstock.receipts.model import Receipt


class _ReceiptItem(Item):
    class Meta:
        table_name = TABLES.keys

    document = UnicodeAttribute()
    destroyed_at = InstantAttribute(attr_name="destroyedAt")
    keys_end = InstantAttribute(attr_name="keysEnd")
    told_at = InstantAttribute(attr_name="toldAt", null=True)


class ReceiptRepository:
    """Receipts of exactly one organization; once given, one never changes."""

    def __init__(self, tenant: Tenant) -> None:
        self._transaction = tenant.transaction
        self._pk = receipts_partition(tenant.organization_id)

    def get(self, about: str) -> Receipt:
        """Return the receipt of the organization or of a customer; read consistently.

        Raises:
            NotFound: none here; another organization's looks the same (404).
        """
        try:
            item = _ReceiptItem.get(self._pk, about, consistent_read=True)
        except DoesNotExist:
            raise NotFound from None
        return Receipt(
            about=about,
            destroyed_at=item.destroyed_at,
            keys_end=item.keys_end,
            document=item.document,
            told_at=item.told_at,
        )

    def get_of_customer(self, customer_id: str) -> Receipt:
        """Return the receipt of a customer's erasure.

        Raises:
            NotFound: as `get`, and where the id is no customer's (404).
        """
        if not is_id(customer_id, "cus"):
            raise NotFound
        return self.get(customer_id)

    def find(self, about: str) -> Receipt | None:
        """Return the receipt of the organization or of a customer, if there is one."""
        try:
            return self.get(about)
        except NotFound:
            return None

    def stage(self, receipt: Receipt) -> None:
        """Stage a new receipt; the commit raises `ConcurrentChange` where there is one already."""
        self._transaction.put(
            self._item(receipt), condition=_ReceiptItem.pk.does_not_exist(), refusal=changed_meanwhile
        )

    def add(self, receipt: Receipt) -> None:
        """Store a receipt at once; one that stands there already stays."""
        self._item(receipt).save_if(_ReceiptItem.pk.does_not_exist())

    def note_told(self, about: str, now: datetime) -> None:
        """Note that all were told whom a receipt concerns."""
        _ReceiptItem(self._pk, about).update_if([_ReceiptItem.told_at.set(now)], _ReceiptItem.pk.exists())

    def _item(self, receipt: Receipt) -> _ReceiptItem:
        return _ReceiptItem(
            self._pk,
            receipt.about,
            document=receipt.document,
            destroyed_at=receipt.destroyed_at,
            keys_end=receipt.keys_end,
        )

"""Customers in DynamoDB: `ORG#<organization>#CUSTOMER` / `<customer id>`, personal data sealed."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from pynamodb.attributes import BinaryAttribute, MapAttribute, UnicodeAttribute

from nexstock.customers.model import Customer, ErasureReason
from nexstock.ids import CustomerId
from nexstock.persistence.indexes import Index, IndexEntry, Lookup
from nexstock.persistence.keys import Kind
from nexstock.persistence.tables import TABLES, InstantAttribute, conditional_update
from nexstock.persistence.tenant_items import Page
from nexstock.personal_data.items import ContactItem
from nexstock.personal_data.model import NOTHING_SEALED
from nexstock.personal_data.repository import ContactRepository
from nexstock.resources.errors import InUse
from nexstock.resources.repository import Part, updated_entry, updated_since


class CustomerItem(ContactItem):
    """A customer as it is stored."""

    class Meta:
        """The organizations' table."""

        table_name = TABLES.tenants

    personal = BinaryAttribute(null=True, legacy_encoding=False)
    personal_since: MapAttribute[str, Any] = MapAttribute(attr_name="personalSince", null=True)
    email_index = UnicodeAttribute(attr_name="emailIndex", null=True)
    erased_at = InstantAttribute(attr_name="erasedAt", null=True)
    erasure_reason = UnicodeAttribute(attr_name="erasureReason", null=True)


class CustomerRepository(ContactRepository[Customer, CustomerItem]):
    """Customers of exactly one organization."""

    kind = Kind.CUSTOMER
    prefix = "cus"
    item_type = CustomerItem
    used_by = "orders"

    def erase(self, erased: Customer) -> None:
        """Stage the version of a customer of which nothing personal is left.

        Raises:
            InUse: at the commit, if an order of theirs is open (409).
        """
        self.replace(erased)
        self._uses.require_none(erased.id, otherwise=InUse(self.used_by))

    def list_page(
        self, *, email_indexes: Sequence[str] | None, since: datetime | None, limit: int, after: str | None
    ) -> Page[Customer]:
        """Return up to `limit` that an e-mail address finds, and that were changed since an instant, after a position.

        `email_indexes` is all that the address may be found by. Changes have the last one first, everything else the
        newest.
        """

        def is_wanted(customer: Customer) -> bool:
            return since is None or customer.updated_at >= since

        if email_indexes is not None:
            parts = [Part(Lookup(Index.GSI2, "EMAIL", email_index), is_wanted) for email_index in email_indexes]
            return self.find_in_turn(parts, limit=limit, after=after)
        if since is not None:
            return self.find(updated_since(since), limit=limit, after=after)
        return self.list_newest_first(limit=limit, after=after)

    def list_indexed_before(self, version: str, *, limit: int, after: str | None) -> Page[Customer]:
        """Return those of the next `limit` customers, deleted ones too, that an older version of the secret indexed."""
        items, last_key = self.item_type.query_page(
            self._pk, filter_condition=CustomerItem.email_index < version, limit=limit, after=after
        )
        return Page([self._to_entity(item) for item in items], last_key)

    def reindex(self, customer: Customer, *, indexed_so_far: str | None) -> bool:
        """Write by what a customer is found, and nothing else, if they are as they were read; tell whether they were.

        The version stays, so that it is no change of the customer.
        """
        renewed = self._stamped(customer)
        is_listed = customer.deleted_at is None
        place = [CustomerItem.gsi2_pk.set(renewed.gsi2_pk), CustomerItem.gsi2_sk.set(renewed.gsi2_sk)]
        return conditional_update(
            CustomerItem(self._pk, customer.id),
            [CustomerItem.email_index.set(renewed.email_index), *(place if is_listed else [])],
            (CustomerItem.version == customer.version) & (CustomerItem.email_index == indexed_so_far),
        ).held

    def _index_entries(self, entity: Customer) -> Sequence[IndexEntry]:
        if entity.email_index is None:
            return (updated_entry(entity),)
        return (updated_entry(entity), IndexEntry(Index.GSI2, "EMAIL", entity.email_index, entity.id))

    def _to_item(self, entity: Customer) -> CustomerItem:
        sealed = {} if entity.is_erased else CustomerItem.details_of(entity)
        return CustomerItem(
            email_index=entity.email_index,
            erased_at=entity.erased_at,
            erasure_reason=entity.erasure_reason,
            event=entity.event,
            **sealed,
        )

    def _to_entity(self, item: CustomerItem) -> Customer:
        return Customer(
            id=CustomerId(item.sk),
            version=int(item.version),
            created_at=item.created_at,
            updated_at=item.updated_at,
            deleted_at=item.deleted_at,
            email_index=item.email_index,
            erased_at=item.erased_at,
            erasure_reason=None if item.erasure_reason is None else ErasureReason(item.erasure_reason),
            # Only who was erased has nothing sealed: anything else without it is a fault.
            details=item.details if item.erased_at is None else NOTHING_SEALED,
        )

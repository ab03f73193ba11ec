"""Lots: how much there is of each in a warehouse, and until when it is good.

`ORG#<organization>#STOCK_LOT` / `<product>#<warehouse>#<lot>`. A lot changes only together with its level, whose
version guards both; one of which nothing is left is removed, and its movements remember it.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal

from pynamodb.attributes import UnicodeAttribute

from nexstock.ids import ProductId, WarehouseId
from nexstock.persistence.indexes import Index, IndexEntry, Lookup
from nexstock.persistence.keys import Kind, stock_levels_prefix, stock_lot_sort_key, stock_movements_prefix
from nexstock.persistence.tables import TABLES, DecimalAttribute
from nexstock.persistence.tenant_items import Page, TenantItem, TenantRepository, changed_meanwhile

_MOST_CONSIDERED = 500
"""Lots of one level among which those that go out are chosen."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Lot:
    """What there is of one lot of a product in a warehouse."""

    product_id: ProductId
    warehouse_id: WarehouseId
    lot: str
    quantity: Decimal
    expires_on: date | None
    version: int
    created_at: datetime
    updated_at: datetime

    @property
    def id(self) -> str:
        """Product, warehouse and lot."""
        return stock_lot_sort_key(self.product_id, self.warehouse_id, self.lot)

    @property
    def deleted_at(self) -> None:
        """A lot is never deleted; when nothing is left of it, it is not there."""
        return


class LotItem(TenantItem):
    """A lot as it is stored."""

    class Meta:
        """The organizations' table."""

        table_name = TABLES.tenants

    product_id = UnicodeAttribute(attr_name="productId")
    warehouse_id = UnicodeAttribute(attr_name="warehouseId")
    lot = UnicodeAttribute()
    on_hand = DecimalAttribute(attr_name="onHand")
    expires_on = UnicodeAttribute(attr_name="expiresOn", null=True)


class LotRepository(TenantRepository[Lot, LotItem]):
    """Lots of exactly one organization; GSI1 lists those of a warehouse, GSI2 those that expire, by the day."""

    kind = Kind.STOCK_LOT
    item_type = LotItem

    def list_filtered(
        self,
        product_id: str | None,
        warehouse_id: str | None,
        expiring_by: date | None,
        *,
        limit: int,
        after: str | None,
    ) -> Page[Lot]:
        """Return lots by product, or those that expire until a day by that day."""
        if expiring_by is not None:
            lookup = Lookup(Index.GSI2, "EXPIRES", at_most=f"{expiring_by.isoformat()}~", newest_first=False)
        elif product_id is not None and warehouse_id is not None:
            return self.list_below(stock_movements_prefix(product_id, warehouse_id), limit=limit, after=after)
        elif warehouse_id is not None:
            lookup = Lookup(Index.GSI1, "WAREHOUSE", warehouse_id, newest_first=False)
        else:
            return self.list_below(stock_levels_prefix(product_id), limit=limit, after=after)
        return self.find(
            lookup,
            limit=limit,
            after=after,
            keep=lambda lot: product_id in {None, lot.product_id} and warehouse_id in {None, lot.warehouse_id},
        )

    def soonest_to_expire(self, product_id: ProductId, warehouse_id: WarehouseId, today: date) -> Sequence[Lot]:
        """Return the lots of a level that are still good, those that expire first before those that expire later."""
        prefix = stock_movements_prefix(product_id, warehouse_id)
        lots = self.list_below(prefix, limit=_MOST_CONSIDERED, after=None).items
        good = [lot for lot in lots if lot.expires_on is None or lot.expires_on >= today]
        return sorted(good, key=lambda lot: (lot.expires_on or date.max, lot.created_at, lot.lot))

    def remove(self, lot: Lot) -> None:
        """Stage that nothing is left of a lot."""
        item = LotItem(self._pk, lot.id)
        self._tenant.transaction.delete(item, condition=LotItem.version == lot.version, refusal=changed_meanwhile)

    def _index_entries(self, entity: Lot) -> Sequence[IndexEntry]:
        entries = [IndexEntry(Index.GSI1, "WAREHOUSE", entity.warehouse_id, entity.id)]
        if entity.expires_on is not None:
            entries.append(IndexEntry(Index.GSI2, "EXPIRES", "", f"{entity.expires_on.isoformat()} {entity.id}"))
        return entries

    def _to_item(self, entity: Lot) -> LotItem:
        return LotItem(
            product_id=entity.product_id,
            warehouse_id=entity.warehouse_id,
            lot=entity.lot,
            on_hand=entity.quantity,
            expires_on=None if entity.expires_on is None else entity.expires_on.isoformat(),
        )

    def _to_entity(self, item: LotItem) -> Lot:
        return Lot(
            product_id=ProductId(item.product_id),
            warehouse_id=WarehouseId(item.warehouse_id),
            lot=item.lot,
            quantity=item.on_hand,
            expires_on=None if item.expires_on is None else date.fromisoformat(item.expires_on),
            version=int(item.version),
            created_at=item.created_at,
            updated_at=item.updated_at,
        )

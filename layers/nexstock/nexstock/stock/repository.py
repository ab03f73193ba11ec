"""Stock in DynamoDB: levels at `#STOCK_LEVEL` / `<product>#<warehouse>`, movements numbered below the same key."""

from collections.abc import Sequence
from datetime import date, datetime
from typing import Any

from pynamodb.attributes import NumberAttribute, UnicodeAttribute
from pynamodb.expressions.condition import Condition

from nexstock.ids import MovementId, ProductId, WarehouseId, first_id
from nexstock.persistence import keys
from nexstock.persistence.indexes import Index, IndexEntry, Lookup, position_of
from nexstock.persistence.keys import Kind
from nexstock.persistence.tables import TABLES, DecimalAttribute, RecordsAttribute, text_list
from nexstock.persistence.tenant_items import Page, TenantItem, TenantRepository, actor_of, changed_meanwhile
from nexstock.stock.model import Cause, LevelState, LotQuantity, Movement, MovementType, Reference, StockLevel
from nexstock.stock.valuation import CostLayer, Valuation

_LEVEL_EVENTS = {LevelState.LOW: "stock.low", LevelState.OUT: "stock.out"}
_MOVEMENT_EVENTS = {
    MovementType.ADJUSTMENT: "stock.adjusted",
    MovementType.COUNT: "stock.adjusted",
    MovementType.REPAIR: "stock.adjusted",
    MovementType.TRANSFER: "stock.transferred",
}
"""What customers are told of as such; the other movements are told as the event of their order."""


class StockLevelItem(TenantItem):
    """A level as it is stored."""

    class Meta:
        """The organizations' table."""

        table_name = TABLES.tenants

    product_id = UnicodeAttribute(attr_name="productId")
    warehouse_id = UnicodeAttribute(attr_name="warehouseId")
    on_hand = DecimalAttribute(attr_name="onHand")
    reserved = DecimalAttribute()
    incoming = DecimalAttribute()
    worth = DecimalAttribute()
    layers = RecordsAttribute()
    state = UnicodeAttribute()
    product_version = NumberAttribute(attr_name="productVersion")


class StockMovementItem(TenantItem):
    """A movement as it is stored; the attributes that reports add up are in the index `GSI4` too."""

    class Meta:
        """The organizations' table."""

        table_name = TABLES.tenants

    id = UnicodeAttribute()
    product_id = UnicodeAttribute(attr_name="productId")
    warehouse_id = UnicodeAttribute(attr_name="warehouseId")
    sequence = NumberAttribute()
    type = UnicodeAttribute()
    reason = UnicodeAttribute()
    reference_kind = UnicodeAttribute(attr_name="referenceKind", null=True)
    reference_id = UnicodeAttribute(attr_name="referenceId", null=True)
    note = UnicodeAttribute(null=True)
    quantity = DecimalAttribute()
    reserved = DecimalAttribute()
    incoming = DecimalAttribute()
    value = DecimalAttribute()
    fifo_value = DecimalAttribute(attr_name="fifoValue")
    revenue = NumberAttribute(null=True)
    currency = UnicodeAttribute(null=True)
    lots = RecordsAttribute(null=True)
    serials = text_list(null=True)


class StockLevelRepository(TenantRepository[StockLevel, StockLevelItem]):
    """The levels of exactly one organization.

    GSI1 lists those of a warehouse, GSI2 those that are low or out, GSI3 those of a warehouse that are not empty.
    """

    kind = Kind.STOCK_LEVEL
    item_type = StockLevelItem

    def list_filtered(
        self, product_id: str | None, warehouse_id: str | None, *, limit: int, after: str | None
    ) -> Page[StockLevel]:
        """Return levels by product; those of a product, and all of them, are read consistently."""
        if warehouse_id is None:
            return self.list_below(keys.stock_levels_prefix(product_id), limit=limit, after=after)
        if product_id is not None:
            return Page(self.get_many([keys.stock_level_sort_key(product_id, warehouse_id)]), None)
        lookup = Lookup(Index.GSI1, "WAREHOUSE", warehouse_id, newest_first=False)
        return self.find(lookup, limit=limit, after=after)

    def position_of(self, level: StockLevel, warehouse_id: str | None) -> str:
        """Return the position behind a level in the list that `list_filtered` makes."""
        sort_key = self._sort_key(level)
        return sort_key if warehouse_id is None else position_of(level.product_id, sort_key)

    def list_low(self, warehouse_id: WarehouseId | None, *, limit: int, after: str | None) -> Page[StockLevel]:
        """Return the levels at or below their product's reorder point, by warehouse."""
        prefix = None if warehouse_id is None else keys.stock_in_warehouse_prefix(warehouse_id)
        return self.find(Lookup(Index.GSI2, "LOW", prefix=prefix, newest_first=False), limit=limit, after=after)

    def require_unmoved(self, level: StockLevel) -> None:
        """Stage that a level is still as it was read."""
        item = StockLevelItem(self._pk, self._sort_key(level))
        condition = StockLevelItem.version == level.version
        self._tenant.transaction.check(item, condition=condition, refusal=changed_meanwhile)

    def list_of_product(self, product_id: ProductId, *, limit: int) -> Sequence[StockLevel]:
        """Return up to `limit` levels of a product, read consistently."""
        return self.list_below(keys.stock_levels_prefix(product_id), limit=limit, after=None).items

    def replace(self, entity: StockLevel) -> None:
        """Stage the next version of a level; it wins only if no movement and no newer reorder point came between."""
        condition = (StockLevelItem.version == entity.version - 1) & _judged_by_no_newer(entity)
        self._tenant.transaction.put(self._stamped(entity), condition=condition, refusal=changed_meanwhile)

    def restate(self, entity: StockLevel) -> None:
        """Stage a level whose state is judged anew, and which nothing moved; its version counts movements and stays."""
        condition = (StockLevelItem.version == entity.version) & _judged_by_no_newer(entity)
        self._tenant.transaction.put(self._stamped(entity), condition=condition, refusal=changed_meanwhile)

    def has_any_in(self, warehouse_id: WarehouseId) -> bool:
        """Tell whether something lies in a warehouse, is promised from it, or is on its way to it."""
        return bool(self.find(Lookup(Index.GSI3, "STOCKED", warehouse_id), limit=1, after=None).items)

    def _index_entries(self, entity: StockLevel) -> Sequence[IndexEntry]:
        product_id, warehouse_id = entity.product_id, entity.warehouse_id
        entries = [IndexEntry(Index.GSI1, "WAREHOUSE", warehouse_id, product_id)]
        if entity.state is not LevelState.OK:
            entries.append(IndexEntry(Index.GSI2, "LOW", "", keys.stock_in_warehouse(product_id, warehouse_id)))
        if not entity.is_empty:
            entries.append(IndexEntry(Index.GSI3, "STOCKED", warehouse_id, product_id))
        return entries

    def _sort_key(self, entity: StockLevel) -> str:
        return keys.stock_level_sort_key(entity.product_id, entity.warehouse_id)

    def _to_item(self, entity: StockLevel) -> StockLevelItem:
        return StockLevelItem(
            product_id=entity.product_id,
            warehouse_id=entity.warehouse_id,
            on_hand=entity.on_hand,
            reserved=entity.reserved,
            incoming=entity.incoming,
            worth=entity.valuation.average,
            layers=[{"quantity": layer.quantity, "value": layer.value} for layer in entity.valuation.layers],
            state=entity.state.value,
            product_version=entity.product_version,
            event=None if entity.crossed_to is None else _LEVEL_EVENTS[entity.crossed_to],
        )

    def _to_entity(self, item: StockLevelItem) -> StockLevel:
        layers = tuple(CostLayer(layer["quantity"], layer["value"]) for layer in item.layers)
        return StockLevel(
            product_id=ProductId(item.product_id),
            warehouse_id=WarehouseId(item.warehouse_id),
            version=int(item.version),
            created_at=item.created_at,
            updated_at=item.updated_at,
            on_hand=item.on_hand,
            reserved=item.reserved,
            incoming=item.incoming,
            valuation=Valuation(item.worth, layers),
            state=LevelState(item.state),
            product_version=int(item.product_version),
        )


class StockMovementRepository(TenantRepository[Movement, StockMovementItem]):
    """The movements of exactly one organization.

    Those of what lies in stock are listed by GSI4 altogether, by GSI2 of a warehouse and by GSI3 of a product, in the
    order in which they were made; reservations and what is on its way are found below their level only.
    """

    kind = Kind.STOCK_MOVEMENT
    item_type = StockMovementItem

    def list_physical(
        self,
        product_id: str | None,
        warehouse_id: str | None,
        since: datetime | None,
        *,
        limit: int,
        after: str | None,
    ) -> Page[Movement]:
        """Return movements of what lies in stock, newest first."""
        at_least = None if since is None else first_id("mov", since)
        if product_id is not None:
            lookup = Lookup(Index.GSI3, "PRODUCT", product_id, at_least=at_least)
        elif warehouse_id is not None:
            lookup = Lookup(Index.GSI2, "WAREHOUSE", warehouse_id, at_least=at_least)
        else:
            lookup = Lookup(Index.GSI4, "ALL", at_least=at_least)
        return self.find(
            lookup,
            limit=limit,
            after=after,
            keep=lambda movement: warehouse_id in {None, movement.warehouse_id},
        )

    def list_of_level(
        self, product_id: ProductId, warehouse_id: WarehouseId, *, limit: int, after: str | None
    ) -> Page[Movement]:
        """Return every movement of one level from the first on, read consistently."""
        return self.list_below(keys.stock_movements_prefix(product_id, warehouse_id), limit=limit, after=after)

    def _index_entries(self, entity: Movement) -> Sequence[IndexEntry]:
        if not entity.is_listed:
            return ()
        return (
            IndexEntry(Index.GSI2, "WAREHOUSE", entity.warehouse_id, entity.id),
            IndexEntry(Index.GSI3, "PRODUCT", entity.product_id, entity.id),
            IndexEntry(Index.GSI4, "ALL", "", entity.id),
        )

    def _sort_key(self, entity: Movement) -> str:
        return keys.stock_movement_sort_key(entity.product_id, entity.warehouse_id, entity.sequence)

    def _to_item(self, entity: Movement) -> StockMovementItem:
        cause = entity.cause
        return StockMovementItem(
            id=entity.id,
            product_id=entity.product_id,
            warehouse_id=entity.warehouse_id,
            sequence=entity.sequence,
            type=cause.type.value,
            reason=cause.reason,
            reference_kind=None if cause.reference is None else cause.reference.kind,
            reference_id=None if cause.reference is None else cause.reference.id,
            note=cause.note,
            quantity=entity.quantity,
            reserved=entity.reserved,
            incoming=entity.incoming,
            value=entity.value,
            fifo_value=entity.fifo_value,
            revenue=entity.revenue,
            currency=entity.currency,
            lots=[_record(lot) for lot in entity.lots] or None,
            serials=list(entity.serials) or None,
            event=_MOVEMENT_EVENTS.get(cause.type) if entity.is_listed else None,
        )

    def _to_entity(self, item: StockMovementItem) -> Movement:
        reference = Reference(item.reference_kind, item.reference_id) if item.reference_kind else None
        return Movement(
            id=MovementId(item.id),
            product_id=ProductId(item.product_id),
            warehouse_id=WarehouseId(item.warehouse_id),
            sequence=int(item.sequence),
            at=item.created_at,
            actor=actor_of(item),
            cause=Cause(MovementType(item.type), item.reason, reference, item.note),
            quantity=item.quantity,
            reserved=item.reserved,
            incoming=item.incoming,
            value=item.value,
            fifo_value=item.fifo_value,
            revenue=None if item.revenue is None else int(item.revenue),
            currency=item.currency,
            lots=tuple(_lot(record) for record in item.lots or ()),
            serials=tuple(item.serials or ()),
        )


def _record(lot: LotQuantity) -> dict[str, Any]:
    expires_on = None if lot.expires_on is None else lot.expires_on.isoformat()
    return {"lot": lot.lot, "quantity": lot.quantity, "expiresOn": expires_on}


def _lot(record: dict[str, Any]) -> LotQuantity:
    expires_on = record["expiresOn"]
    day = None if expires_on is None else date.fromisoformat(expires_on)
    return LotQuantity(record["lot"], record["quantity"], day)


def _judged_by_no_newer(level: StockLevel) -> Condition:
    return StockLevelItem.product_version <= level.product_version

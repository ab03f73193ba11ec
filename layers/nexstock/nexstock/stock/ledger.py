"""The only way in which stock changes: what a request moves is read at once, and levels and movements staged together.

A level is written only as the version after the one that was read, so of two requests that read the same level one
wins and the other reads again (docs/adr/0020-stock-ledger.md). What a request may take is therefore decided here, on
what is true at the moment at which it is written.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from decimal import Decimal
from typing import Final, TypeVar

from nexstock.auth.principals import Tenant
from nexstock.errors import FieldError, InvalidRequest, TooManyChanges
from nexstock.ids import MovementId, ProductId, WarehouseId, is_id, new_id
from nexstock.organizations.repository import OrganizationItem
from nexstock.persistence.keys import Kind, stock_level_sort_key, tenant_partition
from nexstock.persistence.tables import Item, batch_get
from nexstock.persistence.tenant_items import TenantItem, changed_meanwhile
from nexstock.persistence.transaction import ConcurrentChange
from nexstock.products.model import Product
from nexstock.products.repository import ProductItem, ProductRepository
from nexstock.stock.changes import NO_UNITS, Place, exploded, merged, with_units
from nexstock.stock.errors import InsufficientStock
from nexstock.stock.model import (
    QUANTITY_LIMIT,
    Cause,
    Movement,
    NotEnough,
    NotPromised,
    Shortage,
    StockChange,
    StockLevel,
    Units,
)
from nexstock.stock.repository import StockLevelItem, StockLevelRepository, StockMovementRepository
from nexstock.stock.tracking import Tracker
from nexstock.warehouses.model import Warehouse
from nexstock.warehouses.repository import WarehouseItem, WarehouseRepository

_LARGEST_VALUE: Final = Decimal(10) ** 18
"""In minor units; keeps values exact within the 28 digits that decimals are worked with."""

_MOST_CHECKED: Final = 4
_MOST_PLACES: Final = 49
"""Each is two of the hundred writes of a transaction."""

T = TypeVar("T", bound=str)

Onward = Callable[[Sequence[Movement]], Sequence[StockChange]]
"""Makes of what left one place what arrives at another."""


@dataclass(frozen=True, slots=True)
class Holdings:
    """What a request read: products, warehouses and levels that are here and not deleted, and the currency of values.

    A level that nothing ever moved is here as version 0.
    """

    products: Mapping[ProductId, Product]
    warehouses: Mapping[WarehouseId, Warehouse]
    levels: Mapping[Place, StockLevel]
    currency: str

    def plus(self, other: "Holdings") -> "Holdings":
        """Return what both hold."""
        return Holdings(
            {**self.products, **other.products},
            {**self.warehouses, **other.warehouses},
            {**self.levels, **other.levels},
            self.currency,
        )


@dataclass(slots=True)
class _Outcome:
    levels: list[StockLevel] = field(default_factory=list)
    movements: list[Movement] = field(default_factory=list)
    shortages: list[Shortage] = field(default_factory=list)


class StockLedger:
    """Levels and movements of exactly one organization."""

    def __init__(self, tenant: Tenant) -> None:
        self._tenant = tenant
        self._products = ProductRepository(tenant)
        self._warehouses = WarehouseRepository(tenant)
        self._levels = StockLevelRepository(tenant)
        self._movements = StockMovementRepository(tenant)

    def read(self, places: Iterable[Place], now: datetime) -> Holdings:
        """Return products, warehouses and levels of up to 45 places, read consistently in one call.

        Ids come as clients sent them: what is none is not looked for, and nothing is here under it. What a kit is made
        of is read by a second call.

        Raises:
            TooManyChanges: there are more than one request can change (422).
        """
        holdings = self._read(places, now)
        parts = [
            (component.product_id, warehouse_id)
            for product_id, warehouse_id in holdings.levels
            if product_id in holdings.products
            for component in holdings.products[product_id].components
        ]
        return holdings.plus(self._read(parts, now)) if parts else holdings

    def _read(self, places: Iterable[Place], now: datetime) -> Holdings:
        wanted = list(dict.fromkeys(places))
        if len(wanted) > _MOST_PLACES:
            raise TooManyChanges
        products = _ids((product_id for product_id, _ in wanted), ProductRepository.prefix)
        warehouses = _ids((warehouse_id for _, warehouse_id in wanted), WarehouseRepository.prefix)
        found = batch_get(
            [
                self._key(OrganizationItem, Kind.ORGANIZATION, self._tenant.organization_id),
                *(self._key(ProductItem, Kind.PRODUCT, product_id) for product_id in products),
                *(self._key(WarehouseItem, Kind.WAREHOUSE, warehouse_id) for warehouse_id in warehouses),
                *(
                    self._key(StockLevelItem, Kind.STOCK_LEVEL, stock_level_sort_key(*place))
                    for place in wanted
                    if place[0] in products and place[1] in warehouses
                ),
            ]
        )
        return self._holdings(wanted, found, now)

    def move(  # noqa: PLR0913 (what moves, and why)
        self,
        changes: Sequence[StockChange],
        holdings: Holdings,
        *,
        cause: Cause,
        now: datetime,
        units: Mapping[ProductId, Units] = NO_UNITS,
        onward: Onward | None = None,
    ) -> Sequence[Movement]:
        """Stage changes of levels, those of kits as changes of their components, and return their movements.

        There is one movement of each level, in the order in which the levels come first. `units` names those of
        products that are kept by lots or serial numbers. `onward` makes further changes, of other levels, of what has
        moved.

        Raises:
            KitHasNoStock: a kit is moved by something that does not say what it is made of (409).
            SerialNumbersUnavailable: units are not where they are taken from (409).
            InsufficientStock: one or more of the changes take more than there is; all are named (409).
            InvalidRequest: a level would be more, or be worth more, than numbers here can say (422).
            ConcurrentChange: a change takes back what others took back since its order was read.
            TooManyChanges: at the commit, if the request moves more than one transaction holds (422).
        """
        outcome, tracker = _Outcome(), Tracker(self._tenant, cause, now)
        self._judge(with_units(exploded(changes, holdings.products), units), holdings, tracker, now, outcome)
        if onward is not None and not outcome.shortages:
            self._judge(onward(tuple(outcome.movements)), holdings, tracker, now, outcome)
        if outcome.shortages:
            raise InsufficientStock(outcome.shortages)
        tracker.stage()
        for level in outcome.levels:
            self._stage(level)
        for movement in outcome.movements:
            self._movements.add(movement)
        self._require_unchanged([level for level in outcome.levels if level.version == 1], holdings)
        return outcome.movements

    def _stage(self, level: StockLevel) -> None:
        if level.version == 1:
            self._levels.add(level)
        else:
            self._levels.replace(level)

    def _require_unchanged(self, begun: Sequence[StockLevel], holdings: Holdings) -> None:
        """Stage that products and warehouses of levels that begin are as they were read.

        Whoever deletes one, or changes its reorder point, looks at its levels, and does not see one that begins
        meanwhile. A transaction has no room for that beside an order of many lines, each the first of its product.
        """
        if len(begun) > _MOST_CHECKED:
            return
        standing: dict[tuple[type[Item], str, str], int] = {}
        for level in begun:
            product, warehouse = holdings.products[level.product_id], holdings.warehouses[level.warehouse_id]
            standing[self._key(ProductItem, Kind.PRODUCT, product.id)] = product.version
            standing[self._key(WarehouseItem, Kind.WAREHOUSE, warehouse.id)] = warehouse.version
        for (model, pk, sk), version in standing.items():
            self._tenant.transaction.check(
                model(pk, sk), condition=TenantItem.version == version, refusal=changed_meanwhile
            )

    def rewrite(self, level: StockLevel, holdings: Holdings, *, cause: Cause, now: datetime) -> Movement:
        """Stage a level as it ought to be, and a movement that moves nothing but says so, and return that."""
        product = holdings.products[level.product_id]
        after = replace(level.judged_by(product, now), version=level.version + 1, crossed_to=None)
        nothing = StockChange(product_id=level.product_id, warehouse_id=level.warehouse_id)
        movement = self._movement(nothing, level, after, cause)
        self._stage(after)
        self._movements.add(movement)
        return movement

    def _judge(
        self, changes: Iterable[StockChange], holdings: Holdings, tracker: Tracker, now: datetime, outcome: _Outcome
    ) -> None:
        for change in merged(list(changes)):
            try:
                self._move_one(change, holdings, tracker, now, outcome)
            except NotEnough as refusal:
                outcome.shortages.append(refusal.shortage)

    def _move_one(
        self, change: StockChange, holdings: Holdings, tracker: Tracker, now: datetime, outcome: _Outcome
    ) -> None:
        product = holdings.products[change.product_id]
        before = holdings.levels[change.product_id, change.warehouse_id]
        try:
            after = before.after(_costed(change, before, product, holdings.currency), product, now)
        except NotPromised:
            # What is taken back was promised when its order was read, a moment before its level: others came between.
            raise ConcurrentChange from None
        if after.valuation.average > _LARGEST_VALUE:
            raise InvalidRequest([FieldError("", "the stock would be worth more than 10^18 minor units")])
        if max(after.on_hand, after.reserved, after.incoming) >= QUANTITY_LIMIT:
            raise InvalidRequest([FieldError("", "there would be more of it than quantities can say")])
        followed = tracker.follow(change, product)
        outcome.levels.append(after)
        outcome.movements.append(self._movement(followed, before, after, tracker.cause))

    def _movement(self, change: StockChange, before: StockLevel, after: StockLevel, cause: Cause) -> Movement:
        return Movement(
            id=MovementId(new_id("mov", after.updated_at)),
            product_id=change.product_id,
            warehouse_id=change.warehouse_id,
            sequence=after.version,
            at=after.updated_at,
            actor=self._tenant.actor,
            cause=cause,
            quantity=change.quantity,
            reserved=change.reserved,
            incoming=change.incoming,
            value=after.valuation.average - before.valuation.average,
            fifo_value=after.valuation.fifo - before.valuation.fifo,
            revenue=change.revenue,
            currency=change.currency,
            lots=change.lots,
            serials=change.serials,
        )

    def _key(self, model: type[Item], kind: Kind, sort_key: str) -> tuple[type[Item], str, str]:
        return model, tenant_partition(self._tenant.organization_id, kind), sort_key

    def _holdings(self, places: Sequence[Place], found: Sequence[Item | None], now: datetime) -> Holdings:
        products = [self._products.entity_of(item) for item in found if isinstance(item, ProductItem)]
        warehouses = [self._warehouses.entity_of(item) for item in found if isinstance(item, WarehouseItem)]
        levels = [self._levels.entity_of(item) for item in found if isinstance(item, StockLevelItem)]
        unmoved = {
            (product_id, warehouse_id): StockLevel(
                product_id=product_id, warehouse_id=warehouse_id, version=0, created_at=now, updated_at=now
            )
            for product_id, warehouse_id in places
        }
        (currency,) = (item.currency for item in found if isinstance(item, OrganizationItem))
        return Holdings(
            products={product.id: product for product in products if product.deleted_at is None},
            warehouses={warehouse.id: warehouse for warehouse in warehouses if warehouse.deleted_at is None},
            levels={**unmoved, **{(level.product_id, level.warehouse_id): level for level in levels}},
            currency=currency,
        )


def _ids(texts: Iterable[T], prefix: str) -> Sequence[T]:
    return [text for text in dict.fromkeys(texts) if is_id(text, prefix)]


def _costed(change: StockChange, level: StockLevel, product: Product, currency: str) -> StockChange:
    """Return the change with the product's cost, where nothing better is known of what comes in."""
    unknown = change.quantity > 0 and change.unit_cost is None and change.worth is None and not level.on_hand
    if unknown and product.cost is not None and product.cost.currency == currency:
        return replace(change, unit_cost=Decimal(product.cost.amount))
    return change

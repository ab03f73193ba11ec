"""Levels, movements, and the rules by which one changes the other; no input or output here."""

from dataclasses import dataclass, replace
from datetime import date, datetime
from decimal import Decimal
from enum import StrEnum
from typing import Final

from nexstock.auth.principals import Actor
from nexstock.ids import MovementId, ProductId, WarehouseId
from nexstock.persistence.keys import stock_level_sort_key
from nexstock.products.model import Component, Product
from nexstock.stock.valuation import WORTHLESS, Valuation, Worth

NOTHING: Final = Decimal(0)

QUANTITY_LIMIT: Final = Decimal(10) ** 11
"""What no quantity reaches; `Quantity` has eleven digits before the point."""


class LevelState(StrEnum):
    """How a level stands to its product's reorder point."""

    OK = "ok"
    LOW = "low"
    OUT = "out"


class MovementType(StrEnum):
    """What moved stock, or promised to."""

    ADJUSTMENT = "adjustment"
    COUNT = "count"
    REPAIR = "repair"
    TRANSFER = "transfer"
    RESERVATION = "reservation"
    RELEASE = "release"
    FULFILMENT = "fulfilment"
    RETURN = "return"
    PURCHASE = "purchase"
    RECEIPT = "receipt"


_ALWAYS_LISTED: Final = frozenset({MovementType.ADJUSTMENT, MovementType.COUNT, MovementType.REPAIR})
"""What is worth seeing even where it found nothing to change."""


@dataclass(frozen=True, slots=True)
class Reference:
    """What a movement belongs to: an order, a purchase order, a transfer, a count."""

    kind: str
    id: str


@dataclass(frozen=True, slots=True)
class Cause:
    """Why stock moves: the kind of movement, a reason code, what it belongs to, and a person's note."""

    type: MovementType
    reason: str
    reference: Reference | None = None
    note: str | None = None


@dataclass(frozen=True, slots=True)
class LotQuantity:
    """How much of a lot comes in or goes out, never negative; `expires_on` is named when a lot first comes in."""

    lot: str
    quantity: Decimal
    expires_on: date | None = None


@dataclass(frozen=True, slots=True)
class Units:
    """Which units of a product move: its lots, or its serial numbers."""

    lots: tuple[LotQuantity, ...] = ()
    serials: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class StockChange:
    """What a request does to one level; every quantity is a signed difference in the product's unit.

    `quantity` is of what lies there (on hand). `unit_cost`, in minor units of the organization's currency, is what
    each unit that comes in has cost; None takes the present average. `worth` is what all that comes in is worth, where
    it comes from another place of ours, and counts instead. `revenue`, in minor units of `currency`, is what the change
    was sold for, negative for a return. `lots` and `serials` say which units come in or go out, of a product that is
    kept by them. `components` is what one of a kit was made of when it was sold: its components move instead.
    """

    product_id: ProductId
    warehouse_id: WarehouseId
    quantity: Decimal = NOTHING
    reserved: Decimal = NOTHING
    incoming: Decimal = NOTHING
    unit_cost: Decimal | None = None
    worth: Worth | None = None
    revenue: int | None = None
    currency: str | None = None
    lots: tuple[LotQuantity, ...] = ()
    serials: tuple[str, ...] = ()
    components: tuple[Component, ...] = ()


@dataclass(frozen=True, slots=True)
class Shortage:
    """What a request asks of a level, and how much of it there is."""

    product_id: ProductId
    warehouse_id: WarehouseId
    requested: Decimal
    available: Decimal


@dataclass(frozen=True, slots=True)
class Excess:
    """What a request names of a product, and how much of it is left to be done."""

    product_id: ProductId
    requested: Decimal
    remaining: Decimal


class NotPromised(Exception):  # noqa: N818 (names the fact)
    """A change would take back more than is promised, or on its way: what it goes by is no longer so."""


class NotEnough(Exception):  # noqa: N818 (names the fact)
    """A change would take more than there is."""

    def __init__(self, shortage: Shortage) -> None:
        super().__init__("not enough stock")
        self.shortage = shortage


@dataclass(frozen=True, slots=True, kw_only=True)
class Movement:
    """One change of one level, for good: the level is the sum of its movements.

    `sequence` is the version of the level that it made, so that the movements of a level are numbered from 1 without
    a gap. `value` and `fifo_value` are what it changed of the level's value, in minor units of the organization's
    currency, by the moving average and by first in, first out.
    """

    id: MovementId
    product_id: ProductId
    warehouse_id: WarehouseId
    sequence: int
    at: datetime
    actor: Actor
    cause: Cause
    quantity: Decimal
    reserved: Decimal
    incoming: Decimal
    value: Decimal
    fifo_value: Decimal
    revenue: int | None = None
    currency: str | None = None
    lots: tuple[LotQuantity, ...] = ()
    serials: tuple[str, ...] = ()

    @property
    def is_listed(self) -> bool:
        """Tell whether people see it among the movements: what lies in stock was moved, sold, or looked at."""
        return bool(self.quantity) or self.revenue is not None or self.cause.type in _ALWAYS_LISTED

    @property
    def taken_along(self) -> Worth:
        """What the stock that left takes along to where it goes."""
        return Worth(-self.value, -self.fifo_value)

    @property
    def version(self) -> int:
        """A movement never changes."""
        return 1

    @property
    def created_at(self) -> datetime:
        """When it was made."""
        return self.at

    @property
    def updated_at(self) -> datetime:
        """When it was made."""
        return self.at

    @property
    def deleted_at(self) -> None:
        """A movement is never deleted."""
        return


@dataclass(frozen=True, slots=True, kw_only=True)
class StockLevel:
    """What there is of one product in one warehouse; `version` 0 is a level that nothing ever moved.

    `reserved` is promised to orders, `incoming` is on its way here; quantities are in the product's unit.
    `product_version` is the version of the product by whose reorder point `state` was judged.
    """

    product_id: ProductId
    warehouse_id: WarehouseId
    version: int
    created_at: datetime
    updated_at: datetime
    on_hand: Decimal = NOTHING
    reserved: Decimal = NOTHING
    incoming: Decimal = NOTHING
    valuation: Valuation = WORTHLESS
    state: LevelState = LevelState.OUT
    product_version: int = 0
    crossed_to: LevelState | None = None
    """The state that this very version fell to, if it fell; what customers are told once."""

    @property
    def id(self) -> str:
        """Product and warehouse."""
        return stock_level_sort_key(self.product_id, self.warehouse_id)

    @property
    def deleted_at(self) -> None:
        """A level is never deleted; it may be empty."""
        return

    @property
    def available(self) -> Decimal:
        """What can be promised: what lies there and is not promised yet."""
        return self.on_hand - self.reserved

    @property
    def is_empty(self) -> bool:
        """Tell that nothing lies here, is promised from here, or is on its way here."""
        return not (self.on_hand or self.reserved or self.incoming)

    def after(self, change: StockChange, product: Product, at: datetime) -> "StockLevel":
        """Return the level as a change leaves it.

        What lies there never falls below zero. What is available does not either, unless the product may be sold
        before it is there; where it already is below, it only does not fall further.

        Raises:
            NotEnough: the change takes more than there is.
            NotPromised: the change takes back more than is promised or on its way.
        """
        on_hand, reserved = self.on_hand + change.quantity, self.reserved + change.reserved
        incoming, available = self.incoming + change.incoming, on_hand - reserved
        if on_hand < 0:
            raise NotEnough(Shortage(self.product_id, self.warehouse_id, -change.quantity, self.on_hand))
        if available < min(self.available, NOTHING) and not product.allow_backorder:
            requested = self.available - available
            raise NotEnough(Shortage(self.product_id, self.warehouse_id, requested, max(self.available, NOTHING)))
        if reserved < 0 or incoming < 0:
            raise NotPromised
        moved = replace(
            self,
            version=self.version + 1,
            on_hand=on_hand,
            reserved=reserved,
            incoming=incoming,
            valuation=self.valuation.after(change.quantity, self.on_hand, change.unit_cost, change.worth),
        )
        return moved.judged_by(product, at)

    def judged_by(self, product: Product, at: datetime) -> "StockLevel":
        """Return the level with the state that its product's reorder point gives it; nothing has moved by that."""
        state = state_of(self.available, product.reorder_point)
        return replace(
            self,
            updated_at=at,
            state=state,
            product_version=product.version,
            crossed_to=state if _SEVERITY[state] > _SEVERITY[self.state] else None,
        )


_SEVERITY: Final = {LevelState.OK: 0, LevelState.LOW: 1, LevelState.OUT: 2}


def state_of(available: Decimal, reorder_point: Decimal | None) -> LevelState:
    """Return how much of a warning an available quantity is."""
    if available <= 0:
        return LevelState.OUT
    return LevelState.LOW if reorder_point is not None and available <= reorder_point else LevelState.OK

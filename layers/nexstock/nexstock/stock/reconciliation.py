"""The proof that levels are right: beside each level, the sums of its movements.

A level's movements are numbered by its versions, so those up to the version that was read are exactly what it is the
sum of, whatever is moved meanwhile. Movements are read a bounded number at a time: a level with more of them than one
request reads is continued in the next page, from sums that the cursor carries.
"""

import json
from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from decimal import Decimal
from typing import Final, Self

from nexstock.clock import Clock, from_rfc3339, to_rfc3339, utc_now
from nexstock.ids import ProductId, WarehouseId
from nexstock.persistence.tenant_items import Page
from nexstock.stock.checks import require_present
from nexstock.stock.ledger import StockLedger
from nexstock.stock.model import NOTHING, Cause, Movement, MovementType, StockLevel
from nexstock.stock.repository import StockLevelRepository, StockMovementRepository
from nexstock.stock.schemas import RepairStock

_MOST_MOVEMENTS: Final = 5_000
"""Read for one request: some megabytes."""

_PAGE: Final = 1_000


@dataclass(frozen=True, slots=True)
class Sums:
    """What movements add up to, and how many of them there are."""

    on_hand: Decimal = NOTHING
    reserved: Decimal = NOTHING
    incoming: Decimal = NOTHING
    movements: int = 0

    def plus(self, movement: Movement) -> Self:
        """Return the sums with one more movement."""
        return replace(
            self,
            on_hand=self.on_hand + movement.quantity,
            reserved=self.reserved + movement.reserved,
            incoming=self.incoming + movement.incoming,
            movements=self.movements + 1,
        )


@dataclass(frozen=True, slots=True)
class Reconciliation:
    """A level beside the sums of its movements, of which there should be as many as its version says.

    `reservations` is what each order still has reserved, by the order's id; None where a level had more movements
    than one request reads.
    """

    level: StockLevel
    sums: Sums
    reservations: Mapping[str, Decimal] | None

    @property
    def is_intact(self) -> bool:
        """Tell that the level is what its movements say, and that none of them is missing."""
        told = (self.level.on_hand, self.level.reserved, self.level.incoming, self.level.version)
        return told == (self.sums.on_hand, self.sums.reserved, self.sums.incoming, self.sums.movements)


@dataclass(frozen=True, slots=True)
class _Begun:
    """A level of which some movements are summed up, as it was read before the first of them.

    `last_movement` is the position of the last that was summed up; None before the first.
    """

    level: StockLevel
    sums: Sums = field(default_factory=Sums)
    last_movement: str | None = None
    reservations: Mapping[str, Decimal] | None = field(default_factory=dict)
    is_done: bool = False


class Reconciler:
    """Reconciles the levels of exactly one organization, reading `most_movements` of their movements at a time."""

    def __init__(
        self,
        levels: StockLevelRepository,
        movements: StockMovementRepository,
        *,
        most_movements: int = _MOST_MOVEMENTS,
    ) -> None:
        self._levels = levels
        self._movements = movements
        self._most_movements = self._budget = most_movements

    def page(
        self, product_id: str | None, warehouse_id: str | None, *, limit: int, after: str | None
    ) -> Page[Reconciliation]:
        """Return up to `limit` reconciliations by product; fewer where their movements are many."""
        position, begun = _opened(after)
        found: list[Reconciliation] = []
        if begun is not None:
            begun = self._continued(begun)
            if not begun.is_done:
                return Page(found, _sealed(position, begun))
            found.append(_concluded(begun))
            limit -= 1
        levels = self._levels.list_filtered(product_id, warehouse_id, limit=max(limit, 1), after=position)
        for level in levels.items:
            position = self._levels.position_of(level, warehouse_id)
            begun = self._continued(_Begun(level))
            if not begun.is_done:
                return Page(found, _sealed(position, begun))
            found.append(_concluded(begun))
        return Page(found, None if levels.last_key is None else _sealed(levels.last_key, None))

    def sums_of(self, level: StockLevel) -> Sums:
        """Return what all movements of one level add up to."""
        begun = self._continued(_Begun(level))
        while not begun.is_done:
            self._budget = self._most_movements
            begun = self._continued(begun)
        return begun.sums

    def _continued(self, begun: _Begun) -> _Begun:
        level, sums, position = begun.level, begun.sums, begun.last_movement
        reserved = None if begun.reservations is None else defaultdict(Decimal, begun.reservations)
        while self._budget > 0:
            page = self._movements.list_of_level(
                level.product_id, level.warehouse_id, limit=min(_PAGE, self._budget), after=position
            )
            self._budget -= max(len(page.items), 1)
            for movement in page.items:
                # What was moved since the level was read is none of what it says.
                if movement.sequence > level.version:
                    return _Begun(level, sums, None, reserved, is_done=True)
                sums = sums.plus(movement)
                if reserved is not None and movement.cause.reference is not None:
                    reserved[movement.cause.reference.id] += movement.reserved
            position = page.last_key
            if position is None:
                return _Begun(level, sums, None, reserved, is_done=True)
        return _Begun(level, sums, position, None)


def repair_stock(
    command: RepairStock, *, reconciler: Reconciler, ledger: StockLedger, clock: Clock = utc_now
) -> Movement:
    """Stage that a level is set to the sums of its movements, which are the truth, and return the movement of it.

    The movement itself moves nothing; its note says what the level said before.

    Raises:
        InvalidRequest: no such product or warehouse (422).
    """
    now = clock()
    place = ProductId(command.product_id), WarehouseId(command.warehouse_id)
    holdings = ledger.read([place], now)
    require_present(holdings.products.get(place[0]), "/productId")
    require_present(holdings.warehouses.get(place[1]), "/warehouseId")
    level = holdings.levels[place]
    sums = reconciler.sums_of(level)
    before = f"on hand {level.on_hand:f}, reserved {level.reserved:f}, incoming {level.incoming:f}"
    cause = Cause(MovementType.REPAIR, "reconciliation", note="; ".join(filter(None, (command.note, before))))
    right = replace(level, on_hand=sums.on_hand, reserved=sums.reserved, incoming=sums.incoming)
    return ledger.rewrite(right, holdings, cause=cause, now=now)


def _concluded(begun: _Begun) -> Reconciliation:
    reservations = begun.reservations
    open_ones = None if reservations is None else {each: rest for each, rest in reservations.items() if rest}
    return Reconciliation(begun.level, begun.sums, open_ones)


def _sealed(position: str | None, begun: _Begun | None) -> str:
    if begun is None:
        return json.dumps([position])
    level, sums = begun.level, begun.sums
    numbers = (level.on_hand, level.reserved, level.incoming, level.version)
    summed = (sums.on_hand, sums.reserved, sums.incoming, sums.movements)
    place = (level.product_id, level.warehouse_id, to_rfc3339(level.updated_at))
    return json.dumps([position, begun.last_movement, *place, *map(str, (*numbers, *summed))])


def _opened(position: str | None) -> tuple[str | None, _Begun | None]:
    if position is None:
        return None, None
    after, *rest = json.loads(position)
    if not rest:
        return after, None
    last_movement, product_id, warehouse_id, updated_at, *numbers = rest
    on_hand, reserved, incoming, version, *summed = map(Decimal, numbers)
    level = StockLevel(
        product_id=product_id,
        warehouse_id=warehouse_id,
        version=int(version),
        created_at=from_rfc3339(updated_at),
        updated_at=from_rfc3339(updated_at),
        on_hand=on_hand,
        reserved=reserved,
        incoming=incoming,
    )
    sums = Sums(summed[0], summed[1], summed[2], int(summed[3]))
    return after, _Begun(level, sums, last_movement, None)

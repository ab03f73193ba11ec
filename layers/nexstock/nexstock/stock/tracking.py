"""Which units move: the lots and serial numbers of products that are kept by them, staged beside levels and movements.

Each is one more write of the request's transaction, and what it has no room for is refused as a whole.
"""

from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from datetime import datetime
from decimal import Decimal
from typing import NoReturn

from nexstock.auth.principals import Tenant
from nexstock.errors import FieldError, InvalidRequest
from nexstock.persistence.keys import serial_number_sort_key, stock_lot_sort_key
from nexstock.products.model import Product, Tracking
from nexstock.stock.errors import SerialNumbersUnavailable
from nexstock.stock.lots import Lot, LotRepository
from nexstock.stock.model import NOTHING, Cause, LotQuantity, NotEnough, Shortage, StockChange
from nexstock.stock.serial_numbers import SerialNumber, SerialNumberRepository


@dataclass(slots=True)
class _Pending:
    lots: dict[str, tuple[Lot | None, Lot]] = field(default_factory=dict)
    serials: dict[str, SerialNumber] = field(default_factory=dict)
    versions: dict[str, int] = field(default_factory=dict)
    refused: list[str] = field(default_factory=list)


class Tracker:
    """Follows the units that one request moves; what it finds is staged once, at the end."""

    def __init__(self, tenant: Tenant, cause: Cause, now: datetime) -> None:
        self._lots = LotRepository(tenant)
        self._serials = SerialNumberRepository(tenant)
        self.cause = cause
        self._now = now
        self._pending = _Pending()

    def follow(self, change: StockChange, product: Product) -> StockChange:
        """Return the change with its units named: those that were, or the lots that expire first.

        Raises:
            InvalidRequest: units are not named, or not as many as move, or the product is not kept by them (422).
            NotEnough: there is less of a lot than goes out of it.
        """
        named = (Tracking.LOT, bool(change.lots)), (Tracking.SERIAL, bool(change.serials))
        for tracking, is_named in named:
            if is_named and product.tracking is not tracking:
                _refuse(f"{product.sku} is not kept by {tracking.value}")
        if not change.quantity or product.tracking is Tracking.NONE:
            return change
        if product.tracking is Tracking.SERIAL:
            self._follow_serials(change, product)
            return change
        return self._follow_lots(change, product)

    def stage(self) -> None:
        """Stage what became of all units.

        Raises:
            SerialNumbersUnavailable: units are not where they are taken from, or come in that are there (409).
        """
        if self._pending.refused:
            raise SerialNumbersUnavailable(self._pending.refused)
        for before, after in self._pending.lots.values():
            self._stage_lot(before, after)
        for unit in self._pending.serials.values():
            if unit.version == 1:
                self._serials.add(unit)
            else:
                self._serials.replace(unit)

    def _stage_lot(self, before: Lot | None, after: Lot) -> None:
        if before is None:
            self._lots.add(after)
        elif after.quantity:
            self._lots.replace(after)
        else:
            self._lots.remove(before)

    def _follow_lots(self, change: StockChange, product: Product) -> StockChange:
        moved = abs(change.quantity)
        lots = change.lots or tuple(self._chosen(change, product, moved))
        if sum((each.quantity for each in lots), NOTHING) != moved:
            _refuse(f"name lots of {product.sku} for {moved:f} in all")
        if len({each.lot for each in lots}) < len(lots):
            _refuse(f"name each lot of {product.sku} once")
        standing = {lot.lot: lot for lot in self._lots.get_many([_lot_key(change, each.lot) for each in lots])}
        for each in lots:
            self._move_lot(change, each, standing.get(each.lot))
        return replace(change, lots=lots)

    def _chosen(self, change: StockChange, product: Product, moved: Decimal) -> Iterator[LotQuantity]:
        if change.quantity > 0:
            _refuse(f"name the lots of {product.sku} that come in")
        left = moved
        lots = self._lots.soonest_to_expire(change.product_id, change.warehouse_id, self._now.date())
        for lot in lots:
            if left:
                yield LotQuantity(lot.lot, min(left, lot.quantity), lot.expires_on)
                left -= min(left, lot.quantity)
        if left:
            raise NotEnough(Shortage(change.product_id, change.warehouse_id, moved, moved - left))

    def _move_lot(self, change: StockChange, moved: LotQuantity, standing: Lot | None) -> None:
        difference = moved.quantity if change.quantity > 0 else -moved.quantity
        lot = standing or Lot(
            product_id=change.product_id,
            warehouse_id=change.warehouse_id,
            lot=moved.lot,
            quantity=NOTHING,
            expires_on=moved.expires_on,
            version=0,
            created_at=self._now,
            updated_at=self._now,
        )
        after = replace(lot, quantity=lot.quantity + difference, version=lot.version + 1, updated_at=self._now)
        if after.quantity < 0:
            raise NotEnough(Shortage(change.product_id, change.warehouse_id, moved.quantity, lot.quantity))
        if moved.expires_on not in {None, lot.expires_on}:
            _refuse(f"lot {lot.lot} expires on another day")
        self._pending.lots[lot.id] = standing, after

    def _follow_serials(self, change: StockChange, product: Product) -> None:
        serials = set(change.serials)
        if len(serials) < len(change.serials) or len(serials) != abs(change.quantity):
            _refuse(f"name each serial number of {product.sku} once, {abs(change.quantity):f} in all")
        keys = [serial_number_sort_key(product.id, serial) for serial in change.serials]
        for unit in self._serials.get_many([key for key in keys if key not in self._pending.serials]):
            self._pending.serials[unit.id], self._pending.versions[unit.id] = unit, unit.version
        for serial, key in zip(change.serials, keys, strict=True):
            self._move_serial(change, serial, key)

    def _move_serial(self, change: StockChange, serial: str, key: str) -> None:
        unit = self._pending.serials.get(key)
        comes_in = change.quantity > 0
        expected = None if comes_in else change.warehouse_id
        if (None if unit is None else unit.warehouse_id) != expected:
            self._pending.refused.append(serial)
            return
        self._pending.serials[key] = SerialNumber(
            product_id=change.product_id,
            serial=serial,
            warehouse_id=change.warehouse_id if comes_in else None,
            reference=self.cause.reference,
            version=self._pending.versions.get(key, 0) + 1,
            created_at=self._now if unit is None else unit.created_at,
            updated_at=self._now,
        )


def _lot_key(change: StockChange, lot: str) -> str:
    return stock_lot_sort_key(change.product_id, change.warehouse_id, lot)


def _refuse(detail: str) -> NoReturn:
    raise InvalidRequest([FieldError("", detail)])

"""Lots and serial numbers on the wire."""

from datetime import date
from typing import Self

from nexstock.http.schemas import Instant, SignedQuantity, View
from nexstock.stock.lots import Lot
from nexstock.stock.schemas import ReferenceView
from nexstock.stock.serial_numbers import SerialNumber


class LotView(View):
    """What there is of a lot in a warehouse."""

    product_id: str
    warehouse_id: str
    lot: str
    on_hand: SignedQuantity
    expires_on: date | None
    updated_at: Instant

    @classmethod
    def of(cls, lot: Lot) -> Self:
        """Return the view of a lot."""
        return cls(
            product_id=lot.product_id,
            warehouse_id=lot.warehouse_id,
            lot=lot.lot,
            on_hand=lot.quantity,
            expires_on=lot.expires_on,
            updated_at=lot.updated_at,
        )


class SerialNumberView(View):
    """One unit of a product: where it is, or what it went or came with last."""

    product_id: str
    serial: str
    warehouse_id: str | None
    in_stock: bool
    reference: ReferenceView | None
    updated_at: Instant

    @classmethod
    def of(cls, unit: SerialNumber) -> Self:
        """Return the view of a serial number."""
        return cls(
            product_id=unit.product_id,
            serial=unit.serial,
            warehouse_id=unit.warehouse_id,
            in_stock=unit.warehouse_id is not None,
            reference=ReferenceView.of(unit.reference),
            updated_at=unit.updated_at,
        )

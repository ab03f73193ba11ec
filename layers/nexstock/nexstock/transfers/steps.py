"""The steps that a transfer takes, and stock with it.

What stock is worth goes with it: it arrives, or comes back, at exactly the value at which it left, however many parts
it arrives in.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from nexstock.clock import Clock, utc_now
from nexstock.ids import TransferId
from nexstock.resources.lifecycle import Resources, read_version, stage_change
from nexstock.stock.changes import Place
from nexstock.stock.checks import require_kept, require_whole
from nexstock.stock.ledger import Holdings, StockLedger
from nexstock.stock.lines import QuantityLine, taken_from
from nexstock.stock.model import Cause, Movement, MovementType, Reference, StockChange
from nexstock.transfers.model import Parcel, Transfer


@dataclass(frozen=True, slots=True)
class Moved:
    """A transfer after a step, and the movements that the step made."""

    transfer: Transfer
    movements: Sequence[Movement]


@dataclass(frozen=True, slots=True)
class TransferSteps:
    """What it takes to take transfers of one organization further; `expected` is the version that a client saw."""

    transfers: Resources[Transfer]
    ledger: StockLedger
    expected: int | None = None
    clock: Clock = utc_now

    def receive(self, transfer_id: str, lines: Sequence[QuantityLine] | None) -> Moved:
        """Stage that some of what is on its way has arrived, or without lines all of it.

        Raises:
            NotFound: no such transfer here (404).
            PreconditionFailed: `expected` is not its version (412).
            InvalidState: nothing of it is on its way any more (409).
            ExceedsRemaining: more is named than is on its way (409).
            DependencyDeleted: a product or warehouse of it was deleted meanwhile (409).
            InvalidRequest: a product that is none of its lines', or a fraction of what is counted in whole units (422).
        """
        now, before = self.clock(), self._read(transfer_id)
        after, parcels = before.received(taken_from(before.remaining(), lines))
        holdings = self._holdings([(parcel.product_id, before.to_warehouse_id) for parcel in parcels], now)
        for parcel in parcels:
            require_whole(holdings.products[parcel.product_id], parcel.quantity, "/lines")
        arrivals = [_arrival(parcel, before) for parcel in parcels]
        movements = self.ledger.move(arrivals, holdings, cause=cause_of(before.id, "received", before.note), now=now)
        return Moved(self._staged(before, after, now), movements)

    def cancel(self, transfer_id: str) -> Moved:
        """Stage that what has not arrived is back where it left.

        Raises:
            NotFound: no such transfer here (404).
            PreconditionFailed: `expected` is not its version (412).
            InvalidState: nothing of it is on its way any more (409).
            DependencyDeleted: a product or warehouse of it was deleted meanwhile (409).
        """
        now, before = self.clock(), self._read(transfer_id)
        after, parcels = before.cancelled()
        ends = (before.from_warehouse_id, before.to_warehouse_id)
        holdings = self._holdings([(parcel.product_id, end) for end in ends for parcel in parcels], now)
        changes = [change for parcel in parcels for change in _return(parcel, before)]
        movements = self.ledger.move(changes, holdings, cause=cause_of(before.id, "cancelled", before.note), now=now)
        return Moved(self._staged(before, after, now), movements)

    def _read(self, transfer_id: str) -> Transfer:
        before = read_version(transfer_id, expected=self.expected, resources=self.transfers)
        before.require_on_its_way()
        return before

    def _holdings(self, places: Sequence[Place], now: datetime) -> Holdings:
        holdings = self.ledger.read(places, now)
        require_kept(holdings, places)
        return holdings

    def _staged(self, before: Transfer, after: Transfer, now: datetime) -> Transfer:
        return stage_change(before, after, resources=self.transfers, clock=lambda: now)


def cause_of(transfer_id: TransferId, reason: str, note: str | None) -> Cause:
    """Return why a transfer moves stock."""
    return Cause(MovementType.TRANSFER, reason, Reference("transfer", transfer_id), note)


def _arrival(parcel: Parcel, transfer: Transfer) -> StockChange:
    return StockChange(
        product_id=parcel.product_id,
        warehouse_id=transfer.to_warehouse_id,
        quantity=parcel.quantity,
        incoming=-parcel.quantity,
        worth=parcel.worth,
    )


def _return(parcel: Parcel, transfer: Transfer) -> tuple[StockChange, StockChange]:
    product_id, quantity = parcel.product_id, parcel.quantity
    return (
        StockChange(
            product_id=product_id, warehouse_id=transfer.from_warehouse_id, quantity=quantity, worth=parcel.worth
        ),
        StockChange(product_id=product_id, warehouse_id=transfer.to_warehouse_id, incoming=-quantity),
    )

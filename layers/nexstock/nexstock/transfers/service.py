"""What can be done with transfers.

What stock is worth goes with it: it arrives, or comes back, at exactly the value at which it left, however many parts
it arrives in.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from nexstock.clock import Clock, utc_now
from nexstock.errors import FieldError, InvalidRequest
from nexstock.ids import TransferId, WarehouseId, new_id
from nexstock.resources.lifecycle import Resources, stage_change
from nexstock.stock.checks import require_kept, require_present, require_whole
from nexstock.stock.ledger import Holdings, StockLedger
from nexstock.stock.lines import Wanted, merged_lines, taken_from
from nexstock.stock.model import NOTHING, Cause, Movement, MovementType, Reference, StockChange
from nexstock.stock.valuation import WORTH_NOTHING
from nexstock.transfers.model import Transfer, TransferLine, TransferStatus
from nexstock.transfers.schemas import CreateTransfer, ReceiveTransfer


@dataclass(frozen=True, slots=True)
class Moved:
    """A transfer after a step, and the movements that the step made."""

    transfer: Transfer
    movements: Sequence[Movement]


def create_transfer(
    command: CreateTransfer, *, transfers: Resources[Transfer], ledger: StockLedger, clock: Clock = utc_now
) -> Moved:
    """Stage that stock leaves one warehouse, and arrives at another or is on its way there.

    Raises:
        InvalidRequest: no such product or warehouse, the same warehouse twice, or a fraction of what is counted in
            whole units (422).
        InsufficientStock: more is to leave than is available (409).
    """
    now = clock()
    source, target = WarehouseId(command.from_warehouse_id), WarehouseId(command.to_warehouse_id)
    if source == target:
        raise InvalidRequest([FieldError("/toWarehouseId", "has to be another warehouse than fromWarehouseId")])
    wanted = merged_lines(command.quantity_lines())
    holdings = ledger.read([(each.product_id, place) for place in (source, target) for each in wanted], now)
    _require_sound(command, wanted, holdings)
    transfer_id = TransferId(new_id("trf", now))
    cause = _cause(transfer_id, "dispatched" if command.in_transit else "transferred", command.note)
    left = ledger.move(
        [StockChange(product_id=each.product_id, warehouse_id=source, quantity=-each.quantity) for each in wanted],
        holdings,
        cause=cause,
        now=now,
    )
    arrivals = [_arrival(movement, target, in_transit=command.in_transit) for movement in left]
    arrived = ledger.move(arrivals, holdings, cause=cause, now=now)
    transfer = Transfer(
        id=transfer_id,
        version=1,
        created_at=now,
        updated_at=now,
        from_warehouse_id=source,
        to_warehouse_id=target,
        status=TransferStatus.IN_TRANSIT if command.in_transit else TransferStatus.COMPLETED,
        lines=tuple(_line(movement, in_transit=command.in_transit) for movement in left),
        note=command.note,
    )
    transfers.add(transfer)
    return Moved(transfer, [*left, *arrived])


def receive_transfer(
    transfer_id: str,
    command: ReceiveTransfer,
    *,
    transfers: Resources[Transfer],
    ledger: StockLedger,
    clock: Clock = utc_now,
) -> Moved:
    """Stage that some or all of what is on its way has arrived.

    Raises:
        NotFound: no such transfer here (404).
        InvalidState: nothing of it is on its way any more (409).
        ExceedsRemaining: more is named than is on its way (409).
        Conflict: a product or warehouse of it was deleted meanwhile (409).
        InvalidRequest: a product that is none of its lines', or a fraction of what is counted in whole units (422).
    """
    now, before = clock(), transfers.get(transfer_id)
    before.require_on_its_way()
    quantities = taken_from(before.remaining(), command.lines)
    after, parcels = before.received(quantities)
    places = [(parcel.product_id, before.to_warehouse_id) for parcel in parcels]
    holdings = ledger.read(places, now)
    require_kept(holdings, places)
    for parcel in parcels:
        require_whole(holdings.products[parcel.product_id], parcel.quantity, "/lines")
    changes = [
        StockChange(
            product_id=parcel.product_id,
            warehouse_id=before.to_warehouse_id,
            quantity=parcel.quantity,
            incoming=-parcel.quantity,
            worth=parcel.worth,
        )
        for parcel in parcels
    ]
    movements = ledger.move(changes, holdings, cause=_cause(before.id, "received", before.note), now=now)
    return Moved(_staged(before, after, transfers, now), movements)


def cancel_transfer(
    transfer_id: str, *, transfers: Resources[Transfer], ledger: StockLedger, clock: Clock = utc_now
) -> Moved:
    """Stage that what has not arrived is back where it left.

    Raises:
        NotFound: no such transfer here (404).
        InvalidState: nothing of it is on its way any more (409).
        Conflict: a product or warehouse of it was deleted meanwhile (409).
    """
    now, before = clock(), transfers.get(transfer_id)
    before.require_on_its_way()
    after, parcels = before.cancelled()
    source, target = before.from_warehouse_id, before.to_warehouse_id
    places = [(parcel.product_id, place) for place in (source, target) for parcel in parcels]
    holdings = ledger.read(places, now)
    require_kept(holdings, places)
    back = [
        StockChange(product_id=parcel.product_id, warehouse_id=source, quantity=parcel.quantity, worth=parcel.worth)
        for parcel in parcels
    ]
    no_longer_coming = [
        StockChange(product_id=parcel.product_id, warehouse_id=target, incoming=-parcel.quantity) for parcel in parcels
    ]
    cause = _cause(before.id, "cancelled", before.note)
    movements = ledger.move([*back, *no_longer_coming], holdings, cause=cause, now=now)
    return Moved(_staged(before, after, transfers, now), movements)


def _require_sound(command: CreateTransfer, wanted: Sequence[Wanted], holdings: Holdings) -> None:
    require_present(holdings.warehouses.get(WarehouseId(command.from_warehouse_id)), "/fromWarehouseId")
    require_present(holdings.warehouses.get(WarehouseId(command.to_warehouse_id)), "/toWarehouseId")
    for each in wanted:
        pointer = "" if command.lines is None else each.pointer
        product = require_present(holdings.products.get(each.product_id), f"{pointer}/productId")
        require_whole(product, each.quantity, f"{pointer}/quantity")


def _arrival(left: Movement, target: WarehouseId, *, in_transit: bool) -> StockChange:
    quantity = -left.quantity
    if in_transit:
        return StockChange(product_id=left.product_id, warehouse_id=target, incoming=quantity)
    return StockChange(product_id=left.product_id, warehouse_id=target, quantity=quantity, worth=left.taken_along)


def _line(left: Movement, *, in_transit: bool) -> TransferLine:
    return TransferLine(
        product_id=left.product_id,
        quantity=-left.quantity,
        received=NOTHING if in_transit else -left.quantity,
        worth=left.taken_along if in_transit else WORTH_NOTHING,
    )


def _cause(transfer_id: TransferId, reason: str, note: str | None) -> Cause:
    return Cause(MovementType.TRANSFER, reason, Reference("transfer", transfer_id), note)


def _staged(before: Transfer, after: Transfer, transfers: Resources[Transfer], now: datetime) -> Transfer:
    return stage_change(before, after, resources=transfers, clock=lambda: now)

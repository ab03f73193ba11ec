"""How a transfer begins: stock leaves, and arrives at once or is on its way."""

from collections.abc import Sequence

from nexstock.clock import Clock, utc_now
from nexstock.errors import FieldError, InvalidRequest
from nexstock.ids import TransferId, WarehouseId, new_id
from nexstock.resources.lifecycle import Resources
from nexstock.stock.checks import require_own_stock, require_present, require_untracked, require_whole
from nexstock.stock.ledger import Holdings, StockLedger
from nexstock.stock.lines import Wanted, merged_lines, units_of
from nexstock.stock.model import NOTHING, Movement, StockChange
from nexstock.stock.valuation import WORTH_NOTHING
from nexstock.transfers.model import Transfer, TransferLine, TransferStatus
from nexstock.transfers.schemas import CreateTransfer
from nexstock.transfers.steps import Moved, cause_of


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
    cause = cause_of(transfer_id, "dispatched" if command.in_transit else "transferred", command.note)
    movements = ledger.move(
        [StockChange(product_id=each.product_id, warehouse_id=source, quantity=-each.quantity) for each in wanted],
        holdings,
        cause=cause,
        now=now,
        units=units_of(command.quantity_lines()),
        onward=lambda left: [_arrival(movement, target, in_transit=command.in_transit) for movement in left],
    )
    transfer = Transfer(
        id=transfer_id,
        version=1,
        created_at=now,
        updated_at=now,
        from_warehouse_id=source,
        to_warehouse_id=target,
        status=TransferStatus.IN_TRANSIT if command.in_transit else TransferStatus.COMPLETED,
        lines=tuple(_line(movement, in_transit=command.in_transit) for movement in movements[: len(wanted)]),
        note=command.note,
    )
    transfers.add(transfer)
    return Moved(transfer, movements)


def _require_sound(command: CreateTransfer, wanted: Sequence[Wanted], holdings: Holdings) -> None:
    require_present(holdings.warehouses.get(WarehouseId(command.from_warehouse_id)), "/fromWarehouseId")
    require_present(holdings.warehouses.get(WarehouseId(command.to_warehouse_id)), "/toWarehouseId")
    for each in wanted:
        pointer = "" if command.lines is None else each.pointer
        product = require_present(holdings.products.get(each.product_id), f"{pointer}/productId")
        require_own_stock(product, f"{pointer}/productId")
        require_whole(product, each.quantity, f"{pointer}/quantity")
        if command.in_transit:
            require_untracked(product, f"{pointer}/productId", instead="it is transferred at once")


def _arrival(left: Movement, target: WarehouseId, *, in_transit: bool) -> StockChange:
    quantity = -left.quantity
    if in_transit:
        return StockChange(product_id=left.product_id, warehouse_id=target, incoming=quantity)
    return StockChange(
        product_id=left.product_id,
        warehouse_id=target,
        quantity=quantity,
        worth=left.taken_along,
        lots=left.lots,
        serials=left.serials,
    )


def _line(left: Movement, *, in_transit: bool) -> TransferLine:
    return TransferLine(
        product_id=left.product_id,
        quantity=-left.quantity,
        received=NOTHING if in_transit else -left.quantity,
        worth=left.taken_along if in_transit else WORTH_NOTHING,
    )

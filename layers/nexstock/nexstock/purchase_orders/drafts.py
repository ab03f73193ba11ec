"""How a purchase order begins, and how a draft changes."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from nexstock.clock import Clock, utc_now
from nexstock.ids import PurchaseOrderId, WarehouseId, new_id
from nexstock.purchase_orders.lines import costed_lines, distinct_products
from nexstock.purchase_orders.model import PurchaseLine, PurchaseOrder, require_draft
from nexstock.purchase_orders.schemas import CreatePurchaseOrder, PurchaseLineBody, UpdatePurchaseOrder
from nexstock.purchase_orders.suppliers import supplier_id_of
from nexstock.resources.lifecycle import Resources, read_version, stage_change
from nexstock.stock.checks import require_found, require_present
from nexstock.stock.ledger import StockLedger
from nexstock.warehouses.model import Warehouse


@dataclass(frozen=True, slots=True)
class PurchaseDesk:
    """What it takes to write a purchase order of one organization.

    `next_number` takes a number for good, so it is asked last.
    """

    orders: Resources[PurchaseOrder]
    warehouses: Resources[Warehouse]
    ledger: StockLedger
    next_number: Callable[[], int]


def create_purchase_order(command: CreatePurchaseOrder, *, desk: PurchaseDesk, clock: Clock = utc_now) -> PurchaseOrder:
    """Stage a new draft and return it.

    Raises:
        InvalidRequest: something that it names is not here or is not possible; the supplier, at the commit (422).
    """
    now, warehouse_id = clock(), WarehouseId(command.warehouse_id)
    holdings = desk.ledger.read([(product, warehouse_id) for product in distinct_products(command.lines)], now)
    require_present(holdings.warehouses.get(warehouse_id), "/warehouseId")
    order = PurchaseOrder(
        id=PurchaseOrderId(new_id("pur", now)),
        number="",
        version=1,
        created_at=now,
        updated_at=now,
        supplier_id=supplier_id_of(command.supplier_id),
        warehouse_id=warehouse_id,
        lines=costed_lines(command.lines, holdings),
        expected_at=command.expected_at,
        reference=command.reference,
        notes=command.notes,
    )
    # The number comes last, so that what is refused here takes none.
    numbered = replace(order, number=number_text(desk.next_number()))
    desk.orders.add(numbered)
    return numbered


def update_purchase_order(
    order_id: str, patch: UpdatePurchaseOrder, *, expected: int | None, desk: PurchaseDesk, clock: Clock = utc_now
) -> PurchaseOrder:
    """Stage a merge patch of a draft and return it as it will be; a patch that changes nothing stages nothing.

    Raises:
        NotFound: none here (404).
        PreconditionFailed: `expected` is not its version (412).
        InvalidState: it is no draft any more (409).
        InvalidRequest: something that it names is not here or is not possible (422).
    """
    before = read_version(order_id, expected=expected, resources=desk.orders)
    require_draft(before)
    changes: dict[str, Any] = patch.changes()
    if patch.warehouse_id is not None:
        changes["warehouse_id"] = require_found(desk.warehouses, patch.warehouse_id, "/warehouseId").id
    if patch.lines is not None:
        changes["lines"] = _read_lines(patch.lines, before.warehouse_id, desk.ledger, clock())
    if patch.supplier_id is not None:
        changes["supplier_id"] = supplier_id_of(patch.supplier_id)
    return stage_change(before, replace(before, **changes), resources=desk.orders, clock=clock)


def number_text(number: int) -> str:
    """Return the number of a purchase order as people write it, from `PO-1001` on."""
    return f"PO-{1000 + number}"


def _read_lines(
    bodies: Sequence[PurchaseLineBody], warehouse_id: WarehouseId, ledger: StockLedger, now: datetime
) -> tuple[PurchaseLine, ...]:
    places = [(product_id, warehouse_id) for product_id in distinct_products(bodies)]
    return costed_lines(bodies, ledger.read(places, now))

"""How an order begins, and how a draft changes."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from nexstock.clock import Clock, utc_now
from nexstock.errors import FieldError, InvalidRequest
from nexstock.ids import OrderId, WarehouseId, new_id
from nexstock.orders.customers import require_customer_id
from nexstock.orders.lines import distinct_products, priced_lines
from nexstock.orders.model import Order, OrderLine, confirmed, require_draft
from nexstock.orders.schemas import CreateOrder, OrderLineBody, UpdateOrder
from nexstock.orders.steps import require_future, reserve
from nexstock.resources.lifecycle import Resources, read_version, stage_change
from nexstock.stock.checks import require_present
from nexstock.stock.ledger import Holdings, StockLedger


@dataclass(frozen=True, slots=True)
class OrderDesk:
    """What it takes to write an order of one organization.

    `next_number` takes a number for good, so it is asked last.
    """

    orders: Resources[Order]
    ledger: StockLedger
    next_number: Callable[[], int]


def create_order(command: CreateOrder, *, desk: OrderDesk, clock: Clock = utc_now) -> Order:
    """Stage a new order, a draft or confirmed at once, and return it.

    Raises:
        InvalidRequest: something that it names is not here or is not possible (422).
        InsufficientStock: it is to be confirmed, and there is less than it asks for (409).
    """
    now = clock()
    _require_reservable(command, now)
    customer_id = require_customer_id(command.customer_id)
    holdings, lines = _read_lines(command.lines, command.warehouse_id, desk.ledger, now)
    require_present(holdings.warehouses.get(WarehouseId(command.warehouse_id)), "/warehouseId")
    order = Order(
        id=OrderId(new_id("ord", now)),
        number="",
        version=1,
        created_at=now,
        updated_at=now,
        warehouse_id=WarehouseId(command.warehouse_id),
        lines=lines,
        customer_id=customer_id,
        reference=command.reference,
        notes=command.notes,
    )
    if command.confirm:
        draft, order = order, confirmed(order, command.reserved_until)
        reserve(draft, order, holdings, ledger=desk.ledger, now=now)
    # The number comes last, so that what is refused takes none.
    numbered = replace(order, number=number_text(desk.next_number()))
    desk.orders.add(numbered)
    return numbered


def update_order(
    order_id: str, patch: UpdateOrder, *, expected: int | None, desk: OrderDesk, clock: Clock = utc_now
) -> Order:
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
    require_customer_id(patch.customer_id)
    if patch.lines is not None:
        _, changes["lines"] = _read_lines(patch.lines, before.warehouse_id, desk.ledger, clock())
    after = replace(before, **changes, event="order.updated")
    return stage_change(before, after, resources=desk.orders, clock=clock)


def number_text(number: int) -> str:
    """Return the number of an order as people write it, from `SO-1001` on."""
    return f"SO-{1000 + number}"


def _require_reservable(command: CreateOrder, now: datetime) -> None:
    if command.reserved_until is not None and not command.confirm:
        raise InvalidRequest([FieldError("/reservedUntil", "a draft reserves nothing; send confirm as well")])
    require_future(command.reserved_until, now)


def _read_lines(
    bodies: Sequence[OrderLineBody], warehouse_id: str, ledger: StockLedger, now: datetime
) -> tuple[Holdings, tuple[OrderLine, ...]]:
    places = [(product_id, WarehouseId(warehouse_id)) for product_id in distinct_products(bodies)]
    holdings = ledger.read(places, now)
    return holdings, priced_lines(bodies, holdings)

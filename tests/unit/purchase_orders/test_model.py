"""The states of a purchase order: whatever steps it takes, stock is what was received."""

from dataclasses import replace
from datetime import UTC, datetime
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from nexstock.errors import InvalidState
from nexstock.ids import ProductId, PurchaseOrderId, SupplierId, WarehouseId
from nexstock.products.model import Money
from nexstock.purchase_orders import model
from nexstock.purchase_orders.model import PurchaseLine, PurchaseOrder, PurchaseOrderStatus

_NOW = datetime(2026, 11, 26, tzinfo=UTC)
_PRODUCTS = (ProductId("prd_1"), ProductId("prd_2"))
_QUANTITIES = st.decimals(min_value="0.0001", max_value=10_000, places=4, allow_nan=False)
_STEPS = st.lists(st.sampled_from(["submit", "receive", "cancel"]) | st.tuples(st.integers(0, 4), st.integers(0, 4)))


def _line(product: ProductId, quantity: Decimal, amount: int) -> PurchaseLine:
    return PurchaseLine(product_id=product, sku="A", name="Bolt", quantity=quantity, unit_cost=Money(amount, "USD"))


def _order(*lines: tuple[Decimal, int]) -> PurchaseOrder:
    return PurchaseOrder(
        id=PurchaseOrderId("pur_1"),
        number="PO-1001",
        version=1,
        created_at=_NOW,
        updated_at=_NOW,
        supplier_id=SupplierId("sup_1"),
        warehouse_id=WarehouseId("whs_1"),
        lines=tuple(_line(product, *line) for product, line in zip(_PRODUCTS, lines, strict=False)),
    )


def _taken(order: PurchaseOrder, step: str | tuple[int, int]) -> PurchaseOrder:
    match step:
        case "submit":
            return model.submitted(order)
        case "cancel":
            return model.cancelled(order)
    model.require_expected(order)
    asked = (Decimal(10), Decimal(10)) if isinstance(step, str) else tuple(map(Decimal, step))
    left = {line.product_id: line.remaining for line in order.lines}
    return model.received(
        order, {product: min(left[product], part) for product, part in zip(_PRODUCTS, asked, strict=True)}
    )


@given(st.integers(1, 9), st.integers(1, 9), _STEPS)
def test_stock_follows_every_step(one: int, two: int, steps: list[str | tuple[int, int]]) -> None:
    order = _order((Decimal(one), 250), (Decimal(two), 100))
    on_hand, incoming = dict.fromkeys(_PRODUCTS, Decimal(0)), dict.fromkeys(_PRODUCTS, Decimal(0))
    for step in steps:
        try:
            after = _taken(order, step)
        except InvalidState:
            continue
        for change in model.stock_changes(order, after):
            on_hand[change.product_id] += change.quantity
            incoming[change.product_id] += change.incoming
            assert (change.unit_cost is None) == (change.quantity == 0)
        order = after
        expected = order.status in {PurchaseOrderStatus.SUBMITTED, PurchaseOrderStatus.PARTIALLY_RECEIVED}
        for line in order.lines:
            assert on_hand[line.product_id] == line.received <= line.quantity
            assert incoming[line.product_id] == (line.remaining if expected else 0)


_ENDS: dict[PurchaseOrderStatus, list[str | tuple[int, int]]] = {
    PurchaseOrderStatus.RECEIVED: ["submit", "receive"],
    PurchaseOrderStatus.CLOSED: ["submit", (1, 0), "cancel"],
    PurchaseOrderStatus.CANCELLED: ["cancel"],
}


def test_order_of_which_a_part_was_received_is_closed_and_not_cancelled() -> None:
    part = _taken(model.submitted(_order((Decimal(2), 250), (Decimal(2), 100))), (1, 0))
    assert model.cancelled(part).status is PurchaseOrderStatus.CLOSED


@pytest.mark.parametrize("status", _ENDS)
def test_nothing_is_left_to_be_done_at_the_end(status: PurchaseOrderStatus) -> None:
    order = _order((Decimal(2), 250), (Decimal(2), 100))
    for over in _ENDS[status]:
        order = _taken(order, over)
    assert order.status is status
    assert order.open_with is None
    for step in ("submit", "receive", "cancel"):
        with pytest.raises(InvalidState):
            _taken(order, step)


@given(_QUANTITIES, st.integers(0, 10**6), _QUANTITIES, st.integers(0, 10**6))
def test_total_is_the_sum_of_lines_that_are_rounded_to_the_cent(
    one: Decimal, cost: int, two: Decimal, other_cost: int
) -> None:
    order = _order((one, cost), (two, other_cost))
    assert order.total.amount == sum(line.total for line in order.lines)
    assert all(abs(line.total - line.quantity * line.unit_cost.amount) <= Decimal("0.5") for line in order.lines)


def test_versions_are_told_as_what_they_came_from() -> None:
    draft = _order((Decimal(2), 250), (Decimal(2), 100))
    told = {status: replace(draft, version=2, status=status).event for status in PurchaseOrderStatus}
    assert draft.event == "purchase_order.created"
    assert told == {
        PurchaseOrderStatus.DRAFT: "purchase_order.updated",
        PurchaseOrderStatus.SUBMITTED: "purchase_order.submitted",
        PurchaseOrderStatus.PARTIALLY_RECEIVED: "purchase_order.received",
        PurchaseOrderStatus.RECEIVED: "purchase_order.received",
        PurchaseOrderStatus.CLOSED: "purchase_order.cancelled",
        PurchaseOrderStatus.CANCELLED: "purchase_order.cancelled",
    }

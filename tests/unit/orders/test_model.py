"""An order as a value: its states, its sums, and what a step means for stock."""

from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import UTC, datetime
from decimal import ROUND_HALF_EVEN, Decimal
from functools import partial
from typing import Any, Final

import pytest
from hypothesis import given
from hypothesis import strategies as st

from nexstock.errors import InvalidState
from nexstock.ids import OrderId, ProductId, WarehouseId
from nexstock.orders.errors import ExceedsOrder
from nexstock.orders.model import (
    Order,
    OrderLine,
    OrderStatus,
    cancelled,
    confirmed,
    fulfilled,
    require_draft,
    returned,
    stock_changes,
)
from nexstock.products.model import Money
from nexstock.stock.model import StockChange

AT: Final = datetime(2026, 3, 1, 12, 0, tzinfo=UTC)
LATER: Final = datetime(2026, 3, 2, 12, 0, tzinfo=UTC)
A, B = ProductId("prd_A"), ProductId("prd_B")

Step = Callable[[Order], Order]

quantities = st.decimals(min_value="0.0001", max_value="9999", places=4)
prices = st.integers(min_value=0, max_value=10**7)


def a_line(product_id: ProductId, quantity: Decimal | int, price: int = 1999, **changes: Any) -> OrderLine:  # noqa: ANN401
    line = OrderLine(
        product_id=product_id, sku="S", name="N", quantity=Decimal(quantity), unit_price=Money(price, "USD")
    )
    return replace(line, **changes)


def an_order(*lines: OrderLine, **changes: Any) -> Order:  # noqa: ANN401 (fields of an order)
    order = Order(
        id=OrderId("ord_1"),
        number="SO-1001",
        version=1,
        created_at=AT,
        updated_at=AT,
        warehouse_id=WarehouseId("whs_1"),
        lines=lines or (a_line(A, 3), a_line(B, 2)),
    )
    return replace(order, **changes)


def _editable(order: Order) -> Order:
    require_draft(order)
    return order


CONFIRM: Final = partial(confirmed, reserved_until=None)
SHIP_ALL: Final = partial(fulfilled, quantities=None)
SHIP_ONE: Final = partial(fulfilled, quantities={A: Decimal(1)})
CANCEL: Final = partial(cancelled, reason="late")
BACK_ALL: Final = partial(returned, quantities=None)
BACK_ONE: Final = partial(returned, quantities={A: Decimal(1)})

STEPS: Final[dict[str, Step]] = {
    "edit": _editable,
    "confirm": CONFIRM,
    "ship one": SHIP_ONE,
    "ship all": SHIP_ALL,
    "cancel": CANCEL,
    "take one back": BACK_ONE,
    "take all back": BACK_ALL,
}

WAYS: Final[dict[str, tuple[tuple[Step, ...], OrderStatus, set[str]]]] = {
    "a draft": ((), OrderStatus.DRAFT, {"edit", "confirm", "cancel"}),
    "confirmed": ((CONFIRM,), OrderStatus.CONFIRMED, {"ship one", "ship all", "cancel"}),
    "partly shipped": (
        (CONFIRM, SHIP_ONE),
        OrderStatus.PARTIALLY_FULFILLED,
        {"ship one", "ship all", "cancel", "take one back", "take all back"},
    ),
    "partly shipped and taken back": (
        (CONFIRM, SHIP_ONE, BACK_ALL),
        OrderStatus.PARTIALLY_FULFILLED,
        {"ship one", "ship all", "cancel"},
    ),
    "shipped": ((CONFIRM, SHIP_ALL), OrderStatus.FULFILLED, {"take one back", "take all back"}),
    "shipped in parts": ((CONFIRM, SHIP_ONE, SHIP_ALL), OrderStatus.FULFILLED, {"take one back", "take all back"}),
    "shipped, some taken back": (
        (CONFIRM, SHIP_ALL, BACK_ONE),
        OrderStatus.FULFILLED,
        {"take one back", "take all back"},
    ),
    "all taken back": ((CONFIRM, SHIP_ALL, BACK_ONE, BACK_ALL), OrderStatus.CLOSED, set()),
    "the rest cancelled": (
        (CONFIRM, SHIP_ONE, CANCEL),
        OrderStatus.CLOSED,
        {"take one back", "take all back"},
    ),
    "the rest cancelled, all taken back": ((CONFIRM, SHIP_ONE, CANCEL, BACK_ALL), OrderStatus.CLOSED, set()),
    "cancelled": ((CONFIRM, CANCEL), OrderStatus.CANCELLED, set()),
    "a cancelled draft": ((CANCEL,), OrderStatus.CANCELLED, set()),
}


def _taken(steps: tuple[Step, ...]) -> Order:
    order = an_order()
    for step in steps:
        order = step(order)
    return order


@pytest.mark.parametrize("way", WAYS)
def test_a_step_is_possible_in_exactly_the_states_that_allow_it(way: str) -> None:
    steps, status, possible = WAYS[way]
    order = _taken(steps)
    assert order.status is status
    for name, step in STEPS.items():
        if name in possible:
            step(order)
        else:
            with pytest.raises(InvalidState) as refusal:
                step(order)
            assert refusal.value.extensions == {"currentStatus": status}


def test_confirming_reserves_every_line() -> None:
    order = confirmed(an_order(), LATER)
    assert [line.reserved for line in order.lines] == [3, 2]
    assert (order.reserved_until, order.event) == (LATER, "order.confirmed")


@pytest.mark.parametrize("step", [SHIP_ONE, SHIP_ALL, CANCEL])
def test_a_reservation_does_not_end_by_itself_any_more_once_something_was_shipped_or_cancelled(step: Step) -> None:
    assert step(confirmed(an_order(), LATER)).reserved_until is None


@pytest.mark.parametrize(
    ("way", "step", "left"),
    [("confirmed", fulfilled, 3), ("partly shipped", fulfilled, 2), ("partly shipped", returned, 1)],
)
def test_no_more_than_is_left_is_shipped_or_taken_back(way: str, step: Any, left: int) -> None:  # noqa: ANN401
    order = _taken(WAYS[way][0])
    with pytest.raises(ExceedsOrder) as refusal:
        step(order, {A: Decimal(left) + Decimal("0.5")})
    assert refusal.value.extensions == {"lines": [{"productId": A, "requested": left + 0.5, "left": left}]}


def test_the_rest_of_a_partly_shipped_order_is_released_and_what_was_shipped_stays() -> None:
    order = _taken((CONFIRM, SHIP_ONE, CANCEL))
    assert [line.reserved for line in order.lines] == [0, 0]
    assert [line.fulfilled for line in order.lines] == [1, 0]
    assert order.cancel_reason == "late"


@given(st.lists(st.tuples(quantities, prices), min_size=1, max_size=45))
def test_total_is_the_sum_of_the_lines_each_exact_to_the_cent(lines: list[tuple[Decimal, int]]) -> None:
    order = an_order(*(a_line(ProductId(str(place)), *each) for place, each in enumerate(lines)))
    exact = [(quantity * price).quantize(Decimal(1), ROUND_HALF_EVEN) for quantity, price in lines]
    assert [line.total for line in order.lines] == exact
    assert order.total == Money(int(sum(exact)), "USD")


def test_half_a_cent_is_rounded_to_even() -> None:
    assert [a_line(A, Decimal("0.5"), price).total for price in (1, 3, 5)] == [0, 2, 2]


def _sums(changes: Sequence[StockChange]) -> tuple[Decimal, Decimal, int]:
    quantity = sum((change.quantity for change in changes), Decimal(0))
    reserved = sum((change.reserved for change in changes), Decimal(0))
    return quantity, reserved, sum(change.revenue or 0 for change in changes)


def _share(left: Decimal, tenths: int) -> dict[ProductId, Decimal]:
    """Return some tenths of what is left, and at least the smallest part of it."""
    return {A: min(max((left * tenths / 10).quantize(Decimal("0.0001")), Decimal("0.0001")), left)}


def _ship(order: Order, tenths: int) -> Order:
    left = order.lines[0].reserved
    return fulfilled(order, _share(left, tenths)) if left else order


def _take_back(order: Order, tenths: int) -> Order:
    left = order.lines[0].kept
    return returned(order, _share(left, tenths)) if left else order


@given(quantities, prices, st.lists(st.tuples(st.sampled_from([_ship, _take_back]), st.integers(1, 10)), max_size=12))
def test_parts_add_up_to_the_whole_in_stock_and_in_money(
    quantity: Decimal, price: int, parts: list[tuple[Callable[[Order, int], Order], int]]
) -> None:
    draft = an_order(a_line(A, quantity, price))
    order = confirmed(draft, None)
    changes = [*stock_changes(draft, order)]
    for act, tenths in [*parts, (_ship, 10)]:
        after = act(order, tenths)
        changes += stock_changes(order, after)
        order = after
    (line,) = order.lines
    assert line.reserved == 0
    assert line.fulfilled == quantity
    assert _sums(changes) == (-line.kept, Decimal(0), line.revenue)
    assert (line.revenue == order.total.amount) or line.returned


def test_what_is_scrapped_gives_its_price_back_and_nothing_to_stock() -> None:
    before = _taken((CONFIRM, SHIP_ALL))
    changes = stock_changes(before, BACK_ONE(before), restocked=False)
    assert len(changes) == 1
    assert _sums(changes) == (Decimal(0), Decimal(0), -1999)


def test_what_comes_back_is_worth_what_it_was_worth_when_it_left() -> None:
    shipped = _taken((CONFIRM, SHIP_ALL))
    order = replace(shipped, lines=(replace(shipped.lines[0], cost=Decimal(100)), shipped.lines[1]))
    once = BACK_ONE(order)
    twice = BACK_ALL(once)
    first, second = stock_changes(order, once)[0], stock_changes(once, twice)[0]
    assert first.unit_cost is not None
    assert second.unit_cost is not None
    assert first.unit_cost * first.quantity + second.unit_cost * second.quantity == 100
    assert [line.cost for line in twice.lines] == [0, 0]


def test_a_step_says_nothing_of_lines_that_it_leaves_alone() -> None:
    before = confirmed(an_order(), None)
    assert [change.product_id for change in stock_changes(before, SHIP_ONE(before))] == [A]


def test_a_cancelled_draft_means_nothing_for_stock() -> None:
    draft = an_order()
    assert stock_changes(draft, CANCEL(draft)) == []

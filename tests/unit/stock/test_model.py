"""The rules by which a change makes a level another one."""

from datetime import UTC, datetime
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from nexstock.ids import ProductId, WarehouseId
from nexstock.products.model import Product
from nexstock.stock.changes import merged
from nexstock.stock.model import LevelState, NotEnough, NotPromised, StockChange, StockLevel, state_of

_NOW = datetime(2026, 11, 26, tzinfo=UTC)
_BOLT, _HALL = ProductId("prd_1"), WarehouseId("whs_1")
_QUANTITIES = st.integers(-20, 20).map(Decimal)


def _product(**fields: object) -> Product:
    values: dict[str, object] = {
        "id": _BOLT,
        "version": 1,
        "created_at": _NOW,
        "updated_at": _NOW,
        "sku": "A",
        "name": "Bolt",
    }
    return Product(**{**values, **fields})  # type: ignore[arg-type]


def _level(on_hand: int = 0, reserved: int = 0, incoming: int = 0) -> StockLevel:
    level = StockLevel(product_id=_BOLT, warehouse_id=_HALL, version=0, created_at=_NOW, updated_at=_NOW)
    start = _change(quantity=on_hand, reserved=reserved, incoming=incoming)
    return level.after(start, _product(allow_backorder=True), _NOW)


def _change(quantity: int = 0, reserved: int = 0, incoming: int = 0) -> StockChange:
    return StockChange(
        product_id=_BOLT,
        warehouse_id=_HALL,
        quantity=Decimal(quantity),
        reserved=Decimal(reserved),
        incoming=Decimal(incoming),
    )


def test_available_is_what_lies_there_and_is_not_promised() -> None:
    assert _level(on_hand=10, reserved=3).available == 7


@pytest.mark.parametrize("change", [_change(reserved=8), _change(quantity=-8), _change(quantity=-4, reserved=4)])
def test_nothing_is_promised_or_taken_that_is_promised_already(change: StockChange) -> None:
    with pytest.raises(NotEnough) as refused:
        _level(on_hand=10, reserved=3).after(change, _product(), _NOW)
    assert refused.value.shortage.requested == 8
    assert refused.value.shortage.available == 7


def test_a_product_that_may_be_sold_before_it_is_there_is() -> None:
    after = _level(on_hand=10, reserved=3).after(_change(reserved=8), _product(allow_backorder=True), _NOW)
    assert after.available == -1


def test_what_is_not_there_cannot_leave_even_where_it_may_be_promised() -> None:
    with pytest.raises(NotEnough):
        _level(on_hand=2, reserved=5).after(_change(quantity=-3, reserved=-3), _product(allow_backorder=True), _NOW)


def test_a_shortage_that_is_there_already_hinders_nothing_that_makes_it_smaller() -> None:
    short = _level(on_hand=2, reserved=5)
    assert short.after(_change(reserved=-1), _product(), _NOW).available == -2
    assert short.after(_change(quantity=1), _product(), _NOW).available == -2
    assert short.after(_change(quantity=-2, reserved=-2), _product(), _NOW).available == -3


def test_more_cannot_be_released_than_was_promised() -> None:
    with pytest.raises(NotPromised):
        _level(on_hand=10, reserved=3).after(_change(reserved=-4), _product(), _NOW)
    with pytest.raises(NotPromised):
        _level(incoming=3).after(_change(incoming=-4), _product(), _NOW)


def test_a_level_says_once_that_it_fell() -> None:
    product = _product(reorder_point=Decimal(5))
    level = _level(on_hand=7).after(_change(quantity=1), product, _NOW)
    states = []
    for change in (-1, -2, -1, -4, 2, -1, 9, -3):
        level = level.after(_change(quantity=change), product, _NOW)
        states.append((level.state, level.crossed_to))
    low, out, ok = LevelState.LOW, LevelState.OUT, LevelState.OK
    assert states == [(ok, None), (low, low), (low, None), (out, out), (low, None), (low, None), (ok, None), (ok, None)]


@pytest.mark.parametrize(
    ("available", "reorder_point", "state"),
    [(0, None, "out"), (-1, 5, "out"), (1, None, "ok"), (5, 5, "low"), (6, 5, "ok"), (0, 0, "out")],
)
def test_state_compares_what_is_available_with_the_reorder_point(
    available: int, reorder_point: int | None, state: str
) -> None:
    point = None if reorder_point is None else Decimal(reorder_point)
    assert state_of(Decimal(available), point) == state


@given(changes=st.lists(st.tuples(_QUANTITIES, _QUANTITIES, _QUANTITIES), max_size=40), allow_backorder=st.booleans())
def test_no_sequence_of_changes_breaks_a_level(
    *, changes: list[tuple[Decimal, Decimal, Decimal]], allow_backorder: bool
) -> None:
    product, level = _product(allow_backorder=allow_backorder), _level()
    taken = [level]
    for quantity, reserved, incoming in changes:
        change = StockChange(
            product_id=_BOLT, warehouse_id=_HALL, quantity=quantity, reserved=reserved, incoming=incoming
        )
        try:
            level = level.after(change, product, _NOW)
        except (NotEnough, NotPromised):
            continue
        taken.append(level)
        assert level.on_hand >= 0
        assert level.reserved >= 0
        assert level.incoming >= 0
        assert allow_backorder or level.available >= 0
    assert [each.version for each in taken] == list(range(1, len(taken) + 1))


def test_changes_of_one_level_are_judged_together() -> None:
    one, other = merged(
        [
            _change(reserved=3),
            _change(reserved=4, quantity=2),
            StockChange(product_id=ProductId("prd_2"), warehouse_id=_HALL),
        ]
    )
    assert one.reserved == 7
    assert one.quantity == 2
    assert other.product_id == "prd_2"


def test_merged_changes_keep_what_was_paid_and_earned() -> None:
    costs = [
        StockChange(
            product_id=_BOLT, warehouse_id=_HALL, quantity=Decimal(n), unit_cost=Decimal(n), revenue=n, currency="EUR"
        )
        for n in (1, 3)
    ]
    (both,) = merged(costs)
    assert (both.unit_cost, both.revenue, both.currency) == (Decimal("2.5"), 4, "EUR")

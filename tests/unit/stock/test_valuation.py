"""What stock is worth: nothing appears and nothing vanishes, by either method."""

from decimal import Decimal

from hypothesis import given
from hypothesis import strategies as st

from nexstock.stock.valuation import WORTHLESS, CostLayer, Valuation, Worth

_AMOUNTS = st.decimals(min_value="0.0001", max_value=100_000, places=4, allow_nan=False)
_COSTS = st.decimals(min_value=0, max_value=1_000_000, places=4, allow_nan=False)
_STEPS = st.lists(st.tuples(_AMOUNTS, st.none() | _COSTS, st.booleans()), max_size=80)


def _after(steps: list[tuple[Decimal, Decimal | None, bool]]) -> tuple[Valuation, Decimal]:
    valuation, on_hand = WORTHLESS, Decimal(0)
    for amount, cost, comes_in in steps:
        quantity = amount if comes_in else -min(amount, on_hand)
        valuation = valuation.after(quantity, on_hand, cost)
        on_hand += quantity
    return valuation, on_hand


def test_first_in_first_out_takes_the_oldest_cost_first() -> None:
    valuation, _ = _after(
        [(Decimal(10), Decimal(100), True), (Decimal(10), Decimal(200), True), (Decimal(15), None, False)]
    )
    assert valuation.layers == (CostLayer(Decimal(5), Decimal(1000)),)
    assert valuation.fifo == 1000


def test_moving_average_takes_the_average_cost() -> None:
    valuation, _ = _after(
        [(Decimal(10), Decimal(100), True), (Decimal(10), Decimal(200), True), (Decimal(15), None, False)]
    )
    assert valuation.average == 750


def test_what_comes_in_at_an_unknown_cost_comes_at_the_average() -> None:
    valuation, _ = _after([(Decimal(10), Decimal(100), True), (Decimal(5), None, True)])
    assert valuation.average == valuation.fifo == 1500
    assert len(valuation.layers) == 1


@given(_STEPS)
def test_layers_hold_exactly_what_lies_there(steps: list[tuple[Decimal, Decimal | None, bool]]) -> None:
    valuation, on_hand = _after(steps)
    assert sum((layer.quantity for layer in valuation.layers), Decimal(0)) == on_hand
    assert all(layer.quantity > 0 and layer.value >= 0 for layer in valuation.layers)


@given(_STEPS)
def test_stock_that_is_gone_is_worth_nothing(steps: list[tuple[Decimal, Decimal | None, bool]]) -> None:
    valuation, on_hand = _after(steps)
    if on_hand:
        valuation = valuation.after(-on_hand, on_hand, None)
    assert valuation.average == valuation.fifo == 0


@given(_STEPS, _AMOUNTS)
def test_what_leaves_and_what_stays_are_worth_what_was_there(
    steps: list[tuple[Decimal, Decimal | None, bool]], amount: Decimal
) -> None:
    valuation, on_hand = _after(steps)
    taken = min(amount, on_hand)
    left = valuation.after(-taken, on_hand, None)
    assert 0 <= left.average <= valuation.average
    assert 0 <= left.fifo <= valuation.fifo


def test_many_costs_are_kept_in_a_bounded_number_of_layers_and_lose_no_value() -> None:
    valuation, on_hand = _after([(Decimal(1), Decimal(cost), True) for cost in range(200)])
    assert len(valuation.layers) <= 50
    assert valuation.fifo == sum(range(200))
    assert on_hand == 200


@given(_STEPS, _AMOUNTS, st.lists(_AMOUNTS, max_size=6))
def test_stock_that_moves_in_parts_takes_along_exactly_what_it_was_worth(
    steps: list[tuple[Decimal, Decimal | None, bool]], amount: Decimal, parts: list[Decimal]
) -> None:
    source, on_hand = _after(steps)
    moved = min(amount, on_hand)
    left = source.after(-moved, on_hand, None)
    worth, target, there = Worth(source.average - left.average, source.fifo - left.fifo), WORTHLESS, Decimal(0)
    for part in (*parts, moved):
        taken = min(part, moved)
        share, worth = worth.split(taken, moved)
        target = target.after(taken, there, None, share)
        moved, there = moved - taken, there + taken
    assert (left.average + target.average, left.fifo + target.fifo) == (source.average, source.fifo)
    assert worth == Worth(Decimal(0), Decimal(0))

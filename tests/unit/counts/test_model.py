"""Count sheets: their progress is always that of their lines."""

from dataclasses import replace
from datetime import UTC, datetime
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from nexstock.counts.model import Count, CountLine, CountStatus, LineStatus, Progress
from nexstock.errors import InvalidState
from nexstock.ids import CountId, ProductId, WarehouseId
from nexstock.products.model import Product

_NOW = datetime(2026, 11, 26, tzinfo=UTC)
_STEPS = st.lists(st.tuples(st.sampled_from("abcd"), st.integers(0, 3), st.sampled_from(LineStatus)), max_size=30)


def _line(product: str, counted: int, status: LineStatus) -> CountLine:
    return CountLine(
        count_id=CountId("cnt_1"),
        product_id=ProductId(product),
        version=1,
        created_at=_NOW,
        updated_at=_NOW,
        counted=Decimal(counted),
        on_hand=Decimal(1),
        level_version=1,
        counted_at=_NOW,
        status=status,
    )


def _count(**fields: object) -> Count:
    count = Count(
        id=CountId("cnt_1"),
        version=1,
        created_at=_NOW,
        updated_at=_NOW,
        warehouse_id=WarehouseId("whs_1"),
        status=CountStatus.OPEN,
    )
    return replace(count, **fields)  # type: ignore[arg-type]


def _product(product_id: str, category: str | None) -> Product:
    return Product(
        id=ProductId(product_id),
        version=1,
        created_at=_NOW,
        updated_at=_NOW,
        sku="A",
        name="Bolt",
        category=category,
    )


@given(_STEPS)
def test_progress_is_what_the_lines_add_up_to(steps: list[tuple[str, int, LineStatus]]) -> None:
    progress, lines = Progress(), dict[str, CountLine]()
    for product, counted, status in steps:
        line = _line(product, counted, status)
        progress = progress.with_change(lines.get(product), line)
        lines[product] = line
    assert progress == Progress(
        counted=len(lines),
        differing=sum(line.difference != 0 for line in lines.values()),
        posted=sum(line.status is LineStatus.POSTED for line in lines.values()),
        refused=sum(line.status is LineStatus.REFUSED for line in lines.values()),
    )


def test_sheet_covers_its_products_its_category_or_everything() -> None:
    screw, nail = _product("prd_1", "screws"), _product("prd_2", None)
    assert [_count().covers(each) for each in (screw, nail)] == [True, True]
    assert [_count(category="screws").covers(each) for each in (screw, nail)] == [True, False]
    assert [_count(product_ids=("prd_2",)).covers(each) for each in (screw, nail)] == [False, True]


@pytest.mark.parametrize("status", CountStatus)
def test_step_goes_on_in_its_states_only(status: CountStatus) -> None:
    count = _count(status=status)
    if status is CountStatus.OPEN:
        count.require(CountStatus.OPEN)
    else:
        with pytest.raises(InvalidState):
            count.require(CountStatus.OPEN)


def test_versions_are_told_as_what_they_came_from() -> None:
    assert _count().event == "count.created"
    told = {status: _count(version=2, status=status).event for status in CountStatus}
    assert told == {
        CountStatus.OPEN: "count.updated",
        CountStatus.POSTING: "count.updated",
        CountStatus.POSTED: "count.posted",
        CountStatus.CANCELLED: "count.cancelled",
    }

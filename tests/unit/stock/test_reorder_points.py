"""How far a change of a reorder point reaches, without a table."""

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from decimal import Decimal

import pytest

from nexstock.errors import TooManyChanges
from nexstock.ids import ProductId, WarehouseId
from nexstock.products.model import Product
from nexstock.stock.model import LevelState, StockLevel
from nexstock.stock.reorder_points import follow_reorder_point
from tests.support.products import a_product

_NOW = datetime(2026, 11, 26, tzinfo=UTC)


@dataclass
class _Levels:
    standing: list[StockLevel]
    restated: list[StockLevel] = field(default_factory=list)

    def list_of_product(self, _product_id: ProductId, *, limit: int) -> Sequence[StockLevel]:
        return self.standing[:limit]

    def restate(self, entity: StockLevel) -> None:
        self.restated.append(entity)


def _levels(product: Product, *on_hand: int) -> _Levels:
    return _Levels(
        [
            StockLevel(
                product_id=product.id,
                warehouse_id=WarehouseId(f"whs_{number}"),
                version=4,
                created_at=_NOW,
                updated_at=_NOW,
                on_hand=Decimal(quantity),
                state=LevelState.OK,
                product_version=product.version,
            )
            for number, quantity in enumerate(on_hand)
        ]
    )


def _followed(levels: _Levels, before: Product, reorder_point: int | None) -> list[StockLevel]:
    point = None if reorder_point is None else Decimal(reorder_point)
    after = replace(before, reorder_point=point, version=before.version + 1)
    follow_reorder_point(before, after, levels=levels, clock=lambda: _NOW)
    return levels.restated


def test_every_level_of_the_product_is_judged_anew() -> None:
    product = a_product(reorder_point=None)

    restated = _followed(_levels(product, 3, 8, 20), product, 8)

    assert [level.state for level in restated] == [LevelState.LOW, LevelState.LOW, LevelState.OK]
    assert [level.crossed_to for level in restated] == [LevelState.LOW, LevelState.LOW, None]
    assert {(level.version, level.product_version) for level in restated} == {(4, product.version + 1)}


def test_ninety_levels_are_the_most_that_one_change_judges() -> None:
    product = a_product(reorder_point=None)

    assert len(_followed(_levels(product, *range(1, 91)), product, 8)) == 90
    too_many = _levels(product, *range(1, 92))
    with pytest.raises(TooManyChanges):
        _followed(too_many, product, 8)
    assert too_many.restated == []

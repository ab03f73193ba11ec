"""Views of an export alone: with what the API shows in its reports, or by the path of a request, and nowhere else."""

from decimal import Decimal
from typing import Annotated, Self

from pydantic import PlainSerializer

from nexstock.counts.model import CountLine
from nexstock.counts.schemas import CountLineView
from nexstock.http.schemas import as_number
from nexstock.stock.model import Movement, StockLevel
from nexstock.stock.schemas import MovementView, StockLevelView

MinorUnits = Annotated[Decimal, PlainSerializer(as_number, return_type=int | float, when_used="json")]
"""What stock is worth in the organization's currency, with the fractions by which shares of it add up."""


class ExportedLevelView(StockLevelView):
    """A level, and what lies there is worth: by the moving average, and by first in, first out."""

    value: MinorUnits
    fifo_value: MinorUnits

    @classmethod
    def of(cls, level: StockLevel) -> Self:
        """Return the view of a level."""
        worth = level.valuation
        return cls(**dict(StockLevelView.of(level)), value=worth.average, fifo_value=worth.fifo)


class ExportedMovementView(MovementView):
    """A movement, what it changed of its level's worth, and what it was sold for in which currency, if it was."""

    value: MinorUnits
    fifo_value: MinorUnits
    revenue: int | None
    currency: str | None

    @classmethod
    def of(cls, movement: Movement) -> Self:
        """Return the view of a movement."""
        return cls(
            **dict(MovementView.of(movement)),
            value=movement.value,
            fifo_value=movement.fifo_value,
            revenue=movement.revenue,
            currency=movement.currency,
        )


class ExportedCountLineView(CountLineView):
    """A line of a count sheet, and of which."""

    count_id: str

    @classmethod
    def of(cls, line: CountLine) -> Self:
        """Return the view of a line."""
        return cls(**dict(CountLineView.of(line)), count_id=line.count_id)

"""Transfers on the wire."""

from collections.abc import Sequence
from typing import Annotated, Any, Self

from pydantic import Field, model_validator

from nexstock.http.schemas import Command, Instant, PositiveQuantity, SignedQuantity, View
from nexstock.stock.lines import QuantityLine
from nexstock.stock.model import Movement
from nexstock.stock.schemas import MovementView, Note, Tracked
from nexstock.transfers.model import Transfer, TransferLine

_MOST_LINES = 20
"""Each moves two levels, which is four writes of the one transaction."""

Lines = Annotated[tuple[QuantityLine, ...], Field(min_length=1, max_length=_MOST_LINES)]


class CreateTransfer(Tracked):
    """Stock that is to go from one warehouse to another: one product, or up to 20 as lines.

    It arrives at once; with `inTransit` it is on its way until it is received.
    """

    product_id: str | None = None
    quantity: PositiveQuantity | None = None
    lines: Lines | None = None
    from_warehouse_id: str
    to_warehouse_id: str
    in_transit: Annotated[bool, Field(strict=True)] = False
    note: Note | None = None

    @model_validator(mode="after")
    def _say_one(self) -> Self:
        one = (self.product_id is not None, self.quantity is not None, self.lines is None)
        units = bool(self.lots or self.serials)
        if one not in {(True, True, True), (False, False, False)} or (units and self.lines is not None):
            message = "name either productId and quantity, or lines"
            raise ValueError(message)
        return self

    def quantity_lines(self) -> Sequence[QuantityLine]:
        """Return the lines; one product without lines is a line as well."""
        if self.lines is not None:
            return self.lines
        line = QuantityLine.model_construct(
            product_id=self.product_id, quantity=self.quantity, lots=self.lots, serials=self.serials
        )
        return (line,)


class ReceiveTransfer(Command):
    """What of a transfer has arrived; without lines, all that was still on its way."""

    lines: Lines | None = None


class TransferLineView(View):
    """How much of a product left, arrived, and was brought back."""

    product_id: str
    quantity: SignedQuantity
    received: SignedQuantity
    returned: SignedQuantity

    @classmethod
    def of(cls, line: TransferLine) -> Self:
        """Return the view of a line."""
        return cls(product_id=line.product_id, quantity=line.quantity, received=line.received, returned=line.returned)


class TransferView(View):
    """A transfer."""

    id: str
    status: str
    from_warehouse_id: str
    to_warehouse_id: str
    lines: list[TransferLineView]
    note: str | None
    version: int
    created_at: Instant
    updated_at: Instant

    @classmethod
    def of(cls, transfer: Transfer) -> Self:
        """Return the view of a transfer."""
        return cls(**_fields(transfer))


class MovedTransferView(TransferView):
    """A transfer, and the movements that this request made."""

    movements: list[MovementView]

    @classmethod
    def after(cls, transfer: Transfer, movements: Sequence[Movement]) -> Self:
        """Return the view of a transfer after a step."""
        return cls(**_fields(transfer), movements=[MovementView.of(movement) for movement in movements])


def _fields(transfer: Transfer) -> dict[str, Any]:
    return {
        "id": transfer.id,
        "status": transfer.status,
        "from_warehouse_id": transfer.from_warehouse_id,
        "to_warehouse_id": transfer.to_warehouse_id,
        "lines": [TransferLineView.of(line) for line in transfer.lines],
        "note": transfer.note,
        "version": transfer.version,
        "created_at": transfer.created_at,
        "updated_at": transfer.updated_at,
    }

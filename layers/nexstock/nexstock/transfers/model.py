"""A transfer, and the steps that it takes; no input or output here."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from decimal import Decimal
from enum import StrEnum
from typing import Final

from nexstock.errors import InvalidState
from nexstock.ids import ProductId, TransferId, WarehouseId
from nexstock.resources.model import Resource
from nexstock.stock.model import NOTHING
from nexstock.stock.valuation import Worth


class TransferStatus(StrEnum):
    """How far a transfer is."""

    IN_TRANSIT = "in_transit"
    PARTIALLY_RECEIVED = "partially_received"
    COMPLETED = "completed"
    CANCELLED = "cancelled"


_ON_ITS_WAY: Final = frozenset({TransferStatus.IN_TRANSIT, TransferStatus.PARTIALLY_RECEIVED})


@dataclass(frozen=True, slots=True, kw_only=True)
class TransferLine:
    """How much of a product left, arrived, and was brought back; `worth` is what is still on its way is worth."""

    product_id: ProductId
    quantity: Decimal
    received: Decimal = NOTHING
    returned: Decimal = NOTHING
    worth: Worth

    @property
    def on_its_way(self) -> Decimal:
        """What has neither arrived nor been brought back."""
        return self.quantity - self.received - self.returned


@dataclass(frozen=True, slots=True)
class Parcel:
    """Some of a line that reaches a warehouse, and what it is worth."""

    product_id: ProductId
    quantity: Decimal
    worth: Worth


@dataclass(frozen=True, slots=True, kw_only=True)
class Transfer(Resource):
    """Stock that one warehouse sends to another."""

    id: TransferId
    from_warehouse_id: WarehouseId
    to_warehouse_id: WarehouseId
    status: TransferStatus
    lines: tuple[TransferLine, ...]
    note: str | None = None

    @property
    def event(self) -> str:
        """What this version came from, in the words of the events."""
        if self.version == 1:
            return "transfer.created"
        return "transfer.cancelled" if self.status is TransferStatus.CANCELLED else "transfer.received"

    def require_on_its_way(self) -> None:
        """Let only what has not arrived altogether be received or brought back.

        Raises:
            InvalidState: it is completed or cancelled (409).
        """
        if self.status not in _ON_ITS_WAY:
            raise InvalidState(self.status)

    def remaining(self) -> Mapping[ProductId, Decimal]:
        """Return how much of each product is still on its way."""
        return {line.product_id: line.on_its_way for line in self.lines}

    def received(self, quantities: Mapping[ProductId, Decimal]) -> tuple["Transfer", list[Parcel]]:
        """Return the transfer after so much of it has arrived, and what arrived."""
        taken = [_taken(line, quantities.get(line.product_id, NOTHING)) for line in self.lines]
        lines = tuple(replace(rest, received=rest.received + parcel.quantity) for rest, parcel in taken)
        is_complete = not any(line.on_its_way for line in lines)
        status = TransferStatus.COMPLETED if is_complete else TransferStatus.PARTIALLY_RECEIVED
        return replace(self, lines=lines, status=status), _moving(taken)

    def cancelled(self) -> tuple["Transfer", list[Parcel]]:
        """Return the transfer as it is once what has not arrived is brought back, and what is brought back."""
        taken = [_taken(line, line.on_its_way) for line in self.lines]
        lines = tuple(replace(rest, returned=rest.returned + parcel.quantity) for rest, parcel in taken)
        return replace(self, lines=lines, status=TransferStatus.CANCELLED), _moving(taken)


def _taken(line: TransferLine, quantity: Decimal) -> tuple[TransferLine, Parcel]:
    share, left = line.worth.split(quantity, line.on_its_way)
    return replace(line, worth=left), Parcel(line.product_id, quantity, share)


def _moving(taken: list[tuple[TransferLine, Parcel]]) -> list[Parcel]:
    return [parcel for _, parcel in taken if parcel.quantity]

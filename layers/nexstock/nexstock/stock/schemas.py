"""Stock on the wire."""

from datetime import date
from typing import Annotated, Self

from pydantic import Field, StringConstraints, model_validator

from nexstock.auth.principals import Actor
from nexstock.http.schemas import Command, Instant, PlainText, PositiveQuantity, Quantity, SignedQuantity, View
from nexstock.products.schemas import MoneyBody
from nexstock.stock.model import LotQuantity, Movement, Reference, StockLevel

Reason = Annotated[
    PlainText,
    StringConstraints(min_length=1, max_length=64, strip_whitespace=True),
    Field(description="A reason code, e.g. opening, found, lost, damaged, expired, stolen, sample, correction"),
]
LotCode = Annotated[PlainText, StringConstraints(min_length=1, max_length=64, strip_whitespace=True)]
SerialCode = Annotated[PlainText, StringConstraints(min_length=1, max_length=64, strip_whitespace=True)]
Note = Annotated[PlainText, StringConstraints(max_length=500)]


class LotBody(Command):
    """How much of a lot moves; until when it is good is named when it first comes in."""

    lot: LotCode
    quantity: PositiveQuantity
    expires_on: date | None = None

    def to_lot(self) -> LotQuantity:
        """Return the value."""
        return LotQuantity(self.lot, self.quantity, self.expires_on)


class Tracked(Command):
    """A body that may name the units that move, of products that are kept by lots or serial numbers."""

    lots: Annotated[tuple[LotBody, ...], Field(max_length=45)] = ()
    serials: Annotated[tuple[SerialCode, ...], Field(max_length=90)] = ()

    def lot_quantities(self) -> tuple[LotQuantity, ...]:
        """Return the lots that move."""
        return tuple(lot.to_lot() for lot in self.lots)


class AdjustStock(Tracked):
    """A correction of what lies in a warehouse: by a difference, or to what was counted."""

    product_id: str
    warehouse_id: str
    quantity: SignedQuantity | None = None
    counted_to: Quantity | None = None
    reason: Reason
    note: Note | None = None
    unit_cost: MoneyBody | None = None

    @model_validator(mode="after")
    def _say_one(self) -> Self:
        if (self.quantity is None) == (self.counted_to is None):
            message = "name either quantity or countedTo"
            raise ValueError(message)
        if self.quantity is not None and not self.quantity:
            message = "quantity cannot be zero; to confirm what was counted, send countedTo"
            raise ValueError(message)
        return self


class RepairStock(Command):
    """Which level is to be set to the sum of its movements."""

    product_id: str
    warehouse_id: str
    note: Note | None = None


class StockLevelView(View):
    """What there is of a product in a warehouse, in the product's unit."""

    product_id: str
    warehouse_id: str
    on_hand: SignedQuantity
    reserved: SignedQuantity
    incoming: SignedQuantity
    available: SignedQuantity
    state: str
    version: int
    updated_at: Instant

    @classmethod
    def of(cls, level: StockLevel) -> Self:
        """Return the view of a level."""
        return cls(
            product_id=level.product_id,
            warehouse_id=level.warehouse_id,
            on_hand=level.on_hand,
            reserved=level.reserved,
            incoming=level.incoming,
            available=level.available,
            state=level.state,
            version=level.version,
            updated_at=level.updated_at,
        )


class ReferenceView(View):
    """What a movement belongs to."""

    kind: str
    id: str

    @classmethod
    def of(cls, reference: Reference | None) -> Self | None:
        """Return the view of a reference, if there is one."""
        return None if reference is None else cls(kind=reference.kind, id=reference.id)


class LotQuantityView(View):
    """How much of a lot moved."""

    lot: str
    quantity: SignedQuantity
    expires_on: date | None

    @classmethod
    def of(cls, lot: LotQuantity) -> Self:
        """Return the view of a lot that moved."""
        return cls(lot=lot.lot, quantity=lot.quantity, expires_on=lot.expires_on)


class ActorView(View):
    """Who moved stock."""

    type: str
    id: str
    name: str

    @classmethod
    def of(cls, actor: Actor) -> Self:
        """Return the view of an actor."""
        return cls(type=actor.type, id=actor.id, name=actor.name)


class MovementView(View):
    """A movement: `quantity` is the difference of what lies in stock, `sequence` its number within the level."""

    id: str
    product_id: str
    warehouse_id: str
    sequence: int
    type: str
    reason: str
    quantity: SignedQuantity
    reserved: SignedQuantity
    incoming: SignedQuantity
    note: str | None
    reference: ReferenceView | None
    lots: list[LotQuantityView]
    serials: list[str]
    actor: ActorView
    version: int
    created_at: Instant

    @classmethod
    def of(cls, movement: Movement) -> Self:
        """Return the view of a movement."""
        return cls(
            id=movement.id,
            product_id=movement.product_id,
            warehouse_id=movement.warehouse_id,
            sequence=movement.sequence,
            type=movement.cause.type,
            reason=movement.cause.reason,
            quantity=movement.quantity,
            reserved=movement.reserved,
            incoming=movement.incoming,
            note=movement.cause.note,
            reference=ReferenceView.of(movement.cause.reference),
            lots=[LotQuantityView.of(lot) for lot in movement.lots],
            serials=list(movement.serials),
            actor=ActorView.of(movement.actor),
            version=movement.version,
            created_at=movement.at,
        )

"""The states of a transfer: whatever arrives and comes back is what left, and is worth what it was."""

from datetime import UTC, datetime
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from nexstock.errors import InvalidState
from nexstock.ids import ProductId, TransferId, WarehouseId
from nexstock.stock.valuation import WORTH_NOTHING, Worth
from nexstock.transfers.model import Parcel, Transfer, TransferLine, TransferStatus

_NOW = datetime(2026, 11, 26, tzinfo=UTC)
_BOLT, _NUT = ProductId("prd_1"), ProductId("prd_2")
_WORTH = Worth(Decimal(100), Decimal("99.999999"))
_SHARES = st.lists(st.tuples(st.integers(0, 3), st.integers(0, 3)), max_size=6)


def _transfer(bolts: int, nuts: int) -> Transfer:
    return Transfer(
        id=TransferId("trf_1"),
        version=1,
        created_at=_NOW,
        updated_at=_NOW,
        from_warehouse_id=WarehouseId("whs_1"),
        to_warehouse_id=WarehouseId("whs_2"),
        status=TransferStatus.IN_TRANSIT,
        lines=tuple(
            TransferLine(
                product_id=product, quantity=Decimal(quantity), worth=Worth(Decimal(100), Decimal("99.999999"))
            )
            for product, quantity in ((_BOLT, bolts), (_NUT, nuts))
        ),
    )


def test_transfer_is_completed_when_all_of_it_has_arrived() -> None:
    some, _ = _transfer(3, 2).received({_BOLT: Decimal(3)})
    rest, parcels = some.received({_NUT: Decimal(2)})
    assert (some.status, rest.status) == (TransferStatus.PARTIALLY_RECEIVED, TransferStatus.COMPLETED)
    assert [(parcel.product_id, parcel.quantity) for parcel in parcels] == [(_NUT, Decimal(2))]


@pytest.mark.parametrize("status", [TransferStatus.COMPLETED, TransferStatus.CANCELLED])
def test_nothing_is_left_to_be_done_at_the_end(status: TransferStatus) -> None:
    over, _ = (
        _transfer(3, 2).cancelled()
        if status is TransferStatus.CANCELLED
        else _transfer(3, 2).received({_BOLT: Decimal(3), _NUT: Decimal(2)})
    )
    assert over.status is status
    with pytest.raises(InvalidState):
        over.require_on_its_way()


@given(st.integers(1, 9), st.integers(1, 9), _SHARES)
def test_parts_are_together_what_left(bolts: int, nuts: int, steps: list[tuple[int, int]]) -> None:
    transfer, arrived = _transfer(bolts, nuts), list[Parcel]()
    for step in steps:
        asked = dict(zip((_BOLT, _NUT), map(Decimal, step), strict=True))
        left = transfer.remaining()
        transfer, parcels = transfer.received({each: min(quantity, left[each]) for each, quantity in asked.items()})
        arrived += parcels
    transfer, back = transfer.cancelled()
    for line in transfer.lines:
        parcels = [parcel for parcel in (*arrived, *back) if parcel.product_id == line.product_id]
        assert sum(parcel.quantity for parcel in parcels) == line.quantity == line.received + line.returned
        assert sum(parcel.worth.average for parcel in parcels) == 100
        assert sum(parcel.worth.fifo for parcel in parcels) == Decimal("99.999999")
        assert line.worth == WORTH_NOTHING

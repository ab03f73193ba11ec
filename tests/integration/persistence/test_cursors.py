"""Cursors that carry more than a position: packed, authenticated all the same, and bounded."""

import base64
import json
import secrets
from decimal import Decimal

import pytest

from nexstock.clock import utc_now
from nexstock.errors import InvalidCursor
from nexstock.ids import OrganizationId, new_id
from nexstock.persistence.cursors import Cursors, PositionTooLong

_CURSORS = Cursors(OrganizationId("org_01JD0000000000000000000000"), "/v1/reports/stock-turns", None)


def _sums(warehouses: int) -> str:
    """Return what a report of stock turns carries: three values, kept to a millionth, for each warehouse."""
    values = [str(Decimal(secrets.randbelow(10**15)).scaleb(-6)) for _ in range(3)]
    return json.dumps({new_id("whs", utc_now()): values for _ in range(warehouses)})


@pytest.mark.parametrize("position", ["", "prd_1", "x" * 512, "ä" * 600, "x" * 100_000])
def test_every_position_that_fits_comes_back(position: str) -> None:
    assert _CURSORS.open(_CURSORS.seal(position)) == position


def test_sums_of_eighty_warehouses_fit_and_leave_room_for_the_rest_of_a_request() -> None:
    cursor = _CURSORS.seal(_sums(80))

    assert cursor is not None
    assert len(cursor) <= 6_000


def test_what_does_not_fit_is_refused_and_not_cut() -> None:
    with pytest.raises(PositionTooLong):
        _CURSORS.seal(_sums(400))


def test_packed_position_cannot_be_changed() -> None:
    cursor = _CURSORS.seal(_sums(20))
    assert cursor is not None
    content = bytearray(base64.urlsafe_b64decode(cursor + "=" * (-len(cursor) % 4)))
    for place in (0, 16, 17, len(content) - 1):
        forged = bytearray(content)
        forged[place] ^= 1
        with pytest.raises(InvalidCursor):
            _CURSORS.open(base64.urlsafe_b64encode(forged).decode().rstrip("="))

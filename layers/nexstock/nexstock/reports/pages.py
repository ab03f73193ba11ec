"""How a report goes on: the cursor that carries its sums to the next request."""

from nexstock.errors import FieldError, InvalidRequest
from nexstock.persistence.cursors import Cursors, PositionTooLong


def next_cursor(cursors: Cursors, carried: str | None) -> str | None:
    """Return the cursor that a report goes on by; None where it is complete.

    Raises:
        InvalidRequest: it is about more warehouses than a cursor can carry the sums of (422).
    """
    try:
        return cursors.seal(carried)
    except PositionTooLong:
        told = "has to be named: there are too many levels, in too many warehouses, for one report"
        raise InvalidRequest([FieldError("?warehouseId", told)]) from None

"""How long a rotation of an organization's data key takes: 10,000 keys of resources sealed anew by one consumer."""

import time
from collections.abc import Iterator
from typing import Final

from nexstock.clock import utc_now
from nexstock.crypto.envelope import seal_first
from nexstock.crypto.places import SealedPlace
from nexstock.encryption.states import RotationStates
from nexstock.ids import OrganizationId, new_id
from nexstock.observability import logger
from nexstock.persistence.transaction import Transaction
from tests.bench.engine import running_engine
from tests.support.rotations import LATER, looked_at
from tests.support.sealing import an_organization_id

TITLE: Final = "A rotation over 10,000 sealed customers"

_RESOURCES: Final = 10_000
_AT_ONCE: Final = 100


def measure() -> Iterator[str]:
    """Tell the seconds, and the keys of a second."""
    logger.setLevel("ERROR")
    with running_engine():
        organization_id = an_organization_id()
        for _ in range(_RESOURCES // _AT_ONCE):
            _made(organization_id)
        began = time.monotonic()
        queue = looked_at(organization_id, now=utc_now() + LATER)
        took_s = time.monotonic() - began
        done = RotationStates.of(organization_id).passes["customer"]
        assert (done.total, done.renewed, done.stuck) == (_RESOURCES, _RESOURCES, 0)
        yield f"{took_s:.1f} s, {_RESOURCES / took_s:.0f} keys a second, {queue.handled} messages"


def _made(organization_id: OrganizationId) -> None:
    transaction = Transaction()
    for _ in range(_AT_ONCE):
        place = SealedPlace(organization_id, "customer", new_id("cus", utc_now()), "personal")
        seal_first(transaction)(place, b"somebody")
    transaction.commit()

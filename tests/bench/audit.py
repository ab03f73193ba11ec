"""How fast a burst of 10,000 changes gets into one organization's audit log: in batches, and one by one."""

import time
from collections.abc import Iterator
from typing import Final

from functions.streams import write_audit
from nexstock.observability import logger
from tests.bench.engine import running_engine
from tests.support.bursts import a_burst, an_organization_id
from tests.support.chains import verified_chain
from tests.support.records import run

TITLE: Final = "A burst of 10,000 changes of one organization"

_CHANGES: Final = 10_000
_ONE_BY_ONE: Final = 2_000
"""Fewer, because a rate needs no more."""

_BATCH: Final = 100


def measure() -> Iterator[str]:
    """Tell the entries a second of each way, their ratio, and that the chain is whole."""
    logger.setLevel("ERROR")
    with running_engine() as database:
        together, alone = _entries_a_second(_CHANGES, batch=_BATCH), _entries_a_second(_ONE_BY_ONE, batch=1)
        yield f"on {database}, one writer"
        yield f"in batches of {_BATCH}: {together:.0f} entries a second"
        yield f"one by one: {alone:.0f} entries a second"
        yield f"ratio: {together / alone:.1f}"


def _entries_a_second(changes: int, *, batch: int) -> float:
    organization_id = an_organization_id()
    records = a_burst(organization_id, changes, products=100)
    began = time.monotonic()
    for begin in range(0, changes, batch):
        assert run(write_audit.handler, records[begin : begin + batch]) == []
    took_s = time.monotonic() - began
    assert len(verified_chain(organization_id)) == changes
    return changes / took_s

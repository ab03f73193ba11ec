"""How fast a burst of 10,000 changes gets into one organization's audit log: in batches, and one by one."""

import time
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

from functions.streams import write_audit
from nexstock.ids import OrganizationId
from nexstock.observability import logger
from tests.bench.engine import running_engine
from tests.support.bursts import a_burst, an_organization_id
from tests.support.calls import recorded_calls
from tests.support.chains import verified_chain
from tests.support.records import Record, run

TITLE: Final = "A burst of 10,000 changes of one organization"

_CHANGES: Final = 10_000
_ROUNDS: Final = 10
_BATCH: Final = 98
"""Of the event source mapping in functions/background.yaml."""

_SHARE_ONE_BY_ONE: Final = 10
"""A tenth of them: a rate needs no more."""


@dataclass
class _Way:
    """One way of recording, and what it took so far."""

    organization_id: OrganizationId
    records: list[Record]
    batch: int
    seconds: float = 0.0
    transactions: int = 0

    def go_on(self, number: int) -> None:
        """Record the next part of the burst."""
        size = len(self.records) // _ROUNDS
        part = self.records[number * size : (number + 1) * size]
        began = time.monotonic()
        with recorded_calls() as recording:
            for begin in range(0, size, self.batch):
                assert run(write_audit.handler, part[begin : begin + self.batch]) == []
        self.seconds += time.monotonic() - began
        self.transactions += recording.operations.count("TransactWriteItems")

    def told(self, name: str) -> str:
        """Return the figures, once the chain has been verified."""
        assert len(verified_chain(self.organization_id)) == len(self.records)
        entries = len(self.records)
        return f"{name}: {self.rate:.0f} entries a second, {entries / self.transactions:.0f} a transaction"

    @property
    def rate(self) -> float:
        """Entries a second."""
        return len(self.records) / self.seconds


def measure() -> Iterator[str]:
    """Tell the entries a second of each way, in turns, and their ratio; each chain is verified."""
    logger.setLevel("ERROR")
    with running_engine() as database:
        together, alone = _way(_CHANGES, _BATCH), _way(_CHANGES // _SHARE_ONE_BY_ONE, 1)
        for number in range(_ROUNDS):
            together.go_on(number)
            alone.go_on(number)
        yield f"on {database}, one writer"
        yield together.told(f"in batches of {_BATCH}")
        yield alone.told("one by one")
        yield f"ratio: {together.rate / alone.rate:.1f}"


def _way(changes: int, batch: int) -> _Way:
    organization_id = an_organization_id()
    return _Way(organization_id, a_burst(organization_id, changes, products=100), batch)

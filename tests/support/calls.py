"""Records what a piece of code asks of AWS, and what DynamoDB charges for it."""

import contextlib
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, Final

from nexstock.aws import client
from nexstock.persistence.tables import connection

_READS: Final = frozenset({"GetItem", "BatchGetItem", "Query", "Scan", "TransactGetItems"})


@dataclass(frozen=True)
class Call:
    """One call, however often it was tried.

    The units are DynamoDB's own figures (`ReturnConsumedCapacity`); other services have none.
    """

    service: str
    operation: str
    read_units: float = 0.0
    write_units: float = 0.0


@dataclass(frozen=True)
class Recording:
    """The calls of one block, in the order in which they were answered."""

    calls: list[Call]

    @property
    def operations(self) -> list[str]:
        """The names of the operations."""
        return [call.operation for call in self.calls]

    @property
    def read_units(self) -> float:
        """All read capacity units together."""
        return sum(call.read_units for call in self.calls)

    @property
    def write_units(self) -> float:
        """All write capacity units together."""
        return sum(call.write_units for call in self.calls)


@contextlib.contextmanager
def recorded_calls(*other_services: str) -> Iterator[Recording]:
    """Record the block's calls of DynamoDB, and of other services named as `nexstock.aws.client` names them."""
    recording = Recording([])

    def note(parsed: dict[str, Any], model: Any, **_rest: Any) -> None:  # noqa: ANN401 (botocore's hook)
        recording.calls.append(_call(model.service_model.service_name, model.name, parsed))

    hooks = [connection().client.meta.events, *(client(service).meta.events for service in other_services)]
    for events in hooks:
        events.register("after-call", note)
    try:
        yield recording
    finally:
        for events in hooks:
            events.unregister("after-call", note)


def _call(service: str, operation: str, answer: dict[str, Any]) -> Call:
    consumed = answer.get("ConsumedCapacity") or []
    tables = consumed if isinstance(consumed, list) else [consumed]
    units = sum(float(table["CapacityUnits"]) for table in tables)
    return Call(service, operation, units, 0.0) if operation in _READS else Call(service, operation, 0.0, units)


@contextlib.contextmanager
def sent_to_dynamodb() -> Iterator[list[str]]:
    """Collect all requests that are made of DynamoDB within the block, as text."""
    sent: list[str] = []

    def note(params: dict[str, Any], **_rest: Any) -> None:  # noqa: ANN401 (botocore's hook)
        sent.append(str(params))

    events = connection().client.meta.events
    events.register("before-parameter-build.dynamodb", note)
    try:
        yield sent
    finally:
        events.unregister("before-parameter-build.dynamodb", note)

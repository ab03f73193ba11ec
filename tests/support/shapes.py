"""What somebody outside could measure of a request: which calls of AWS it makes, in which order, and how large."""

import contextlib
import json
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from nexstock.aws import client
from nexstock.persistence.tables import connection


@dataclass(frozen=True)
class Shape:
    """One call: of what, to which tables, with how many bytes."""

    operation: str
    tables: tuple[str, ...]
    size: int

    @property
    def kind(self) -> tuple[str, tuple[str, ...]]:
        """The call without its size."""
        return self.operation, self.tables


@contextlib.contextmanager
def recorded_shapes() -> Iterator[list[Shape]]:
    """Record the block's calls of DynamoDB and SQS, in their order."""
    shapes: list[Shape] = []

    def note(model: Any, params: dict[str, Any], **_rest: Any) -> None:  # noqa: ANN401 (botocore's hook)
        body = params["body"] if isinstance(params["body"], bytes) else str(params["body"]).encode()
        asked = json.loads(body) if model.service_model.service_name == "dynamodb" else {}
        tables = asked.get("RequestItems") or [asked.get("TableName", "")]
        shapes.append(Shape(model.name, tuple(sorted(tables)), len(body)))

    hooks = [connection().client.meta.events, client("sqs").meta.events]
    for events in hooks:
        events.register("before-call", note)
    try:
        yield shapes
    finally:
        for events in hooks:
            events.unregister("before-call", note)

"""What tests of destroyed keys need: a signer that is away, and old copies of items."""

import contextlib
from collections.abc import Iterator
from typing import Any

from nexstock.aws import client
from tests.support.environment import table_name
from tests.support.events import Json


@contextlib.contextmanager
def refusing_to_sign() -> Iterator[None]:
    """Have the service that signs receipts be away."""

    def refuse(**_call: Any) -> None:  # noqa: ANN401 (botocore's hook)
        raise TimeoutError

    events = client("kms").meta.events
    events.register("before-call.kms.Sign", refuse)
    try:
        yield
    finally:
        events.unregister("before-call.kms.Sign", refuse)


def partition_of(table: str, pk: str) -> list[Json]:
    """Return the items of a partition as they are stored."""
    answer = client("dynamodb").query(
        TableName=table_name(table),
        KeyConditionExpression="PK = :pk",
        ExpressionAttributeValues={":pk": {"S": pk}},
        ConsistentRead=True,
    )
    return list(answer["Items"])


def put_back(table: str, items: list[Json]) -> None:
    """Put old copies of items back, as a restored backup would."""
    for item in items:
        client("dynamodb").put_item(TableName=table_name(table), Item=item)

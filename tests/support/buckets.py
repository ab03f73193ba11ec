"""Token buckets that are used up already, so that no test has to make all the requests."""

import contextlib
import os
import time
from collections.abc import Iterator

import boto3

from nexstock.persistence.keys import throttle_partition
from tests.support.environment import table_name

_AHEAD_S = 30
"""A bucket that was refilled in the future earns nothing until then."""


@contextlib.contextmanager
def empty_bucket(bucket: str, subject: str) -> Iterator[None]:
    """Leave a subject without a token in one bucket until the block ends."""
    table = table_name("ephemeral")
    key = {"PK": {"S": throttle_partition(bucket, subject)}, "SK": {"S": "BUCKET"}}
    refilled_at_ms = int((time.time() + _AHEAD_S) * 1000)
    tables = boto3.client("dynamodb", endpoint_url=os.environ["AWS_ENDPOINT_URL_DYNAMODB"])
    tables.put_item(TableName=table, Item={**key, "tokens": {"N": "0"}, "refilledAtMs": {"N": str(refilled_at_ms)}})
    try:
        yield
    finally:
        tables.delete_item(TableName=table, Key=key)

"""The engines of the test loop, for figures that are taken inside one process."""

import contextlib
import os
from collections.abc import Iterator

import boto3

from nexstock.clock import utc_now
from tests.support import engines

_ADDRESSES = ("AWS_ENDPOINT_URL", "AWS_ENDPOINT_URL_DYNAMODB")


@contextlib.contextmanager
def running_engine() -> Iterator[str]:
    """Run the engines with the stack's tables, queues, key and secrets until the block ends; tell which database."""
    with engines.aws_endpoint() as address, engines.dynamodb() as dynamodb_address:
        os.environ.update(zip(_ADDRESSES, (address, dynamodb_address or address), strict=True))
        engines.create_tables(boto3.client("dynamodb"))
        engines.create_queues_bucket_and_key(address)
        # Reads its settings when it is imported, the key's address among them.
        from nexstock.crypto.provisioning import provision_missing  # noqa: PLC0415

        provision_missing(utc_now())
        try:
            yield "dynoxide" if dynamodb_address else "the local endpoint, whose read units are wrong"
        finally:
            for name in _ADDRESSES:
                os.environ.pop(name, None)

"""Versions of the platform's secrets that tests add, age and take away again, since all tests share the platform."""

import contextlib
import secrets
from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import Any

from nexstock.clock import to_rfc3339, utc_now
from nexstock.crypto import platform_secrets
from nexstock.crypto.platform_secrets import KNOWN_AFTER, provision_secret
from nexstock.crypto.stored_secrets import Purpose
from nexstock.persistence.keys import ROTATIONS, secret_partition
from nexstock.persistence.tables import connection
from nexstock.persistence.versions import FIRST_VERSION
from tests.support.environment import table_name
from tests.support.templates import Json

SECOND_VERSION = "V0002"


@contextlib.contextmanager
def own_versions(*purposes: Purpose) -> Iterator[None]:
    """Have what the block does to the versions of some secrets undone, and every container begin anew around it."""
    before = [item for purpose in purposes for item in stored(purpose)]
    forget()
    try:
        yield
    finally:
        for purpose in purposes:
            for item in stored(purpose):
                _client().delete_item(TableName=table_name("keys"), Key={"PK": item["PK"], "SK": item["SK"]})
            _client().delete_item(
                TableName=table_name("keys"), Key={"PK": {"S": ROTATIONS}, "SK": {"S": purpose.value}}
            )
        for item in before:
            _client().put_item(TableName=table_name("keys"), Item=item)
        forget()


def forget() -> None:
    """Have the next look at any secret be the first one, as in a container that begins."""
    platform_secrets._looked_up.clear()  # noqa: SLF001 (what a container keeps)
    platform_secrets._opened.clear()  # noqa: SLF001


def add_version(purpose: Purpose, version: str = SECOND_VERSION, *, age: timedelta = KNOWN_AFTER) -> None:
    """Store a version that was made some time ago, by default so long that it is in use."""
    assert provision_secret(purpose, secrets.token_bytes(32), utc_now() - age, version=version)
    forget()


def make_older(purpose: Purpose, by: timedelta, version: str = FIRST_VERSION) -> None:
    """Have a version have been made earlier than it was."""
    (item,) = [each for each in stored(purpose) if each["SK"]["S"] == version]
    created_at = datetime.fromisoformat(item["createdAt"]["S"]) - by
    _client().put_item(TableName=table_name("keys"), Item={**item, "createdAt": {"S": to_rfc3339(created_at)}})
    forget()


def stored(purpose: Purpose) -> list[Json]:
    """Return the versions of a secret as the table holds them, the oldest first."""
    answer = _client().query(
        TableName=table_name("keys"),
        KeyConditionExpression="PK = :pk",
        ExpressionAttributeValues={":pk": {"S": secret_partition(purpose)}},
        ConsistentRead=True,
    )
    items: list[Json] = answer["Items"]
    return items


def versions(purpose: Purpose) -> list[str]:
    """Return the names of the versions that there are, the oldest first."""
    return [str(item["SK"]["S"]) for item in stored(purpose)]


def _client() -> Any:  # noqa: ANN401 (botocore makes its methods as it goes)
    return connection().client

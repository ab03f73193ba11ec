"""Journeys of the functions that rotate the keys that sign, in a table of their own: nobody else's key is touched."""

from typing import Any, Final

import boto3

from nexstock.aws import client
from nexstock.config import TableNames
from nexstock.persistence.keys import CHECKPOINT_KEYS, SIGNING_KEYS
from tests.support.environment import table_name
from tests.support.journeys.world import Visit

TABLE: Final = table_name("rotated-keys")


def rotate_signing_keys(visit: Visit) -> None:
    """A key that is over and one of age, a run with nothing to do, and one that replaces a key at once."""
    _store(SIGNING_KEYS, "V0001", createdAt=_text("2020-01-01"), signsFrom=_text("2020-01-01"))
    _store(SIGNING_KEYS, "V0002", createdAt=_text("2021-01-01"), signsFrom=_text("2021-01-02"))
    done = visit.invoke({}).answer
    assert len(done["removed"]) == 1
    assert done["published"]
    assert visit.invoke({}).answer == {"published": None, "removed": [], "unknown": []}
    assert visit.invoke({"compromised": [done["published"]]}).answer["removed"] == [done["published"]]


def rotate_checkpoint_key(visit: Visit) -> None:
    """A key whose successor signs, which is of age too; a run with nothing to do; and one that replaces a key."""
    for number in (1, 2):
        arn = client("kms").create_key(
            KeySpec="ECC_NIST_EDWARDS25519",
            KeyUsage="SIGN_VERIFY",
            Tags=[{"TagKey": "nexstock-signs", "TagValue": "nexstock-test-checkpoints"}],
        )["KeyMetadata"]["Arn"]
        at = {"createdAt": _text(f"202{number}-01-01"), "signsFrom": _text(f"202{number}-02-01")}
        _store(CHECKPOINT_KEYS, f"V000{number}", arn={"S": arn}, **at)
    assert visit.invoke({}).answer == {"published": "V0003", "ended": ["V0001"]}
    assert visit.invoke({}).answer == {"published": None, "ended": []}
    assert visit.invoke({"compromised": "V0002"}).answer == {"published": None, "ended": ["V0002"]}


def _store(partition: str, version: str, **attributes: Any) -> None:  # noqa: ANN401 (an attribute of DynamoDB)
    """Store a version like the one that this process has, but for some attributes."""
    tables, key = boto3.client("dynamodb"), {"PK": {"S": partition}, "SK": {"S": "V0001"}}
    item = tables.get_item(TableName=TableNames.from_env().keys, Key=key, ConsistentRead=True)["Item"]
    tables.put_item(TableName=TABLE, Item={**item, "SK": {"S": version}, **attributes})


def _text(day: str) -> dict[str, str]:
    return {"S": f"{day}T00:00:00.000Z"}

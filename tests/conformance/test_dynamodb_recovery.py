"""DynamoDB's point-in-time recovery: a new table has what the source had at a moment."""

import time
from datetime import UTC, datetime, timedelta

import pytest
from botocore.exceptions import ClientError

from tests.conformance.local_endpoint import LocalEndpoint


def _table(endpoint: LocalEndpoint, name: str, *, recovers: bool = True) -> None:
    dynamodb = endpoint.client("dynamodb")
    dynamodb.create_table(
        TableName=name,
        BillingMode="PAY_PER_REQUEST",
        AttributeDefinitions=[{"AttributeName": key, "AttributeType": "S"} for key in ("PK", "SK")],
        KeySchema=[{"AttributeName": "PK", "KeyType": "HASH"}, {"AttributeName": "SK", "KeyType": "RANGE"}],
    )
    if recovers:
        dynamodb.update_continuous_backups(
            TableName=name, PointInTimeRecoverySpecification={"PointInTimeRecoveryEnabled": True}
        )


def _put(endpoint: LocalEndpoint, table: str, key: str, value: str) -> None:
    item = {"PK": {"S": "all"}, "SK": {"S": key}, "value": {"S": value}}
    endpoint.client("dynamodb").put_item(TableName=table, Item=item)


def _restore(endpoint: LocalEndpoint, table: str, moment: datetime) -> dict[str, str]:
    dynamodb, name = endpoint.client("dynamodb"), f"{table}-restored"
    dynamodb.restore_table_to_point_in_time(SourceTableName=table, TargetTableName=name, RestoreDateTime=moment)
    return {item["SK"]["S"]: item["value"]["S"] for item in dynamodb.scan(TableName=name)["Items"]}


def test_a_table_comes_back_as_it_was_whatever_was_done_since(endpoint: LocalEndpoint) -> None:
    dynamodb = endpoint.client("dynamodb")
    _table(endpoint, "recovered")
    for key in ("changed", "deleted", "updated", "transacted", "stays"):
        _put(endpoint, "recovered", key, "then")
    moment = datetime.now(UTC)
    time.sleep(0.01)
    _put(endpoint, "recovered", "changed", "now")
    _put(endpoint, "recovered", "changed", "later")
    _put(endpoint, "recovered", "new", "now")
    dynamodb.delete_item(TableName="recovered", Key={"PK": {"S": "all"}, "SK": {"S": "deleted"}})
    change = {"UpdateExpression": "SET #value = :now", "ExpressionAttributeNames": {"#value": "value"}}
    now = {"ExpressionAttributeValues": {":now": {"S": "now"}}}
    place = {"TableName": "recovered", "Key": {"PK": {"S": "all"}, "SK": {"S": "updated"}}}
    dynamodb.update_item(**place, **change, **now)
    place["Key"] = {"PK": {"S": "all"}, "SK": {"S": "transacted"}}
    dynamodb.transact_write_items(TransactItems=[{"Update": {**place, **change, **now}}])

    restored = _restore(endpoint, "recovered", moment)

    assert restored == dict.fromkeys(("changed", "deleted", "updated", "transacted", "stays"), "then")
    present = {item["SK"]["S"]: item["value"]["S"] for item in dynamodb.scan(TableName="recovered")["Items"]}
    assert present == {"changed": "later", "new": "now", "updated": "now", "transacted": "now", "stays": "then"}


@pytest.mark.parametrize("away", [timedelta(days=-1), timedelta(hours=1)])
def test_no_moment_is_made_up(endpoint: LocalEndpoint, away: timedelta) -> None:
    name = f"unknown-{'before' if away < timedelta() else 'after'}"
    _table(endpoint, name)
    with pytest.raises(ClientError, match="InvalidRestoreTimeException"):
        _restore(endpoint, name, datetime.now(UTC) + away)


def test_a_table_without_recovery_does_not_come_back(endpoint: LocalEndpoint) -> None:
    _table(endpoint, "unrecovered", recovers=False)
    with pytest.raises(ClientError, match="PointInTimeRecoveryUnavailableException"):
        _restore(endpoint, "unrecovered", datetime.now(UTC))

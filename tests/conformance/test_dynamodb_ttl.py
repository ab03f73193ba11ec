"""DynamoDB's time to live: expired items go, and the stream says who removed them."""

import time
from typing import Any

from tests.conformance.local_endpoint import LocalEndpoint, wait_for

_YEARS_S = 6 * 365 * 24 * 3600


def _table(endpoint: LocalEndpoint, name: str) -> str:
    """Create a table with a stream and a time to live; return the stream's ARN."""
    dynamodb = endpoint.client("dynamodb")
    created = dynamodb.create_table(
        TableName=name,
        BillingMode="PAY_PER_REQUEST",
        AttributeDefinitions=[{"AttributeName": "key", "AttributeType": "S"}],
        KeySchema=[{"AttributeName": "key", "KeyType": "HASH"}],
        StreamSpecification={"StreamEnabled": True, "StreamViewType": "NEW_AND_OLD_IMAGES"},
    )
    dynamodb.update_time_to_live(
        TableName=name,
        TimeToLiveSpecification={"Enabled": True, "AttributeName": "expiresAt"},
    )
    return str(created["TableDescription"]["LatestStreamArn"])


def _put(endpoint: LocalEndpoint, table: str, key: str, expires_at: float) -> None:
    item = {"key": {"S": key}, "expiresAt": {"N": str(int(expires_at))}}
    endpoint.client("dynamodb").put_item(TableName=table, Item=item)


def _keys(endpoint: LocalEndpoint, table: str) -> set[str]:
    return {item["key"]["S"] for item in endpoint.client("dynamodb").scan(TableName=table)["Items"]}


def _records(endpoint: LocalEndpoint, stream_arn: str) -> list[dict[str, Any]]:
    streams = endpoint.client("dynamodbstreams")
    shard = streams.describe_stream(StreamArn=stream_arn)["StreamDescription"]["Shards"][0]["ShardId"]
    iterator = streams.get_shard_iterator(StreamArn=stream_arn, ShardId=shard, ShardIteratorType="TRIM_HORIZON")
    records: list[dict[str, Any]] = streams.get_records(ShardIterator=iterator["ShardIterator"])["Records"]
    return records


def test_expired_item_is_removed_by_the_service_in_the_stream(endpoint: LocalEndpoint) -> None:
    stream = _table(endpoint, "ttl-removed")
    _put(endpoint, "ttl-removed", "old", time.time() - 60)
    wait_for(lambda: not _keys(endpoint, "ttl-removed"), "the expiry", within_s=5)
    removed = [record for record in _records(endpoint, stream) if record["eventName"] == "REMOVE"]

    assert len(removed) == 1
    assert removed[0]["userIdentity"]["PrincipalId"] == "dynamodb.amazonaws.com"
    assert removed[0]["userIdentity"]["Type"] == "Service"
    assert removed[0]["dynamodb"]["OldImage"]["key"] == {"S": "old"}


def test_items_of_the_future_and_of_the_distant_past_stay(endpoint: LocalEndpoint) -> None:
    _table(endpoint, "ttl-kept")
    _put(endpoint, "ttl-kept", "tomorrow", time.time() + 86400)
    _put(endpoint, "ttl-kept", "mistake", time.time() - _YEARS_S)
    _put(endpoint, "ttl-kept", "old", time.time() - 60)
    wait_for(lambda: "old" not in _keys(endpoint, "ttl-kept"), "the expiry", within_s=5)

    assert _keys(endpoint, "ttl-kept") == {"tomorrow", "mistake"}


def test_deletion_by_a_caller_names_no_service(endpoint: LocalEndpoint) -> None:
    stream = _table(endpoint, "ttl-deleted")
    _put(endpoint, "ttl-deleted", "mine", time.time() + 86400)
    endpoint.client("dynamodb").delete_item(TableName="ttl-deleted", Key={"key": {"S": "mine"}})
    removed = [record for record in _records(endpoint, stream) if record["eventName"] == "REMOVE"]

    assert len(removed) == 1
    assert "userIdentity" not in removed[0]

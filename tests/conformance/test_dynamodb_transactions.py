"""Transactions: sent again with its token, one has one effect (AWS: "TransactWriteItems", Idempotency)."""

import uuid
from typing import Any

import pytest

from tests.conformance.local_endpoint import LocalEndpoint

Item = dict[str, dict[str, str]]


@pytest.fixture
def table(endpoint: LocalEndpoint) -> str:
    name = f"transactions-{uuid.uuid4()}"
    endpoint.client("dynamodb").create_table(
        TableName=name,
        KeySchema=[{"AttributeName": "key", "KeyType": "HASH"}],
        AttributeDefinitions=[{"AttributeName": "key", "AttributeType": "S"}],
        BillingMode="PAY_PER_REQUEST",
    )
    return name


def _put(endpoint: LocalEndpoint, table: str, item: Item, token: str) -> None:
    only_once: dict[str, Any] = {"ConditionExpression": "attribute_not_exists(#k)"}
    put = {"TableName": table, "Item": item, "ExpressionAttributeNames": {"#k": "key"}, **only_once}
    endpoint.client("dynamodb").transact_write_items(TransactItems=[{"Put": put}], ClientRequestToken=token)


@pytest.mark.parametrize("number", ["5", "5.00", "1E3", "0.10"])
def test_a_repeated_transaction_is_done_once_and_answered_again(
    endpoint: LocalEndpoint, table: str, number: str
) -> None:
    item, token = {"key": {"S": "a"}, "number": {"N": number}}, str(uuid.uuid4())

    for _ in range(2):
        _put(endpoint, table, item, token)

    assert len(endpoint.client("dynamodb").scan(TableName=table)["Items"]) == 1


def test_another_transaction_by_the_same_token_is_refused(endpoint: LocalEndpoint, table: str) -> None:
    token, client = str(uuid.uuid4()), endpoint.client("dynamodb")
    _put(endpoint, table, {"key": {"S": "a"}, "number": {"N": "5.00"}}, token)

    with pytest.raises(client.exceptions.IdempotentParameterMismatchException):
        _put(endpoint, table, {"key": {"S": "a"}, "number": {"N": "6.00"}}, token)

"""IAM: the condition keys on which the isolation of organizations and of keys rests.

Restores "Using IAM policy conditions for fine-grained access control"
(`dynamodb:LeadingKeys`) of the Amazon DynamoDB Developer Guide and "AWS KMS
condition keys" (`kms:EncryptionContext:<key>`, `kms:EncryptionContextKeys`,
`kms:KeySpec`, `kms:KeyUsage`) of the AWS KMS Developer Guide, when the endpoint
enforces policies (AUTH). Stock
gives these keys no value, so that a test of isolation would prove nothing:
`ForAllValues` conditions hold for a key without values.
"""

import json
import re
from collections.abc import Iterator
from typing import Any

from ministack.core import iam_actions
from ministack.services import dynamodb, kms

from infra.local.corrections.patching import EngineRecord, replace, require

_EQUALITY = re.compile(r"([#\w.-]+)\s*=\s*(:\w+)")


def apply() -> None:
    """Give the condition keys the values that the request carries."""
    require(dynamodb, "_tables")
    require(kms, "_resolve_key")

    def dynamodb_context(body: bytes) -> EngineRecord:
        context: EngineRecord = stock_dynamodb_context(body)
        keys = list(_leading_keys(_request(body)))
        return {**context, "dynamodb:LeadingKeys": keys} if keys else context

    def request_context(service: str, action: str, body: bytes, parameters: EngineRecord) -> EngineRecord:
        context: EngineRecord = stock_request_context(service, action, body, parameters)
        if service != "kms":
            return context
        request = _request(body)
        return {**context, **_kms_context(request), **_key_context(request)}

    # The engine's router imports both functions anew for each request.
    stock_dynamodb_context = replace(iam_actions, "dynamodb_service_context", dynamodb_context)
    stock_request_context = replace(iam_actions, "request_tag_context", request_context)


def _request(body: bytes) -> EngineRecord:
    """Return the request's document; a body that is none has no keys, and its service refuses it."""
    try:
        document = json.loads(body or b"{}")
    except ValueError:
        return {}
    return document if isinstance(document, dict) else {}


def _kms_context(request: EngineRecord) -> EngineRecord:
    """Return the encryption context as condition keys; ReEncrypt is judged by both of its contexts."""
    names = ("EncryptionContext", "SourceEncryptionContext", "DestinationEncryptionContext")
    pairs: EngineRecord = {}
    for name in names:
        pairs.update(request.get(name) or {})
    if not pairs:
        return {}
    values = {f"kms:EncryptionContext:{key}": value for key, value in pairs.items()}
    return {**values, "kms:EncryptionContextKeys": list(pairs)}


def _key_context(request: EngineRecord) -> EngineRecord:
    """Return what kind of key a request is about: one that is there, or one that it makes."""
    key = kms._resolve_key(request.get("KeyId", "")) or request
    found = {"kms:KeySpec": key.get("KeySpec"), "kms:KeyUsage": key.get("KeyUsage")}
    return {name: value for name, value in found.items() if value}


def _leading_keys(request: EngineRecord) -> Iterator[str]:
    """Yield the partition key values of every item that a DynamoDB request names."""
    table: str = request.get("TableName", "")
    yield from _of_items(table, request.get("Key"), request.get("Item"))
    if condition := request.get("KeyConditionExpression"):
        yield from _of_condition(condition, request)
    for name, asked in (request.get("RequestItems") or {}).items():
        # BatchGetItem asks with an object of keys, BatchWriteItem with a list of writes.
        if isinstance(asked, dict):
            yield from _of_items(name, *(asked.get("Keys") or []))
        else:
            for write in asked:
                yield from _of_items(name, (write.get("PutRequest") or {}).get("Item"))
                yield from _of_items(name, (write.get("DeleteRequest") or {}).get("Key"))
    for item in request.get("TransactItems") or []:
        for operation in item.values():
            yield from _of_items(operation.get("TableName", ""), operation.get("Key"), operation.get("Item"))


def _of_items(table: str, *items: EngineRecord | None) -> Iterator[str]:
    partition_key = _partition_key(table)
    for item in items:
        if isinstance(value := (item or {}).get(partition_key), dict):
            yield _scalar(value)


def _of_condition(condition: str, request: EngineRecord) -> Iterator[str]:
    partition_key = _partition_key(request.get("TableName", ""), request.get("IndexName"))
    names = request.get("ExpressionAttributeNames") or {}
    values = request.get("ExpressionAttributeValues") or {}
    for name, placeholder in _EQUALITY.findall(condition):
        if names.get(name, name) == partition_key and placeholder in values:
            yield _scalar(values[placeholder])


def _partition_key(table_name: str, index_name: str | None = None) -> str:
    """Return the name of the table's (or the index's) partition key; empty for an unknown table."""
    table = dynamodb._tables.get(table_name.rsplit("/", 1)[-1]) or {}
    schema = table.get("KeySchema") or []
    indexes = [*(table.get("GlobalSecondaryIndexes") or []), *(table.get("LocalSecondaryIndexes") or [])]
    for index in indexes:
        if index["IndexName"] == index_name:
            schema = index["KeySchema"]
    return next((str(key["AttributeName"]) for key in schema if key["KeyType"] == "HASH"), "")


def _scalar(value: dict[str, Any]) -> str:
    """Return the value of an attribute without its type: `{"S": "x"}` is `x`."""
    return str(next(iter(value.values()), ""))

"""What is stored for one organization, counted by kind: the measure of whether a request left nothing, or all.

The organizations' own table is asked for it. In the tables that are not kept by organization, what this process wrote
in its name is remembered, and looked at again: to scan them for one organization of thousands, each time, takes long.
"""

from collections import Counter, defaultdict
from collections.abc import Iterator, Mapping
from functools import cache
from typing import Any, Final

from nexstock.aws import client
from nexstock.ids import OrganizationId
from nexstock.persistence.keys import Kind, tenant_partition
from nexstock.persistence.tables import connection
from tests.support.environment import table_name

_Key = tuple[str, str, str]
"""Table, partition key, sort key."""

_ELSEWHERE: Final = ("identity", "ephemeral")
_written: Final[defaultdict[str, set[_Key]]] = defaultdict(set)


def stock_of(organization_id: OrganizationId) -> Counter[str]:
    """Count an organization's items by kind: resources, deleted ones, claims, verifiers, idempotency records."""
    found: Counter[str] = Counter()
    for kind in Kind:
        for item in items_of(organization_id, kind):
            found[f"{kind}{' deleted' if 'deletedAt' in item else ''} {item.get('version', {}).get('N', '')}"] += 1
    for table, pk, sk in _written[organization_id]:
        if _is_there(table, pk, sk):
            found[f"{table} {pk.partition('#')[0]} {sk.partition('#')[0]}"] += 1
    return found


def items_of(organization_id: OrganizationId, kind: Kind) -> Iterator[dict[str, Any]]:
    """Give an organization's items of a kind as they are stored, deleted ones too."""
    pages = (
        client("dynamodb")
        .get_paginator("query")
        .paginate(
            TableName=table_name("tenants"),
            ConsistentRead=True,
            KeyConditionExpression="PK = :pk",
            ExpressionAttributeValues={":pk": {"S": tenant_partition(organization_id, kind)}},
        )
    )
    for page in pages:
        yield from page["Items"]


@cache
def watch() -> None:
    """Begin to remember what is written in the name of organizations; called before the first one is made."""
    connection().client.meta.events.register("before-parameter-build.dynamodb", _note)


def _note(params: Mapping[str, Any], **_rest: Any) -> None:  # noqa: ANN401 (botocore's hook)
    for put in _puts(params):
        pk, sk = put["Item"]["PK"]["S"], put["Item"]["SK"]["S"]
        for table in _ELSEWHERE:
            if put["TableName"] == table_name(table):
                owner = put["Item"].get("organizationId", {}).get("S") or pk.split("#")[1]
                _written[owner].add((table, pk, sk))


def _puts(params: Mapping[str, Any]) -> Iterator[Mapping[str, Any]]:
    if "Item" in params:
        yield params
    for operation in params.get("TransactItems", ()):
        if "Put" in operation:
            yield operation["Put"]


def _is_there(table: str, pk: str, sk: str) -> bool:
    key = {"PK": {"S": pk}, "SK": {"S": sk}}
    return "Item" in client("dynamodb").get_item(TableName=table_name(table), Key=key, ConsistentRead=True)

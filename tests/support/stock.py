"""What is stored for one organization, counted by kind: the measure of whether a request left nothing, or all."""

from collections import Counter
from typing import Any, Final

from nexstock.aws import client
from nexstock.ids import OrganizationId
from nexstock.persistence.keys import Kind, tenant_partition
from tests.support.environment import table_name

_OWNED: Final = "organizationId = :id OR begins_with(PK, :record)"


def stock_of(organization_id: OrganizationId) -> Counter[str]:
    """Count an organization's items by kind: resources, deleted ones, claims, verifiers, idempotency records."""
    found: Counter[str] = Counter()
    for kind in Kind:
        for item in _pages("query", "tenants", "PK = :pk", {":pk": {"S": tenant_partition(organization_id, kind)}}):
            found[f"{kind}{' deleted' if 'deletedAt' in item else ''} {item.get('version', {}).get('N', '')}"] += 1
    values = {":id": {"S": organization_id}, ":record": {"S": f"IDEMPOTENCY#{organization_id}"}}
    for table in ("identity", "ephemeral"):
        for item in _pages("scan", table, _OWNED, values):
            found[f"{table} {item['PK']['S'].partition('#')[0]} {item['SK']['S'].partition('#')[0]}"] += 1
    return found


def _pages(operation: str, table: str, condition: str, values: dict[str, Any]) -> list[dict[str, Any]]:
    expression = "KeyConditionExpression" if operation == "query" else "FilterExpression"
    pages = (
        client("dynamodb")
        .get_paginator(operation)
        .paginate(
            TableName=table_name(table),
            ConsistentRead=True,
            ExpressionAttributeValues=values,
            **{expression: condition},
        )
    )
    return [item for page in pages for item in page["Items"]]

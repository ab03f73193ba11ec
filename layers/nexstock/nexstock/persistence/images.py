"""Items of one kind of an organization as a stream record has them, for what compares them with the audit log."""

from typing import Any

from nexstock.ids import OrganizationId
from nexstock.persistence.keys import Kind, tenant_partition
from nexstock.persistence.tables import TABLES, connection
from nexstock.persistence.transaction import RawItem


def read_images(
    organization_id: OrganizationId, kind: Kind, *, limit: int, after: str | None
) -> tuple[list[RawItem], str | None]:
    """Return up to `limit` items, deleted ones too, and the sort key after which more stand (None: nowhere)."""
    partition = {"S": tenant_partition(organization_id, kind)}
    request: dict[str, Any] = {
        "TableName": TABLES.tenants,
        "KeyConditionExpression": "PK = :pk",
        "ExpressionAttributeValues": {":pk": partition},
        "ConsistentRead": True,
        "Limit": limit,
    }
    if after is not None:
        request["ExclusiveStartKey"] = {"PK": partition, "SK": {"S": after}}
    answer = connection().dispatch("Query", request)
    ended_at = answer.get("LastEvaluatedKey")
    return answer["Items"], ended_at["SK"]["S"] if ended_at else None

"""Changes of the table past the platform: what an intruder, or a mistake of ours, could do to it."""

from typing import Any

from nexstock.aws import client
from nexstock.ids import OrganizationId
from nexstock.persistence.keys import Kind, tenant_partition
from tests.support.environment import table_name


def set_number(organization_id: OrganizationId, kind: str, sort_key: str, name: str, value: int) -> None:
    """Write another number into an item."""
    client("dynamodb").update_item(
        **_item(organization_id, kind, sort_key),
        UpdateExpression="SET #n = :v",
        ExpressionAttributeNames={"#n": name},
        ExpressionAttributeValues={":v": {"N": str(value)}},
    )


def remove(organization_id: OrganizationId, kind: str, sort_key: str) -> None:
    """Remove an item."""
    client("dynamodb").delete_item(**_item(organization_id, kind, sort_key))


def _item(organization_id: OrganizationId, kind: str, sort_key: str) -> dict[str, Any]:
    partition = tenant_partition(organization_id, Kind(kind))
    return {"TableName": table_name("tenants"), "Key": {"PK": {"S": partition}, "SK": {"S": sort_key}}}

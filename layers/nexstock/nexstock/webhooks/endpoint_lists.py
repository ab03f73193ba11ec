"""The messages of one endpoint, by two sparse indexes of keys: all of them, and those that failed for good."""

from datetime import datetime
from enum import Enum
from typing import Any, Final

from nexstock.ids import OrganizationId, first_id
from nexstock.persistence import keys
from nexstock.persistence.tables import TABLES, connection

MESSAGE_PREFIX: Final = "msg"
_BEHIND_ALL_IDS: Final = "~"


class Listed(Enum):
    """Which messages an index lists: its name, and the attribute that is its partition key."""

    ALL = ("Endpoint", "endpointList")
    FAILED = ("Failed", "failedList")


def bounds(since: datetime | None, until: datetime | None = None) -> tuple[str, str]:
    """Return the lowest and the highest sort key of messages made since an instant, and before another."""
    lowest = "" if since is None else first_id(MESSAGE_PREFIX, since)
    highest = _BEHIND_ALL_IDS if until is None else first_id(MESSAGE_PREFIX, until)
    return keys.message_sort_key(lowest), keys.message_sort_key(highest)


def messages_of_endpoint(  # noqa: PLR0913 (the parts of a Query)
    organization_id: OrganizationId,
    endpoint_id: str,
    listed: Listed,
    between: tuple[str, str],
    *,
    limit: int,
    after: str | None,
    newest_first: bool = True,
) -> tuple[list[str], str | None]:
    """Return the sort keys of up to `limit` messages, and the one behind which more stand (None: nowhere)."""
    index, attribute = listed.value
    partition = keys.endpoint_list(organization_id, endpoint_id)
    request: dict[str, Any] = {
        "TableName": TABLES.deliveries,
        "IndexName": index,
        "KeyConditionExpression": "#pk = :pk AND SK BETWEEN :first AND :last",
        "ExpressionAttributeNames": {"#pk": attribute},
        "ExpressionAttributeValues": {
            ":pk": {"S": partition},
            ":first": {"S": between[0]},
            ":last": {"S": between[1]},
        },
        "ScanIndexForward": not newest_first,
        "Limit": limit,
    }
    if after is not None:
        table_key = {"PK": {"S": keys.organization_partition(organization_id)}, "SK": {"S": after}}
        request["ExclusiveStartKey"] = {**table_key, attribute: {"S": partition}}
    answer = connection().dispatch("Query", request)
    ended_at = answer.get("LastEvaluatedKey")
    return [raw["SK"]["S"] for raw in answer["Items"]], ended_at["SK"]["S"] if ended_at else None

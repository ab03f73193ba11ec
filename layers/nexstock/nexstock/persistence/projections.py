"""Reads of some attributes of many items, for sums: what is read is not made an item first, which costs most of it."""

from collections.abc import Sequence
from dataclasses import dataclass
from string import ascii_lowercase
from typing import Any, Final, TypeVar

from pynamodb.attributes import Attribute

from nexstock.ids import OrganizationId
from nexstock.persistence.indexes import Lookup, index_request, position_of
from nexstock.persistence.keys import Kind, tenant_partition
from nexstock.persistence.tables import TABLES, connection
from nexstock.persistence.transaction import RawItem

T = TypeVar("T")

_SORT_KEY: Final = "SK"
_PLACEHOLDERS: Final = tuple("#" + letter for letter in ascii_lowercase)
"""For names of attributes, which may be words that DynamoDB keeps for itself."""


@dataclass(frozen=True, slots=True)
class Row:
    """Some attributes of one item."""

    raw: RawItem

    @property
    def sort_key(self) -> str:
        """The item's sort key."""
        return str(self.raw[_SORT_KEY]["S"])

    def __getitem__(self, attribute: Attribute[T]) -> T:
        """Return the value of an attribute that every item of the kind has."""
        value: T = attribute.deserialize(self.raw[attribute.attr_name][attribute.attr_type])
        return value

    def get(self, attribute: Attribute[T]) -> T | None:
        """Return the value of an attribute, or None where the item has none."""
        return self[attribute] if attribute.attr_name in self.raw else None


Rows = tuple[list[Row], str | None]
"""What was read, and the position after which more stands (None: nowhere)."""


def read_partition(
    organization_id: OrganizationId, kind: Kind, attributes: Sequence[Attribute[Any]], *, limit: int, after: str | None
) -> Rows:
    """Return attributes of up to `limit` items of a kind, in the order of their keys, read consistently."""
    partition = tenant_partition(organization_id, kind)
    request: dict[str, Any] = {
        "TableName": TABLES.tenants,
        "KeyConditionExpression": "#pk = :pk",
        "ExpressionAttributeNames": {"#pk": "PK"},
        "ExpressionAttributeValues": {":pk": {"S": partition}},
        "ConsistentRead": True,
        "Limit": limit,
    }
    if after is not None:
        request["ExclusiveStartKey"] = {"PK": {"S": partition}, _SORT_KEY: {"S": after}}
    rows, ended_at = _read(request, attributes)
    return rows, None if ended_at is None else ended_at[_SORT_KEY]["S"]


def read_index(  # noqa: PLR0913 (the parts of a Query)
    organization_id: OrganizationId,
    kind: Kind,
    lookup: Lookup,
    attributes: Sequence[Attribute[Any]],
    *,
    limit: int,
    after: str | None,
) -> Rows:
    """Return attributes, which the index carries, of up to `limit` entries of one of its lists."""
    rows, ended_at = _read(index_request(organization_id, kind, lookup, limit=limit, after=after), attributes)
    if ended_at is None:
        return rows, None
    return rows, position_of(ended_at[f"{lookup.index}SK"]["S"], ended_at[_SORT_KEY]["S"])


def _read(request: dict[str, Any], attributes: Sequence[Attribute[Any]]) -> tuple[list[Row], RawItem | None]:
    names = {
        placeholder: each.attr_name
        for placeholder, each in zip(_PLACEHOLDERS[: len(attributes)], attributes, strict=True)
    }
    answer = connection().dispatch(
        "Query",
        {
            **request,
            "ProjectionExpression": ", ".join([_SORT_KEY, *names]),
            "ExpressionAttributeNames": {**request["ExpressionAttributeNames"], **names},
        },
    )
    return [Row(raw) for raw in answer["Items"]], answer.get("LastEvaluatedKey")

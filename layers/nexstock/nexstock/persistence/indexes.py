"""The sparse indexes of the organizations' table: four, and each kind says what its lists use them for.

An index carries keys only: what a list shows is read from the items themselves, so that it is never older than the
items are, and a change of an item costs an index nothing unless it moves there (docs/adr/0017-sparse-indexes.md).
"""

import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass
from enum import StrEnum
from typing import Any, Final

from nexstock.ids import OrganizationId
from nexstock.persistence.keys import Kind, index_partition, tenant_partition
from nexstock.persistence.tables import TABLES, connection


class Index(StrEnum):
    """The indexes by their names; what stands in one depends on the kind of item."""

    GSI1 = "GSI1"
    GSI2 = "GSI2"
    GSI3 = "GSI3"
    GSI4 = "GSI4"


@dataclass(frozen=True, slots=True)
class IndexEntry:
    """Where an item stands in an index: in the list of a name and a value, and what it is sorted by there.

    `name` says what the list is of, e.g. `CATEGORY`; `value` is which one, and may be empty.
    """

    index: Index
    name: str
    value: str
    sort: str


@dataclass(frozen=True, slots=True)
class Lookup:
    """What is looked up in an index: one list of it, or the part of it whose sort texts begin so, or lie between."""

    index: Index
    name: str
    value: str = ""
    prefix: str | None = None
    at_least: str | None = None
    at_most: str | None = None
    newest_first: bool = True


@dataclass(frozen=True, slots=True)
class Hit:
    """One entry that was found: the sort key of its item, and the position after which the next one stands."""

    sort_key: str
    position: str


_LONGEST_SORT: Final = 512
_PAGE: Final = 100


def folded(text: str) -> str:
    """Return a text as it is searched for: compatible forms and upper and lower case are the same."""
    return unicodedata.normalize("NFKC", text).casefold()


def position_of(sort: str, sort_key: str) -> str:
    """Return the position of an entry, behind which the next one stands."""
    return f"{sort}\n{sort_key}"


def searchable(text: str) -> str:
    """Return the beginning of a text, folded, as what an index sorts by, or as a prefix that is looked up there.

    Folding can make a text many times longer, and a sort key has at most 1,024 bytes.
    """
    return folded(text).encode()[:_LONGEST_SORT].decode(errors="ignore")


def query_index(
    organization_id: OrganizationId, kind: Kind, lookup: Lookup, *, limit: int, after: str | None
) -> tuple[list[Hit], str | None]:
    """Return up to `limit` entries after a position, and the position after which more stand (None: nowhere).

    An index follows its table within moments and cannot be read consistently (AWS: "Using Global Secondary Indexes
    in DynamoDB").
    """
    answer = connection().dispatch("Query", index_request(organization_id, kind, lookup, limit=limit + 1, after=after))
    hits = [Hit(raw["SK"]["S"], position_of(raw[f"{lookup.index}SK"]["S"], raw["SK"]["S"])) for raw in answer["Items"]]
    more = len(hits) > limit or (hits and "LastEvaluatedKey" in answer)
    return hits[:limit], hits[:limit][-1].position if more else None


def entries_after(index: Index, partition: str, *, after: str, limit: int) -> list[tuple[str, str]]:
    """Return partition and sort key of up to `limit` items, of whichever organization, sorted after a text; first ones.

    As with `entries_until`, nothing of it is shown to anybody.
    """
    return _entries(index, partition, "#pk = :pk AND #sk > :sk", after, limit)


def entries_until(index: Index, partition: str, *, until: str, limit: int) -> list[tuple[str, str]]:
    """Return partition and sort key of up to `limit` items, of whichever organization, sorted up to a text; first ones.

    For work that the platform does for all organizations alike; nothing of it is shown to anybody.
    """
    return _entries(index, partition, "#pk = :pk AND #sk <= :sk", until, limit)


def every_entry_until(index: Index, partition: str, *, until: str) -> Iterator[tuple[str, str]]:
    """Give partition and sort key of all items, of whichever organization, sorted up to a text; first ones first.

    They are read a page at a time, so that work on them may move them meanwhile.
    """
    request = _entries_request(index, partition, "#pk = :pk AND #sk <= :sk", until, _PAGE)
    while True:
        answer = connection().dispatch("Query", request)
        yield from ((raw["PK"]["S"], raw["SK"]["S"]) for raw in answer["Items"])
        if "LastEvaluatedKey" not in answer:
            return
        request["ExclusiveStartKey"] = answer["LastEvaluatedKey"]


def _entries(index: Index, partition: str, condition: str, bound: str, limit: int) -> list[tuple[str, str]]:
    request = _entries_request(index, partition, condition, bound, limit)
    return [(raw["PK"]["S"], raw["SK"]["S"]) for raw in connection().dispatch("Query", request)["Items"]]


def _entries_request(index: Index, partition: str, condition: str, bound: str, limit: int) -> dict[str, Any]:
    # A bound is never empty (AWS: "DynamoDB API", key attribute values), and nothing is sorted below a space.
    return {
        "TableName": TABLES.tenants,
        "IndexName": index.value,
        "KeyConditionExpression": condition,
        "ExpressionAttributeNames": {"#pk": f"{index}PK", "#sk": f"{index}SK"},
        "ExpressionAttributeValues": {":pk": {"S": partition}, ":sk": {"S": bound or " "}},
        "Limit": limit,
    }


def index_request(
    organization_id: OrganizationId, kind: Kind, lookup: Lookup, *, limit: int, after: str | None
) -> dict[str, Any]:
    """Return the Query that reads up to `limit` entries after a position."""
    partition = index_partition(organization_id, kind, lookup.name, lookup.value)
    condition, bounds = _condition(lookup)
    request: dict[str, Any] = {
        "TableName": TABLES.tenants,
        "IndexName": lookup.index.value,
        "KeyConditionExpression": condition,
        "ExpressionAttributeNames": {"#pk": f"{lookup.index}PK", **({"#sk": f"{lookup.index}SK"} if bounds else {})},
        "ExpressionAttributeValues": {
            ":pk": {"S": partition},
            **{f":{place}": {"S": bound} for place, bound in enumerate(bounds)},
        },
        "ScanIndexForward": not lookup.newest_first,
        "Limit": limit,
    }
    if after is not None:
        request["ExclusiveStartKey"] = _start_key(organization_id, kind, lookup.index, partition, after)
    return request


def _condition(lookup: Lookup) -> tuple[str, list[str]]:
    if lookup.prefix is not None:
        return "#pk = :pk AND begins_with(#sk, :0)", [lookup.prefix]
    match lookup.at_least, lookup.at_most:
        case None, None:
            return "#pk = :pk", []
        case str() as least, None:
            return "#pk = :pk AND #sk >= :0", [least]
        case None, str() as most:
            return "#pk = :pk AND #sk <= :0", [most]
        case least, most:
            return "#pk = :pk AND #sk BETWEEN :0 AND :1", [str(least), str(most)]


def _start_key(organization_id: OrganizationId, kind: Kind, index: Index, partition: str, after: str) -> dict[str, Any]:
    sort, _, sort_key = after.rpartition("\n")
    return {
        "PK": {"S": tenant_partition(organization_id, kind)},
        "SK": {"S": sort_key},
        f"{index}PK": {"S": partition},
        f"{index}SK": {"S": sort},
    }

"""Tables as a restore sees them: items by their two keys, whatever they are of."""

import itertools
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final, Protocol

Item = Mapping[str, Mapping[str, Any]]
"""An item in DynamoDB's typed form."""
Key = tuple[str, str]

_MOST_READ: Final = 100
"""A BatchGetItem takes no more (AWS: "BatchGetItem")."""


class Table(Protocol):
    """Items that can be looked through, looked up and changed."""

    def items(self) -> Iterator[Item]:
        """Yield every item."""

    def partition(self, pk: str) -> Iterator[Item]:
        """Yield the items of a partition."""

    def get_many(self, keys: Sequence[Key]) -> dict[Key, Item]:
        """Return those of up to 100 that there are."""

    def put(self, item: Item, *, seen: Item | None) -> None:
        """Store an item in the place of the one that was seen there."""

    def delete(self, item: Item) -> None:
        """Remove the item that was seen."""


def key_of(item: Item) -> Key:
    """Return the two keys of an item."""
    return item["PK"]["S"], item["SK"]["S"]


def text_of(item: Item, name: str) -> str | None:
    """Return a text of an item, if it has it."""
    value = item.get(name)
    return None if value is None else str(value["S"])


def number_of(item: Item, name: str) -> int | None:
    """Return a whole number of an item, if it has it."""
    value = item.get(name)
    return None if value is None else int(value["N"])


def get(table: Table, key: Key) -> Item | None:
    """Return one item, if it is there."""
    return table.get_many([key]).get(key)


def beside(items: Iterable[Item], other: Table) -> Iterator[tuple[Item, Item | None]]:
    """Yield each item with the one that another table has at its place, if any."""
    rest = iter(items)
    while some := list(itertools.islice(rest, _MOST_READ)):
        there = other.get_many([key_of(item) for item in some])
        yield from ((item, there.get(key_of(item))) for item in some)


@dataclass(frozen=True)
class DynamoTable:
    """A table of DynamoDB, read consistently.

    A write fails if the item has changed since it was seen, as far as items say by a version that they have: whoever
    restores keeps everybody else from writing.
    """

    client: Any
    name: str

    def items(self) -> Iterator[Item]:
        """Yield every item."""
        pages = self.client.get_paginator("scan").paginate(TableName=self.name, ConsistentRead=True)
        return (item for page in pages for item in page["Items"])

    def partition(self, pk: str) -> Iterator[Item]:
        """Yield the items of a partition."""
        pages = self.client.get_paginator("query").paginate(
            TableName=self.name,
            ConsistentRead=True,
            KeyConditionExpression="PK = :pk",
            ExpressionAttributeValues={":pk": {"S": pk}},
        )
        return (item for page in pages for item in page["Items"])

    def get_many(self, keys: Sequence[Key]) -> dict[Key, Item]:
        """Return those of up to 100 that there are."""
        wanted = [{"PK": {"S": pk}, "SK": {"S": sk}} for pk, sk in dict.fromkeys(keys)]
        found: dict[Key, Item] = {}
        asked = {self.name: {"Keys": wanted, "ConsistentRead": True}}
        while asked:
            answer = self.client.batch_get_item(RequestItems=asked)
            found.update((key_of(item), item) for item in answer["Responses"].get(self.name, []))
            asked = answer.get("UnprocessedKeys", {})
        return found

    def put(self, item: Item, *, seen: Item | None) -> None:
        """Store an item in the place of the one that was seen there."""
        self.client.put_item(TableName=self.name, Item=item, **_unchanged(seen))

    def delete(self, item: Item) -> None:
        """Remove the item that was seen."""
        self.client.delete_item(TableName=self.name, Key={"PK": item["PK"], "SK": item["SK"]}, **_unchanged(item))


def _unchanged(seen: Item | None) -> dict[str, Any]:
    if seen is None:
        return {"ConditionExpression": "attribute_not_exists(PK)"}
    if "version" not in seen:
        return {"ConditionExpression": "attribute_exists(PK)"}
    return {
        "ConditionExpression": "#version = :seen",
        "ExpressionAttributeNames": {"#version": "version"},
        "ExpressionAttributeValues": {":seen": seen["version"]},
    }

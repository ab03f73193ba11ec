"""Items in DynamoDB's form, tables of them in memory, and what an audit log says of them: for restores."""

import json
from collections.abc import Iterator, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any, Final

from infra.restore.since import Since
from infra.restore.tables import Item, Key, key_of
from nexstock.clock import to_rfc3339
from nexstock.persistence.keys import Kind

MOMENT: Final = datetime(2026, 11, 26, 10, tzinfo=UTC)
BEFORE: Final = MOMENT - timedelta(days=3)
AFTER: Final = MOMENT + timedelta(minutes=5)
NOW: Final = MOMENT + timedelta(hours=1)
ORGANIZATION: Final = "org_01JD0000000000000000000000"
OTHER: Final = "org_01JD0000000000000000000001"


def stored(pk: str, sk: str, **attributes: Any) -> Item:  # noqa: ANN401 (texts, numbers, lists of texts)
    """Return an item with these attributes."""
    return {"PK": {"S": pk}, "SK": {"S": sk}, **{name: _typed(value) for name, value in attributes.items()}}


def owned(kind: Kind, sk: str, *, organization: str = ORGANIZATION, version: int = 1, **attributes: Any) -> Item:  # noqa: ANN401 (as above)
    """Return an item of an organization, last changed before the moment unless told otherwise."""
    told = {"version": version, "updatedAt": to_rfc3339(BEFORE), **attributes}
    return stored(f"ORG#{organization}#{kind}", sk, kind=kind.value, **told)


def organization(organization_id: str = ORGANIZATION, **attributes: Any) -> Item:  # noqa: ANN401 (as above)
    """Return an organization's own item."""
    return owned(Kind.ORGANIZATION, organization_id, organization=organization_id, **attributes)


def entry(action: str, kind: Kind, resource_id: str, *, at: datetime = AFTER, organization: str = ORGANIZATION) -> Item:
    """Return an audit entry."""
    said = {"action": action, "at": to_rfc3339(at), "resource": {"kind": kind.resource, "id": resource_id}}
    return stored(f"ORG#{organization}", f"ENTRY#{resource_id}{action}", canonical=json.dumps(said))


class MemoryTable:
    """A table in memory; `items` may be given in any order."""

    def __init__(self, *items: Item) -> None:
        self._items = {key_of(item): item for item in items}

    def items(self) -> Iterator[Item]:
        """Yield every item."""
        yield from list(self._items.values())

    def partition(self, pk: str) -> Iterator[Item]:
        """Yield the items of a partition."""
        return (item for item in self.items() if item["PK"]["S"] == pk)

    def get_many(self, keys: Sequence[Key]) -> dict[Key, Item]:
        """Return those that there are."""
        return {key: self._items[key] for key in keys if key in self._items}

    def put(self, item: Item, *, seen: Item | None) -> None:
        """Store an item in the place of the one that was seen there."""
        assert self._items.get(key_of(item)) == seen
        self._items[key_of(item)] = item

    def delete(self, item: Item) -> None:
        """Remove the item that was seen."""
        assert self._items.pop(key_of(item)) == item

    def find(self, pk: str, sk: str) -> Item | None:
        """Return an item, if it is there."""
        return self._items.get((pk, sk))


def since(*entries: Item, tenants: MemoryTable) -> Since:
    """Return what is known of the time since the moment."""
    return Since.read(MOMENT, audit=entries, tenants=tenants)


def _typed(value: Any) -> dict[str, Any]:  # noqa: ANN401 (a text, a number, or a list of texts)
    if isinstance(value, int):
        return {"N": str(value)}
    if isinstance(value, list):
        return {"L": [{"S": each} for each in value]}
    return {"S": value}

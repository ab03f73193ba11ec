"""An organization's audit log, recomputed by code of its own: nothing here calls the layer's hashing."""

import hashlib
import json
from typing import Any

import rfc8785

from nexstock.aws import client
from nexstock.ids import OrganizationId
from tests.support.environment import table_name

Entry = dict[str, Any]


def verified_chain(organization_id: OrganizationId) -> list[Entry]:
    """Return all entries, oldest first, each checked against the one before it and the last against the head.

    Raises:
        AssertionError: the chain is broken, has a gap, or does not end at its head.
    """
    items = _items(organization_id)
    entries: list[Entry] = []
    previous = "0" * 64
    for place, item in enumerate(sorted(name for name in items if name.startswith("ENTRY#")), start=1):
        stored = items[item]
        entry = json.loads(stored["canonical"]["S"])
        assert rfc8785.dumps(entry).decode() == stored["canonical"]["S"]
        assert (entry["sequence"], entry["previousHash"]) == (place, previous)
        previous = hashlib.sha256(stored["canonical"]["S"].encode()).hexdigest()
        assert stored["hash"]["S"] == previous
        assert items[f"ID#{entry['id']}"]["sequence"]["N"] == str(place)
        entries.append(entry)
    assert len(items) == 2 * len(entries) + bool(entries)
    if entries:
        assert (items["HEAD"]["sequence"]["N"], items["HEAD"]["hash"]["S"]) == (str(len(entries)), previous)
    return entries


def _items(organization_id: OrganizationId) -> dict[str, dict[str, Any]]:
    pages = (
        client("dynamodb")
        .get_paginator("query")
        .paginate(
            TableName=table_name("audit"),
            KeyConditionExpression="PK = :pk",
            ExpressionAttributeValues={":pk": {"S": f"ORG#{organization_id}"}},
            ConsistentRead=True,
        )
    )
    items = {item["SK"]["S"]: item for page in pages for item in page["Items"]}
    return {name: item for name, item in items.items() if not name.startswith("CHECKPOINT#")}

"""New entries of the audit log as events, for those who watch over an organization from outside.

An entry is a change of the audit table, and is told of as any change is: its sequence stands for the version, so that a
message has the same id however often the record is delivered. Telling of an entry changes no organization's items, so
that no entry follows from it.
"""

import json
from typing import Final

from nexstock.audit.chain import ChainedEntry
from nexstock.changes import Change, Image, Record
from nexstock.persistence import keys
from nexstock.persistence.keys import Kind, organization_of

_EVENT: Final = "audit.recorded"


def recorded_entry(record: Record) -> Change | None:
    """Return the entry that a record of the audit table's stream tells of; None for its ids, heads and expired ones.

    Raises:
        ValueError: the record is not one of this table's.
    """
    change = record["dynamodb"]
    sort_key, image = change["Keys"]["SK"]["S"], change.get("NewImage")
    if image is None or not keys.is_audit_entry(sort_key):
        return None
    event: Image = {
        **image,
        "event": {"S": _EVENT},
        "version": {"N": str(keys.audit_sequence_of(sort_key))},
        "changedBy": {"M": {"at": {"S": json.loads(image["canonical"]["S"])["at"]}}},
    }
    return Change(organization_of(change["Keys"]["PK"]["S"]), Kind.AUDIT_ENTRY, image["id"]["S"], None, event)


def entry_in(image: Image) -> ChainedEntry:
    """Return the entry that an image is of."""
    sequence = keys.audit_sequence_of(image["SK"]["S"])
    return ChainedEntry(image["id"]["S"], sequence, image["hash"]["S"], image["canonical"]["S"])

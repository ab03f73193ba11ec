"""How long a million audit entries take to export: 20,000 are, in both forms, and what a second does is multiplied."""

import resource
import time
from collections.abc import Iterator
from typing import Final

from nexstock.audit.chain import ChainedEntry, Head
from nexstock.audit.filters import index_keys
from nexstock.aws import client
from nexstock.exports.making import make_export
from nexstock.exports.service import MOST_ROWS_AT_ONCE
from nexstock.ids import OrganizationId
from nexstock.observability import logger
from tests.bench.engine import running_engine
from tests.support.api import call
from tests.support.audited import some_facts
from tests.support.environment import table_name
from tests.support.imports import a_note
from tests.support.people import StaffedOrganization, an_organization

TITLE: Final = "An export of the audit log"

_ENTRIES: Final = 20_000
_MILLION: Final = 1_000_000
_LONGEST_S: Final = 900
"""AWS: "Lambda quotas", function timeout."""


def measure() -> Iterator[str]:
    """Tell the entries of a second, and the minutes of a million of them."""
    logger.setLevel("ERROR")
    assert _ENTRIES > MOST_ROWS_AT_ONCE
    with running_engine():
        home = an_organization()
        _fill(home.id)
        before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
        for form in ("jsonl", "csv"):
            yield _exported(home, form)
        grown = (resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before) // 1024
        yield f"memory: {grown} MB more than before the first"


def _exported(home: StaffedOrganization, form: str) -> str:
    query = {"format": form}
    begun = call("GET", "/v1/audit-logs/export", token=home.owner.token, query=query).json
    # Of this process alone: what others do on the machine is no part of the figure, nor what the engines do.
    began = time.process_time()
    make_export(a_note(home.id, begun["id"]))
    per_second = _ENTRIES / (time.process_time() - began)
    size = call("GET", "/v1/audit-logs/export", token=home.owner.token, query=query).json["bytes"]
    million_s = _MILLION / per_second
    return (
        f"{form}: {per_second:.0f} entries of {size // _ENTRIES} bytes for each second of a core; "
        f"a million in {million_s / 60:.1f} minutes of {_LONGEST_S // 60}"
    )


def _fill(organization_id: OrganizationId) -> None:
    """Put entries as the log's writer does, without its transactions, which are measured elsewhere."""
    tables, head, waiting = client("dynamodb"), Head(), []
    for number in range(_ENTRIES):
        entry = ChainedEntry.append(some_facts(number), organization_id, head)
        head = entry.head
        waiting.append({"PutRequest": {"Item": _item(organization_id, entry)}})
        if len(waiting) == 25:
            tables.batch_write_item(RequestItems={table_name("audit"): waiting})
            waiting = []
    newest = {"sequence": {"N": str(head.sequence)}, "hash": {"S": head.hash}}
    tables.put_item(TableName=table_name("audit"), Item={**_place(organization_id, "HEAD"), **newest})


def _item(organization_id: OrganizationId, entry: ChainedEntry) -> dict[str, dict[str, str]]:
    keys = index_keys(organization_id, entry.fields)
    texts = {"id": entry.id, "hash": entry.hash, "canonical": entry.canonical}
    texts |= {index.attribute: value for index, value in keys.items()}
    return {
        **_place(organization_id, f"ENTRY#{entry.sequence:012d}"),
        **{name: {"S": text} for name, text in texts.items()},
    }


def _place(organization_id: OrganizationId, sort_key: str) -> dict[str, dict[str, str]]:
    return {"PK": {"S": f"ORG#{organization_id}"}, "SK": {"S": sort_key}}

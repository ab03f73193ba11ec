"""Imports in tests: tables, the three ways in, and a queue that is worked through to its end."""

import csv
import io
from collections import deque
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Final

import httpx

from nexstock.background import JobNote
from nexstock.clock import utc_now
from nexstock.ids import OrganizationId
from nexstock.imports.processing import process_import
from tests.support.api import Reply, call
from tests.support.events import Json
from tests.support.people import StaffedOrganization

CSV_HEADERS: Final = {"Content-Type": "text/csv"}


@dataclass
class Queue:
    """Takes notes as the queue of imports does, and hands each on until there is none."""

    notes: deque[dict[str, str]] = field(default_factory=deque)

    def send(self, queue: str, message: Mapping[str, str], *, delay_s: int = 0) -> None:
        """Take a note."""
        assert queue == "IMPORTS"
        assert delay_s >= 0
        self.notes.append(dict(message))

    def work_through(self) -> int:
        """Act on every note, and on those that follow; return how many there were."""
        count = 0
        while self.notes:
            process_import(self.notes.popleft(), send=self.send)
            count += 1
        return count


def table(*rows: Sequence[str], delimiter: str = ",") -> str:
    """Return rows as CSV."""
    text = io.StringIO(newline="")
    csv.writer(text, delimiter=delimiter).writerows(rows)
    return text.getvalue()


def numbered_products(count: int, *, name: str = "Bolt", first: int = 0) -> str:
    """Return a table of as many products."""
    rows = ([f"SKU-{number}", f"{name} {number}"] for number in range(first, first + count))
    return table(["sku", "name"], *rows)


def posted(organization: StaffedOrganization, text: str, *, dry_run: bool = False, token: str | None = None) -> Reply:
    """Send a table with the request, as the owner unless a token is given."""
    query = {"dryRun": "true"} if dry_run else None
    sender = token or organization.owner.token
    return call("POST", "/v1/products/import", token=sender, body=text, headers=CSV_HEADERS, query=query)


def created(organization: StaffedOrganization, **body: Any) -> Json:  # noqa: ANN401 (any JSON value)
    """Create an import whose file is uploaded apart."""
    reply = call("POST", "/v1/imports", token=organization.owner.token, body={"kind": "products", **body})
    assert reply.status == 201, reply.text
    answer: Json = reply.json
    return answer


def uploaded(upload: Json, content: bytes) -> int:
    """Post a file with a form and return the status."""
    files = {"file": ("products.csv", content, "text/csv")}
    return httpx.post(upload["url"], data=upload["fields"], files=files).status_code


def started(organization: StaffedOrganization, import_id: str) -> Reply:
    """Start an import as the owner."""
    return call("POST", f"/v1/imports/{import_id}/start", token=organization.owner.token)


def shown(organization: StaffedOrganization, import_id: str) -> Json:
    """Return an import as its owner sees it."""
    reply = call("GET", f"/v1/imports/{import_id}", token=organization.owner.token)
    assert reply.status == 200, reply.text
    answer: Json = reply.json
    return answer


def a_note(organization_id: OrganizationId, import_id: str) -> dict[str, str]:
    """Return a note that an import is to go on, as it would be queued now."""
    return JobNote(organization_id, import_id, utc_now()).message


def worked_through(organization: StaffedOrganization, import_id: str) -> Json:
    """Work an import through to its end and return it."""
    queue = Queue(deque([a_note(organization.id, import_id)]))
    queue.work_through()
    return shown(organization, import_id)


def imported(organization: StaffedOrganization, text: str, *, dry_run: bool = False) -> Json:
    """Import a table to its end and return the import."""
    reply = posted(organization, text, dry_run=dry_run)
    assert reply.status == 202, reply.text
    return worked_through(organization, reply.json["id"])


def counts(shown_import: Json) -> tuple[int, int, int, int]:
    """Return how many rows were created, updated, left alone and refused."""
    created_, updated, unchanged, failed = (
        int(shown_import[name]) for name in ("created", "updated", "unchanged", "failed")
    )
    return created_, updated, unchanged, failed


def products_of(organization: StaffedOrganization) -> dict[str, Json]:
    """Return all products of an organization by their SKUs."""
    found: dict[str, Json] = {}
    cursor: str | None = None
    while True:
        query = {"limit": "100", **({"cursor": cursor} if cursor else {})}
        page = call("GET", "/v1/products", token=organization.owner.token, query=query).json
        for item in page["items"]:
            assert item["sku"] not in found, "two products have one SKU"
            found[item["sku"]] = item
        cursor = page["next"]
        if cursor is None:
            return found

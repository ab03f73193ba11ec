"""Exports in tests: asked for, made, and read as whoever has the link reads them."""

import csv
import io
import json
import zipfile
from dataclasses import dataclass
from typing import Final

import httpx

from nexstock.exports.making import make_export
from tests.support.api import Reply, call
from tests.support.events import Json
from tests.support.imports import a_note
from tests.support.people import StaffedOrganization

OF_ORGANIZATION: Final = "/v1/organization/export"
OF_PRODUCTS: Final = "/v1/products/export"


@dataclass(frozen=True)
class Archive:
    """What an organization's export holds."""

    file: zipfile.ZipFile

    @property
    def names(self) -> set[str]:
        """The kinds that there are files of."""
        return {name.rpartition(".")[0] for name in self.file.namelist()} - {"manifest"}

    @property
    def manifest(self) -> Json:
        """What the export says of itself."""
        manifest: Json = json.loads(self.file.read("manifest.json"))
        return manifest

    def lines(self, name: str) -> list[Json]:
        """Return all of a kind, from JSON Lines."""
        return [json.loads(line) for line in self.file.read(f"{name}.jsonl").decode().splitlines()]

    def sheet(self, name: str) -> list[dict[str, str]]:
        """Return the rows of a kind's table."""
        return list(csv.DictReader(io.StringIO(self.file.read(f"{name}.csv").decode(), newline="")))

    def text(self) -> str:
        """Return everything that stands in any of the files."""
        return "".join(self.file.read(name).decode() for name in self.file.namelist())


def asked(organization: StaffedOrganization, path: str) -> Reply:
    """Ask for an export as the owner."""
    return call("GET", path, token=organization.owner.token)


def made(organization: StaffedOrganization, path: str) -> Json:
    """Have an export made, and return the answer with its link."""
    begun = asked(organization, path)
    assert (begun.status, begun.headers["Retry-After"]) == (202, "5")
    assert begun.json["status"] == "running"
    make_export(a_note(organization.id, begun.json["id"]))
    ready = asked(organization, path)
    assert (ready.status, ready.json["id"], ready.json["status"]) == (200, begun.json["id"], "ready")
    answer: Json = ready.json
    return answer


def archive_of(ready: Json) -> Archive:
    """Load the archive that an answer links."""
    content = httpx.get(ready["url"]).content
    assert len(content) == ready["bytes"]
    archive = zipfile.ZipFile(io.BytesIO(content))
    assert archive.testzip() is None
    return Archive(archive)

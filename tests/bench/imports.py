"""How long 50,000 products take: uploaded and imported, the same table once more, and the export of them all."""

import resource
import time
from collections.abc import Iterator
from typing import Final

from nexstock.exports.making import make_export
from nexstock.observability import logger
from tests.bench.engine import running_engine
from tests.support.api import call
from tests.support.imports import a_note, counts, created, numbered_products, started, uploaded, worked_through
from tests.support.people import StaffedOrganization, an_organization

TITLE: Final = "An import of 50,000 products, and its export"

_ROWS: Final = 50_000


def measure() -> Iterator[str]:
    """Tell the seconds of each, and the rows of a second."""
    logger.setLevel("ERROR")
    with running_engine():
        home = an_organization()
        content = numbered_products(_ROWS).encode()
        yield _imported("created", home, content, (_ROWS, 0, 0, 0))
        yield _imported("unchanged", home, content, (0, 0, _ROWS, 0))
        began = time.monotonic()
        export = call("GET", "/v1/organization/export", token=home.owner.token).json
        make_export(a_note(home.id, export["id"]))
        yield f"exported: {time.monotonic() - began:.1f} s"
        yield f"largest memory of this process: {resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024} MB"


def _imported(label: str, home: StaffedOrganization, content: bytes, expected: tuple[int, int, int, int]) -> str:
    new = created(home)
    assert uploaded(new["upload"], content) == 204
    assert started(home, new["id"]).status == 202
    began = time.monotonic()
    done = worked_through(home, new["id"])
    took_s = time.monotonic() - began
    assert (done["status"], counts(done)) == ("done", expected)
    return f"{label}: {took_s:.1f} s, {_ROWS / took_s:.0f} rows a second"

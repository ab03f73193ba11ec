"""The packages that the lock files pin, of PyPI and of npm."""

import json
import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Final

ROOT: Final = Path(__file__).resolve().parents[2]

SHIPPED: Final = "requirements.txt"
"""What the functions run on; everything else builds, checks and tests."""

ENVIRONMENTS: Final = {
    SHIPPED: ".venv",
    "requirements-dev.txt": ".venv",
    "infra/local/requirements.txt": ".local/venvs/engine",
    "infra/local/requirements-sam.txt": ".local/venvs/sam",
    "infra/checks/requirements.txt": ".local/venvs/checks",
}
"""Each lock file of PyPI, and the virtual environment that is made from it."""

NPM: Final = ("tests/support/dynoxide/package-lock.json", "tests/support/verifiers/package-lock.json")

_PINNED: Final = re.compile(r"^([A-Za-z0-9._-]+)(?:\[[^\]]*\])?==([^\s;\\]+)(?:\s*;\s*([^\\]+))?")
_HASH: Final = re.compile(r"--hash=sha256:([0-9a-f]{64})")


@dataclass(frozen=True)
class Package:
    """One package of one lock file."""

    ecosystem: str
    name: str
    version: str
    lock: str
    marker: str = ""
    hashes: tuple[str, ...] = ()
    needed_by: tuple[str, ...] = ()
    licence: str = ""
    """Of npm only, whose lock files say it."""

    @property
    def purl(self) -> str:
        """Its package URL (github.com/package-url/purl-spec)."""
        return f"pkg:{self.ecosystem.lower()}/{self.name.replace('@', '%40')}@{self.version}"


def locked(lock: str) -> list[Package]:
    """Return the packages of one lock file."""
    text = (ROOT / lock).read_text()
    return list(_of_npm(lock, text) if lock.endswith(".json") else _of_pypi(lock, text))


def all_locked() -> list[Package]:
    """Return the packages of all lock files."""
    return [package for lock in (*ENVIRONMENTS, *NPM) for package in locked(lock)]


def normalized(name: str) -> str:
    """Return a name of PyPI as its index has it (PEP 503)."""
    return re.sub(r"[-_.]+", "-", name).lower()


def _of_pypi(lock: str, text: str) -> Iterator[Package]:
    # A package's block is its line, its hashes, and the comments that say who needs it.
    for block in re.split(r"(?m)^(?=[A-Za-z0-9])", text):
        if pinned := _PINNED.match(block):
            name, version, marker = pinned.groups()
            hashes = tuple(sorted(_HASH.findall(block)))
            needed_by = tuple(_needing(block))
            yield Package("PyPI", normalized(name), version, lock, (marker or "").strip(), hashes, needed_by)


def _needing(block: str) -> Iterator[str]:
    comments = [line.strip().lstrip("# ").removeprefix("via").strip() for line in block.splitlines() if "    #" in line]
    return (comment for comment in comments if comment and not comment.startswith("-"))


def _of_npm(lock: str, text: str) -> Iterator[Package]:
    for place, details in json.loads(text)["packages"].items():
        if place:
            name = place.rpartition("node_modules/")[2]
            yield Package("npm", name, details["version"], lock, licence=details.get("license", ""))

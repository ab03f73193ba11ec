"""`python -m infra.supply.licences`: whether every locked package has a licence that is allowed for what it does here.

What the functions run on is under licences that ask for a notice only. Tools may be under the MPL too, which asks for
the sources of its own files when they are passed on, and nobody passes tools on.
"""

import re
import sys
from collections.abc import Iterator
from importlib.metadata import Distribution, distributions
from typing import Final

from packaging.markers import Marker

from infra.supply.packages import ENVIRONMENTS, NPM, ROOT, SHIPPED, Package, locked, normalized

ALLOWED: Final = frozenset(
    {
        # SPDX identifiers.
        "0BSD", "Apache-2.0", "BSD-2-Clause", "BSD-3-Clause", "CC0-1.0", "CNRI-Python", "ISC", "MIT", "MIT-0",
        "PSF-2.0", "Unlicense", "Zlib",
        # The same, as classifiers of PyPI and older metadata call them.
        "Apache Software License", "BSD", "BSD License", "MIT License", "MIT No Attribution License (MIT-0)",
        "Python Software Foundation License",
    }
)  # fmt: skip

ALLOWED_FOR_TOOLS: Final = ALLOWED | {"Artistic-1.0", "MPL-2.0", "Mozilla Public License 2.0 (MPL 2.0)"}

READ_BY_A_PERSON: Final = {
    # Names no licence in its metadata; its file LICENSE is the BSD licence of three clauses.
    "cookiecutter": "BSD-3-Clause",
    # Its file LICENSE: the Artistic Licence, or the GPL, by choice of whoever uses it.
    "text-unidecode": "Artistic-1.0",
}
"""Tools whose metadata do not say what their licence is."""

_NO_LICENCES: Final = {"DFSG approved", "Freely Distributable"}
"""Classifiers that stand among the licences and are none."""


def allowed(expression: str, names: frozenset[str]) -> bool:
    """Tell whether an SPDX expression can be met with these licences; one that is empty cannot."""
    text = expression.strip()
    while text.startswith("(") and _closes_at(text) == len(text) - 1:
        text = text[1:-1].strip()
    for operator, meets in ((" OR ", any), (" AND ", all)):
        parts = _split(text, operator)
        if len(parts) > 1:
            return meets(allowed(part, names) for part in parts)
    return text in names


def refused(lock: str, licences: dict[str, str]) -> Iterator[str]:
    """Yield what is wrong with the licences of a lock file's packages, given those of the installed ones by name."""
    names = ALLOWED if lock == SHIPPED else ALLOWED_FOR_TOOLS
    for package in locked(lock):
        if package.name in licences:
            licence = licences[package.name]
        elif package.licence:
            licence = package.licence
        elif _is_for_another_platform(package):
            continue
        else:
            yield f"{lock}: {package.name} is not installed, so nothing says what its licence is"
            continue
        if lock != SHIPPED:
            licence = READ_BY_A_PERSON.get(package.name, licence)
        if not allowed(licence, names):
            yield f"{lock}: {package.name} {package.version}: {licence or 'no licence'}"


def installed(environment: str) -> dict[str, str]:
    """Return the licences of what is installed in a virtual environment, by name."""
    folders = [str(path) for path in (ROOT / environment).glob("lib/python3*/site-packages")]
    return {normalized(each.name): licence_of(each) for each in distributions(path=folders)}


def licence_of(package: Distribution) -> str:
    """Return what a package says of its licence, as an expression: of several classifiers all have to be kept."""
    metadata = package.metadata
    if expressions := metadata.get_all("License-Expression"):
        return str(expressions[0])
    classifiers = [each.rpartition(" :: ")[2] for each in metadata.get_all("Classifier") or [] if "License ::" in each]
    named = [each for each in classifiers if each not in _NO_LICENCES]
    return " AND ".join(named) or "".join(metadata.get_all("License") or []).strip()


def _is_for_another_platform(package: Package) -> bool:
    return bool(package.marker) and not Marker(package.marker).evaluate()


def _split(text: str, operator: str) -> list[str]:
    parts, depth, begin = [], 0, 0
    for match in re.finditer(rf"[()]|{operator}", text):
        if match[0] == operator and depth == 0:
            parts.append(text[begin : match.start()])
            begin = match.end()
        depth += {"(": 1, ")": -1}.get(match[0], 0)
    return [*parts, text[begin:]]


def _closes_at(text: str) -> int:
    depth = 0
    for place, sign in enumerate(text):
        depth += {"(": 1, ")": -1}.get(sign, 0)
        if depth == 0:
            return place
    return -1


def main() -> int:
    """List what is refused in the lock files of the environments that are set up; return the exit status."""
    locks = [lock for lock, environment in ENVIRONMENTS.items() if (ROOT / environment).exists()]
    found = [each for lock in locks for each in refused(lock, installed(ENVIRONMENTS[lock]))]
    found += [each for lock in NPM for each in refused(lock, {})]
    for each in found:
        print(each)
    print(f"{len(found)} licences refused in {len(locks) + len(NPM)} lock files")
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main())

"""Which requirements of ASVS 5.0 have a test, read from the markers in the suites; `make asvs` prints the table.

docs/asvs.csv lists the requirements of the chapters V6 to V9 that apply, and why the others do not. A requirement is
covered if a test carries its id: `@pytest.mark.asvs("6.5.1")`.
"""

import ast
import csv
import sys
from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Final

from tests.support.templates import ROOT

_TABLE: Final = ROOT / "docs" / "asvs.csv"


@dataclass(frozen=True)
class Requirement:
    """One requirement; `note` says why it does not apply, or why it is open."""

    id: str
    level: int
    applies: bool
    note: str


@cache
def requirements() -> list[Requirement]:
    """Return the requirements of V6 to V9, in their order."""
    with _TABLE.open(newline="") as lines:
        return [
            Requirement(row["requirement"], int(row["level"]), row["applies"] == "yes", row["note"])
            for row in csv.DictReader(lines)
        ]


@cache
def marked_tests() -> Mapping[str, list[str]]:
    """Return the tests that carry each requirement's id, as `file::test`."""
    found: dict[str, list[str]] = {}
    for path in sorted((ROOT / "tests").rglob("test_*.py")):
        for test, ids in _marked(path):
            for each in ids:
                found.setdefault(each, []).append(f"{path.relative_to(ROOT / 'tests')}::{test}")
    return found


def _marked(path: Path) -> Iterator[tuple[str, list[str]]]:
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.FunctionDef):
            ids = [
                argument.value
                for decorator in node.decorator_list
                if isinstance(decorator, ast.Call) and ast.unparse(decorator.func) == "pytest.mark.asvs"
                for argument in decorator.args
                if isinstance(argument, ast.Constant) and isinstance(argument.value, str)
            ]
            if ids:
                yield node.name, ids


def _line(requirement: Requirement) -> str:
    tests = marked_tests().get(requirement.id, [])
    if not requirement.applies:
        state = f"does not apply: {requirement.note}"
    elif tests:
        state = f"covered by {len(tests)}: {tests[0]}" + (" and others" if len(tests) > 1 else "")
    else:
        state = f"open: {requirement.note or 'no test yet'}"
    return f"V{requirement.id:<7} L{requirement.level}  {state}"


def main() -> int:
    """Print the table and its sums."""
    covered = marked_tests()
    sums = Counter((each.level, each.id in covered) for each in requirements() if each.applies)
    totals = [
        f"level {level}: {sums[level, True]} of {sums[level, True] + sums[level, False]} covered" for level in (1, 2, 3)
    ]
    sys.stdout.write("\n".join([*map(_line, requirements()), *totals, ""]))
    return 0


if __name__ == "__main__":
    raise SystemExit(main())

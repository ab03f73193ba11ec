"""`nexstock-verify`: verify an exported audit log, or a signed document, offline."""

import argparse
import json
import sys
from collections.abc import Iterator, Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Any, Final

from nexstock_verify import document_command
from nexstock_verify.arguments import PROGRAM, Exit, Unreadable, add_common_options, believed_keys, opened
from nexstock_verify.notes import MalformedNote
from nexstock_verify.proofs import ConsistencyProof, InclusionProof, hashes_of
from nexstock_verify.verification import Evidence, Report, verify

_DESCRIPTION: Final = "Verify an exported audit log of NexStock offline, by the public key of its checkpoints."
_EPILOG: Final = """
nexstock-verify document FILE verifies a signed document; it has a help of its own.

exit codes:
  0  the log is intact, and a signed checkpoint covers it
  1  the log, a checkpoint or a proof was changed, or something is missing
  2  an argument or a file cannot be read
  3  the log is intact in itself, but nothing signed covers it
"""


def main(arguments: Sequence[str] | None = None) -> int:
    """Verify what the arguments name, say what was found, and return the exit code."""
    given = sys.argv[1:] if arguments is None else list(arguments)
    try:
        if given[:1] == [document_command.NAME]:
            return document_command.run(given[1:])
        return _verify_log(_parser().parse_args(given))
    except (Unreadable, OSError, UnicodeDecodeError) as error:
        sys.stderr.write(f"{PROGRAM}: {error}\n")
        return Exit.UNREADABLE


def _verify_log(options: argparse.Namespace) -> Exit:
    with opened(options.export) as lines:
        report = verify(lines, _evidence(options), is_part=options.part)
    code = _code(report)
    sys.stdout.write(json.dumps(_as_json(report, code)) + "\n" if options.json else _as_text(report, code))
    return code


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        PROGRAM, description=_DESCRIPTION, epilog=_EPILOG, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("export", help="JSON Lines from GET /v1/audit-logs/export?format=jsonl; - reads the input")
    add_common_options(parser)
    parser.add_argument(
        "--checkpoints",
        action="append",
        default=[],
        type=Path,
        help="an answer of GET /v1/audit-logs/checkpoints, or one signed note; may be repeated",
    )
    parser.add_argument(
        "--proof",
        action="append",
        default=[],
        type=Path,
        help="an answer of GET /v1/audit-logs/{id}/proof, or its proof alone; may be repeated",
    )
    parser.add_argument("--part", action="store_true", help="the export is a part of the log on purpose")
    return parser


def _evidence(options: argparse.Namespace) -> Evidence:
    keys = believed_keys(options)
    notes, consistency = [], []
    for file in options.checkpoints:
        found = _json_or_text(file)
        notes += [found] if isinstance(found, str) else list(_notes(found, file))
        consistency += [] if isinstance(found, str) else list(_consistency(found, file))
    proofs = [_proof(file) for file in options.proof]
    return Evidence(keys, notes, proofs, consistency)


def _json_or_text(file: Path) -> Any:  # noqa: ANN401 (any JSON value)
    text = file.read_text()
    if not text.lstrip().startswith("{"):
        return text
    try:
        return json.loads(text)
    except ValueError:
        message = f"{file}: not JSON"
        raise Unreadable(message) from None


def _notes(answer: Any, file: Path) -> Iterator[str]:  # noqa: ANN401 (any JSON value)
    try:
        yield from (str(item["note"]) for item in answer["items"])
    except (KeyError, TypeError):
        message = f"{file}: not an answer of /v1/audit-logs/checkpoints"
        raise Unreadable(message) from None


def _consistency(answer: Any, file: Path) -> Iterator[ConsistencyProof]:  # noqa: ANN401 (any JSON value)
    proof = answer.get("consistency")
    if proof is None:
        return
    try:
        yield ConsistencyProof(int(proof["fromSize"]), int(proof["toSize"]), hashes_of(proof["hashes"]))
    except (KeyError, TypeError, ValueError, MalformedNote):
        message = f"{file}: its consistency proof cannot be read"
        raise Unreadable(message) from None


def _proof(file: Path) -> InclusionProof:
    found = _json_or_text(file)
    try:
        return InclusionProof.parse(found if isinstance(found, str) else str(found["inclusionProof"]))
    except (KeyError, MalformedNote) as error:
        message = f"{file}: not a proof: {error}"
        raise Unreadable(message) from None


def _code(report: Report) -> Exit:
    if not report.is_intact:
        return Exit.FOUND
    return Exit.INTACT if report.anchored or not report.last else Exit.UNPROVEN


def _as_json(report: Report, code: Exit) -> dict[str, Any]:
    return {"result": code.name.lower(), "intact": report.is_intact, **asdict(report)}


def _as_text(report: Report, code: Exit) -> str:
    lines = [f"{finding.where}: {finding.what}" for finding in report.findings]
    if report.last:
        lines.append(f"entries {report.first} to {report.last}, head {report.head_hash}")
    match code:
        case Exit.FOUND:
            lines.append("NOT INTACT")
        case Exit.UNPROVEN:
            lines.append("Intact in itself, but nothing signed covers it: name --checkpoints or a --proof")
        case _ if report.anchored < report.last:
            lines.append(f"INTACT; signed up to entry {report.anchored}, and only chained after it")
        case _:
            lines.append("INTACT; signed as a whole")
    return "\n".join(lines) + "\n"

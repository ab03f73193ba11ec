"""`nexstock-verify`, as somebody at a terminal, or a script, has it."""

import ast
import json
import subprocess
import sys
import tomllib
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from nexstock_verify.arguments import Exit
from nexstock_verify.command import main
from nexstock_verify.notes import to_base64
from tests.support.signed_logs import ENTRIES, SIZES, SignedLog, signed_log
from tests.support.templates import ROOT

_PACKAGE = ROOT / "layers" / "nexstock" / "nexstock_verify"
Capture = pytest.CaptureFixture[str]


def _export(directory: Path, log: SignedLog) -> Path:
    export = directory / "audit.jsonl"
    export.write_text("".join(json.dumps(entry) + "\n" for entry in log.entries))
    return export


def _checkpoints(directory: Path, log: SignedLog) -> Path:
    proof = log.consistency[0]
    answer = {
        "items": [{"note": note} for note in log.notes],
        "keys": ["not believed"],
        "consistency": {
            "fromSize": proof.old_size,
            "toSize": proof.new_size,
            "hashes": [to_base64(each) for each in proof.path],
        },
    }
    file = directory / "checkpoints.json"
    file.write_text(json.dumps(answer))
    return file


def _arguments(directory: Path, log: SignedLog) -> list[str]:
    checkpoints = _checkpoints(directory, log)
    return [str(_export(directory, log)), "--key", log.key.text, "--checkpoints", str(checkpoints)]


def test_scripts_tell_verdicts_by_fixed_numbers() -> None:
    assert {each.name: each.value for each in Exit} == {"INTACT": 0, "FOUND": 1, "UNREADABLE": 2, "UNPROVEN": 3}


def test_an_intact_log_is_said_to_be_so(tmp_path: Path, capsys: Capture) -> None:
    assert main(_arguments(tmp_path, signed_log())) == Exit.INTACT
    head = signed_log().entries[-1]["hash"]
    assert capsys.readouterr().out == f"entries 1 to {ENTRIES}, head {head}\nINTACT; signed as a whole\n"


def test_a_changed_log_is_said_to_be_so_with_its_place(tmp_path: Path, capsys: Capture) -> None:
    arguments = _arguments(tmp_path, signed_log())
    export = Path(arguments[0])
    export.write_text(export.read_text().replace("Anvil 5 ", "Anvil 6 ", 1))
    assert main(arguments) == Exit.FOUND
    out = capsys.readouterr().out
    assert "entry 5: its hash is not the hash of what it says\n" in out
    assert out.endswith("NOT INTACT\n")


def test_what_is_found_is_said_as_json_too(tmp_path: Path, capsys: Capture) -> None:
    assert main([*_arguments(tmp_path, signed_log()), "--json"]) == Exit.INTACT
    told = json.loads(capsys.readouterr().out)
    assert (told["result"], told["intact"], told["findings"]) == ("intact", True, [])
    assert (told["first"], told["last"], told["anchored"]) == (1, ENTRIES, ENTRIES)
    assert told["checkpoints"] == list(SIZES)


def test_a_log_that_nothing_signed_covers_is_not_called_proven(tmp_path: Path, capsys: Capture) -> None:
    log = signed_log()
    assert main([str(_export(tmp_path, log)), "--key", log.key.text]) == Exit.UNPROVEN
    assert "nothing signed covers it" in capsys.readouterr().out


def test_a_log_that_goes_on_after_its_checkpoint_is_told_apart(tmp_path: Path, capsys: Capture) -> None:
    log, note = signed_log(), tmp_path / "checkpoint"
    note.write_text(log.notes[0])
    assert main([str(_export(tmp_path, log)), "--key", log.key.text, "--checkpoints", str(note)]) == Exit.INTACT
    assert f"signed up to entry {SIZES[0]}, and only chained after it" in capsys.readouterr().out


@pytest.mark.parametrize("as_json", [True, False])
def test_a_part_is_verified_by_a_proof(tmp_path: Path, *, as_json: bool) -> None:
    log, file = signed_log(), tmp_path / "proof"
    text = log.inclusion[1].text
    file.write_text(json.dumps({"inclusionProof": text}) if as_json else text)
    export = tmp_path / "part.jsonl"
    export.write_text("".join(json.dumps(entry) + "\n" for entry in log.entries[10:14]))
    arguments = [str(export), "--key", log.key.text, "--proof", str(file)]
    assert main([*arguments, "--part"]) == Exit.INTACT
    assert main(arguments) == Exit.FOUND


def test_keys_are_read_from_a_file(tmp_path: Path) -> None:
    export, _, _, _, checkpoints = _arguments(tmp_path, signed_log())
    keys = tmp_path / "keys"
    keys.write_text(f"\n{signed_log().key.text}\n\n")
    assert main([export, "--key-file", str(keys), "--checkpoints", checkpoints]) == Exit.INTACT


def _without_key(directory: Path) -> list[str]:
    return [str(_export(directory, signed_log()))]


def _with_nonsense_for_a_key(directory: Path) -> list[str]:
    return [*_without_key(directory), "--key", "nonsense"]


def _without_export(directory: Path) -> list[str]:
    return [str(directory / "nowhere"), "--key", signed_log().key.text]


def _with_file(option: str, content: str, directory: Path) -> list[str]:
    file = directory / "file"
    file.write_text(content)
    return [*_without_key(directory), "--key", signed_log().key.text, option, str(file)]


@pytest.mark.parametrize(
    "arguments",
    [
        _without_key,
        _with_nonsense_for_a_key,
        _without_export,
        lambda directory: _with_file("--checkpoints", "{", directory),
        lambda directory: _with_file("--checkpoints", '{"items": 1}', directory),
        lambda directory: _with_file("--checkpoints", '{"items": [{}]}', directory),
        lambda directory: _with_file("--checkpoints", '{"items": [], "consistency": {"fromSize": 1}}', directory),
        lambda directory: _with_file("--proof", "nonsense", directory),
        lambda directory: _with_file("--proof", "{}", directory),
    ],
)
def test_what_cannot_be_read_is_said_and_is_no_verdict(
    arguments: Callable[[Path], list[str]], tmp_path: Path, capsys: Capture
) -> None:
    assert main(arguments(tmp_path)) == Exit.UNREADABLE
    told = capsys.readouterr()
    assert told.out == ""
    assert told.err.startswith("nexstock-verify: ")


def test_it_runs_alone_reads_its_input_and_loads_nothing_of_aws_or_of_the_platform(tmp_path: Path) -> None:
    arguments = _arguments(tmp_path, signed_log())
    program = (
        "import sys; from nexstock_verify.command import main; code = main(sys.argv[1:]); "
        "print(sorted({name.partition('.')[0] for name in sys.modules}), file=sys.stderr); sys.exit(code)"
    )
    done = subprocess.run(  # noqa: S603 (our own program)
        [sys.executable, "-c", program, "-", *arguments[1:]],
        input=Path(arguments[0]).read_bytes(),
        env={"PYTHONPATH": str(_PACKAGE.parent)},
        capture_output=True,
        check=False,
    )
    assert done.returncode == Exit.INTACT, done.stderr
    loaded = set(ast.literal_eval(done.stderr.decode()))
    assert "cryptography" in loaded
    assert not loaded & {"nexstock", "boto3", "botocore", "pynamodb", "pydantic", "aws_lambda_powertools"}


def test_the_package_names_all_that_it_imports_and_no_more() -> None:
    project: dict[str, Any] = tomllib.loads((_PACKAGE / "pyproject.toml").read_text())["project"]
    named = {requirement.partition(">")[0] for requirement in project["dependencies"]}
    imported = set()
    for module in _PACKAGE.glob("*.py"):
        for node in ast.walk(ast.parse(module.read_text())):
            names = [alias.name for alias in node.names] if isinstance(node, ast.Import) else []
            names += [node.module] if isinstance(node, ast.ImportFrom) and node.module else []
            imported |= {name.partition(".")[0] for name in names}
    assert imported - set(sys.stdlib_module_names) - {"nexstock_verify"} == named
    assert project["scripts"] == {"nexstock-verify": "nexstock_verify.command:main"}

"""Signed documents: whatever is not exactly what the key signed as one is refused, checkpoints too."""

import json
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from nexstock.ids import is_id
from nexstock_verify.arguments import Exit
from nexstock_verify.command import main
from nexstock_verify.documents import SIGNER, Document
from nexstock_verify.merkle import leaf_hash
from nexstock_verify.notes import Checkpoint, MalformedNote, NotSigned
from tests.support.signed_logs import LOG, Signer

Capture = pytest.CaptureFixture[str]

_SIGNER = Signer()
_BODY = {"organizationId": "org_01JD0000000000000000000001", "keys": [{"id": "k1", "version": 2}], "note": "é\n\n"}


def _signed(document: Document, signer: Signer = _SIGNER) -> str:
    return document.with_note(signer.signed(SIGNER, document.text))


_DOCUMENT = Document.of("deletion-receipt", _BODY)
_FILE = _signed(_DOCUMENT)


def test_a_document_is_read_as_it_was_signed() -> None:
    opened = Document.open(_FILE, [_SIGNER.public(SIGNER)])
    assert (opened.kind, opened.body) == ("deletion-receipt", _BODY)


def test_the_key_that_was_noted_for_a_log_verifies_documents_too() -> None:
    assert Document.open(_FILE, [Signer().public(), _SIGNER.public(LOG)]) == _DOCUMENT


def test_a_document_is_not_believed_without_its_key() -> None:
    for keys in ([], [Signer().public(SIGNER)]):
        with pytest.raises(NotSigned):
            Document.open(_FILE, keys)


def test_what_is_signed_fits_into_what_kms_signs_however_long_the_document_is() -> None:
    document = Document.of("deletion-receipt", {"text": "x" * 1_000_000})
    assert len(document.text) < 4096
    assert Document.open(_signed(document), [_SIGNER.public()]) == document


@given(place=st.integers(0, len(_FILE) - 1), character=st.characters(codec="utf-8"))
def test_a_document_that_was_changed_is_refused(place: int, character: str) -> None:
    changed = _FILE[:place] + character + _FILE[place + 1 :]
    if changed != _FILE:
        with pytest.raises((MalformedNote, NotSigned)):
            Document.open(changed, [_SIGNER.public()])


@given(st.text(max_size=300))
def test_any_text_is_refused_and_nothing_worse(text: str) -> None:
    with pytest.raises((MalformedNote, NotSigned)):
        Document.open(text, [_SIGNER.public()])


def test_a_document_of_one_kind_does_not_pass_for_another() -> None:
    forged = _FILE.replace("nexstock.com/deletion-receipt/", "nexstock.com/rotation-report/")
    with pytest.raises(NotSigned):
        Document.open(forged, [_SIGNER.public()])


def test_a_checkpoint_is_no_document_and_a_document_no_checkpoint() -> None:
    checkpoint = Checkpoint(LOG, 3, leaf_hash(b"root"))
    with pytest.raises(MalformedNote):
        Document.open(f"{{}}\n\n{_SIGNER.signed(SIGNER, checkpoint.text)}", [_SIGNER.public()])
    header = _DOCUMENT.text.partition("\n")[0]
    with pytest.raises(MalformedNote):
        Checkpoint.open(_SIGNER.signed(header, _DOCUMENT.text), [_SIGNER.public(header)])


def test_no_log_can_have_the_name_that_a_document_begins_with() -> None:
    # The nearest that a kind comes to a log of the platform's own host.
    host, _, organization = Document.of("audit-logs", {}).text.partition("\n")[0].partition("/audit-logs/")
    assert host == "nexstock.com"
    assert not is_id(organization, "org")


@pytest.mark.parametrize("kind", ["", "Receipt", "a b", "audit-logs/org_1", "receipt/", "a\n", "-", "a--b"])
def test_a_kind_has_one_form(kind: str) -> None:
    with pytest.raises(ValueError, match="kind"):
        Document.of(kind, {})


def test_what_is_no_json_is_not_made_a_document() -> None:
    with pytest.raises(ValueError, match="representable"):
        Document.of("receipt", {"share": float("nan")})


def _file(directory: Path, content: str = _FILE) -> str:
    file = directory / "receipt.txt"
    file.write_text(content)
    return str(file)


def test_the_command_shows_what_a_key_signed(tmp_path: Path, capsys: Capture) -> None:
    arguments = ["document", _file(tmp_path), "--key", Signer().public().text, "--key", _SIGNER.public().text]
    assert main(arguments) == Exit.INTACT
    shown, _, verdict = capsys.readouterr().out.rpartition("SIGNED: ")
    assert (json.loads(shown), verdict) == (_BODY, "deletion-receipt\n")
    assert main([*arguments, "--json"]) == Exit.INTACT
    told = {"result": "intact", "kind": "deletion-receipt", "body": _BODY}
    assert json.loads(capsys.readouterr().out) == told


@pytest.mark.parametrize("content", [_FILE.replace("k1", "k2"), "nonsense", ""])
def test_the_command_shows_nothing_of_what_was_changed(content: str, tmp_path: Path, capsys: Capture) -> None:
    arguments = ["document", _file(tmp_path, content), "--key", _SIGNER.public().text]
    assert main(arguments) == Exit.FOUND
    told = capsys.readouterr().out
    assert told.endswith("\nNOT SIGNED\n")
    assert "org_" not in told
    assert main([*arguments, "--json"]) == Exit.FOUND
    assert json.loads(capsys.readouterr().out)["result"] == "found"


@pytest.mark.parametrize("arguments", [["nowhere", "--key", _SIGNER.public().text], ["nowhere"]])
def test_the_command_says_what_it_cannot_read(arguments: list[str], capsys: Capture) -> None:
    assert main(["document", *arguments]) == Exit.UNREADABLE
    told = capsys.readouterr()
    assert told.out == ""
    assert told.err.startswith("nexstock-verify: ")

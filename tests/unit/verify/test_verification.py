"""Exports as customers have them: whole, parts of a log, not signed yet, or no log at all."""

import copy
import json
from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import pytest

from nexstock_verify.entries import ExportedEntry, MalformedEntry
from nexstock_verify.merkle import leaf_hash
from nexstock_verify.notes import Checkpoint, MalformedNote, to_base64
from nexstock_verify.proofs import hashes_of
from nexstock_verify.verification import Evidence, verify
from tests.support.changes import ORGANIZATION
from tests.support.signed_logs import ENTRIES, LOG, SIZES, Signer, a_chain, signed_log, written_anew


def _what(findings: Sequence[Any]) -> list[tuple[str, str]]:
    return [(finding.where, finding.what) for finding in findings]


def test_a_part_of_a_log_is_proven_by_one_of_its_entries() -> None:
    log = signed_log()
    part = replace(log, entries=log.entries[8:15], inclusion=[log.inclusion[1]])
    report = part.verified(is_part=True)
    assert (report.findings, report.first, report.last, report.anchored) == ([], 9, 15, 12)


def test_a_part_of_a_log_is_not_taken_for_all_of_it() -> None:
    log = signed_log()
    part = replace(log, entries=log.entries[8:15], inclusion=[])
    assert _what(part.verified().findings) == [
        ("entry 9", "is the first; 8 before it are missing"),
        ("entry 15", f"is the last; a checkpoint is signed of {ENTRIES} entries"),
    ]


def test_a_proof_of_an_entry_that_is_not_here_is_a_finding() -> None:
    log = signed_log()
    part = replace(log, entries=log.entries[8:11])
    assert ("proof of entry 1", "is of an entry that is not here") in _what(part.verified(is_part=True).findings)


def test_entries_after_the_newest_checkpoint_are_chained_only() -> None:
    log = replace(signed_log(), notes=signed_log().notes[:1], inclusion=[], consistency=[])
    report = log.verified()
    assert (report.findings, report.anchored, report.last) == ([], SIZES[0], ENTRIES)


def test_an_entry_that_is_added_behind_the_newest_checkpoint_is_not_called_signed() -> None:
    log = signed_log()
    longer = written_anew(replace(log, entries=[*map(copy.deepcopy, [*log.entries, log.entries[3]])]))
    report = longer.verified()
    assert (report.findings, report.anchored, report.last) == ([], ENTRIES, ENTRIES + 1)


def test_nothing_signed_anchors_nothing() -> None:
    log = replace(signed_log(), notes=[], inclusion=[], consistency=[])
    assert (log.verified().findings, log.verified().anchored) == ([], 0)


def test_an_empty_export_against_a_checkpoint_is_a_truncated_one() -> None:
    assert _what(replace(signed_log(), entries=[], inclusion=[]).verified().findings) == [
        ("entry 0", f"is the last; a checkpoint is signed of {ENTRIES} entries")
    ]


def test_two_signed_checkpoints_that_contradict_each_other_are_found() -> None:
    signer = Signer()
    notes = [signer.note(Checkpoint(LOG, 3, leaf_hash(text))) for text in (b"one", b"other")]
    report = verify([], Evidence([signer.public()], notes), is_part=True)
    assert _what(report.findings) == [
        ("checkpoint of 3 entries", "two signed checkpoints contradict each other"),
    ]


def test_checkpoints_of_another_organizations_log_do_not_speak_for_this_one() -> None:
    signer, other = Signer(), LOG.replace(ORGANIZATION, ORGANIZATION[:-1] + "1")
    lines = [json.dumps(entry.fields) for entry in a_chain(2)]
    note = signer.note(Checkpoint(other, 1, a_chain(1)[0].leaf))
    report = verify(lines, Evidence([signer.public(other)], [note]))
    assert ("entry 1", "is of another organization than the checkpoints") in _what(report.findings)


def test_a_consistency_proof_without_its_checkpoints_proves_nothing() -> None:
    log = replace(signed_log(), notes=signed_log().notes[-1:])
    wheres = {finding.what for finding in log.verified().findings}
    assert wheres == {"is of checkpoints that are not here"}


def test_no_more_is_said_than_a_person_reads() -> None:
    assert len(verify(["nonsense"] * 1000, Evidence([])).findings) == 100


@pytest.mark.parametrize(
    "line",
    [
        "",
        "nonsense",
        "[]",
        "null",
        "1",
        "{}",
        '{"sequence": 1}',
        '{"a": 1, "a": 2}',
        '{"a": 1.0}',
        '{"a": 1e2}',
        '{"a": NaN}',
        '{"a": Infinity}',
        "[" * 100_000,
        b"\xff\xfe\xfd",
    ],
)
def test_a_line_that_is_no_entry_is_refused(line: str | bytes) -> None:
    with pytest.raises(MalformedEntry):
        ExportedEntry.parse(line)


@pytest.mark.parametrize("sequence", [0, -1, True, "1", None, 2**60])
def test_a_sequence_that_no_entry_has_is_refused(sequence: object) -> None:
    fields = {**a_chain(1)[0].fields, "sequence": sequence}
    with pytest.raises(MalformedEntry):
        ExportedEntry.parse(json.dumps(fields))


def test_an_entry_is_hashed_as_it_was_however_it_is_written() -> None:
    (entry,) = a_chain(1)
    for indent in (None, 2):
        for escaped in (True, False):
            line = json.dumps(dict(reversed(entry.fields.items())), indent=indent, ensure_ascii=escaped)
            parsed = ExportedEntry.parse(line)
            assert (parsed.canonical.decode(), parsed.hash) == (entry.canonical, entry.hash)
            assert parsed.has_own_hash


def test_evidence_that_cannot_be_read_or_is_not_signed_is_a_finding() -> None:
    log, stranger = signed_log(), Signer()
    unsigned = stranger.note(Checkpoint(LOG, 1, leaf_hash(b"")))
    proofs = [replace(log.inclusion[0], note=note) for note in ("nonsense", unsigned)]
    told = _what(replace(log, notes=["nonsense", unsigned], inclusion=proofs, consistency=[]).verified().findings)
    assert told == [
        ("checkpoint 1", "cannot be read: not a signed note"),
        ("checkpoint 2", "is not signed by the key"),
        ("proof of entry 1", "cannot be read: not a signed note"),
        ("proof of entry 1", "its checkpoint is not signed by the key"),
    ]


def test_checkpoints_of_two_logs_do_not_stand_side_by_side() -> None:
    signer, other = Signer(), LOG.replace(ORGANIZATION, ORGANIZATION[:-1] + "1")
    notes = [signer.note(Checkpoint(name, size, leaf_hash(b""))) for size, name in ((1, LOG), (2, other))]
    report = verify([], Evidence([signer.public(), signer.public(other)], notes), is_part=True)
    assert _what(report.findings) == [("checkpoint of 2 entries", "is of another log than the others")]


def test_a_first_entry_follows_nothing() -> None:
    fields = a_chain(1)[0].fields
    first = {**fields, "previousHash": "f" * 64}
    assert ("entry 1", "is the first and follows another one") in _what(
        verify([json.dumps(first)], Evidence([])).findings
    )


def test_a_consistency_proof_is_of_its_own_sizes_and_length() -> None:
    log = signed_log()
    old, new = (Checkpoint.open(note, [log.key]) for note in log.notes[:2])
    proof = log.consistency[0]
    assert not proof.holds(old, new)
    assert not replace(proof, path=(*proof.path, b"x" * 32)).holds(old, Checkpoint.open(log.notes[2], [log.key]))


@pytest.mark.parametrize("size", [31, 33])
def test_a_hash_of_another_length_is_none(size: int) -> None:
    with pytest.raises(MalformedNote):
        hashes_of([to_base64(b"x" * size)])

"""Verifies an export against checkpoints and proofs, one entry at a time: the log may be longer than memory.

Each entry bears the hash of the one before it, so an entry that is proven to be in a signed tree proves all before it
too. What comes after the newest checkpoint is only chained: whoever holds the log could still write it anew, until the
next checkpoint.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from typing import Final

from nexstock_verify.entries import GENESIS_HASH, ExportedEntry, MalformedEntry
from nexstock_verify.merkle import GrowingTree
from nexstock_verify.notes import Checkpoint, MalformedNote, NotSigned, PublicKey
from nexstock_verify.proofs import ConsistencyProof, InclusionProof

_MOST_FINDINGS: Final = 100


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing that is not as it has to be: where, and what."""

    where: str
    what: str


@dataclass(slots=True)
class Report:
    """What was found.

    `anchored` is the last sequence that a signed checkpoint covers, through the chain or by itself; 0: none.
    """

    first: int = 0
    last: int = 0
    head_hash: str = GENESIS_HASH
    anchored: int = 0
    checkpoints: list[int] = field(default_factory=list)
    findings: list[Finding] = field(default_factory=list)

    @property
    def is_intact(self) -> bool:
        """Whether nothing was found."""
        return not self.findings

    def find(self, where: str, what: str) -> None:
        """Add a finding; a hundred say enough."""
        if len(self.findings) < _MOST_FINDINGS:
            self.findings.append(Finding(where, what))


@dataclass(frozen=True, slots=True)
class Evidence:
    """What an export is held against: signed notes, proofs, and the keys that are believed."""

    keys: Sequence[PublicKey]
    notes: Sequence[str] = ()
    inclusion: Sequence[InclusionProof] = ()
    consistency: Sequence[ConsistencyProof] = ()


def verify(lines: Iterable[str | bytes], evidence: Evidence, *, is_part: bool = False) -> Report:
    """Return what is wrong with an export, if anything.

    Args:
        lines: the entries, one JSON object a line, oldest first; empty lines say nothing.
        evidence: what they are held against.
        is_part: whether entries before the first and after the last are missing on purpose.
    """
    report = Report()
    checkpoints = _opened(evidence, report)
    walk = _Walk(report, checkpoints, _proofs_by_sequence(evidence, report, checkpoints), evidence.keys)
    for number, line in enumerate(lines, start=1):
        if not line.strip():
            continue
        try:
            walk.take(ExportedEntry.parse(line))
        except MalformedEntry as error:
            report.find(f"line {number}", f"is no entry: {error}")
    walk.end(is_part=is_part)
    return report


def _opened(evidence: Evidence, report: Report) -> dict[int, Checkpoint]:
    checkpoints: dict[int, Checkpoint] = {}
    for number, note in enumerate(evidence.notes, start=1):
        try:
            checkpoint = Checkpoint.open(note, evidence.keys)
        except MalformedNote as error:
            report.find(f"checkpoint {number}", f"cannot be read: {error}")
        except NotSigned:
            report.find(f"checkpoint {number}", "is not signed by the key")
        else:
            _add(checkpoint, checkpoints, report)
    for proof in evidence.consistency:
        old, new = checkpoints.get(proof.old_size), checkpoints.get(proof.new_size)
        where = f"consistency proof from {proof.old_size} to {proof.new_size}"
        if old is None or new is None:
            report.find(where, "is of checkpoints that are not here")
        elif not proof.holds(old, new):
            report.find(where, "does not hold")
    report.checkpoints = sorted(checkpoints)
    return checkpoints


def _add(checkpoint: Checkpoint, checkpoints: dict[int, Checkpoint], report: Report) -> None:
    standing = checkpoints.setdefault(checkpoint.size, checkpoint)
    if any(other.origin != checkpoint.origin for other in checkpoints.values()):
        report.find(f"checkpoint of {checkpoint.size} entries", "is of another log than the others")
    if standing.root != checkpoint.root:
        report.find(f"checkpoint of {checkpoint.size} entries", "two signed checkpoints contradict each other")


def _proofs_by_sequence(
    evidence: Evidence, report: Report, checkpoints: dict[int, Checkpoint]
) -> dict[int, list[InclusionProof]]:
    proofs: dict[int, list[InclusionProof]] = {}
    for proof in evidence.inclusion:
        try:
            _add(Checkpoint.open(proof.note, evidence.keys), checkpoints, report)
        except MalformedNote as error:
            report.find(f"proof of entry {proof.index + 1}", f"cannot be read: {error}")
        except NotSigned:
            report.find(f"proof of entry {proof.index + 1}", "its checkpoint is not signed by the key")
        else:
            proofs.setdefault(proof.index + 1, []).append(proof)
    report.checkpoints = sorted(checkpoints)
    return proofs


class _Walk:
    """Goes through the entries, oldest first, and holds each against the one before it and against the evidence."""

    def __init__(
        self,
        report: Report,
        checkpoints: dict[int, Checkpoint],
        proofs: dict[int, list[InclusionProof]],
        keys: Sequence[PublicKey],
    ) -> None:
        self._report, self._checkpoints, self._proofs, self._keys = report, checkpoints, proofs, keys
        self._tree = GrowingTree()
        self._before: ExportedEntry | None = None

    def take(self, entry: ExportedEntry) -> None:
        """Verify the next entry."""
        report, where = self._report, f"entry {entry.sequence}"
        if not entry.has_own_hash:
            report.find(where, "its hash is not the hash of what it says")
        self._follow(entry, where)
        if not any(self._is_of_organization(entry, checkpoint) for checkpoint in self._checkpoints.values() or [None]):
            report.find(where, "is of another organization than the checkpoints")
        report.first = report.first or entry.sequence
        report.last, report.head_hash = entry.sequence, entry.hash
        self._before = entry
        self._tree.append(entry.leaf)
        self._hold_against_tree(entry)
        for proof in self._proofs.pop(entry.sequence, []):
            if proof.proves(entry.leaf, self._keys) is None:
                report.find(where, "is not what its proof is of")
            elif report.is_intact:
                report.anchored = max(report.anchored, entry.sequence)

    def end(self, *, is_part: bool) -> None:
        """Say what is missing at the ends."""
        report = self._report
        newest = max(self._checkpoints, default=0)
        if not is_part and report.first > 1:
            report.find(f"entry {report.first}", f"is the first; {report.first - 1} before it are missing")
        if not is_part and report.last < newest:
            report.find(f"entry {report.last}", f"is the last; a checkpoint is signed of {newest} entries")
        for sequence in sorted(self._proofs):
            report.find(f"proof of entry {sequence}", "is of an entry that is not here")

    def _follow(self, entry: ExportedEntry, where: str) -> None:
        before = self._before
        if before is None:
            if entry.sequence == 1 and entry.previous_hash != GENESIS_HASH:
                self._report.find(where, "is the first and follows another one")
            return
        if entry.sequence != before.sequence + 1:
            self._report.find(where, f"follows entry {before.sequence}")
        if entry.previous_hash != before.hash:
            self._report.find(where, "does not bear the hash of the entry before it")
        if entry.organization_id != before.organization_id:
            self._report.find(where, "is of another organization than the entry before it")

    def _hold_against_tree(self, entry: ExportedEntry) -> None:
        checkpoint = self._checkpoints.get(entry.sequence)
        # Only the whole log has the tree's leaves at their places.
        if checkpoint is None or self._report.first != 1 or self._tree.size != entry.sequence:
            return
        if self._tree.root != checkpoint.root:
            self._report.find(f"entry {entry.sequence}", "the log up to here is not what was signed")
        elif self._report.is_intact:
            self._report.anchored = entry.sequence

    @staticmethod
    def _is_of_organization(entry: ExportedEntry, checkpoint: Checkpoint | None) -> bool:
        return checkpoint is None or checkpoint.origin.rpartition("/")[2] == entry.organization_id

"""Proofs as they are handed out: that an entry is in a log (c2sp.org/tlog-proof), and that a log only grew."""

import re
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Final, Self

from nexstock_verify.merkle import HASH_BYTES, InvalidProof, root_by_inclusion, roots_by_consistency
from nexstock_verify.notes import Checkpoint, MalformedNote, PublicKey, from_base64, to_base64

_HEADER: Final = "c2sp.org/tlog-proof@v1"
_INDEX: Final = re.compile("index (0|[1-9][0-9]{0,17})")


@dataclass(frozen=True, slots=True)
class InclusionProof:
    """That the leaf at an index, counted from 0, is in the log that a checkpoint, still unopened, is of."""

    index: int
    path: tuple[bytes, ...]
    note: str

    @property
    def text(self) -> str:
        """The proof as a file."""
        hashes = "".join(f"{to_base64(node)}\n" for node in self.path)
        return f"{_HEADER}\nindex {self.index}\n{hashes}\n{self.note}"

    @classmethod
    def parse(cls, text: str) -> Self:
        """Return the proof that a file is.

        Raises:
            MalformedNote: it is none.
        """
        head, _, note = text.partition("\n\n")
        header, *lines = head.split("\n")
        index = _INDEX.fullmatch(lines[0]) if lines else None
        if header != _HEADER or index is None:
            message = "not a proof"
            raise MalformedNote(message)
        return cls(int(index[1]), hashes_of(lines[1:]), note)

    def proves(self, leaf: bytes, keys: Iterable[PublicKey]) -> Checkpoint | None:
        """Return the checkpoint that covers the leaf, or None: this leaf is not what the proof is of.

        Raises:
            MalformedNote: the note in it is no checkpoint.
            NotSigned: none of the keys signed it.
        """
        checkpoint = Checkpoint.open(self.note, keys)
        try:
            root = root_by_inclusion(leaf, self.index, checkpoint.size, self.path)
        except InvalidProof:
            return None
        return checkpoint if root == checkpoint.root else None


@dataclass(frozen=True, slots=True)
class ConsistencyProof:
    """That the log of one size is the beginning of the same log at another."""

    old_size: int
    new_size: int
    path: tuple[bytes, ...]

    def holds(self, old: Checkpoint, new: Checkpoint) -> bool:
        """Tell whether it proves that a log grew from one checkpoint to the other, and changed in nothing else."""
        if (old.origin, old.size, new.size) != (new.origin, self.old_size, self.new_size):
            return False
        try:
            roots = roots_by_consistency(old.size, new.size, old.root, self.path)
        except InvalidProof:
            return False
        return roots == (old.root, new.root)


def hashes_of(lines: Iterable[str]) -> tuple[bytes, ...]:
    """Return the hashes that base64 texts are.

    Raises:
        MalformedNote: one of them is none.
    """
    hashes = tuple(from_base64(line) for line in lines)
    if any(len(each) != HASH_BYTES for each in hashes):
        message = "a hash has 32 bytes"
        raise MalformedNote(message)
    return hashes

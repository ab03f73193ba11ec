"""A signed audit log as a customer has it, made without a platform; and all the ways in which it can be forged."""

import copy
import hashlib
import json
import random
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from functools import cache
from typing import Any, Final

import rfc8785
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from nexstock.audit.chain import ChainedEntry, Head, chained
from nexstock.audit.entries import facts_of
from nexstock.audit.tiles import TileTree
from nexstock.changes import Change
from nexstock_verify.merkle import GrowingTree
from nexstock_verify.notes import Checkpoint, PublicKey
from nexstock_verify.proofs import ConsistencyProof, InclusionProof
from nexstock_verify.verification import Evidence, Report, verify
from tests.support.changes import ORGANIZATION, a_record, an_image

Json = dict[str, Any]

LOG: Final = f"api.nexstock.example/audit-logs/{ORGANIZATION}"
ENTRIES: Final = 20
SIZES: Final = (3, 12, ENTRIES)
"""Of the checkpoints; the newest covers the whole log."""


@dataclass(frozen=True)
class Signer:
    """A key that signs as KMS does."""

    private: Ed25519PrivateKey = field(default_factory=Ed25519PrivateKey.generate, repr=False)

    def public(self, log: str = LOG) -> PublicKey:
        """Return the public half, for one log."""
        return PublicKey(log, self.private.public_key().public_bytes_raw())

    def note(self, checkpoint: Checkpoint) -> str:
        """Return a signed checkpoint."""
        return self.signed(checkpoint.origin, checkpoint.text)

    def signed(self, name: str, text: str) -> str:
        """Return the note that a text and its signature under a name make."""
        return self.public(name).signed(text, self.private.sign(text.encode()))


@dataclass(frozen=True)
class SignedLog:
    """An export, its checkpoints and proofs, and the key that is believed."""

    key: PublicKey
    entries: list[Json]
    notes: list[str]
    inclusion: list[InclusionProof]
    consistency: list[ConsistencyProof]

    def verified(self, *, is_part: bool = False) -> Report:
        """Return what the verifier says of it."""
        evidence = Evidence([self.key], self.notes, self.inclusion, self.consistency)
        return verify([json.dumps(entry) for entry in self.entries], evidence, is_part=is_part)


def a_chain(length: int) -> list[ChainedEntry]:
    """Return the entries of so many changes."""
    changes = [
        Change.parse(
            a_record(an_image(version=n), an_image(version=n + 1, name={"S": f"Anvil {n} é"}, n={"N": str(n)}))
        )
        for n in range(1, length + 1)
    ]
    return chained([facts_of(change) for change in changes if change is not None], ORGANIZATION, Head())


def a_tree(entries: Sequence[ChainedEntry]) -> TileTree:
    """Return the tree of entries, its tiles in memory."""
    return TileTree(0, _nothing).grown([entry.leaf for entry in entries])[0]


def _nothing(name: str) -> bytes:
    raise LookupError(name)


@cache
def signed_log() -> SignedLog:
    """Return one log, the same each time; whoever changes it takes a copy."""
    signer, entries = Signer(), a_chain(ENTRIES)
    checkpoints = {size: Checkpoint(LOG, size, a_tree(entries[:size]).root) for size in SIZES}
    notes = {size: signer.note(checkpoint) for size, checkpoint in checkpoints.items()}
    tree = a_tree(entries)
    return SignedLog(
        signer.public(),
        [entry.fields for entry in entries],
        list(notes.values()),
        [InclusionProof(index, tuple(tree.inclusion_path(index)), notes[ENTRIES]) for index in (0, 11, ENTRIES - 1)],
        [ConsistencyProof(size, ENTRIES, tuple(tree.consistency_path(size))) for size in SIZES],
    )


def forged(log: SignedLog, chance: random.Random) -> tuple[str, SignedLog]:
    """Return a log that differs from a signed one in something, and how it was forged."""
    while True:
        forge = chance.choice(_FORGERIES)
        result = forge(replace(log, entries=copy.deepcopy(log.entries), notes=list(log.notes)), chance)
        if result != log:
            return forge.__name__.strip("_"), result


def _edit(log: SignedLog, chance: random.Random) -> SignedLog:
    _edit_something(chance.choice(log.entries), chance)
    return log


def _edit_and_hash(log: SignedLog, chance: random.Random) -> SignedLog:
    entry = chance.choice(log.entries)
    _edit_something(entry, chance)
    entry["hash"] = _hash_of(entry)
    return log


def _edit_and_write_anew(log: SignedLog, chance: random.Random) -> SignedLog:
    _edit_something(chance.choice(log.entries), chance)
    return written_anew(log)


def _remove(log: SignedLog, chance: random.Random) -> SignedLog:
    del log.entries[chance.randrange(len(log.entries))]
    return log


def _remove_and_write_anew(log: SignedLog, chance: random.Random) -> SignedLog:
    return written_anew(_remove(log, chance))


def _truncate_tail(log: SignedLog, chance: random.Random) -> SignedLog:
    del log.entries[-chance.randint(1, len(log.entries)) :]
    return log


def _truncate_head(log: SignedLog, chance: random.Random) -> SignedLog:
    del log.entries[: chance.randint(1, len(log.entries))]
    return log


def _reorder(log: SignedLog, chance: random.Random) -> SignedLog:
    one, other = chance.sample(range(len(log.entries)), 2)
    log.entries[one], log.entries[other] = log.entries[other], log.entries[one]
    return log


def _reorder_and_write_anew(log: SignedLog, chance: random.Random) -> SignedLog:
    return written_anew(_reorder(log, chance))


def _repeat(log: SignedLog, chance: random.Random) -> SignedLog:
    log.entries.insert(chance.randrange(len(log.entries) + 1), copy.deepcopy(chance.choice(log.entries)))
    return log


def _insert_and_write_anew(log: SignedLog, chance: random.Random) -> SignedLog:
    # Not at the end: behind the newest checkpoint an entry that is chained is what the next one will be of.
    log.entries.insert(chance.randrange(len(log.entries)), copy.deepcopy(chance.choice(log.entries)))
    return written_anew(log)


def _append(log: SignedLog, chance: random.Random) -> SignedLog:
    entry = copy.deepcopy(log.entries[-1])
    entry["sequence"] += chance.randint(2, 9)
    entry["hash"] = _hash_of(entry)
    log.entries.append(entry)
    return log


def _edit_note(log: SignedLog, chance: random.Random) -> SignedLog:
    place = chance.randrange(len(log.notes))
    note = log.notes[place]
    character = chance.randrange(len(note))
    log.notes[place] = note[:character] + chance.choice("0aA/+ \n") + note[character + 1 :]
    return log


def _sign_by_another_key(log: SignedLog, chance: random.Random) -> SignedLog:
    tree = GrowingTree()
    tree.append(chance.randbytes(32))
    return replace(log, notes=[*log.notes, Signer().note(Checkpoint(LOG, 1, tree.root))])


def _edit_inclusion(log: SignedLog, chance: random.Random) -> SignedLog:
    proof = chance.choice(log.inclusion)
    changed = replace(proof, path=_changed(proof.path, chance)) if chance.random() < 0.7 else replace(proof, index=5)
    return replace(log, inclusion=[changed if each is proof else each for each in log.inclusion])


def _edit_consistency(log: SignedLog, chance: random.Random) -> SignedLog:
    proof = chance.choice(log.consistency)
    changed = replace(proof, path=_changed(proof.path, chance))
    return replace(log, consistency=[changed if each is proof else each for each in log.consistency])


def _changed(path: tuple[bytes, ...], chance: random.Random) -> tuple[bytes, ...]:
    hashes = list(path)
    match chance.randrange(3) if hashes else 0:
        case 0:
            hashes.insert(chance.randrange(len(hashes) + 1), chance.randbytes(32))
        case 1:
            del hashes[chance.randrange(len(hashes))]
        case _:
            hashes[chance.randrange(len(hashes))] = chance.randbytes(32)
    return tuple(hashes)


_FORGERIES: Final[Sequence[Callable[[SignedLog, random.Random], SignedLog]]] = (
    _edit,
    _edit_and_hash,
    _edit_and_write_anew,
    _remove,
    _remove_and_write_anew,
    _truncate_tail,
    _truncate_head,
    _reorder,
    _reorder_and_write_anew,
    _repeat,
    _insert_and_write_anew,
    _append,
    _edit_note,
    _sign_by_another_key,
    _edit_inclusion,
    _edit_consistency,
)
KINDS: Final = frozenset(forge.__name__.strip("_") for forge in _FORGERIES)


def _edit_something(value: Any, chance: random.Random) -> None:  # noqa: ANN401 (any JSON value)
    """Change one place of an entry, wherever it lies."""
    place = chance.choice(list(value) if isinstance(value, dict) else range(len(value)))
    inner = value[place]
    if isinstance(inner, dict | list) and inner and chance.random() < 0.9:
        _edit_something(inner, chance)
    elif isinstance(value, dict) and chance.random() < 0.2:
        value[f"{place}{chance.randrange(10)}"] = value.pop(place)
    else:
        others: list[Any] = ["", "forged", f"{inner} ", None, True, chance.randrange(1000), [], {}]
        value[place] = chance.choice([other for other in others if (type(other), other) != (type(inner), inner)])


def written_anew(log: SignedLog) -> SignedLog:
    """Have all entries numbered, chained and hashed as if nothing had happened to them."""
    before = "0" * 64
    for sequence, entry in enumerate(log.entries, start=1):
        entry["sequence"], entry["previousHash"] = sequence, before
        before = entry["hash"] = _hash_of(entry)
    return log


def _hash_of(entry: Json) -> str:
    return hashlib.sha256(rfc8785.dumps({name: each for name, each in entry.items() if name != "hash"})).hexdigest()

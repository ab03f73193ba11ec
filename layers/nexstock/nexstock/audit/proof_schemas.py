"""Proofs of the audit log on the wire: hashes of the tree are base64, as in the notes that are signed."""

from collections.abc import Sequence
from typing import Annotated, Final, Self

from aws_lambda_powertools.event_handler.openapi.params import Query

from nexstock.audit.chain import ChainedEntry
from nexstock.audit.checkpoints import StoredCheckpoint
from nexstock.audit.inspection import Inspection
from nexstock.http.results import ListView
from nexstock.http.schemas import Instant, View
from nexstock_verify.notes import PublicKey, to_base64
from nexstock_verify.proofs import ConsistencyProof, InclusionProof

_MOST: Final = 10**12

FromSizeParam = Annotated[
    int | None,
    Query(
        alias="fromSize",
        ge=1,
        le=_MOST,
        description="Have it proven that the log of so many entries is the newest checkpoint's beginning.",
    ),
]
FromSequenceParam = Annotated[
    int | None, Query(alias="from", ge=1, le=_MOST, description="The first entry to verify; the newest unless given.")
]


class ProofView(View):
    """That an entry is in a signed log; `inclusionProof` is all of it as one file (c2sp.org/tlog-proof)."""

    entry_id: str
    sequence: int
    leaf_index: int
    leaf_hash: str
    hashes: list[str]
    checkpoint: str
    inclusion_proof: str
    keys: list[str]

    @classmethod
    def of(cls, entry: ChainedEntry, proof: InclusionProof, keys: Sequence[PublicKey]) -> Self:
        """Return the view of an entry's proof, with the keys that verify it."""
        return cls(
            entry_id=entry.id,
            sequence=entry.sequence,
            leaf_index=proof.index,
            leaf_hash=to_base64(entry.leaf),
            hashes=[to_base64(each) for each in proof.path],
            checkpoint=proof.note,
            inclusion_proof=proof.text,
            keys=[key.text for key in keys],
        )


class CheckpointView(View):
    """A signed head of the log; `note` is what was signed, with the signature (c2sp.org/tlog-checkpoint)."""

    size: int
    root_hash: str
    head_hash: str
    note: str
    made_at: Instant

    @classmethod
    def of(cls, checkpoint: StoredCheckpoint) -> Self:
        """Return the view of a checkpoint."""
        return cls(
            size=checkpoint.size,
            root_hash=to_base64(checkpoint.root),
            head_hash=checkpoint.head_hash,
            note=checkpoint.note,
            made_at=checkpoint.made_at,
        )


class ConsistencyView(View):
    """That the log of one size is the beginning of the log of another."""

    from_size: int
    to_size: int
    hashes: list[str]

    @classmethod
    def of(cls, proof: ConsistencyProof) -> Self:
        """Return the view of a proof."""
        hashes = [to_base64(each) for each in proof.path]
        return cls(from_size=proof.old_size, to_size=proof.new_size, hashes=hashes)


class CheckpointListView(ListView[CheckpointView]):
    """A page of checkpoints, the keys that verify them, and the proof that was asked for."""

    keys: list[str]
    consistency: ConsistencyView | None


class HeadView(View):
    """The newest entry's place and hash."""

    sequence: int
    hash: str


class VerifiedView(View):
    """The first and the last entry that were looked at; 0 where there was none."""

    from_sequence: int
    to_sequence: int


class FindingView(View):
    """One thing that is not as it has to be."""

    where: str
    what: str


class VerificationView(View):
    """What an inspection of the log came to; `intact` is of what was looked at, and no more."""

    entries: int
    head: HeadView
    intact: bool
    verified: VerifiedView
    checkpoints: list[CheckpointView]
    findings: list[FindingView]

    @classmethod
    def of(cls, inspection: Inspection) -> Self:
        """Return the view of an inspection."""
        return cls(
            entries=inspection.head.sequence,
            head=HeadView(sequence=inspection.head.sequence, hash=inspection.head.hash),
            intact=not inspection.findings,
            verified=VerifiedView(from_sequence=inspection.first, to_sequence=inspection.last),
            checkpoints=[CheckpointView.of(each) for each in inspection.checkpoints],
            findings=[FindingView(where=each.where, what=each.what) for each in inspection.findings],
        )

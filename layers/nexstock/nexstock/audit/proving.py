"""Proofs of an organization's audit log, made of its archived tree; whoever has the public key can verify them."""

from functools import partial

from nexstock.audit.archive import Archive, Area
from nexstock.audit.chain import ChainedEntry
from nexstock.audit.checkpoints import CheckpointRepository, StoredCheckpoint
from nexstock.audit.errors import NotYetSigned
from nexstock.audit.tiles import TileTree
from nexstock.auth.principals import Tenant
from nexstock.errors import FieldError, InvalidRequest
from nexstock_verify.proofs import ConsistencyProof, InclusionProof


def archived_tree(tenant: Tenant, size: int) -> TileTree:
    """Return the tree of an organization's log as it was when a checkpoint of that size was made."""
    return TileTree(size, partial(Archive(tenant.organization_id).get, Area.TILES))


def inclusion_proof(tenant: Tenant, entry: ChainedEntry) -> InclusionProof:
    """Return the proof that an entry is in the log of the newest checkpoint.

    Raises:
        NotYetSigned: it was appended after that (409).
    """
    newest = CheckpointRepository(tenant).newest()
    if newest is None or newest.size < entry.sequence:
        raise NotYetSigned
    index = entry.sequence - 1
    return InclusionProof(index, tuple(archived_tree(tenant, newest.size).inclusion_path(index)), newest.note)


def consistency_proof(tenant: Tenant, from_size: int, newest: StoredCheckpoint | None) -> ConsistencyProof:
    """Return the proof that the log of a size is the beginning of the newest checkpoint's.

    Raises:
        InvalidRequest: no checkpoint is of so many entries (422).
    """
    if newest is None or from_size > newest.size:
        raise InvalidRequest([FieldError("?fromSize", "No checkpoint covers so many entries")])
    path = archived_tree(tenant, newest.size).consistency_path(from_size)
    return ConsistencyProof(from_size, newest.size, tuple(path))

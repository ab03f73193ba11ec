"""Merkle trees of RFC 6962, section 2: hashes, roots, and proofs that are checked (RFC 9162, sections 2.1.3 and 2.1.4).

SHA-256 with a byte before what is hashed that keeps leaves and inner nodes apart: no leaf can pass for a node.
"""

import hashlib
from collections.abc import Iterable, Sequence
from typing import Final

HASH_BYTES: Final = 32
EMPTY_ROOT: Final = hashlib.sha256(b"").digest()


class InvalidProof(Exception):  # noqa: N818 (names the fact)
    """A proof does not fit the sizes that it is for; what it would prove is unproven."""


def leaf_hash(content: bytes) -> bytes:
    """Return the hash of a leaf."""
    return hashlib.sha256(b"\x00" + content).digest()


def node_hash(left: bytes, right: bytes) -> bytes:
    """Return the hash of a node from those of its children."""
    return hashlib.sha256(b"\x01" + left + right).digest()


class GrowingTree:
    """A tree that only grows; it keeps the roots of its full subtrees, of which there are few, and no leaf."""

    def __init__(self) -> None:
        self.size = 0
        self._subtrees: list[bytes] = []

    def append(self, leaf: bytes) -> None:
        """Add the hash of a leaf."""
        # As many trailing ones as the size has, so many subtrees are made whole by this leaf.
        node, size = leaf, self.size
        while size & 1:
            node = node_hash(self._subtrees.pop(), node)
            size >>= 1
        self._subtrees.append(node)
        self.size += 1

    @property
    def root(self) -> bytes:
        """The tree's root as it is now."""
        if not self._subtrees:
            return EMPTY_ROOT
        *rest, node = self._subtrees
        for subtree in reversed(rest):
            node = node_hash(subtree, node)
        return node


def root_of(leaves: Iterable[bytes]) -> bytes:
    """Return the root of a tree from the hashes of its leaves."""
    tree = GrowingTree()
    for leaf in leaves:
        tree.append(leaf)
    return tree.root


def root_by_inclusion(leaf: bytes, index: int, size: int, path: Sequence[bytes]) -> bytes:
    """Return the root that a tree of a size has if the leaf is in it at an index, counted from 0.

    Raises:
        InvalidProof: no path of a tree of this size to this leaf is so long.
    """
    if not 0 <= index < size:
        raise InvalidProof
    place, last, node = index, size - 1, leaf
    for sibling in path:
        if last == 0:
            raise InvalidProof
        if place & 1 or place == last:
            node = node_hash(sibling, node)
            while place and not place & 1:
                place, last = place >> 1, last >> 1
        else:
            node = node_hash(node, sibling)
        place, last = place >> 1, last >> 1
    if last:
        raise InvalidProof
    return node


def roots_by_consistency(old_size: int, new_size: int, old_root: bytes, path: Sequence[bytes]) -> tuple[bytes, bytes]:
    """Return the roots that a tree has at two sizes, if its older one is the beginning of its newer one.

    Args:
        old_size: of the older tree, 1 at least.
        new_size: of the newer one.
        old_root: the older tree's root, which a tree whose size is a power of two needs for itself.
        path: the proof.

    Raises:
        InvalidProof: no proof between trees of these sizes is so long.
    """
    if not 0 < old_size <= new_size or (old_size == new_size and path):
        raise InvalidProof
    if old_size == new_size:
        return old_root, old_root
    nodes = list(path) if old_size & (old_size - 1) else [old_root, *path]
    if not nodes:
        raise InvalidProof
    place, last = old_size - 1, new_size - 1
    while place & 1:
        place, last = place >> 1, last >> 1
    old = new = nodes[0]
    for node in nodes[1:]:
        if last == 0:
            raise InvalidProof
        if place & 1 or place == last:
            old, new = node_hash(node, old), node_hash(node, new)
            while place and not place & 1:
                place, last = place >> 1, last >> 1
        else:
            new = node_hash(new, node)
        place, last = place >> 1, last >> 1
    if last:
        raise InvalidProof
    return old, new

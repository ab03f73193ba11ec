"""A log's Merkle tree as tiles of 256 hashes (c2sp.org/tlog-tiles): it grows, and proves, by reading a few of them.

A tile at level 0 holds hashes of leaves, one at the next level the roots of full tiles below it. A full tile never
changes; one that is not full yet is kept for each size that a checkpoint was made of.
"""

from collections.abc import Callable, Sequence
from typing import Final

from nexstock.audit.archive import DamagedArchive
from nexstock_verify.merkle import EMPTY_ROOT, HASH_BYTES, node_hash, root_of

_HEIGHT: Final = 8
_WIDTH: Final = 1 << _HEIGHT
_DIGITS: Final = 3

Read = Callable[[str], bytes]
"""Returns what a tile holds, by its name."""


class TileTree:
    """The tree of a log of `size` entries; tiles are read when something of them is asked for, and once."""

    def __init__(self, size: int, read: Read) -> None:
        self.size = size
        self._read = read
        self._contents: dict[str, bytes] = {}

    @property
    def root(self) -> bytes:
        """The root of the tree."""
        return self._hash_of(0, self.size) if self.size else EMPTY_ROOT

    def leaves(self, first: int, end: int) -> list[bytes]:
        """Return the hashes of the leaves from one index to another, the latter left out."""
        tiles = {number: self._tile(0, number) for number in range(first // _WIDTH, -(-end // _WIDTH))}
        return [tiles[index // _WIDTH][index % _WIDTH] for index in range(first, end)]

    def inclusion_path(self, index: int) -> list[bytes]:
        """Return the proof that a leaf, by its index from 0, is in the tree (RFC 6962, 2.1.1)."""
        return self._path(index, 0, self.size)

    def consistency_path(self, old_size: int) -> list[bytes]:
        """Return the proof that the tree of an older size, 1 at least, is this one's beginning (RFC 6962, 2.1.2)."""
        return self._subproof(old_size, 0, self.size, is_whole=True)

    def grown(self, leaves: Sequence[bytes]) -> tuple["TileTree", dict[str, bytes]]:
        """Return the tree with more leaves, and those of its tiles that this one does not have, by name."""
        tiles: dict[str, bytes] = {}
        level, first, added = 0, self.size, list(leaves)
        while added:
            number, kept = divmod(first, _WIDTH)
            row = [*(self._tile(level, number) if kept else ()), *added]
            added = []
            for begin in range(0, len(row), _WIDTH):
                hashes = row[begin : begin + _WIDTH]
                tiles[_name(level, number + begin // _WIDTH, len(hashes))] = b"".join(hashes)
                added += [root_of(hashes)] if len(hashes) == _WIDTH else []
            level, first = level + 1, number
        return TileTree(self.size + len(leaves), lambda name: tiles.get(name) or self._content(name)), tiles

    def _hash_of(self, first: int, end: int) -> bytes:
        count = end - first
        if count & (count - 1) == 0:
            return self._full_subtree(count.bit_length() - 1, first)
        middle = first + _left_of(count)
        return node_hash(self._hash_of(first, middle), self._hash_of(middle, end))

    def _full_subtree(self, height: int, first: int) -> bytes:
        level, height_in_tile = divmod(height, _HEIGHT)
        tile, offset = divmod(first >> (level * _HEIGHT), _WIDTH)
        return root_of(self._tile(level, tile)[offset : offset + (1 << height_in_tile)])

    def _path(self, index: int, first: int, end: int) -> list[bytes]:
        if end - first == 1:
            return []
        middle = first + _left_of(end - first)
        if index < middle:
            return [*self._path(index, first, middle), self._hash_of(middle, end)]
        return [*self._path(index, middle, end), self._hash_of(first, middle)]

    def _subproof(self, old_end: int, first: int, end: int, *, is_whole: bool) -> list[bytes]:
        if old_end == end:
            return [] if is_whole else [self._hash_of(first, end)]
        middle = first + _left_of(end - first)
        if old_end <= middle:
            return [*self._subproof(old_end, first, middle, is_whole=is_whole), self._hash_of(middle, end)]
        return [*self._subproof(old_end, middle, end, is_whole=False), self._hash_of(first, middle)]

    def _tile(self, level: int, number: int) -> list[bytes]:
        width = min(_WIDTH, (self.size >> (level * _HEIGHT)) - number * _WIDTH)
        content = self._content(_name(level, number, width))
        if len(content) != width * HASH_BYTES:
            raise DamagedArchive
        return [content[begin : begin + HASH_BYTES] for begin in range(0, len(content), HASH_BYTES)]

    def _content(self, name: str) -> bytes:
        if name not in self._contents:
            self._contents[name] = self._read(name)
        return self._contents[name]


def _left_of(count: int) -> int:
    """Return how many of so many leaves, two at least, stand in the left subtree: the largest power of two below."""
    return 1 << ((count - 1).bit_length() - 1)


def _name(level: int, number: int, width: int) -> str:
    digits = str(number)
    digits = digits.zfill(-(-len(digits) // _DIGITS) * _DIGITS)
    groups = [digits[begin : begin + _DIGITS] for begin in range(0, len(digits), _DIGITS)]
    place = "/".join([f"x{group}" for group in groups[:-1]] + groups[-1:])
    return f"{level}/{place}" if width == _WIDTH else f"{level}/{place}.p/{width}"

"""Trees and proofs, against RFC 6962's own definitions and the roots that Certificate Transparency publishes."""

from collections.abc import Sequence
from itertools import pairwise
from typing import Final

import pytest
from hypothesis import given
from hypothesis import strategies as st

from nexstock.audit.tiles import TileTree
from nexstock_verify.merkle import (
    EMPTY_ROOT,
    GrowingTree,
    InvalidProof,
    leaf_hash,
    node_hash,
    root_by_inclusion,
    root_of,
    roots_by_consistency,
)

_INPUTS: Final = (
    "",
    "00",
    "10",
    "2021",
    "3031",
    "40414243",
    "5051525354555657",
    "606162636465666768696a6b6c6d6e6f",
)
_ROOTS: Final = (
    "6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d",
    "fac54203e7cc696cf0dfcb42c92a1d9dbaf70ad9e621f4bd8d98662f00e3c125",
    "aeb6bcfe274b70a14fb067a5e5578264db0fa9b51af5e0ba159158f329e06e77",
    "d37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7",
    "4e3bbb1f7b478dcfe71fb631631519a3bca12c9aefca1612bfce4c13a86264d4",
    "76e67dadbcdf1e10e1b74ddc608abd2f98dfb16fbce75277b5232a127f2087ef",
    "ddb89be403809e325750d3d263cd78929c2942b7942a34b77e122c9594a74c8c",
    "5dc9da79a70659a9ad559cb701ded9a2ab9d823aad2f4960cfe370eff4604328",
)
"""The reference data of Certificate Transparency's implementations, by the number of leaves."""

_LEAVES: Final = [leaf_hash(number.to_bytes(4)) for number in range(700)]


def _defined(leaves: Sequence[bytes]) -> bytes:
    """Return the root by the recursion of RFC 6962, 2.1."""
    if len(leaves) == 1:
        return leaves[0]
    left = 1
    while left * 2 < len(leaves):
        left *= 2
    return node_hash(_defined(leaves[:left]), _defined(leaves[left:]))


def _tree(size: int) -> tuple[TileTree, dict[str, bytes]]:
    def nothing(name: str) -> bytes:
        raise LookupError(name)

    return TileTree(0, nothing).grown(_LEAVES[:size])


def test_roots_are_those_that_others_compute() -> None:
    leaves = [leaf_hash(bytes.fromhex(text)) for text in _INPUTS]
    assert [root_of(leaves[:size]).hex() for size in range(1, 9)] == list(_ROOTS)
    assert root_of([]) == EMPTY_ROOT


@pytest.mark.parametrize("size", [1, 2, 3, 255, 256, 257, 511, 512, 513, 700])
def test_a_tree_of_tiles_is_the_tree(size: int) -> None:
    growing = GrowingTree()
    for leaf in _LEAVES[:size]:
        growing.append(leaf)
    assert _tree(size)[0].root == growing.root == _defined(_LEAVES[:size])
    assert _tree(size)[0].leaves(size // 2, size) == _LEAVES[size // 2 : size]


@given(sizes=st.lists(st.integers(1, 699), min_size=1, max_size=4, unique=True).map(sorted))
def test_a_tree_that_grows_in_steps_is_the_same_tree(sizes: list[int]) -> None:
    stored: dict[str, bytes] = {}
    for old, new in pairwise([0, *sizes]):
        # From what is stored alone, as each run begins anew.
        grown, tiles = TileTree(old, stored.__getitem__).grown(_LEAVES[old:new])
        stored |= tiles
        assert grown.root == TileTree(new, stored.__getitem__).root == root_of(_LEAVES[:new])


def test_tiles_have_the_names_and_widths_that_the_specification_gives_them() -> None:
    tiles = _tree(700)[1]
    widths = {name: len(content) // 32 for name, content in tiles.items()}
    assert widths == {"0/000": 256, "0/001": 256, "0/002.p/188": 188, "1/000.p/2": 2}
    assert set(_tree(256)[1]) == {"0/000", "1/000.p/1"}
    deep: list[str] = []

    def read(name: str) -> bytes:
        deep.append(name)
        return b"x" * 8192

    TileTree((1234067 + 1) * 256, read).leaves(1234067 * 256, 1234067 * 256 + 1)
    assert deep == ["0/x001/x234/067"]


@given(size=st.integers(1, 700), data=st.data())
def test_an_inclusion_proof_proves_its_leaf_and_no_other(size: int, data: st.DataObject) -> None:
    index = data.draw(st.integers(0, size - 1))
    root, path = root_of(_LEAVES[:size]), _tree(size)[0].inclusion_path(index)
    assert root_by_inclusion(_LEAVES[index], index, size, path) == root
    assert root_by_inclusion(leaf_hash(b"forged"), index, size, path) != root
    for other in {0, size // 2, size - 1} - {index}:
        assert not _is_proven(_LEAVES[index], other, size, path, root)
    for wrong in (path[:-1], [*path, root]):
        if wrong != path:
            assert not _is_proven(_LEAVES[index], index, size, wrong, root)


def _is_proven(leaf: bytes, index: int, size: int, path: Sequence[bytes], root: bytes) -> bool:
    try:
        return root_by_inclusion(leaf, index, size, path) == root
    except InvalidProof:
        return False


@given(new=st.integers(1, 700), data=st.data())
def test_a_consistency_proof_proves_both_roots_and_no_others(new: int, data: st.DataObject) -> None:
    old = data.draw(st.integers(1, new))
    roots = root_of(_LEAVES[:old]), root_of(_LEAVES[:new])
    path = _tree(new)[0].consistency_path(old)
    assert roots_by_consistency(old, new, roots[0], path) == roots
    for wrong in (path[:-1], [*path, roots[0]], [leaf_hash(b"x"), *path[1:]]):
        if wrong != path:
            assert not _is_consistent(old, new, wrong, roots)


def _is_consistent(old: int, new: int, path: Sequence[bytes], roots: tuple[bytes, bytes]) -> bool:
    try:
        return roots_by_consistency(old, new, roots[0], path) == roots
    except InvalidProof:
        return False


@pytest.mark.parametrize(("index", "size"), [(0, 0), (-1, 4), (4, 4), (9, 4)])
def test_no_leaf_is_outside_of_its_tree(index: int, size: int) -> None:
    with pytest.raises(InvalidProof):
        root_by_inclusion(_LEAVES[0], index, size, [])


@pytest.mark.parametrize(("old", "new"), [(0, 4), (5, 4), (-1, 4), (3, 4)])
def test_no_tree_grows_backwards_or_from_nothing(old: int, new: int) -> None:
    with pytest.raises(InvalidProof):
        roots_by_consistency(old, new, EMPTY_ROOT, [])

"""The tree against RFC 6962's published roots, and each proof against every way in which it could be wrong."""

from collections.abc import Sequence
from hashlib import sha256

import pytest
from hypothesis import given
from hypothesis import strategies as st

from worker.core.merkle import EMPTY, Frontier, Prover, leaf_hash, node_hash, root_from

_HEX = ("", "00", "10", "2021", "3031", "40414243", "5051525354555657", "606162636465666768696a6b6c6d6e6f")
LEAVES = tuple(map(bytes.fromhex, _HEX))
# The roots over the first 1 to 8 of these leaves, as the authors of Certificate Transparency publish them for tests.
ROOTS = (
    "6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d",
    "fac54203e7cc696cf0dfcb42c92a1d9dbaf70ad9e621f4bd8d98662f00e3c125",
    "aeb6bcfe274b70a14fb067a5e5578264db0fa9b51af5e0ba159158f329e06e77",
    "d37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7",
    "4e3bbb1f7b478dcfe71fb631631519a3bca12c9aefca1612bfce4c13a86264d4",
    "76e67dadbcdf1e10e1b74ddc608abd2f98dfb16fbce75277b5232a127f2087ef",
    "ddb89be403809e325750d3d263cd78929c2942b7942a34b77e122c9594a74c8c",
    "5dc9da79a70659a9ad559cb701ded9a2ab9d823aad2f4960cfe370eff4604328",
)
LINES = st.lists(st.binary(max_size=6), min_size=1, max_size=70)


def defined(lines: Sequence[bytes]) -> bytes:
    """The root as RFC 6962, 2.1 defines it: split at the largest power of two below the size."""
    if len(lines) == 1:
        return leaf_hash(lines[0])
    split = 1 << (len(lines) - 1).bit_length() - 1
    return node_hash(defined(lines[:split]), defined(lines[split:]))


def grown(lines: Sequence[bytes]) -> Frontier:
    """A frontier that has seen these lines."""
    frontier = Frontier()
    for line in lines:
        frontier.add(line)
    return frontier


def proofs(lines: Sequence[bytes], *places: int) -> tuple[dict[int, tuple[bytes, ...]], bytes]:
    """The paths of some places, and the root."""
    prover = Prover(places)
    for line in lines:
        prover.add(line)
    return prover.paths(), prover.root()


@pytest.mark.parametrize("size", range(1, 9))
def test_the_roots_are_those_that_are_published(size: int) -> None:
    assert grown(LEAVES[:size]).root().hex() == ROOTS[size - 1]


def test_a_tree_without_leaves_has_the_hash_of_nothing() -> None:
    assert Frontier().root() == EMPTY == sha256(b"").digest()
    assert proofs([]) == ({}, EMPTY)


@given(LINES)
def test_the_frontier_and_the_prover_have_the_root_of_the_definition_at_every_size(lines: list[bytes]) -> None:
    frontier = Frontier()
    for size, line in enumerate(lines, start=1):
        frontier.add(line)
        assert (frontier.size, frontier.root()) == (size, defined(lines[:size]))
    assert proofs(lines, 0)[1] == defined(lines)


def test_a_root_can_be_asked_for_at_any_time_without_a_trace() -> None:
    frontier = grown(LEAVES[:5])
    assert frontier.root() == frontier.root()
    frontier.add(LEAVES[5])
    assert frontier.root().hex() == ROOTS[5]


@given(LINES, st.data())
def test_each_line_is_proved_at_its_place(lines: list[bytes], data: st.DataObject) -> None:
    places = data.draw(st.sets(st.integers(0, len(lines) - 1)))
    paths, root = proofs(lines, *places)
    assert set(paths) == places
    for place, path in paths.items():
        assert root_from(lines[place], place, len(lines), path) == root


@given(LINES, st.data())
def test_no_other_line_place_size_or_path_leads_to_that_root(lines: list[bytes], data: st.DataObject) -> None:
    place = data.draw(st.integers(0, len(lines) - 1))
    paths, root = proofs(lines, place)
    line, path, size = lines[place], paths[place], len(lines)
    assert root_from(line + b"x", place, size, path) != root
    assert root_from(line, place, size, (*path, bytes(32))) != root
    if path:
        level = data.draw(st.integers(0, len(path) - 1))
        other = bytes(32) if path[level] != bytes(32) else b"\1" * 32
        assert root_from(line, place, size, (*path[:level], other, *path[level + 1 :])) != root
        assert root_from(line, place, size, path[:-1]) != root
    wrong = data.draw(st.integers(-2, size + 2).filter(lambda at: at != place))
    found = root_from(line, wrong, size, path)
    assert found != root or (0 <= wrong < size and proofs(lines, wrong)[0][wrong] == path and lines[wrong] == line)


def test_a_place_that_the_log_has_not_reached_has_no_path() -> None:
    assert proofs(LEAVES, 3, 8)[0].keys() == {3}


def test_a_node_is_never_taken_for_a_leaf() -> None:
    inner = node_hash(leaf_hash(LEAVES[0]), leaf_hash(LEAVES[1]))
    assert grown([leaf_hash(LEAVES[0]) + leaf_hash(LEAVES[1])]).root() != inner


def test_the_edge_grows_with_the_bits_of_the_size() -> None:
    """Memory that grew with the lines would show here: a million lines have an edge of at most twenty hashes."""
    frontier = grown([b"line"] * 1_000)
    assert len(vars(frontier)["_edge"]) == (1_000).bit_count()


@pytest.mark.parametrize(("size", "claimed"), [(8, 16), (8, 9), (4, 8), (1, 2)])
def test_a_path_of_a_smaller_tree_proves_nothing_in_a_larger_one(size: int, claimed: int) -> None:
    path = proofs(LEAVES[:size], 0)[0][0]
    assert root_from(LEAVES[0], 0, claimed, path) is None


def test_each_place_of_each_small_tree_is_proved() -> None:
    lines = [b"%d" % place for place in range(33)]
    for size in range(1, len(lines) + 1):
        prover = Prover(range(size))
        for line in lines[:size]:
            prover.add(line)
        paths = prover.paths()
        assert {root_from(lines[place], place, size, paths[place]) for place in range(size)} == {prover.root()}

"""The Merkle tree over the lines of a log (RFC 6962): its root, and the proof that one line stands in it.

Decides the bytes that are hashed: 0x00 before a leaf, 0x01 before two nodes. It holds no line, and of a tree of n
leaves no more than one hash for each bit of n, so that a log of any length costs the same memory.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from hashlib import sha256

HASH_SIZE = 32
"""Bytes of every hash of a tree."""
EMPTY = sha256(b"").digest()
"""The root of a tree without leaves."""


def leaf_hash(line: bytes) -> bytes:
    """The hash of one leaf: exactly the bytes of the line, without its line end."""
    return sha256(b"\0" + line).digest()


def node_hash(left: bytes, right: bytes) -> bytes:
    """The hash over two neighbouring subtrees."""
    return sha256(b"\1" + left + right).digest()


class Frontier:
    """The right edge of a growing tree: the hashes of its largest whole subtrees, from the left."""

    def __init__(self) -> None:
        self.size = 0
        self._edge: list[bytes] = []

    def add(self, line: bytes) -> None:
        """One more leaf."""
        self.size += 1
        found, bit = leaf_hash(line), self.size
        while not bit & 1:  # each trailing zero of the size is a whole subtree that has just found its right half
            found, bit = node_hash(self._edge.pop(), found), bit >> 1
        self._edge.append(found)

    def root(self) -> bytes:
        """The hash of the whole tree as it is now."""
        if not self._edge:
            return EMPTY
        *larger, found = self._edge
        for left in reversed(larger):
            found = node_hash(left, found)
        return found


@dataclass(slots=True)
class _Subtree:
    """A whole subtree, and which of the leaves to be proved stand in it."""

    level: int
    hash: bytes
    asked: tuple[int, ...]


class Prover:
    """Gathers the proofs of some leaves (places counted from 0) while all leaves pass by."""

    def __init__(self, places: Iterable[int]) -> None:
        self.size = 0
        self._paths: dict[int, list[bytes]] = {place: [] for place in places}
        self._edge: list[_Subtree] = []

    def add(self, line: bytes) -> None:
        """One more leaf."""
        asked = (self.size,) if self.size in self._paths else ()
        found = _Subtree(0, leaf_hash(line), asked)
        self.size += 1
        while self._edge and self._edge[-1].level == found.level:
            found = self._joined(self._edge.pop(), found)
        self._edge.append(found)

    def paths(self) -> dict[int, tuple[bytes, ...]]:
        """For each place the hashes that lead from its leaf to the root, the nearest first; ends the gathering."""
        while len(self._edge) > 1:
            right, left = self._edge.pop(), self._edge.pop()
            self._edge.append(self._joined(left, right))
        return {place: tuple(path) for place, path in self._paths.items() if place < self.size}

    def root(self) -> bytes:
        """The hash of the tree; ask for the paths first."""
        return self._edge[0].hash if self._edge else EMPTY

    def _joined(self, left: _Subtree, right: _Subtree) -> _Subtree:
        for place in left.asked:
            self._paths[place].append(right.hash)
        for place in right.asked:
            self._paths[place].append(left.hash)
        return _Subtree(left.level + 1, node_hash(left.hash, right.hash), left.asked + right.asked)


def root_from(line: bytes, place: int, size: int, path: Sequence[bytes]) -> bytes | None:
    """The root that a proof leads to, if the tree has `size` leaves and this line is at `place` (from 0).

    None if no tree of that size has a path of that shape there.
    """
    if not 0 <= place < size:
        return None
    found, at, last = leaf_hash(line), place, size - 1
    for other in path:
        if last == 0:
            return None
        if at & 1 or at == last:
            found = node_hash(other, found)
            while not at & 1 and at:  # the right edge has no sibling on these levels
                at, last = at >> 1, last >> 1
        else:
            found = node_hash(found, other)
        at, last = at >> 1, last >> 1
    return found if last == 0 else None

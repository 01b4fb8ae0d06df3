"""Whether a 404 of GET customer is believed: a wrong prefix or client answers 404 to everybody.

Decides when held 404s are believed, when a sentinel must be read, and when a campaign of ghosts must stop. A 404
is held until a later 200 of GET customer shows that the same routes still find somebody.
"""

from enum import StrEnum

from worker.core.values import Value, replace

ROW = 20
"""After so many 404s in a row the sentinel is read; so many ghosts in a whole list stop the run."""
MANY = 100
"""So many customers of a longer list without one that exists stop the run."""


class Belief(Value, frozen=True):
    """What this run has seen. `seen`: some GET customer answered 200. `routed`: some readable 200, lists included.

    `row` counts the 404s held since the last 200 of GET customer.
    """

    seen: bool = False
    routed: bool = False
    row: int = 0

    def found(self) -> "Belief":
        """GET customer answered 200."""
        return Belief(seen=True, routed=True)

    def listed(self) -> "Belief":
        """A list answered with a readable 200."""
        return self if self.routed else replace(self, routed=True)

    def missing(self) -> "Belief":
        """One more 404 is held."""
        return replace(self, row=self.row + 1)

    @property
    def spread(self) -> bool:
        """Whether the next reads are taken from across the list: its beginning may be old and gone."""
        return not self.seen and self.row >= ROW

    @property
    def wants_sentinel(self) -> bool:
        """Whether the sentinel must be read now."""
        return self.row > 0 and self.row % ROW == 0

    @property
    def nobody(self) -> bool:
        """Whether enough of a longer list was read to say that nobody exists."""
        return not self.seen and self.row >= MANY


class Close(StrEnum):
    """What becomes of the 404s that are still held when the list is worked off."""

    BELIEVE = "believe"
    UNCHECKED = "unchecked"
    NOBODY = "nobody"


def at_the_end(belief: Belief) -> Close:
    """A short row after a 200 is believed; a long one without a sentinel, or a list of ghosts, is not."""
    if belief.seen:
        return Close.BELIEVE if belief.row < ROW else Close.UNCHECKED
    return Close.NOBODY if belief.row >= ROW else Close.UNCHECKED

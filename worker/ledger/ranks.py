"""In which pass of a run a customer is taken up, told from its standing; and the passes of each kind of work.

Decides order alone: doubts first, then what is open, what the API refused to talk about (403) last. It reads
nothing: the rank is stored with each customer, so that finding work never means looking through the whole list.
"""

from collections.abc import Mapping
from enum import IntEnum
from typing import assert_never

from worker.core.lifecycle import OPEN_STATES, Standing, State
from worker.core.steps import Purpose
from worker.ports import Work


class Rank(IntEnum):
    """The passes. A setback outranks a doubt: it would stop each later run at its start."""

    DOUBT = 0
    OPEN = 1
    SETBACK = 2
    ELIGIBLE = 3
    SETTLED = 4
    GONE = 5


_RANKS: Mapping[State, Rank] = {
    **dict.fromkeys(State, Rank.SETTLED),
    **dict.fromkeys(OPEN_STATES, Rank.OPEN),
    State.ELIGIBLE: Rank.ELIGIBLE,
    State.DELETED: Rank.GONE,
    State.DELETED_INFERRED: Rank.GONE,
}


def rank_of(standing: Standing) -> Rank:
    """The rank of a customer that no setback has put last."""
    rank = _RANKS[standing.state]
    return Rank.DOUBT if standing.owed and rank in (Rank.OPEN, Rank.ELIGIBLE) else rank


def passes(work: Work) -> tuple[Rank, ...]:
    """The ranks that this work takes up, in their order."""
    match work.purpose:
        case Purpose.RECONCILE:
            return (Rank.DOUBT, Rank.SETBACK)
        case Purpose.DELETE if work.approved:
            return (Rank.DOUBT, Rank.OPEN, Rank.ELIGIBLE, Rank.SETBACK)
        case Purpose.PLAN | Purpose.DELETE:
            again = (Rank.ELIGIBLE, Rank.SETTLED) if work.recheck else ()
            return (Rank.DOUBT, Rank.OPEN, *again, Rank.SETBACK)
        case _:
            assert_never(work.purpose)

"""How a customer moves from enrolled to settled: the states, the moves, and one table of all legal ones.

Decides which state follows which fact. A pair that is not in `TRANSITIONS` is illegal and ends the command: the
worker would rather stop than account wrongly. It chooses no next step (see `steps`) and knows no time.
"""

from collections.abc import Mapping
from enum import StrEnum

from worker.core.values import Value, replace


class Verdict(StrEnum):
    """How a row ended. `eligible` is a plan's word; `not_reached` is never recorded, it is what is left."""

    DELETED = "deleted"
    DELETED_INFERRED = "deleted_inferred"
    ALREADY_ABSENT = "already_absent"
    INELIGIBLE = "ineligible"
    PROTECTED = "protected"
    REFUSED = "refused"
    UNCHECKED = "unchecked"
    IN_DOUBT = "in_doubt"
    NOT_REACHED = "not_reached"
    INVALID = "invalid"
    DUPLICATE = "duplicate"
    ELIGIBLE = "eligible"


DELETED_BY_US = frozenset({Verdict.DELETED, Verdict.DELETED_INFERRED})
"""The verdicts of customers that a DELETE of ours has removed."""
RECORDED = frozenset(Verdict) - {Verdict.NOT_REACHED, Verdict.INVALID, Verdict.DUPLICATE}
"""The verdicts that are recorded of a customer; the states of the same names carry them."""


class State(StrEnum):
    """Where a customer stands in the ledger. The first seven are open, the rest carry a recorded verdict."""

    OPEN = "open"
    HELD = "held"  # GET customer said 404, and nobody has vouched for that yet
    INTENDED = "intended"  # the intent of a DELETE is durable; the DELETE may be on its way
    CONFIRMED = "confirmed"  # our DELETE was answered with a full success; the verdict is due
    REJECTED = "rejected"  # our DELETE was answered 422; the verdict is due
    MISSING = "missing"  # our DELETE was answered 404; a reading is due
    CONTESTED = "contested"  # our DELETE was answered with another 4xx; a reading is due
    ELIGIBLE = "eligible"
    DELETED = "deleted"
    DELETED_INFERRED = "deleted_inferred"
    ALREADY_ABSENT = "already_absent"
    INELIGIBLE = "ineligible"
    PROTECTED = "protected"
    REFUSED = "refused"
    UNCHECKED = "unchecked"
    IN_DOUBT = "in_doubt"


class Move(StrEnum):
    """What can be recorded of a customer. The last nine are verdicts."""

    HOLD = "hold"
    INTEND = "intend"
    GIVE_UP = "give_up"  # the DELETE was not sent after all
    TURNED_AWAY = "turned_away"  # 401, 403, no connection: certainly not applied
    UNANSWERED = "unanswered"  # its effect is unknown
    CONFIRM = "confirm"
    REJECT = "reject"
    MISS = "miss"
    CONTEST = "contest"
    ELIGIBLE = "eligible"
    DELETED = "deleted"
    DELETED_INFERRED = "deleted_inferred"
    ALREADY_ABSENT = "already_absent"
    INELIGIBLE = "ineligible"
    PROTECTED = "protected"
    REFUSED = "refused"
    UNCHECKED = "unchecked"
    IN_DOUBT = "in_doubt"


class IllegalMove(Exception):
    """A move that the table does not know: a bug, or a ledger that somebody edited."""


_OPENLY = (State.OPEN, State.HELD, State.ELIGIBLE, State.UNCHECKED, State.IN_DOUBT)
_RECHECKED = (State.INELIGIBLE, State.PROTECTED, State.REFUSED, State.ALREADY_ABSENT)
_FROM_OPEN: Mapping[Move, State] = {
    Move.HOLD: State.HELD,
    Move.INTEND: State.INTENDED,
    Move.ELIGIBLE: State.ELIGIBLE,
    Move.INELIGIBLE: State.INELIGIBLE,
    Move.PROTECTED: State.PROTECTED,
    Move.UNCHECKED: State.UNCHECKED,
    Move.ALREADY_ABSENT: State.ALREADY_ABSENT,
    Move.DELETED_INFERRED: State.DELETED_INFERRED,
    Move.IN_DOUBT: State.IN_DOUBT,
}
TRANSITIONS: Mapping[tuple[State, Move], State] = {
    **{(state, move): after for state in (*_OPENLY, *_RECHECKED) for move, after in _FROM_OPEN.items()},
    (State.INTENDED, Move.GIVE_UP): State.OPEN,
    (State.INTENDED, Move.TURNED_AWAY): State.OPEN,
    (State.INTENDED, Move.UNANSWERED): State.OPEN,
    (State.INTENDED, Move.CONFIRM): State.CONFIRMED,
    (State.INTENDED, Move.REJECT): State.REJECTED,
    (State.INTENDED, Move.MISS): State.MISSING,
    (State.INTENDED, Move.CONTEST): State.CONTESTED,
    (State.CONFIRMED, Move.DELETED): State.DELETED,
    (State.CONFIRMED, Move.IN_DOUBT): State.IN_DOUBT,
    (State.REJECTED, Move.REFUSED): State.REFUSED,
    (State.MISSING, Move.ALREADY_ABSENT): State.ALREADY_ABSENT,
    (State.MISSING, Move.DELETED_INFERRED): State.DELETED_INFERRED,
    (State.MISSING, Move.IN_DOUBT): State.IN_DOUBT,
    (State.CONTESTED, Move.REFUSED): State.REFUSED,
    (State.CONTESTED, Move.DELETED_INFERRED): State.DELETED_INFERRED,
    (State.CONTESTED, Move.IN_DOUBT): State.IN_DOUBT,
}
"""Every legal move. `unanswered` of `Standing` is what keeps an OPEN customer with a lost answer in doubt."""

_LEFT = frozenset({State.INTENDED, State.CONFIRMED, State.REJECTED, State.MISSING, State.CONTESTED, State.IN_DOUBT})
_GONE = frozenset({State.DELETED, State.DELETED_INFERRED})
_NOT_BY_US = frozenset({State.ALREADY_ABSENT, State.REFUSED, State.INELIGIBLE, State.PROTECTED})
OPEN_STATES = frozenset(
    {
        State.OPEN,
        State.HELD,
        State.INTENDED,
        State.CONFIRMED,
        State.REJECTED,
        State.MISSING,
        State.CONTESTED,
        State.UNCHECKED,
        State.IN_DOUBT,
    }
)
"""What a later run takes up by itself (`eligible` waits for `apply`)."""
RECHECK_STATES = frozenset(_RECHECKED) | {State.ELIGIBLE}
"""What `--recheck` takes up besides: all but deletions."""


class Standing(Value, frozen=True):
    """Where one customer durably stands.

    `unanswered` counts the DELETEs of ours whose effect is unknown: while it is not 0 the customer may have been
    deleted by us. `delete_status` is the HTTP status that our last answered DELETE had.
    """

    state: State = State.OPEN
    unanswered: int = 0
    delete_status: int | None = None

    def after(self, move: Move, status: int | None = None) -> "Standing":
        """The standing once `move` is recorded; `IllegalMove` if the table does not know it."""
        state = TRANSITIONS.get((self.state, move))
        if state is None:
            msg = f"{self.state} does not allow {move}"
            raise IllegalMove(msg)
        return replace(
            self,
            state=state,
            unanswered=self._unanswered_after(move),
            delete_status=self.delete_status if status is None else status,
        )

    def _unanswered_after(self, move: Move) -> int:
        if self.state is State.IN_DOUBT and move is Move.INTEND:
            return max(1, self.unanswered)  # A new DELETE does not answer for the one that is in doubt.
        unsettled = self.state in (State.CONFIRMED, State.CONTESTED) and move is Move.IN_DOUBT
        return self.unanswered + (unsettled or move is Move.UNANSWERED)

    @property
    def owed(self) -> bool:
        """Whether a DELETE of ours left and its effect, or its verdict, is still to be established."""
        return self.state in _LEFT or (self.unanswered > 0 and self.state not in _GONE)

    @property
    def charged(self) -> bool:
        """Whether the customer counts against `max_deletes`: deleted, in doubt or in flight."""
        return self.state in _GONE or (self.owed and self.state not in _NOT_BY_US)


def recover(standing: Standing) -> Standing:
    """What a start makes of a standing: an intent found without its attempt may have left the house."""
    match standing.state:
        case State.INTENDED:
            return replace(standing, state=State.OPEN, unanswered=standing.unanswered + 1)
        case State.HELD:
            return replace(standing, state=State.OPEN)
        case _:
            return standing


def reported(standing: Standing, *, planning: bool) -> Verdict:
    """The one verdict that a customer has at this moment, recorded or not."""
    if standing.state in _GONE | _NOT_BY_US:
        return Verdict(standing.state.value)
    if standing.owed:
        return Verdict.IN_DOUBT
    if standing.state is State.UNCHECKED or (planning and standing.state is State.ELIGIBLE):
        return Verdict(standing.state.value)
    return Verdict.NOT_REACHED

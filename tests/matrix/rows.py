"""The form of the tables: one row says what answers are believed to mean and what a campaign makes of them.

Decides nothing. A row is written by hand; each of its answers is played as a cell of its own, to each of its kinds.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from enum import Enum

from tests.matrix.answers import Said
from worker.core.replies import Kind

ALWAYS = 1_000_000
READS = (Kind.GET_CUSTOMER, Kind.GET_DOCUMENTS, Kind.GET_ARITEMS)
LISTS = (Kind.GET_DOCUMENTS, Kind.GET_ARITEMS)
READ_NAMES = {Kind.GET_CUSTOMER: "customer", Kind.GET_DOCUMENTS: "documents", Kind.GET_ARITEMS: "aritems"}
SOME = -1
"""At least one request: how many depends on the time that they take."""


class Effect(Enum):
    """What a DELETE really did at the server, whatever it answered; the value is the page's word."""

    NOTHING = "not done"
    OURS = "done"
    OTHERS = "gone meanwhile, by somebody else"


class Around(Enum):
    """Who else is about; the value is the page's word."""

    QUIET = "nobody else is being answered"
    COMPANY = "others are being answered meanwhile"
    NOBODY = "everybody is answered so"


@dataclass(frozen=True, slots=True)
class Row:
    """Answers that mean the same, and the outcome for the customer and the run.

    `sent` counts the requests of the row's kind that reach the server for this customer. `times` is how often the
    answer is given before sound ones follow. `reason` may hold `{read}` and `{cause}`. `later` is how GET customer is
    answered from the first DELETE on.
    """

    kinds: tuple[Kind, ...]
    answers: tuple[Said, ...]
    means: str
    follows: str
    sent: int
    verdict: str
    reason: str
    exit: int
    stop: str | None = None
    times: int = ALWAYS
    effect: Effect = Effect.NOTHING
    around: Around = Around.QUIET
    later: Said | None = None
    credentials: bool = False
    settings: Mapping[str, object] = field(default_factory=dict)

    def cells(self) -> Iterator["Cell"]:
        """Every answer to every kind."""
        return (Cell(self, kind, said) for said in self.answers for kind in self.kinds)


@dataclass(frozen=True, slots=True)
class Cell:
    """One answer to one kind of request."""

    row: Row
    kind: Kind
    said: Said

    @property
    def name(self) -> str:
        """Told when the cell fails."""
        return f"{self.kind.value}: {self.said.name}"

    @property
    def reason(self) -> str:
        """The reason that the report must give."""
        attached = "documents" if self.kind is Kind.GET_DOCUMENTS else "ar_items"
        return self.row.reason.format(read=READ_NAMES.get(self.kind, ""), cause=self.said.cause, attached=attached)


@dataclass(frozen=True, slots=True)
class Section:
    """Rows about one kind of request, or about several that are treated alike."""

    title: str
    words: str
    rows: tuple[Row, ...]

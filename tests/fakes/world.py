"""The API's side of the truth: customers, effects in their time, and a ledger of every request.

Decides what a DELETE does by the one rule that is sure: only a customer without documents and AR items goes. It has
no faults of its own, knows nothing of the worker, and its time is told to it.
"""

from collections.abc import Callable
from dataclasses import dataclass, field
from operator import attrgetter

from tests.fakes.fate import Order
from worker.core.replies import Kind, Meaning
from worker.core.values import replace


@dataclass(frozen=True)
class Person:
    """One customer at one moment."""

    exists: bool = True
    documents: int = 0
    aritems: int = 0
    gone_by_us: bool = False


@dataclass
class Wire:
    """One request on the wire: when it left and came back (s), what an honest answer said, and what was made of it.

    `said` is None where the answer was not the server's own, or not a plain one: nothing certain may be read from it.
    """

    order: int
    run: int
    kind: Kind
    number: str
    at: float
    back_at: float | None = None
    back_order: int | None = None
    meaning: Meaning | None = None
    said: Meaning | None = None
    retry_after: float | None = None


@dataclass
class Effect:
    """What one DELETE did when it was carried out; None while it was not."""

    status: int | None = None


@dataclass
class _Due:
    at: float
    order: int
    number: str
    effect: Effect | None = None  # None: it is not ours.
    change: Callable[[Person], Person] = lambda was: was
    hidden: float = 0.0


@dataclass
class World:
    """All customers, past and present. Times are seconds."""

    order: Order = field(default_factory=Order)
    wires: list[Wire] = field(default_factory=list)
    run: int = 0
    _people: dict[str, list[tuple[float, Person]]] = field(default_factory=dict)
    _due: list[_Due] = field(default_factory=list)

    def settle_in(self, number: str, person: Person) -> None:
        """Somebody who has always been there (or never)."""
        self._people[number] = [(float("-inf"), person)]

    def numbers(self) -> list[str]:
        """Everybody who is known."""
        return list(self._people)

    def wire(self, kind: Kind, number: str, now: float) -> Wire:
        """A request has left the worker."""
        wire = Wire(self.order.next(), self.run, kind, number, now)
        self.wires.append(wire)
        return wire

    def deletes(self, number: str | None = None) -> list[Wire]:
        """The DELETEs on the wire, of one customer or of all."""
        found = [wire for wire in self.wires if wire.kind is Kind.DELETE]
        return found if number is None else [wire for wire in found if wire.number == number]

    def person(self, number: str, now: float, stale: float = 0.0) -> Person:
        """A customer as it is now, or was `stale` seconds ago."""
        self._advance(now)
        past = self._people.get(number, [(float("-inf"), Person(exists=False))])
        return [person for since, person in past if since <= now - stale][-1]

    def delete(self, number: str, at: float, hidden: float = 0.0) -> Effect:
        """A DELETE will be carried out at that time, whatever becomes of the worker; reads show it `hidden` s later."""
        effect = Effect()
        self._due.append(_Due(at, self.order.next(), number, effect, hidden=hidden))
        return effect

    def document_arrives(self, number: str, at: float) -> None:
        """Somebody writes an invoice."""
        self._others(number, at, lambda was: replace(was, documents=was.documents + was.exists))

    def removed_by_others(self, number: str, at: float) -> None:
        """Somebody else deletes the customer."""
        self._others(number, at, lambda was: was if was.documents or was.aritems else replace(was, exists=False))

    def _others(self, number: str, at: float, change: Callable[[Person], Person]) -> None:
        self._due.append(_Due(at, self.order.next(), number, change=change))

    def in_the_end(self) -> "World":
        """The world once everything that is on its way has happened."""
        later = World()
        later._people = {number: [past[-1]] for number, past in self._people.items()}
        later._due = [replace(one, effect=one.effect and Effect()) for one in self._due]
        later._advance(float("inf"))
        return later

    def _advance(self, now: float) -> None:
        due = [one for one in self._due if one.at <= now]
        if not due:
            return
        due.sort(key=attrgetter("at", "order"))
        self._due = [one for one in self._due if one.at > now]
        for one in due:
            person = self._people.get(one.number, [(float("-inf"), Person(exists=False))])[-1][1]
            if one.effect is None:
                self._change(one, one.change)
                continue
            one.effect.status = _status(person)
            if one.effect.status == 200:
                self._change(one, lambda was: replace(was, exists=False, gone_by_us=True))

    def _change(self, due: _Due, change: Callable[[Person], Person]) -> None:
        past = self._people.setdefault(due.number, [(float("-inf"), Person(exists=False))])
        past.append((due.at + due.hidden, change(past[-1][1])))


def _status(person: Person) -> int:
    if not person.exists:
        return 404
    return 422 if person.documents or person.aritems else 200

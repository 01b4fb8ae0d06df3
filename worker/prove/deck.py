"""Which kills are still to come: named points and random moments, shuffled by a seed and dealt to campaigns.

Decides how many of which kind: two in five fall on random moments, the others go round all named points. It kills
nobody.
"""

import random
from collections import deque
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

from worker.prove.points import BY_NAME, POINTS, RANDOM, Point, Stage

TRIES: Final = 8
"""So often a point may be missed until it counts as one that cannot be reached."""
_SHARE: Final = 0.4


@dataclass(frozen=True, slots=True)
class Assault:
    """Kills that follow upon each other, one a life; `points` are names. `missed` counts vain tries."""

    points: tuple[str, ...]
    stage: Stage
    commands: frozenset[str]
    missed: int = 0


class Deck:
    """As many kills as were asked for; `tries` is how often a point may be missed."""

    def __init__(self, kills: int, seed: int, tries: int = TRIES) -> None:
        self.tries = tries
        self.dice = random.Random(seed)
        chance = round(kills * _SHARE)
        named = list(self._named(kills - chance))
        chance = kills - sum(len(assault.points) for assault in named)
        everywhere = frozenset().union(*(point.commands for point in POINTS))
        self._cards = [*named, *[Assault((RANDOM,), Stage.WORK, everywhere)] * chance]
        self.dice.shuffle(self._cards)

    def _named(self, kills: int) -> Iterator[Assault]:
        """Rounds of all points in an order of their own, as far as they fit; a pair that does not fit is left out."""
        waiting: deque[Point] = deque()
        while kills > 0:
            if not waiting:
                waiting.extend(self.dice.sample(POINTS, len(POINTS)))
            assault = _assault(waiting.popleft())
            if len(assault.points) <= kills:
                kills -= len(assault.points)
                yield assault

    @property
    def is_empty(self) -> bool:
        """Whether nothing is left."""
        return not self._cards

    def draw(self, stage: Stage, command: str, most: int) -> list[Assault]:
        """Up to so many assaults of that stage upon that command, in an order in which all can be met."""
        fitting = [card for card in self._cards if card.stage is stage and command in card.commands][:most]
        for card in fitting:
            self._cards.remove(card)
        if stage is Stage.FRESH:  # What is enrolled once is never fresh again.
            fitting.sort(key=lambda card: POINTS.index(BY_NAME[card.points[0]]))
        return fitting

    def back(self, assault: Assault) -> None:
        """One that could not be carried out: for a later campaign."""
        self._cards.append(assault)

    def clear(self) -> None:
        """Nothing more is to be done: something is violated already."""
        self._cards.clear()


def _assault(point: Point) -> Assault:
    points = (point.after, point.name) if point.after else (point.name,)
    commands = [BY_NAME[name].commands for name in points]
    return Assault(points, point.stage, frozenset.intersection(*commands))

"""Seed after seed of one kind of scene, and what they came to together.

Decides nothing: it runs, counts and collects the faults that `judging` finds.
"""

from collections.abc import Callable
from dataclasses import dataclass, field

from tests.limits.judging import begun_after, cap_faults, in_flight, known_at, still_eligible, unused
from tests.limits.scenes import Scene, calmed, capped

_CALM_EVERY = 20
"""One seed in so many is worked off to its end, to see the places used up."""


@dataclass(slots=True)
class Series:
    """What the runs came to: how many, how many were stopped, at which crowd, and the faults."""

    runs: int = 0
    stopped: int = 0
    most_in_flight: int = 0
    in_flight: int = 0
    spared: int = 0
    faults: list[str] = field(default_factory=list)

    def __str__(self) -> str:
        stopped = max(self.stopped, 1)
        figures = (
            f"{self.stopped} stopped, {self.in_flight / stopped:.0f} in flight then (at most {self.most_in_flight})"
        )
        return f"{self.runs} runs, {figures}, {self.spared / stopped:.0f} still eligible, {len(self.faults)} faults"


def caps(runs: int, judged_by: int = 0) -> Series:
    """Runs under a cap; `judged_by` is how many places fewer the judge allows, to see that it can find one too many."""
    found = Series()
    for seed in range(runs):
        scene = capped(seed)
        ended, scene.cap = scene.run(), scene.cap - judged_by
        faults = list(cap_faults(scene, ended))
        if seed % _CALM_EVERY == 0 and not judged_by:
            faults += [fault for _ in range(3) for fault in cap_faults(scene, calmed(scene).run())]
            faults += unused(scene)
        found.runs += 1
        found.stopped += ended.stop is not None
        found.faults += [f"seed {seed}: {fault}" for fault in faults]
    return found


def stops(scenes: Callable[[int], Scene], runs: int, moment: Callable[[Scene], int] | None = None) -> Series:
    """Runs that something stops; `moment` is another one to judge by, to see that late DELETEs are found."""
    found = Series()
    for seed in range(runs):
        scene = scenes(seed)
        ended = scene.run()
        found.runs += 1
        known = known_at(scene, ended) if moment is None else moment(scene)
        if known is None:
            continue
        found.stopped += 1
        found.in_flight += (crowd := in_flight(scene, known))
        found.most_in_flight = max(found.most_in_flight, crowd)
        found.spared += still_eligible(scene, known)
        found.faults += [f"seed {seed}: a DELETE of {wire.number} left" for wire in begun_after(scene, known)]
        if ended.stop is None:
            found.faults.append(f"seed {seed}: the reason to stop came, and nothing stopped")
    return found

"""What a plan is: the set of customers it found eligible, under which settings, in one digest.

Decides what an approval covers and what voids it. `max_deletes` and the protect list are not covered: at `apply`
they can only shrink the approved set, and both must be free to change between reruns.
"""

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from hashlib import sha256

_FORMAT = "amili-purge-plan/1"


@dataclass(frozen=True, slots=True)
class Binding:
    """What a campaign is bound to: one API, one client, one input (digest of its decoded rows)."""

    base_url: str
    client_no: int
    input_digest: str


def digest(binding: Binding, guards: Mapping[str, object], eligible: Iterable[str]) -> str:
    """Lower-case hex SHA-256 of binding, guard settings and the eligible customers' keys, which come sorted."""
    head = [_FORMAT, binding.base_url, binding.client_no, binding.input_digest, dict(guards)]
    total = sha256(json.dumps(head, sort_keys=True, ensure_ascii=False, separators=(",", ":")).encode())
    for key in eligible:
        total.update(b"\n" + key.encode())
    return total.hexdigest()


def drift(planned: Mapping[str, object], now: Mapping[str, object]) -> tuple[str, ...]:
    """One line for each guard setting that is not what the plan was made under; empty when nothing drifted."""
    return tuple(
        f"{name} was {_shown(planned.get(name))} when the plan was made and is {_shown(now.get(name))} now"
        for name in sorted({*planned, *now})
        if planned.get(name) != now.get(name)
    )


def _shown(value: object) -> str:
    return "not set" if value is None else str(value)

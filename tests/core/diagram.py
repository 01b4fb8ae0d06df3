"""Draws docs/lifecycle.md from the table of moves: `python -m tests.core.diagram` writes it, a test keeps it current.

Decides how the table is shown and nothing else: states that allow the same moves share one fork in the picture.
"""

from collections.abc import Iterable, Iterator
from enum import StrEnum
from pathlib import Path

from worker.core.lifecycle import TRANSITIONS, Move, State

PAGE = Path(__file__).parents[2] / "docs" / "lifecycle.md"

_HEAD = """\
# How a customer moves from enrolled to settled

Drawn from `TRANSITIONS` in `worker/core/lifecycle.py` by `python -m tests.core.diagram`; do not edit by hand.

A customer without a DELETE in flight stands in one of the states that lead to `taken_up`: a run reads it anew, and
either records a verdict, puts it aside (`held`), or records the intent of a DELETE (`intended`) before the DELETE is
sent. From `intended` on, every answer has its own way. `deleted` and `deleted_inferred` are final; the other settled
states are taken up again only with `--recheck`. A move that is not here ends the command: the worker would rather
stop than account wrongly.

Beside its state a customer keeps the number of its DELETEs whose effect is unknown. While that is not 0 it is never
reported as anything less than `in_doubt`, unless it is settled. An intent found at a start without its outcome counts
as such a DELETE.
"""
_TABLE = "\n| from | moves |\n|---|---|\n"


def arrows() -> Iterator[str]:
    """The lines of the picture; a move that is called like the state it leads to needs no label."""
    for moves, states in _groups().items():
        source = "taken_up" if len(states) > 1 else states[0].value
        if len(states) > 1 and moves:
            yield f"state {source} <<choice>>"
            yield from (f"{state} --> {source}" for state in states)
        for move in moves:
            after = TRANSITIONS[states[0], move]
            yield f"{source} --> {after}" + ("" if move.value == after.value else f": {move}")


def page() -> str:
    """The whole page: words, picture, table."""
    picture = "\n".join(f"    {line}" for line in ("[*] --> open", *arrows()))
    rows = "\n".join(f"| {_listed(states)} | {_listed(moves) or 'none'} |" for moves, states in _groups().items())
    return f"{_HEAD}\n```mermaid\nstateDiagram-v2\n{picture}\n```\n{_TABLE}{rows}\n"


def _groups() -> dict[tuple[Move, ...], list[State]]:
    """The states by what they allow."""
    groups: dict[tuple[Move, ...], list[State]] = {}
    for state in State:
        groups.setdefault(tuple(move for move in Move if (state, move) in TRANSITIONS), []).append(state)
    return groups


def _listed(words: Iterable[StrEnum]) -> str:
    return ", ".join(f"`{word}`" for word in words)


if __name__ == "__main__":
    PAGE.write_text(page(), "utf-8")

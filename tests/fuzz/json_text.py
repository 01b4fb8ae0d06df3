"""JSON as text that may be wrong: objects whose keys repeat, tokens that no number has, and what befalls them.

Decides how a body is written and mutated; what a mutation means is for `oracle` to say.
"""

import json
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from random import Random


@dataclass(slots=True)
class Obj:
    """An object as its pairs stand in the text: keys may repeat."""

    pairs: list[tuple[str, "Node"]]


@dataclass(slots=True)
class Raw:
    """A token that is written as it stands, JSON or not."""

    text: str


Node = Obj | Raw | list["Node"] | str | int | None
Container = Obj | list[Node]

ALIKE = dict(zip("EDCOS05ec", "\u0415\uff24\u0421\u041e\u017f\u0660\uff15\u0435\u0441", strict=True))
"""Characters that look like ASCII ones, or fold to them (the long s)."""
_HIDDEN = ("\u200b", "\u202e", "\ufeff", "\u0000", " ", "\u00a0", "\u0301")
_TOKENS = tuple(
    """NaN Infinity -0 1e999 2218.0 2218e0 02218 +2218 true false null undefined 0x8AA 18446744073709551616 -1 3 0 0.0 1
    "3" "0" "" 'x' "\\ud800" [] {} [null] [[]] [{}] "PROCESSED" "DELETED" "ERROR" "543210" "543211" """.split()  # noqa: SIM905 - these tokens are read more easily without a second pair of quotes
)
_KEYS = (
    "status",
    "result",
    "clientNo",
    "customerNo",
    "documents",
    "arItems",
    "items",
    "summary",
    "totalCount",
    "nextPage",
)
DEEP = 5_000


def written(node: Node) -> str:
    """The text of a node."""
    match node:
        case Obj(pairs):
            return "{" + ",".join(f"{json.dumps(key)}:{written(value)}" for key, value in pairs) + "}"
        case list():
            return "[" + ",".join(map(written, node)) + "]"
        case Raw(text):
            return text
        case _:
            return json.dumps(node)


def containers(node: Node) -> Iterator[Container]:
    """Every object and array in it, itself included."""
    if isinstance(node, Obj):
        yield node
        for _, value in node.pairs:
            yield from containers(value)
    elif isinstance(node, list):
        yield node
        for value in node:
            yield from containers(value)


def disguised(text: str, dice: Random) -> str:
    """A string that is nearly the same: other case, look-alikes, something unseen in it, a character less."""
    at = dice.randrange(len(text) + 1)
    match dice.randrange(6):
        case 0:
            return text.swapcase()
        case 1:
            return text.lower()
        case 2:
            return "".join(ALIKE.get(c, c) if dice.random() < 0.5 else c for c in text)
        case 3:
            return text[:at] + dice.choice(_HIDDEN) + text[at:]
        case 4:
            return text[:at] + text[at + 1 :]
        case _:
            return text + text


def _other(value: Node, dice: Random) -> Node:
    """Something else in the place of a value."""
    numbers: list[Node] = []
    if isinstance(value, int):
        numbers = [str(value), value + 1, -value, Raw(f"{value}.0")]
    match dice.randrange(7):
        case 0 if isinstance(value, str):
            return disguised(value, dice)
        case 1 if numbers:
            return dice.choice(numbers)
        case 2:
            return [value]
        case 3:
            return Obj([("value", value)])
        case 4 if dice.random() < 0.02:
            return Raw("[" * DEEP + "]" * DEEP)
        case 5:
            return None
        case _:
            return Raw(dice.choice(_TOKENS))


def _replace(place: Container, at: int, dice: Random) -> None:
    if isinstance(place, Obj):
        key, value = place.pairs[at]
        place.pairs[at] = (key, _other(value, dice))
    else:
        place[at] = _other(place[at], dice)


def _rename(place: Container, at: int, dice: Random) -> None:
    if isinstance(place, Obj):
        key, value = place.pairs[at]
        place.pairs[at] = (dice.choice([disguised(key, dice), dice.choice(_KEYS)]), value)


def _remove(place: Container, at: int, dice: Random) -> None:
    del (place.pairs if isinstance(place, Obj) else place)[at]


def _repeat(place: Container, at: int, dice: Random) -> None:
    """The same key once more with another value, or the same element."""
    if isinstance(place, Obj):
        key, value = place.pairs[at]
        place.pairs.insert(dice.randrange(len(place.pairs) + 1), (key, _other(value, dice)))
    else:
        place.append(place[at])


def _add(place: Container, at: int, dice: Random) -> None:
    value = Raw(dice.choice(_TOKENS))
    if isinstance(place, Obj):
        place.pairs.insert(at, (dice.choice(_KEYS), value))
    else:
        place.insert(at, value)


def _empty(place: Container, at: int, dice: Random) -> None:
    (place.pairs if isinstance(place, Obj) else place).clear()


_MUTATIONS: tuple[Callable[[Container, int, Random], None], ...] = (
    *[_replace] * 4, *[_rename] * 2, _remove, *[_repeat] * 2, _add, _empty,
)  # fmt: skip


def mutate(node: Node, dice: Random) -> Node:
    """One mutation somewhere in the tree, or all of it wrapped into something else."""
    if dice.random() < 0.08:
        wrapped: list[Node] = [[node], Obj([("data", node)]), Obj([("status", "PROCESSED"), ("body", node)])]
        return dice.choice(wrapped)
    places = list(containers(node))
    place = dice.choice(places) if places else None
    size = 0 if place is None else len(place.pairs if isinstance(place, Obj) else place)
    if place is None or not size:
        return Raw(dice.choice(_TOKENS))
    dice.choice(_MUTATIONS)(place, dice.randrange(size), dice)
    return node


def escaped(text: str, dice: Random) -> str:
    """The same JSON with some letters of its strings as escapes."""
    return "".join(f"\\u{ord(c):04x}" if c.isalpha() and dice.random() < 0.2 else c for c in text)

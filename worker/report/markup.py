"""How values become HTML and embedded JSON: escaped, once, here.

Decides how text of any origin is shown: as text, with what cannot be seen spelt out. Knows nothing of campaigns.
"""

import json
from collections.abc import Iterable
from html import escape
from typing import Final

from worker.core.customer import shown

_LONGEST: Final = 500
_THIN: Final = "\u202f"


def text(value: object) -> str:
    """A value as HTML text, also fit for an attribute; control and bidirectional characters are spelt."""
    return escape(shown(str(value), _LONGEST))


def number(count: int) -> str:
    """A count with its thousands apart, in the Norwegian way: 31 204."""
    return f"{count:,}".replace(",", _THIN)


def moment(time: str | None) -> str:
    """A time of RFC 3339 for a person: to the second, in UTC."""
    return "—" if time is None else text(f"{time[:10]} {time[11:19]} UTC")


def embedded(value: object) -> str:
    """A value as JSON within a script element: pure ASCII, and nothing in it can end the element or begin another."""
    dumped = json.dumps(value, separators=(",", ":"))
    return dumped.replace("<", "\\u003c").replace(">", "\\u003e").replace("&", "\\u0026")


def row(cells: Iterable[str], kind: str = "td") -> str:
    """One row of a table; the cells are HTML already."""
    return "<tr>" + "".join(f"<{kind}>{cell}</{kind}>" for cell in cells) + "</tr>"


def pairs(told: Iterable[tuple[str, str]]) -> str:
    """Names and what belongs to them, as a list of definitions; both are HTML already."""
    return "".join(f"<div><dt>{name}</dt><dd>{what}</dd></div>" for name, what in told)

"""Writes docs/answers.md from the tables: `python -m tests.matrix.page`; a test keeps it current.

Decides how a row is shown and nothing else.
"""

from collections.abc import Iterator
from pathlib import Path

from tests.matrix.answers import Said
from tests.matrix.rows import ALWAYS, SOME, Around, Row, Section
from tests.matrix.stage import ATTEMPTS
from tests.matrix.table import SECTIONS
from worker.core.replies import Kind

PAGE = Path(__file__).parents[2] / "docs" / "answers.md"

_HEAD = f"""\
# What an answer of the API is taken to mean

Written by `python -m tests.matrix.page` from the tables in `tests/matrix`; do not edit by hand. Every line is run:
each of its answers is given, over a real socket, to a campaign of two customers, and the outcome must be the one that
stands here. Beside that, no such campaign may end in a verdict that the server's own account contradicts, send a
request to any other path, differ from its audit log, wait beyond `request_timeout`, or need more than 20 MB.

This is unofficial. One page of the ARMrest documentation is certain (DELETE a customer); paging, value case and the
bearer token are documented too. The names of the list filters and keys, and what 422 means for good, are inferred
from older public documentation. What an empty list answered 204 or 404 means is unknown, so it is a setting
(`empty_list`). Whatever is not certain is taken the careful way: unknown is never eligible, and a DELETE without a
clear answer is read back before anything else is believed.

How to read a line:

- **Answer**: to every request of that kind about one customer, unless the line says "once" or "twice" and sound
  answers follow. Without a word about it, the token is a ready one.
- **Requests**: how many of that kind reach the server for this customer, with `attempts = {ATTEMPTS}`.
- **Verdict**: with its reason. `READ` is `customer`, `documents` or `aritems`; `CAUSE` is `http_` and the status, or
  the word in brackets.
- **Exit**: the code of the run, and the word in `stopped_by` if the run ended early. Where it did not, the other
  customers go on undisturbed. After 20 customers the guards judge shares too, which no line shows.
"""
_COLUMNS = ("Answer", "amili-purge believes", "What follows", "Requests", "Verdict", "Exit")
_TIMES = {1: "once", 2: "twice", ALWAYS: ""}


def page() -> str:
    """The whole page."""
    return _HEAD + "".join(map(_section, SECTIONS))


def _section(section: Section) -> str:
    deletes = any(row.kinds == (Kind.DELETE,) for row in section.rows)
    columns = (*_COLUMNS[:1], "In truth", *_COLUMNS[1:]) if deletes else _COLUMNS
    before = (None, *section.rows)
    shown = (tuple(_shown(row, last, deletes=deletes)) for last, row in zip(before, section.rows, strict=False))
    lines = (columns, ("---",) * len(columns), *shown)
    table = "\n".join(f"| {' | '.join(line)} |" for line in lines)
    return f"\n## {section.title}\n\n{section.words}\n\n{table}\n"


def _shown(row: Row, before: Row | None, *, deletes: bool) -> Iterator[str]:
    same = before is not None and row.answers == before.answers
    answers = ("the same",) if same else _answers(row)
    yield "<br>".join((*answers, *(f"*{words}*" for words in _circumstances(row))))
    if deletes:
        yield row.effect.value
    yield row.means
    yield row.follows
    yield "1 or more" if row.sent == SOME else str(row.sent)
    yield f"`{row.verdict}`<br>{_reason(row)}"
    yield str(row.exit) if row.stop is None else f"{row.exit} `{row.stop}`"


def _answers(row: Row) -> Iterator[str]:
    """Bare statuses on one line, all else on lines of their own."""
    bare = [said.name for said in row.answers if said.name.isdecimal()]
    if bare:
        yield ", ".join(bare)
    yield from (_named(row, said) for said in row.answers if not said.name.isdecimal())


def _named(row: Row, said: Said) -> str:
    """An answer, with its word if the reason needs it and the name does not hold it."""
    plain = "{cause}" not in row.reason or said.cause == f"http_{said.status}"
    return said.name if plain else f"{said.name} (`{said.cause}`)"


def _circumstances(row: Row) -> Iterator[str]:
    if _TIMES[row.times]:
        yield _TIMES[row.times]
    if row.credentials:
        yield "with client credentials"
    if row.around is not Around.QUIET:
        yield row.around.value
    if row.later is not None:
        yield f"then {row.later.name} to GET customer"
    yield from (f'with `{name} = "{value}"`' for name, value in row.settings.items())


def _reason(row: Row) -> str:
    """The reason, with the places that differ from cell to cell."""
    attached = "documents` or `ar_items"
    return f"`{row.reason.format(read='READ', cause='CAUSE', attached=attached)}`"


if __name__ == "__main__":
    PAGE.write_text(page(), "utf-8")

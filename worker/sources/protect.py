"""The protect list: numbers that are never deleted, read from any file format of the input.

Decides that a list which cannot be read to its last entry is no list at all: an entry that vanished
silently would leave a customer unprotected.
"""

import re
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

from worker.core.customer import DEFAULT_PATTERN, CustomerNo, shown
from worker.core.intake import Row, number_of
from worker.errors import CommandFailed, SettingsWrong
from worker.sources.files import FileSource, SourceOptions
from worker.sources.payload import payload_of


def read_protected(
    place: str | Path,
    options: SourceOptions | None = None,
    pattern: re.Pattern[str] = DEFAULT_PATTERN,
    *,
    masked: bool = False,
) -> Iterator[CustomerNo]:
    """All numbers on the list; `SettingsWrong` where it, or one entry of it, cannot be read.

    Its own layout is found anew: of `options` only the column counts, and only if the list has it. With `masked` no
    entry is shown.
    """
    column = SourceOptions(column=options.column if options else None, masked=masked)
    try:
        with closing(FileSource(payload_of(place), column, column_optional=True)) as source:
            for row in source.rows():
                yield _entry(place, row, pattern, masked=masked)
    except SettingsWrong:
        raise
    except CommandFailed as error:
        raise SettingsWrong(f"protect: {error}", *error.advice) from error


def _entry(place: str | Path, row: Row, pattern: re.Pattern[str], *, masked: bool) -> CustomerNo:
    number = number_of(row, pattern)
    if isinstance(number, CustomerNo):
        return number
    said = "what stands there" if masked else f"'{shown(row.number)}'"
    raise SettingsWrong(
        f"protect: {shown(str(place), 200)}, line {row.line}: {said} is no customer number ({number.why})",
        number.hint or "Mend the line, or take it out if nobody is meant.",
    )

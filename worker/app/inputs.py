"""An INPUT as typed becomes rows that were judged, and the name of the campaign they belong to.

Decides nothing about rows (`core.intake`, `core.judgement` do). A file is read once to be judged and once to be
enrolled; nothing is sent before both are over.
"""

import re
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

from config import Settings
from config.values import is_postgres
from worker.app.ending import Accepted
from worker.core.customer import DEFAULT_PATTERN, CustomerNo, parse
from worker.core.intake import Header, InputRules, Row, Tally
from worker.core.judgement import judge, lost_zeros
from worker.errors import InputWrong, SettingsWrong
from worker.sources import FileSource, SourceOptions, open_source, read_protected


@dataclass(frozen=True, slots=True)
class Judged:
    """An open input that was accepted: read its rows once more to enrol them."""

    source: FileSource
    accepted: Accepted

    @property
    def header(self) -> Header:
        """Its columns."""
        return self.source.header

    def rows(self) -> Iterator[Row]:
        """Its rows, in their order."""
        return self.source.rows()


def pattern(settings: Settings) -> re.Pattern[str]:
    """What a customer number must look like."""
    return re.compile(settings.customer_pattern) if settings.customer_pattern else DEFAULT_PATTERN


def rules(settings: Settings) -> InputRules:
    """The settings that bear on an input as a whole."""
    return InputRules(
        pattern=pattern(settings),
        pattern_given=settings.customer_pattern is not None,
        max_invalid_share=settings.max_invalid_share,
        accept_lengths=settings.accept_lengths or frozenset(),
        allow_empty=settings.allow_empty,
        client_no=settings.client_no,
        masked=settings.audit_pseudonyms,
    )


def options(settings: Settings) -> SourceOptions:
    """The settings that say how to read an input."""
    return SourceOptions(
        settings.column, settings.delimiter, settings.encoding, settings.sheet, masked=settings.audit_pseudonyms
    )


@contextmanager
def judged(text: str, settings: Settings, *, planning: bool) -> Iterator[Judged]:
    """The input behind INPUT, read and judged whole; `InputWrong` (65) with all that speaks against it."""
    source = open_source(text, options(settings))
    try:
        given = rules(settings)
        tally = Tally(source.header, given)
        for row in source.rows():
            tally.add(row)
        intake = tally.finish(source.blank_lines)
        refusals = judge(intake, given, planning=planning)
        if refusals:
            raise InputWrong("; ".join(r.what for r in refusals), *(line for r in refusals for line in r.advice))
        yield Judged(source, Accepted(intake, lost_zeros(intake, given)))
    finally:
        source.close()


def protected(settings: Settings) -> Iterator[str]:
    """The keys that must never be deleted: the protect list, read anew, and the sentinel by itself."""
    if settings.protect is not None:
        somebody = False
        hidden = settings.audit_pseudonyms
        for number in read_protected(settings.protect, options(settings), pattern(settings), masked=hidden):
            somebody = True
            yield number.key
        if not somebody and not settings.allow_empty:
            raise SettingsWrong(
                f"protect: {settings.protect} protects nobody",
                "A failed export looks like this. If it is meant, set allow_empty.",
            )
    named = sentinel(settings)
    if named is not None:
        yield named.key


def check_protection(settings: Settings) -> None:
    """Read the protect list to its end, and the sentinel, before anything is enrolled: a fault in them is 78."""
    for _ in protected(settings):
        pass


def matched(settings: Settings) -> tuple[str | None, str | None]:
    """The column of the list and the field of the record that must say the same, where that is asked for."""
    column, _, field = (settings.match or "").rpartition("=")
    return column or None, field or None


def expects(header: Header, settings: Settings) -> int | None:
    """The place of that column; `SettingsWrong` if the list has none of that name, for a guard must not vanish."""
    wanted = matched(settings)[0]
    if wanted is None:
        return None
    names = [name.strip().casefold() for name in header.columns] if header.named else []
    if names.count(wanted.strip().casefold()) != 1:
        known = ", ".join(header.columns) if header.named else "it has no header"
        raise SettingsWrong(f"match names the column {wanted}, which the list does not have once", f"columns: {known}")
    return names.index(wanted.strip().casefold())


def check_ramp(settings: Settings) -> None:
    """A ramp counts what one process deletes: `SettingsWrong` where several may work one campaign."""
    if settings.ramp and is_postgres(settings.ledger):
        raise SettingsWrong(
            "ramp counts the deletions of one process, and a PostgreSQL ledger may have several",
            "leave ramp out, and begin with --max-deletes 1, then 11, then 111",
        )


def sentinel(settings: Settings) -> CustomerNo | None:
    """The customer that must exist, if one is named."""
    return None if settings.sentinel is None else _number(settings.sentinel, settings, "sentinel")


def _number(text: str, settings: Settings, name: str) -> CustomerNo:
    number = parse(text, pattern(settings))
    if isinstance(number, CustomerNo):
        return number
    raise SettingsWrong(f"{name} is no customer number: {number.why}", *((number.hint,) if number.hint else ()))

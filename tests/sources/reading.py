"""What the tests of sources share: one pass over a file, as plain values."""

from contextlib import closing
from pathlib import Path

from worker.core.intake import InputRules, Row, Tally
from worker.sources import SourceOptions, open_source

AS_FOUND = SourceOptions()


def rows_of(path: Path, options: SourceOptions = AS_FOUND) -> list[Row]:
    with closing(open_source(path, options)) as source:
        return list(source.rows())


def numbers_of(path: Path, options: SourceOptions = AS_FOUND) -> list[str]:
    return [row.number for row in rows_of(path, options)]


def digest_of(path: Path, options: SourceOptions = AS_FOUND) -> str:
    with closing(open_source(path, options)) as source:
        tally = Tally(source.header, InputRules())
        for row in source.rows():
            tally.add(row)
        return tally.finish(source.blank_lines).digest

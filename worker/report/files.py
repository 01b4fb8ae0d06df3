"""The files of a report, each there as a whole: the old one or the new one, also after a power cut.

Decides how a file is replaced and that all files tell the same counts. It never decides what stands in them.
"""

import os
import socket
from collections import Counter
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TextIO

from worker.core.chain import Head
from worker.core.checkpoint import Witnessed
from worker.core.lifecycle import Verdict
from worker.core.summary import Summary
from worker.core.values import replace
from worker.errors import NotDurable
from worker.ports import Books, ReportRow
from worker.report.account import account, as_json, witnessed_in
from worker.report.history import History
from worker.report.page import Page
from worker.report.rows import write_rows
from worker.report.sections import Told

_ADVICE = "Make room or mend the permissions, then write it anew with `amili-purge report CAMPAIGN`."


def write(
    books: Books,
    directory: Path,
    *,
    exit_code: int | None,
    stopped_by: str | None,
    witnessed: Witnessed | None = None,
) -> Summary:
    """Replace `report.csv`, `report.html` and `summary.json`; the account is of the rows as they were just written.

    `NotDurable` if a file cannot be written. Beside a run the books move on meanwhile: counting the written rows
    keeps the files in step. `witnessed` is known to the run that ends; later on it is kept from the file that it left.
    """
    campaign = books.campaign()
    seen: Counter[Verdict] = Counter()
    history = History().follow(books.lines())
    with replacing(directory / "report.html") as sheet:
        page = Page(sheet, campaign.name, campaign.header, history)
        page.begin()
        with replacing(directory / "report.csv") as file:
            write_rows(file, campaign.header, page.watching(_counting(books.rows(), seen)))
        summary = account(books, seen, exit_code=exit_code, stopped_by=stopped_by)
        summary = replace(summary, witnessed=witnessed or _before(directory / "summary.json", summary.head))
        page.end(Told(summary, books.campaign(), history))
    with replacing(directory / "summary.json") as file:
        file.write(as_json(summary))
    return summary


def write_summary(
    books: Books, directory: Path, *, exit_code: int | None, stopped_by: str | None, witnessed: Witnessed | None
) -> Summary:
    """Replace `summary.json` alone: of a campaign that forgot its rows nothing else can be told."""
    summary = account(books, books.verdicts(), exit_code=exit_code, stopped_by=stopped_by)
    summary = replace(summary, witnessed=witnessed)
    with replacing(directory / "summary.json") as file:
        file.write(as_json(summary))
    return summary


def discard_rows(directory: Path) -> None:
    """Remove the files that hold rows of the input, and what a killed process left of them; `NotDurable` if not."""
    try:
        for part in directory.glob(".*.part"):  # first, as one that is finished now takes its name's place
            part.unlink(missing_ok=True)
        for name in ("report.csv", "report.html"):
            (directory / name).unlink(missing_ok=True)
        _sync_directory(directory)
    except OSError as error:
        raise NotDurable(f"{error.filename} could not be removed: {error.strerror}") from error


def _before(path: Path, head: Head) -> Witnessed | None:
    """What the last file says of the checkpoints, if it speaks of the same log."""
    try:
        text = path.read_text(encoding="utf-8")
    except OSError:
        return None
    return witnessed_in(text, head)


def _counting(rows: Iterable[ReportRow], seen: Counter[Verdict]) -> Iterator[ReportRow]:
    for row in rows:
        seen[row.verdict] += 1
        yield row


@contextmanager
def replacing(path: Path) -> Iterator[TextIO]:
    """A text file (UTF-8, line ends as written) that takes the place of `path` once it is whole and on the disk.

    `NotDurable` for an error of the disk. If the block fails, the old file stays.
    """
    # Host and process make the name unique among writers, and a leftover of a killed one is overwritten in time.
    part = path.with_name(f".{path.name}.{socket.gethostname()}-{os.getpid()}.part")
    try:
        # What has no UTF-8 (half a surrogate pair, from JSON) is spelt out instead of failing the whole report.
        with part.open("w", encoding="utf-8", errors="backslashreplace", newline="") as file:
            yield file
            file.flush()
            os.fsync(file.fileno())
        part.replace(path)
        _sync_directory(path.parent)
    except OSError as error:
        raise NotDurable(f"{path} could not be written: {error.strerror or error}", _ADVICE) from error
    finally:
        _discard(part)


def _sync_directory(directory: Path) -> None:
    """A rename is durable only when the directory is."""
    handle = os.open(directory, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


def _discard(part: Path) -> None:
    try:
        part.unlink(missing_ok=True)
    except OSError:
        return  # It is hidden and will be overwritten; the error that led here is the one to tell.

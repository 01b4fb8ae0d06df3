"""The log: one JSON object a line for machines, fewer and friendlier lines for a person, both on standard error.

structlog is set up here and nowhere else. Decides which lines a person is spared: a hundred thousand verdicts are
noise, but the first failure of each kind is news. It logs no bodies, no tokens and nothing of a record but its fact.
"""

import json
import logging
import os
import sys
import time
from collections.abc import Callable, Iterable, Iterator, Mapping, MutableMapping, Sequence
from contextlib import contextmanager
from typing import Final, Literal, TextIO

import structlog
from structlog.typing import FilteringBoundLogger, Processor

from worker.core.customer import shown
from worker.core.facts import AttemptFact, CheckFact, IntentFact, Record, VerdictFact
from worker.core.lifecycle import Verdict
from worker.core.replies import Reply
from worker.observe.names import ANSWER, EXPECTED, FAILURES, LIBRARY, REPEATING, level_of, named

Form = Literal["console", "json"]
_LEVELS: Final = logging.getLevelNamesMapping()
_BETWEEN_REPEATS: Final = 30.0  # seconds
_LONGEST_VALUE: Final = 300  # characters of one value on a person's terminal
_TO_THE_SECOND: Final = "%Y-%m-%dT%H:%M:%SZ"
_FOR_MACHINES: Final = frozenset({"time", "seq", "clientNo", "evidence"})
"""Members of a fact that would make a person's line three lines long; they stand in the audit log."""


class Log:
    """Facts, replies and events as log lines. `terse`: for a person, who sees one line a kind of error."""

    def __init__(self, logger: FilteringBoundLogger, now: Callable[[], float], *, terse: bool, least: int = 0) -> None:
        self._logger = logger
        self._least = least  # nothing is made ready for a line that will not be written
        self._now = now
        self._terse = terse
        self._met: set[tuple[str, ...]] = set()
        self._last: dict[tuple[str, object], float] = {}

    def recorded(self, records: Iterable[Record]) -> None:
        """One line a fact; what comes along with a verdict is told by its line, and by itself at debug level only."""
        kept = tuple(records)
        quiet = CheckFact | IntentFact | AttemptFact if _settles(kept) else CheckFact | IntentFact
        for record in kept:
            if self._least > logging.DEBUG and isinstance(record.fact, quiet):
                continue
            event, level, members = named(record)
            if isinstance(record.fact, quiet):
                level = logging.DEBUG
            elif self._terse:
                level = self._for_a_person(record, level)
                members = members if level <= logging.DEBUG else _in_short(members)
            self._logger.log(level, event, **members)

    def replied(self, reply: Reply) -> None:
        """Each answer at debug level, but the first trouble of a kind is a warning."""
        trouble = reply.meaning not in EXPECTED and self._is_news(ANSWER, reply.kind, reply.cause)
        if not trouble and self._least > logging.DEBUG:
            return
        self._logger.log(
            logging.WARNING if trouble else logging.DEBUG,
            ANSWER,
            request=reply.kind.value,
            meaning=reply.meaning.value,
            cause=reply.cause,
            status=reply.status,
            ms=reply.ms,
        )

    def told(self, event: str, **fields: object) -> None:
        """One line an event, with its fields as they are; a person sees what repeats itself only now and then."""
        if self._terse and event in REPEATING and self._was_just_said(event, fields.get("why")):
            return
        level = level_of(event)
        self._logger.log(level, event, **(_in_short(fields) if self._terse and level > logging.DEBUG else fields))

    def _for_a_person(self, record: Record, level: int) -> int:
        """Lines a customer go to debug level, but for the first failure of a kind."""
        match record.fact:
            case VerdictFact(verdict, reason) if verdict in FAILURES and self._is_news(verdict, reason):
                return level
            case VerdictFact() | AttemptFact():
                return logging.DEBUG
            case _:
                return level

    def _was_just_said(self, event: str, why: object) -> bool:
        now, last = self._now(), self._last.get((event, why))
        if last is not None and now - last < _BETWEEN_REPEATS:
            return True
        self._last[event, why] = now
        return False

    def _is_news(self, *kind: str) -> bool:
        """Whether this kind was never met before; kinds are stable words, so the memory of them stays small."""
        if kind in self._met:
            return False
        self._met.add(kind)
        return True


def _settles(records: Sequence[Record]) -> bool:
    return bool(records) and isinstance(records[-1].fact, VerdictFact)


def _in_short(members: Mapping[str, object]) -> dict[str, object]:
    """A line's members as a person reads them; what stands beside `in_doubt` is fixed."""
    return {name: _spoken(value) for name, value in members.items() if name not in _FOR_MACHINES and value is not None}


def _spoken(value: object) -> object:
    """A verdict, or how many there are of each, in words."""
    if isinstance(value, Mapping):
        return ", ".join(f"{_spoken(name)} {count}" for name, count in value.items())
    return "in_doubt (we may have deleted it)" if value == Verdict.IN_DOUBT.value else value


def open_log(form: Form, level: str, stream: TextIO | None = None, now: Callable[[], float] = time.monotonic) -> Log:
    """The log in this form from this level on (`debug`, `info`, `warning`, `error`); standard error by default."""
    renderer = _console(stream or sys.stderr) if form == "console" else _json()
    logger: FilteringBoundLogger = structlog.wrap_logger(
        _Lines(stream),
        processors=[
            structlog.processors.add_log_level,
            structlog.processors.MaybeTimeStamper(
                fmt=_TO_THE_SECOND if form == "console" else "iso", utc=True, key="time"
            ),
            *renderer,
        ],
        wrapper_class=structlog.make_filtering_bound_logger(_LEVELS[level.upper()]),
    )
    return Log(logger.bind(), now, terse=form == "console", least=_LEVELS[level.upper()])


@contextmanager
def libraries_heard(log: Log) -> Iterator[None]:
    """While the block lasts, warnings of the packages that we use go to our log, so that its form holds for all."""
    handler, root = _LibraryLines(log), logging.getLogger()
    root.addHandler(handler)
    try:
        yield
    finally:
        root.removeHandler(handler)


class _LibraryLines(logging.Handler):
    """Says who complained and how it begins: the whole text may show a request with its token."""

    def __init__(self, log: Log) -> None:
        super().__init__(logging.WARNING)
        self._log = log

    def emit(self, record: logging.LogRecord) -> None:
        """Hand on the name, the level and the first line before values were put into it."""
        first = str(record.msg).partition("\n")[0]
        self._log.told(LIBRARY, package=record.name, severity=record.levelname.lower(), message=first)


class _Lines:
    """Writes lines to a stream; standard error is looked up anew each time, as a display on it may stand in for it."""

    def __init__(self, stream: TextIO | None) -> None:
        self._stream = stream

    def msg(self, line: str) -> None:
        stream = self._stream or sys.stderr
        stream.write(line + "\n")
        stream.flush()

    debug = info = warning = error = critical = msg


def _json() -> list[Processor]:
    """ASCII only: whatever a value holds, a line is one line and cannot steer a terminal."""
    encoder = json.JSONEncoder(default=str)  # made once: `json.dumps` would make one for each line
    return [structlog.processors.JSONRenderer(serializer=lambda members, **_: encoder.encode(members))]


def _console(stream: TextIO) -> list[Processor]:
    colours = stream.isatty() and not os.environ.get("NO_COLOR")
    renderer = structlog.dev.ConsoleRenderer(
        colors=colours,
        sort_keys=False,
        timestamp_key="time",
        pad_event_to=0,
        exception_formatter=structlog.dev.plain_traceback,  # rich's would print local variables, tokens among them
    )
    return [_harmless, renderer]


def _harmless(_logger: object, _method: str, members: MutableMapping[str, object]) -> Mapping[str, object]:
    """Values as a terminal can bear them: nothing unseen, nothing endless."""
    return {name: _visible(value) for name, value in members.items()}


def _visible(value: object) -> object:
    if value is None or isinstance(value, int | float):
        return value
    text = value if isinstance(value, str) else json.dumps(value, ensure_ascii=False, default=str)
    return shown(text, _LONGEST_VALUE)

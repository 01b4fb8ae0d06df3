"""Whether an input may be worked at all, judged over every row before the first request.

Decides from counts that stay small however long the input is. Never finds duplicates (the ledger's
unique key does), never reads a file, and never changes a row.
"""

import hashlib
import re
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Final, NamedTuple

from worker.core.customer import DEFAULT_PATTERN, CustomerNo, Rejected, Why, parse, shown
from worker.core.national_id import is_national_id

EXAMPLES: Final = 3
"""How many lines are kept to show for each complaint."""

HEADERLESS: Final = "customerno"
"""What the single column of an input without a header is called."""

_NATIONAL_ID_LENGTHS: Final = (11, 12)  # Twelve with a blank or hyphen in the middle.


@dataclass(frozen=True, slots=True)
class Header:
    """How an input is laid out. `named` is false where a single column has no header line."""

    columns: tuple[str, ...]
    named: bool
    delimiter: str
    number_at: int
    client_at: int | None = None


class Row(NamedTuple):
    """One row. `line` is the physical line (or spreadsheet row) it starts on, from 1.

    `cells` has as many cells as the header has columns. `fault` is what the file format itself
    objects to; it makes the row invalid whatever the text of its number.
    """

    line: int
    number: str
    client: str | None
    cells: tuple[str, ...]
    fault: Rejected | None = None


@dataclass(frozen=True, slots=True)
class InputRules:
    """The settings by which an input is judged. `client_no` None: a client column is not judged.

    With `masked` no row is shown as it stands, not even one that holds no number.
    """

    pattern: re.Pattern[str] = DEFAULT_PATTERN
    pattern_given: bool = False
    max_invalid_share: float = 0.01
    accept_lengths: frozenset[int] = frozenset()
    allow_empty: bool = False
    client_no: int | None = None
    masked: bool = False


@dataclass(frozen=True, slots=True)
class InvalidRow:
    """One invalid row to show; `raw` is bounded, escaped, and masked where it identifies a person."""

    line: int
    raw: str
    why: Why
    hint: str | None


@dataclass(frozen=True, slots=True)
class Digits:
    """The all-digit numbers of one length: how many, and the lines of the first."""

    count: int
    lines: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class Intake:
    """What one pass over an input found. `digest` is its identity, in lower-case hex."""

    rows: int
    blank: int
    invalid: int
    digest: str
    invalid_rows: tuple[InvalidRow, ...]
    invalid_by_reason: Mapping[Why, int]
    digits: Mapping[int, Digits]
    other_clients: int
    other_client_lines: tuple[int, ...]
    national_ids: int


def number_of(row: Row, pattern: re.Pattern[str] = DEFAULT_PATTERN) -> CustomerNo | Rejected:
    """The customer number of a row, or why it has none: for judging and enrolling alike."""
    return row.fault or parse(row.number, pattern)


def framed(line: int, cells: tuple[str, ...]) -> bytes:
    """Write a row so that no two rows look alike: its line, its cells, each cell with its length."""
    text = f"{line};{len(cells)};"
    for cell in cells:
        text += f"{len(cell)}:{cell}"  # a little quicker than a list of parts, a million times over
    return f"{text}\n".encode("utf-8", "surrogatepass")


@dataclass(slots=True)
class Tally:
    """Takes the rows of one pass, one at a time, and adds them up in constant memory."""

    header: Header
    rules: InputRules
    _pattern: re.Pattern[str] = field(init=False)
    _hash: "hashlib._Hash" = field(default_factory=hashlib.sha256)
    _rows: int = 0
    _reasons: Counter[Why] = field(default_factory=Counter)
    _invalid_rows: list[InvalidRow] = field(default_factory=list)
    _digits: dict[int, int] = field(default_factory=dict)
    _digit_lines: dict[int, list[int]] = field(default_factory=dict)
    _other_clients: int = 0
    _other_client_lines: list[int] = field(default_factory=list)
    _national_ids: int = 0

    def __post_init__(self) -> None:
        """Begin the digest with what makes numbers of the rows; encoding, delimiter and compression have no part."""
        self._pattern = self.rules.pattern
        self._hash.update(framed(0, self.header.columns))
        self._hash.update(framed(self.header.number_at, (self.rules.pattern.pattern,)))

    def add(self, row: Row) -> CustomerNo | Rejected:
        """Take one row; returns its number, or why it has none."""
        line, raw, client, cells, fault = row
        self._rows += 1
        self._hash.update(framed(line, cells))
        if fault:  # A cell stored as text at last may look the same, but is another input.
            self._hash.update(f"!{fault.why}\n".encode())
        number = number_of(row, self._pattern)
        text = raw.strip() if isinstance(number, Rejected) else number.text
        length = len(text)
        personal = length in _NATIONAL_ID_LENGTHS and is_national_id(text)
        if personal:
            self._national_ids += 1
        if isinstance(number, Rejected):
            self._reject(row, number, personal=personal)
        elif text.isdigit() and text.isascii():
            self._digits[length] = count = self._digits.get(length, 0) + 1
            if count <= EXAMPLES:
                self._digit_lines.setdefault(length, []).append(line)
        if client is not None and not self._is_ours(client):
            self._other_clients += 1
            _keep(self._other_client_lines, line)
        return number

    def finish(self, blank: int) -> Intake:
        """Close the pass; `blank` is how many blank lines the source passed over."""
        return Intake(
            rows=self._rows,
            blank=blank,
            invalid=self._reasons.total(),
            digest=self._hash.hexdigest(),
            invalid_rows=tuple(self._invalid_rows),
            invalid_by_reason=dict(self._reasons),
            digits={length: Digits(n, tuple(self._digit_lines[length])) for length, n in self._digits.items()},
            other_clients=self._other_clients,
            other_client_lines=tuple(self._other_client_lines),
            national_ids=self._national_ids,
        )

    def _reject(self, row: Row, rejected: Rejected, *, personal: bool) -> None:
        self._reasons[rejected.why] += 1
        if len(self._invalid_rows) < EXAMPLES:
            raw = "*" * len(row.number) if personal or self.rules.masked else shown(row.number)
            self._invalid_rows.append(InvalidRow(row.line, raw, rejected.why, rejected.hint))

    def _is_ours(self, client: str) -> bool:
        """Client numbers are numbers to the API: `02218` is 2218, `2218.0` is nothing we know."""
        ours = self.rules.client_no
        text = client.strip()
        return ours is None or text == str(ours) or text.lstrip("0") == str(ours)


def _keep(lines: list[int], line: int) -> None:
    if len(lines) < EXAMPLES:
        lines.append(line)

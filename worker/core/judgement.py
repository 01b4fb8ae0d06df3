"""What speaks against working an input: from its counts to refusals in words a person can act on.

Decides by the counts of one `Intake` and the rules alone. Never looks at a row again.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from fractions import Fraction
from typing import Final

from worker.core.intake import EXAMPLES, InputRules, Intake, InvalidRow

_ONE_LENGTH_SHARE: Final = Fraction(9, 10)
_MOSTLY: Final = Fraction(1, 2)


@dataclass(frozen=True, slots=True)
class Refusal:
    """One reason not to work this input, and what to do about it, one line each."""

    what: str
    advice: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class LostZeros:
    """All-digit numbers shorter than nearly all others: a spreadsheet may have eaten leading zeros."""

    expected: int
    lengths: frozenset[int]
    count: int
    lines: tuple[int, ...]


def lost_zeros(intake: Intake, rules: InputRules) -> LostZeros | None:
    """Suspect lost zeros where nine in ten all-digit numbers have one length and the rest are shorter.

    A single longer number shows that lengths do vary here, and there is no suspicion. Neither is
    there once the user said what is meant: by a pattern, or by `accept_lengths` for a length.
    """
    total = sum(digits.count for digits in intake.digits.values())
    expected = max(intake.digits, default=0)
    if rules.pattern_given or not total or intake.digits[expected].count < _ONE_LENGTH_SHARE * total:
        return None
    short = {n: found for n, found in intake.digits.items() if n < expected and n not in rules.accept_lengths}
    if not short:
        return None
    lines = sorted(line for found in short.values() for line in found.lines)
    count = sum(found.count for found in short.values())
    return LostZeros(expected, frozenset(short), count, tuple(lines[:EXAMPLES]))


def judge(intake: Intake, rules: InputRules, *, planning: bool) -> tuple[Refusal, ...]:
    """All that speaks against this input; empty when it may be worked. A plan only lists lost zeros."""
    return tuple(_refusals(intake, rules, planning=planning))


def _refusals(intake: Intake, rules: InputRules, *, planning: bool) -> Iterator[Refusal]:
    if not intake.rows and not rules.allow_empty:
        yield Refusal("the input holds no rows", ("If that is meant, set allow_empty.",))
    if intake.national_ids > _MOSTLY * intake.rows:
        yield _national_ids(intake)
    if intake.other_clients:
        yield _other_clients(intake, rules)
    if intake.rows and intake.invalid / intake.rows > rules.max_invalid_share:
        yield _too_many_invalid(intake, rules)
    suspicion = lost_zeros(intake, rules)
    if suspicion and not planning:
        yield _zeros_lost(suspicion)


def _national_ids(intake: Intake) -> Refusal:
    return Refusal(
        f"{intake.national_ids} of {intake.rows} numbers are valid Norwegian national identity numbers",
        ("They would land in URLs and logs on the way. Name the customer number's column with --column.",),
    )


def _other_clients(intake: Intake, rules: InputRules) -> Refusal:
    where = _lines(intake.other_client_lines, intake.other_clients)
    return Refusal(
        f"{_rows(intake.other_clients)} not of client {rules.client_no} by the client column ({where})",
        ("Every row must belong to client_no. Split the file by client, or check client_no.",),
    )


def _too_many_invalid(intake: Intake, rules: InputRules) -> Refusal:
    return Refusal(
        f"{intake.invalid} of {intake.rows} rows invalid, more than max_invalid_share "
        f"({rules.max_invalid_share:g}) allows",
        (
            *map(_described, intake.invalid_rows),
            "Mend the file, or name the right column, encoding or customer_pattern.",
        ),
    )


def _described(row: InvalidRow) -> str:
    return f"line {row.line}: '{row.raw}' is invalid: {row.why}" + (f" ({row.hint})" if row.hint else "")


def _zeros_lost(suspicion: LostZeros) -> Refusal:
    short = ", ".join(map(str, sorted(suspicion.lengths)))
    return Refusal(
        f"{_rows(suspicion.count)} suspected of lost leading zeros: {short} digits long where nearly all "
        f"have {suspicion.expected} ({_lines(suspicion.lines, suspicion.count)})",
        (
            "Export the column as text, so that leading zeros stay.",
            f"If they are meant, set accept_lengths to {short}, or a customer_pattern.",
        ),
    )


def _rows(count: int) -> str:
    return "1 row is" if count == 1 else f"{count} rows are"


def _lines(lines: tuple[int, ...], count: int) -> str:
    return ", ".join(f"line {line}" for line in lines) + (", …" if count > len(lines) else "")

"""The table at a command's end: verdicts, how many rows, and what each means in plain words.

Decides words and layout, for a terminal of 80 columns and for a mail alike. It never leaves out a verdict that
occurred, and never shows a customer.
"""

from collections.abc import Iterator, Mapping
from textwrap import wrap
from typing import Final

from worker.core.customer import shown
from worker.core.lifecycle import Verdict
from worker.core.matching import MISMATCH
from worker.core.summary import Summary

WIDTH: Final = 80
MEANINGS: Final[Mapping[Verdict, str]] = {
    Verdict.DELETED: "deleted by us; the server confirmed it",
    Verdict.DELETED_INFERRED: "our DELETE went unanswered; reading back shows it gone",
    Verdict.ALREADY_ABSENT: "was gone already; this campaign did not delete it",
    Verdict.INELIGIBLE: "has documents or AR items, so it stays",
    Verdict.PROTECTED: "on the protect list, or the sentinel; it stays",
    Verdict.REFUSED: "the server refused our DELETE; it stays",
    Verdict.UNCHECKED: "a check has no believable answer; no DELETE was sent",
    Verdict.IN_DOUBT: "we may have deleted it",
    Verdict.NOT_REACHED: "not taken up by this run; no DELETE was sent",
    Verdict.INVALID: "not a customer number; never sent anywhere",
    Verdict.DUPLICATE: "repeats another row; never sent anywhere",
    Verdict.ELIGIBLE: "nothing attached; apply may delete it",
}
"""One line each; what stands beside `in_doubt` is fixed, so that nobody takes it for "not deleted"."""
_MISMATCHED: Final = "has items, or is not who the list says; it stays"
_WITH_REASONS: Final = frozenset(
    {Verdict.INELIGIBLE, Verdict.REFUSED, Verdict.UNCHECKED, Verdict.IN_DOUBT, Verdict.PROTECTED, Verdict.INVALID}
)
_REASONS_SHOWN: Final = 4
_NAME: Final = max(len(verdict.value) for verdict in Verdict)
_TOTAL: Final = "all rows"
_GLUE: Final = "\u00a0"  # A reason and its count stay on one line.


def table(summary: Summary, reasons: Mapping[tuple[Verdict, str], int]) -> str:
    """The table as plain text without a last line end; `reasons` counts customers."""
    digits = max(len("rows"), len(str(summary.rows)), *(len(str(rows)) for rows in summary.verdicts.values()))
    lines = [_line("verdict", "rows", "meaning", digits)]
    for verdict, rows in summary.verdicts.items():
        if rows:
            lines.append(_line(verdict.value, str(rows), meaning(verdict, reasons), digits))
            lines += _why(verdict, reasons, digits)
    lines.append(_line(_TOTAL, str(summary.rows), "" if summary.adds_up else "THE VERDICTS DO NOT ADD UP", digits))
    return "\n".join(lines)


def meaning(verdict: Verdict, reasons: Mapping[tuple[Verdict, str], int]) -> str:
    """The line for a verdict, as far as its reasons do not ask for another one."""
    return _MISMATCHED if reasons.get((verdict, MISMATCH)) and verdict is Verdict.INELIGIBLE else MEANINGS[verdict]


def _line(name: str, rows: str, meaning: str, digits: int) -> str:
    return f"{name:<{_NAME}}  {rows:>{digits}}  {meaning}".rstrip()


def _why(verdict: Verdict, reasons: Mapping[tuple[Verdict, str], int], digits: int) -> Iterator[str]:
    """The commonest reasons of a verdict, in lines of their own beneath its meaning."""
    found = {reason: count for (each, reason), count in reasons.items() if each is verdict and reason and count}
    if verdict not in _WITH_REASONS or not found:
        return
    commonest = sorted(found, key=lambda reason: (-found[reason], reason))
    parts = [f"{shown(reason)}:{_GLUE}{found[reason]}" for reason in commonest[:_REASONS_SHOWN]]
    if len(commonest) > _REASONS_SHOWN:
        parts.append(f"others:{_GLUE}{sum(found[reason] for reason in commonest[_REASONS_SHOWN:])}")
    indent = " " * (_NAME + digits + 4)
    for line in wrap(f"({', '.join(parts)})", WIDTH, initial_indent=indent, subsequent_indent=f"{indent} "):
        yield line.replace(_GLUE, " ")

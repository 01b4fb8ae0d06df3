"""`report.html`: one page that needs nothing but itself, written while the rows of `report.csv` go by.

Decides what is embedded for charts and table. It holds no row: exceptions go to the file as they come, the rest is
counted. The page loads nothing, sends nothing, and shows text of any origin as text.
"""

from base64 import b64encode
from collections import Counter
from collections.abc import Iterable, Iterator
from functools import cache
from hashlib import sha256
from pathlib import Path
from string import Template
from typing import Final, TextIO

from worker.core.intake import Header
from worker.core.lifecycle import DELETED_BY_US, Verdict
from worker.core.values import replace
from worker.ports import ReportRow
from worker.report import sections
from worker.report.history import History
from worker.report.markup import embedded, text
from worker.report.sections import EXCEPTIONS, Told
from worker.report.table import MEANINGS

SHOWN: Final = 100_000
"""So many exceptions at the most are embedded, in the input's order; `report.csv` has all of them."""
_ASSETS: Final = Path(__file__).parent / "assets"
_MAPPING: Final = "//# sourceMappingURL="  # Whoever opens a browser's tools would make it look for a file.
_SHORT: Final = {
    Verdict.IN_DOUBT: MEANINGS[Verdict.IN_DOUBT],
    Verdict.UNCHECKED: "no DELETE was sent",
    Verdict.REFUSED: "it stays",
}


class Page:
    """The page of one campaign: `begin`, pass the rows through `watching`, then `end`."""

    def __init__(self, file: TextIO, campaign: str, header: Header, history: History) -> None:
        self._file = file
        self._campaign = campaign
        self._number_at = header.number_at
        self._history = history
        self._embedded = 0
        self._exceptions = 0
        self._reasons: Counter[tuple[Verdict, str]] = Counter()
        self._settled = [0] * max(1, len(history.requests))
        self._gone = [0] * max(1, len(history.requests))

    def begin(self) -> None:
        """All that stands before the exceptions."""
        parts = {"title": text(self._campaign), "policy": _policy(), "style": _asset("page.css")}
        self._file.write(Template(_asset("head.html")).substitute(parts))
        self._file.write('<script type="application/json" id="listed">[')

    def watching(self, rows: Iterable[ReportRow]) -> Iterator[ReportRow]:
        """The same rows; what the page shows of them is counted or written on the way."""
        for row in rows:
            if row.verdict is not Verdict.DUPLICATE:  # its reason is a line number: each would be one of its own
                self._reasons[row.verdict, row.reason] += 1
            if row.verdict in EXCEPTIONS:
                self._exception(row)
            if row.settled_at is not None:
                place = self._history.at(row.settled_at)
                self._settled[place] += 1
                self._gone[place] += row.verdict in DELETED_BY_US
            yield row

    def end(self, told: Told) -> None:
        """The rest of the page."""
        self._file.write("]</script>\n")
        told = replace(told, reasons=self._reasons)
        parts = {
            "campaign": text(self._campaign),
            "state": sections.state(told)[0],
            "said": text(sections.state(told)[1]),
            "lead": sections.lead(told),
            "sums": sections.sums(told),
            "counts": sections.counts(told),
            "runs": sections.runs(told),
            "interventions": sections.interventions(told),
            "statement": sections.statement(told),
            "facts": embedded(self._facts(told)),
            "library": _library(),
            "script": _asset("page.js"),
        }
        self._file.write(Template(_asset("body.html")).substitute(parts))

    def _exception(self, row: ReportRow) -> None:
        self._exceptions += 1
        if self._embedded == SHOWN:
            return
        number = row.cells[self._number_at] if self._number_at < len(row.cells) else ""
        told = [number.strip(), row.line, row.verdict.value, row.reason, row.http_status]
        self._file.write(("," if self._embedded else "") + "\n" + embedded(told))
        self._embedded += 1

    def _facts(self, told: Told) -> dict[str, object]:
        history = self._history
        return {
            "verdicts": [[verdict.value, rows] for verdict, rows in told.summary.verdicts.items() if rows],
            "reasons": self._ranked(),
            "short": {verdict.value: words for verdict, words in _SHORT.items()},
            "exceptions": self._exceptions,
            "course": {
                "width": history.width,
                "seconds": history.seconds,
                "requests": history.requests,
                "settled": self._settled,
                "gone": self._gone,
                "limits": history.limits,
                "stretches": history.stretches,
            },
        }

    def _ranked(self) -> list[list[object]]:
        """Reasons by how many rows have them; one that says no more than its verdict is told by the table above."""
        found = self._reasons.most_common()
        return [[verdict.value, reason, rows] for (verdict, reason), rows in found if reason]


@cache
def _asset(name: str) -> str:
    return (_ASSETS / name).read_text("utf-8")


@cache
def _library() -> str:
    return _asset("chart.umd.min.js").partition(_MAPPING)[0]


@cache
def _policy() -> str:
    """What the browser may do for this page: run these two scripts and use this style; load and send nothing."""
    scripts = " ".join(_fingerprint(source) for source in (_library(), _asset("page.js")))
    style = _fingerprint(_asset("page.css"))
    return f"default-src 'none'; script-src {scripts}; style-src {style}; base-uri 'none'; form-action 'none'"


def _fingerprint(source: str) -> str:
    return f"'sha256-{b64encode(sha256(source.encode()).digest()).decode()}'"

"""The demonstration: a sandbox, a sample list, plan, apply, report, and the comparison with the sandbox's journal.

Decides what is shown of it and whether the accounts agree. Reads none of the user's settings: neither environment
nor files of the current directory; reaches nothing but loopback.
"""

import csv
import sys
from dataclasses import dataclass
from itertools import islice
from pathlib import Path
from tempfile import mkdtemp
from typing import Final

from config import Loaded, Needs, load
from worker.app import commands, evidence
from worker.app.ending import Ending, Question
from worker.app.face import Face
from worker.cli import closing
from worker.cli.streams import say, tell
from worker.core.customer import fold
from worker.core.lifecycle import Verdict
from worker.errors import Exit, LogBroken
from worker.report import table
from worker.sandbox.faults import Faults
from worker.sandbox.options import SandboxOptions
from worker.sandbox.server import Ready, Sandbox, serve

CUSTOMERS: Final = 120
FAULTS: Final = "http_500=0.01,reset_after@delete=0.04"
_NAME: Final = "demo"
_SHOWN: Final = 8
_SETTINGS: Final = {"rate": "400", "settle_time": "0.1", "contact": "demo@example.invalid"}


@dataclass(frozen=True, slots=True)
class Comparison:
    """Customers that the report calls deleted, those that the sandbox really deleted, and DELETEs on both sides."""

    reported: frozenset[str]
    journal: frozenset[str]
    deletes_counted: int
    deletes_arrived: int

    @property
    def agrees(self) -> bool:
        """Whether both sides tell the same."""
        return self.reported == self.journal and self.deletes_counted == self.deletes_arrived

    def __str__(self) -> str:
        """Both sides in one sentence each, and the judgement."""
        return "\n".join(
            (
                f"{'report.csv:':<22}{len(self.reported)} customers deleted; {self.deletes_counted} DELETEs sent",
                f"{'its own ledger:':<22}{len(self.journal)} customers deleted; {self.deletes_arrived} DELETEs arrived",
                "They agree, customer by customer." if self.agrees else "THEY DO NOT AGREE.",
            )
        )


async def show() -> Exit:
    """Show it all on standard output; 0 only if the accounts agree and the audit log verifies."""
    place = Path(mkdtemp(prefix="amili-purge-demo-"))
    sample = place / "customers.csv"
    options = SandboxOptions(
        customers=CUSTOMERS, faults=Faults.parse(FAULTS), journal=place / "journal.jsonl", sample=sample
    )
    sandbox = Sandbox(options)
    async with serve(sandbox):
        say(f"A sandbox with {CUSTOMERS} made-up customers, where some answers fail or get lost ({FAULTS}).")
        say(f"A list of them as Excel would export it: {sample}")
        loaded = _settings(sandbox.ready(), place)
        planned = await _planned(loaded, sample)
        ending = await _applied(loaded, planned)
    return _judged(loaded, ending, sandbox)


async def _planned(loaded: Loaded, sample: Path) -> Ending:
    _typed(f"plan {sample} --campaign {_NAME}")
    ending = await commands.plan(loaded, str(sample), name=_NAME, recheck=False, face=_face(), command="plan")
    _shown(ending)
    if ending.note.plan is None:
        raise LogBroken("the demo's plan came to no digest", *([ending.stop.message] if ending.stop else []))
    return ending


async def _applied(loaded: Loaded, planned: Ending) -> Ending:
    digest = planned.summary.plan_digest or ""

    def approve(question: Question) -> bool:
        return question.digest == digest

    _typed(f"apply {_NAME} --approve {digest}")
    ending = await commands.apply(loaded, _NAME, approve=approve, face=_face(), command="apply")
    _shown(ending)
    return ending


def _judged(loaded: Loaded, ending: Ending, sandbox: Sandbox) -> Exit:
    report = ending.directory / "report.csv"
    _typed(f"report {_NAME}")
    with report.open(encoding="utf-8-sig", newline="") as file:
        say("".join(islice(file, _SHOWN)).replace("\r\n", "\n") + "…")
    _typed(f"verify {_NAME}")
    proof = evidence.verify(loaded, _NAME)
    say(f"{'ok' if proof.ok else 'FAULT'}: {proof.lines} lines, head {proof.head.hash}")
    compared = compare(report, ending, sandbox)
    say("\nIs it true? The sandbox keeps a ledger of its own:")
    say(str(compared))
    say(f"\nEverything is kept in {ending.directory.parent.parent}")
    say("Next, your own settings, on staging, with limit = 1:\n")
    say(closing.line("doctor", "--base-url", "https://STAGING/PREFIX", "--client-no", "N", "--token-file", "FILE"))
    if compared.agrees and proof.ok:
        return ending.exit
    raise LogBroken("the demo's account does not agree with the sandbox's ledger")


def compare(report: Path, ending: Ending, sandbox: Sandbox) -> Comparison:
    """The report's customers by their numbers, folded, beside the sandbox's."""
    gone = {Verdict.DELETED.value, Verdict.DELETED_INFERRED.value}
    with report.open(encoding="utf-8-sig", newline="") as file:
        rows = csv.DictReader(file, delimiter=ending.note.header.delimiter)
        reported = frozenset(fold(row["Kundenr"]) for row in rows if row["verdict"] in gone)
    return Comparison(
        reported=reported,
        journal=frozenset(fold(str(record.customer)) for record in sandbox.journal.effects()),
        deletes_counted=ending.summary.requests.get("delete", 0),
        deletes_arrived=sandbox.journal.counts()["delete"],
    )


def _settings(ready: Ready, place: Path) -> Loaded:
    """Settings from here alone: an empty environment but for the sandbox's secret, and a directory without files."""
    flags = {
        "base_url": ready.base_url,
        "client_no": str(ready.client_no),
        "token_url": ready.token_url,
        "oauth_client_id": ready.oauth_client_id,
        "campaigns": str(place / "campaigns"),
        **_SETTINGS,
    }
    secret = {"AMILI_OAUTH_CLIENT_SECRET": ready.oauth_client_secret}
    return load(flags, environ=secret, cwd=place, needs=Needs(api=True))


def _face() -> Face:
    """Only what is worth an error: the demo's faults are meant."""
    return Face("console", "error", sys.stderr.isatty())


def _typed(words: str) -> None:
    say(f"\n$ {closing.line(words)}")


def _shown(ending: Ending) -> None:
    told = closing.why(ending)
    if told:
        tell(told)
    say(table(ending.summary, ending.reasons))
    if ending.summary.plan_digest:
        say(f"plan digest {ending.summary.plan_digest}")
    say(f"audit head  {ending.summary.head.hash} ({ending.summary.head.seq} lines)")

"""What tests of signed campaigns do again and again: sign, prove, make receipts, rewrite a log as its owner could."""

import asyncio
import sqlite3
from collections.abc import Mapping
from pathlib import Path

from config import Loaded, load
from tests.campaigns.judge import files
from tests.campaigns.stage import Stage, cast
from tests.evidence.harms import forged
from worker.app import evidence
from worker.app.ending import Ending
from worker.audit import Verified
from worker.core.checkpoint import Note, notes_in
from worker.seal import generate

PEOPLE = cast(free=6, documents=2, ar_items=1, absent=1)
OURS = PEOPLE.free[0]


def signing(stage: Stage, target: str = "") -> Path:
    """From now on the stage's campaigns sign; the file that keeps the checkpoints."""
    kept, key = stage.directory / "kept.txt", stage.directory / "purge.key"
    if not key.exists():
        generate(key, "purge.example")
    stage.flags |= {"checkpoint_key": str(key), "checkpoint_to": target or str(kept)}
    return kept


def offline(stage: Stage) -> Loaded:
    """Settings without an API, but with a key."""
    names = ("campaigns", "checkpoint_key", "checkpoint_to")
    chosen = {name: str(stage.flags[name]) for name in names if name in stage.flags}
    environ = {name: value for name, value in stage.environ.items() if name == "AMILI_LEDGER"}
    return load(chosen, environ=environ, cwd=stage.directory)


def notes(kept: Path) -> list[Note]:
    return list(notes_in(kept.read_text("utf-8")))


async def proved(stage: Stage, of: Ending | str, kept: Path, *keys: str) -> Verified:
    name = of if isinstance(of, str) else of.note.name
    return await asyncio.to_thread(evidence.verify, offline(stage), name, checkpoints=kept, keys=keys)


async def receipt(stage: Stage, of: Ending, number: str, to: Path | None = None) -> Path:
    return await asyncio.to_thread(evidence.receipt, offline(stage), of.note.name, number, to)


def told(ending: Ending) -> Mapping[str, object]:
    audit: Mapping[str, object] = files(ending).summary["audit"]
    return audit


def rewritten(ending: Ending) -> None:
    """What somebody can do who owns the disk: a word changed in file and ledger, and every hash computed anew."""
    found = files(ending)
    lines = found.audit.read_bytes().splitlines(keepends=True)
    place = next(at for at, line in enumerate(lines) if b'"gets":3' in line)
    lines[place] = lines[place].replace(b'"gets":3', b'"gets":4')
    anew = forged(lines, place)
    with sqlite3.connect(ending.directory / "ledger.db") as ledger:
        ledger.execute("DROP TRIGGER facts_are_never_changed")
        rows = [(line, seq) for seq, line in enumerate(anew.splitlines(), start=1)]
        ledger.executemany("UPDATE facts SET line = ? WHERE seq = ?", rows)
        ledger.execute("UPDATE campaign SET audit_mark = NULL")
    ledger.close()
    found.audit.write_bytes(anew)

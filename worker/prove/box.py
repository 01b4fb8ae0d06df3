"""The sandbox as a process of its own: started, asked at its door, waited for, ended.

Decides nothing; it tells what the sandbox's journal and door say. It reaches 127.0.0.1 only.
"""

import asyncio
import http.client
import json
import os
import sys
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass
from http import HTTPStatus
from pathlib import Path
from typing import Any, Final
from urllib.parse import urlsplit

from worker.errors import LogBroken
from worker.sandbox.conduct import Ending
from worker.sandbox.journal import Record, read

_ROOT: Final = Path(__file__).resolve().parents[2]
"""Where Python finds `worker` and nobody else's module of that name."""
_PATIENCE: Final = 30.0  # seconds
_LOOK: Final = 0.02
FAULTS: Final = (
    "reset_before=0.004,reset_after=0.004,http_500=0.008,http_502=0.004,http_504=0.004,truncated=0.004,outage=0.002,"
    "hang_before=0.0005:0.7s,hang_after=0.0005:0.7s,reset_after@delete=0.05,http_500@delete=0.02,"
    "late_effect@delete=0.02:0.2s,late_silent@delete=0.02:0.2s,accepted@delete=0.01:0.05s,no_content@delete=0.01"
)
"""Lost answers, late effects and failures of the server, so that deletions must be inferred."""


@dataclass(frozen=True, slots=True)
class State:
    """Who exists, folded, and who of them may be deleted; how many effects are still to come."""

    existing: frozenset[str]
    deletable: frozenset[str]
    late_effects: int


@dataclass(frozen=True, slots=True)
class Box:
    """A running sandbox: its address and token, and the file of its journal."""

    base_url: str
    client_no: int
    token: str
    state_url: str
    journal: Path

    def state(self) -> State:
        """The world as it is now."""
        url = urlsplit(self.state_url)
        door = http.client.HTTPConnection(str(url.hostname), url.port, timeout=_PATIENCE)
        try:
            door.request("GET", url.path)
            answer = door.getresponse()
            if answer.status != HTTPStatus.OK:
                raise LogBroken(f"the sandbox's door answered {answer.status}")
            told: dict[str, Any] = json.loads(answer.read())
        finally:
            door.close()
        return State(frozenset(told["existing"]), frozenset(told["deletable"]), int(told["late_effects"]))

    async def settled(self) -> tuple[State, list[Record]]:
        """World and journal, once nothing is still to come: no late effect, no request in hand."""
        async with asyncio.timeout(_PATIENCE):
            while True:
                state, wire = self.state(), read(self.journal)
                if not state.late_effects and all(record.ended is not Ending.PENDING for record in wire):
                    return state, wire
                await asyncio.sleep(_LOOK)


@asynccontextmanager
async def sandbox(directory: Path, customers: int, seed: int, faults: str = FAULTS) -> AsyncIterator[Box]:
    """A sandbox for as long as the block lasts; `customers.csv` in the directory is the list of its customers."""
    journal = directory / "journal.jsonl"
    words = {"customers": customers, "seed": seed, "faults": faults, "journal": journal}
    given = [word for name, value in words.items() for word in (f"--{name}", str(value))]
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "worker.sandbox", *given, "--sample", str(directory / "customers.csv")),
        cwd=_ROOT,
        env=_nobodys(os.environ),
        stdin=asyncio.subprocess.DEVNULL,
        stdout=asyncio.subprocess.PIPE,
    )
    try:
        yield _box(await _first_line(process), journal)
    finally:
        process.terminate()
        await process.wait()


def _nobodys(environ: Mapping[str, str]) -> dict[str, str]:
    return {name: value for name, value in environ.items() if not name.upper().startswith("AMILI_")}


async def _first_line(process: asyncio.subprocess.Process) -> bytes:
    line = b"" if process.stdout is None else await process.stdout.readline()
    if not line:
        raise LogBroken("the sandbox did not start")
    return line


def _box(line: bytes, journal: Path) -> Box:
    ready = json.loads(line)
    return Box(ready["base_url"], ready["client_no"], ready["token"], ready["state_url"], journal)

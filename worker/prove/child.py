"""One life of a worker: plan, apply or run as any user's process does it, with a fuse that may end it.

Decides its settings, and reads nobody's: neither environment nor files of any directory but its own. Everything it
has to say goes to a file; how it ended is its exit code.
"""

import asyncio
import os
import random
import sys
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

from config import Loaded, Needs, load
from worker.app import commands
from worker.app.ending import Ending, Question
from worker.app.face import Face
from worker.errors import CommandFailed
from worker.prove.fuse import Fuse
from worker.prove.points import BY_NAME

NAME: Final = "proof"
"""What the campaign is called; each has a directory of its own."""
RATE: Final = 1000.0
TIMEOUT: Final = 0.5
_SETTINGS: Final = {
    "rate": str(RATE),
    "concurrency": "16",
    "request_timeout": str(TIMEOUT),
    "settle_time": "0.1",
    "verify_share": "0.05",
    "max_failure_share": "0.5",
    "max_invalid_share": "0.1",
}


@dataclass(frozen=True, slots=True)
class Job:
    """What one life is to do, where, and at which point it ends (None: not by itself).

    `flags` and `environ` are settings beyond the usual ones; `text` is the INPUT, the sandbox's list if None.
    """

    command: str
    directory: Path
    base_url: str
    client_no: int
    token: str
    customers: int
    digest: str | None = None
    point: str | None = None
    seed: int = 0
    text: str | None = None
    flags: Mapping[str, str] = field(default_factory=dict)
    environ: Mapping[str, str] = field(default_factory=dict)

    @property
    def campaign(self) -> Path:
        """The directory of the campaign's files."""
        return self.directory / "campaigns" / NAME

    @property
    def said(self) -> Path:
        """Where everything goes that would be told on standard error."""
        return self.directory / "said.log"


def live(job: Job) -> None:
    """Live; the process ends here with the command's exit code, or is killed."""
    with job.said.open("ab") as said:
        os.dup2(said.fileno(), sys.stderr.fileno())
    fuse = _fuse(job)
    face = Face("json", "error", terminal=False)
    if fuse is not None:
        fuse.listen()
        face = Face("json", "error", terminal=False, observers=(fuse,), tap=fuse.tap)
    try:
        code = int(asyncio.run(_worked(job, face)).exit)
    except CommandFailed as failed:
        sys.stderr.write("\n".join((str(failed), *failed.advice, "")))
        code = int(failed.code)
    if fuse is not None:
        fuse.see("over")
    sys.exit(code)


def settings(job: Job) -> Loaded:
    """Settings from here alone."""
    flags = {
        "base_url": job.base_url,
        "client_no": str(job.client_no),
        "campaigns": str(job.directory / "campaigns"),
        "max_deletes": str(job.customers),
        **_SETTINGS,
        **job.flags,
    }
    return load(flags, environ={"AMILI_TOKEN": job.token, **job.environ}, cwd=job.directory, needs=Needs(api=True))


def _fuse(job: Job) -> Fuse | None:
    if job.point is None:
        return None
    point = BY_NAME[job.point]
    dice = random.Random(job.seed)
    return Fuse(point, dice.randint(1, point.most), job.campaign / "audit.jsonl")


async def _worked(job: Job, face: Face) -> Ending:
    loaded, text = settings(job), job.text or str(job.directory / "customers.csv")
    match job.command:
        case "plan":
            return await commands.plan(loaded, text, name=NAME, recheck=False, face=face, command="plan")
        case "apply":
            return await commands.apply(
                loaded, NAME, approve=lambda asked: _approved(asked, job), face=face, command="apply"
            )
        case _:
            return await commands.run(loaded, text, name=NAME, recheck=False, face=face, command="run")


def _approved(asked: Question, job: Job) -> bool:
    return asked.digest == job.digest

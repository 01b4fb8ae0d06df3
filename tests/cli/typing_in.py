"""How tests type commands: within this process for speed, or as a process of its own where that matters.

Decides nothing about results.
"""

import asyncio
import os
import subprocess
import sys
import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import pytest

from worker.cli.door import enter
from worker.sandbox.server import Sandbox, serve

ROOT = Path(__file__).parents[2]
TOKEN = "eyJ-no-token-but-secret"
API = {
    "AMILI_BASE_URL": "http://127.0.0.1:9/arm/v1",
    "AMILI_CLIENT_NO": "2218",
    "AMILI_TOKEN": TOKEN,
    "AMILI_OUTAGE_BUDGET": "0",
}


@dataclass(frozen=True, slots=True)
class Typed:
    """What came of a command."""

    code: int
    out: str
    err: str

    @property
    def last_line(self) -> str:
        """The line to type next; below it stands only the account for machines."""
        lines = self.out.rstrip("\n").split("\n")
        return lines[-2] if len(lines) > 1 and lines[-1].startswith("{") else lines[-1]


class Shell:
    """A person in an empty directory, with nothing of ours in the environment."""

    def __init__(self, capture: pytest.CaptureFixture[str], patch: pytest.MonkeyPatch, here: Path) -> None:
        self._capture = capture
        self._patch = patch
        self.here = here
        for name in list(os.environ):
            if name.upper().startswith("AMILI_"):
                patch.delenv(name)
        patch.chdir(here)

    def export(self, **names: str) -> None:
        for name, value in names.items():
            self._patch.setenv(name, value)

    def forget(self, name: str) -> None:
        self._patch.delenv(name)

    def write(self, name: str, text: str) -> Path:
        path = self.here / name
        path.write_text(text, encoding="utf-8")
        return path

    def type(self, *words: str) -> Typed:
        self._capture.readouterr()
        code = enter(words)
        seen = self._capture.readouterr()
        return Typed(code, seen.out, seen.err)


def started(
    *words: str, here: Path, environ: Mapping[str, str] | None = None, typed: str | None = None
) -> list[object]:
    """A command in a process of its own, to its end: code, standard output, standard error."""
    done = subprocess.run(
        [sys.executable, "-m", "worker", *words],
        cwd=here,
        env=surroundings(environ),
        input=typed,
        capture_output=True,
        text=True,
        encoding="utf-8",
        timeout=60,
        check=False,
    )
    return [done.returncode, done.stdout, done.stderr]


def surroundings(further: Mapping[str, str] | None = None) -> dict[str, str]:
    """The environment of a child process; `worker` is found in it wherever it is started."""
    kept = {name: value for name, value in os.environ.items() if not name.upper().startswith("AMILI_")}
    return {**kept, "PYTHONPATH": str(ROOT), "PYTHONUTF8": "1", **(further or {})}


@contextmanager
def in_a_thread(sandbox: Sandbox) -> Iterator[None]:
    """Serve the sandbox beside the test, as commands have event loops of their own."""
    ready, over = threading.Event(), threading.Event()

    async def live() -> None:
        async with serve(sandbox):
            ready.set()
            await asyncio.to_thread(over.wait)

    thread = threading.Thread(target=lambda: asyncio.run(live()))
    thread.start()
    try:
        assert ready.wait(10)
        yield
    finally:
        over.set()
        thread.join()


def environment(sandbox: Sandbox) -> dict[str, str]:
    """What a person would export to work against this sandbox."""
    ready = sandbox.ready()
    return {
        "AMILI_BASE_URL": ready.base_url,
        "AMILI_CLIENT_NO": str(ready.client_no),
        "AMILI_TOKEN_URL": ready.token_url,
        "AMILI_OAUTH_CLIENT_ID": ready.oauth_client_id,
        "AMILI_OAUTH_CLIENT_SECRET": ready.oauth_client_secret,
    }


def deletes(sandbox: Sandbox) -> int:
    """How many DELETEs came over the wire."""
    return sandbox.journal.counts()["delete"]

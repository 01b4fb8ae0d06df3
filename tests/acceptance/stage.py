"""The stage: a sandbox in a process of its own, and the worker as a user starts it, with all that it wrote kept.

Decides how processes are started, watched and ended, each by its own id. It judges nothing.
"""

import contextlib
import http.client
import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from worker.prove.evidence import Evidence, gather
from worker.sandbox.conduct import Ending
from worker.sandbox.journal import Record, read

PATIENCE = 100.0  # seconds that anything expected may take on a busy machine
_LOOK = 0.01


def waited(holds: Callable[[], bool], patience: float = PATIENCE) -> bool:
    """Whether it came true in time."""
    end = time.monotonic() + patience
    while not holds():
        if time.monotonic() > end:
            return False
        time.sleep(_LOOK)
    return True


def plain_environment(**more: str) -> dict[str, str]:
    """This process's environment without anybody's settings for the worker."""
    return {name: value for name, value in os.environ.items() if not name.upper().startswith("AMILI_")} | more


@dataclass(frozen=True, slots=True)
class Box:
    """A running sandbox: how to reach it, its journal's file, and the sample of its customers."""

    ready: Mapping[str, Any]
    journal: Path
    sample: Path
    pid: int

    def api(self) -> dict[str, str]:
        """The settings that reach it, as environment variables."""
        return {
            "AMILI_BASE_URL": self.ready["base_url"],
            "AMILI_CLIENT_NO": str(self.ready["client_no"]),
            "AMILI_TOKEN": self.ready["token"],
        }

    def secrets(self) -> list[str]:
        """What must never be written anywhere."""
        return [self.ready["token"], self.ready["oauth_client_secret"]]

    def state(self) -> dict[str, Any]:
        """The world as its door tells it."""
        found: dict[str, Any] = json.loads(self._knock("GET", "state"))
        return found

    def set_faults(self, text: str) -> None:
        """From now on these faults strike."""
        self._knock("POST", "faults", text)

    def settled_wire(self) -> list[Record]:
        """The journal once nothing is still to come: no late effect, no request in hand."""
        assert waited(self._is_quiet), "the sandbox still has requests in hand"
        return read(self.journal)

    def _is_quiet(self) -> bool:
        in_hand = any(record.ended is Ending.PENDING for record in read(self.journal))
        return not in_hand and self.state()["late_effects"] == 0

    def _knock(self, method: str, what: str, body: str | None = None) -> bytes:
        url = urlsplit(str(self.ready["state_url"]))
        door = http.client.HTTPConnection(str(url.hostname), url.port, timeout=PATIENCE)
        try:
            door.request(method, f"/sandbox/{what}", None if body is None else body.encode())
            answer = door.getresponse()
            assert answer.status < 300, answer.read()
            return answer.read()
        finally:
            door.close()


@contextmanager
def sandbox(directory: Path, *words: str) -> Iterator[Box]:
    """A sandbox with these options for as long as the block lasts."""
    journal, sample = directory / "wire.jsonl", directory / "sample.csv"
    command = [sys.executable, "-m", "worker.sandbox", "--journal", str(journal), "--sample", str(sample), *words]
    with subprocess.Popen(command, stdout=subprocess.PIPE, env=plain_environment()) as process:
        try:
            assert process.stdout is not None
            yield Box(json.loads(process.stdout.readline()), journal, sample, process.pid)
        finally:
            process.terminate()


@dataclass(frozen=True, slots=True)
class Ended:
    """How a command ended, what it printed, its peak memory (MiB), and the seconds that passed and that it computed."""

    code: int
    out: str
    err: str
    memory: float
    seconds: float
    computed: float


@dataclass(slots=True)
class Desk:
    """Where a user sits: a directory, settings in the environment, and everything that was printed, kept in files."""

    directory: Path
    environment: Mapping[str, str]
    commands: int = field(default=0)

    @property
    def campaigns(self) -> Path:
        """Where campaigns lie by default."""
        return self.directory / "campaigns"

    def start(self, *words: str, **settings: str) -> "Running":
        """Start a command; `settings` are further environment variables."""
        self.commands += 1
        said = self.directory / "said"
        said.mkdir(exist_ok=True)
        out, err = said / f"{self.commands:03}.out", said / f"{self.commands:03}.err"
        with out.open("wb") as to_out, err.open("wb") as to_err:
            process = subprocess.Popen(
                [sys.executable, "-m", "worker", *words],
                cwd=self.directory,
                env=plain_environment(**self.environment) | settings,
                stdin=subprocess.DEVNULL,
                stdout=to_out,
                stderr=to_err,
            )
        return Running(process, out, err, time.monotonic())

    def do(self, *words: str, **settings: str) -> Ended:
        """Run a command to its end."""
        return self.start(*words, **settings).ended()

    def evidence(self, name: str, box: Box) -> Evidence:
        """What the campaign of that name left behind, once the sandbox has come to rest."""
        wire = box.settled_wire()
        return gather(self.campaigns / name, wire, box.state()["existing"])


def _peak(pid: int) -> float:
    """Peak memory (MiB) since the program was started. `ru_maxrss` would tell that of whoever forked it, too."""
    with contextlib.suppress(OSError):
        for line in Path(f"/proc/{pid}/status").read_text("utf-8").splitlines():
            if line.startswith("VmHWM:"):
                return int(line.split()[1]) / 1024
    return 0.0


@dataclass(frozen=True, slots=True)
class Running:
    """A command at work."""

    process: subprocess.Popen[bytes]
    out: Path
    err: Path
    since: float

    def is_over(self) -> bool:
        """Whether it has ended; its end is not taken, so that `ended` can tell it."""
        return os.waitid(os.P_PID, self.process.pid, os.WEXITED | os.WNOHANG | os.WNOWAIT) is not None

    def signal(self, number: int) -> None:
        """Send it a signal; one that has ended is left alone. Popen's own way would take its end away from `ended`."""
        if not self.is_over():
            os.kill(self.process.pid, number)

    def kill(self) -> Ended:
        """End it as a power cut would."""
        self.signal(signal.SIGKILL)
        return self.ended()

    def ended(self, patience: float = PATIENCE) -> Ended:
        """Wait for its end, for so many seconds at the most; then it is killed."""
        killer, memory = time.monotonic() + patience, 0.0
        while True:
            memory = max(memory, _peak(self.process.pid))
            pid, status, usage = os.wait4(self.process.pid, os.WNOHANG)
            if pid:
                break
            if time.monotonic() > killer:
                self.signal(signal.SIGKILL)
            time.sleep(_LOOK)
        # Popen must not wait for a process whose end was taken here.
        self.process.returncode = os.waitstatus_to_exitcode(status)
        seconds = time.monotonic() - self.since
        out, err = (path.read_text("utf-8", "replace") for path in (self.out, self.err))
        computed = usage.ru_utime + usage.ru_stime
        return Ended(self.process.returncode, out, err, memory, seconds, computed)

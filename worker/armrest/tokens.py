"""Where bearer tokens come from: the port of all sources, a ready token, and a file that somebody keeps fresh.

Decides which token is used and its number. A token appears in no repr, text or exception; it leaves only in the
Authorization header. Client credentials, which need the network, are `credentials`.
"""

from dataclasses import dataclass, field
from pathlib import Path
from typing import Final, Protocol

from worker.armrest.jwt import Peek, peek
from worker.core.replies import Kind, Meaning, Reply
from worker.core.values import replace
from worker.ports import Renewal

_LONGEST: Final = 64 * 1024
"""Bytes of a token file. Servers refuse headers far shorter."""


@dataclass(frozen=True, slots=True)
class Bearer:
    """A token, and its number: a new token has a new number, so that many 401s with one lead to one renewal."""

    number: int
    value: str = field(repr=False)


class TokenSource(Protocol):
    """A way to a token."""

    def at_hand(self) -> Bearer | None:
        """The token to use now, without any waiting; None if there is none."""

    async def ready(self) -> Reply | None:
        """None when a token is at hand, after obtaining or renewing it if need be; else why there is none."""

    async def renew(self, credential: int) -> Renewal:
        """The token of that number was answered with 401: what can be done about it."""

    def about(self) -> Peek:
        """What the token in use says of itself."""


def usable(token: str) -> bool:
    """Whether a text can stand in an Authorization header: one word of visible ASCII."""
    return token.isascii() and token.isprintable() and " " not in token and token != ""


class ReadyToken:
    """A token given once; it cannot be renewed."""

    __slots__ = ("_bearer",)

    def __init__(self, token: str) -> None:
        self._bearer = Bearer(1, token)

    def at_hand(self) -> Bearer | None:
        """Always that token."""
        return self._bearer

    async def ready(self) -> Reply | None:
        """There is nothing to wait for."""
        return None

    async def renew(self, credential: int) -> Renewal:
        """Nothing can be done."""
        return Renewal.FIXED

    def about(self) -> Peek:
        """What the token says of itself."""
        return peek(self._bearer.value)


_Stamp = tuple[int, int, int]  # time of change (ns), size, inode


class FileToken:
    """A token in a file, read again whenever the file has changed.

    Reading it is synchronous, so that nothing comes between a caller's last test and its request; the file is a few
    hundred bytes, and is only looked at while it stays the same.
    """

    __slots__ = ("_bearer", "_path", "_stamp", "_trouble")

    def __init__(self, path: Path) -> None:
        self._path = path
        self._bearer = Bearer(0, "")
        self._stamp: _Stamp | None = None
        self._trouble: str | None = None

    def at_hand(self) -> Bearer | None:
        """The token in the file as it is now; None while the file cannot be used."""
        try:
            self._look()
        except OSError:
            self._stamp, self._trouble = None, "token_file_unreadable"
        return None if self._trouble else self._bearer

    async def ready(self) -> Reply | None:
        """None when the file holds a token; else NOT_SENT, as somebody may be about to write it."""
        if self.at_hand() is not None:
            return None
        return Reply(Kind.TOKEN, Meaning.NOT_SENT, self._trouble or "no_token")

    async def renew(self, credential: int) -> Renewal:
        """RENEWED if the file holds another token by now; OUT_OF_REACH while it cannot be used."""
        bearer = self.at_hand()
        if bearer is None:
            return Renewal.OUT_OF_REACH
        return Renewal.RENEWED if bearer.number != credential else Renewal.FIXED

    def about(self) -> Peek:
        """What the token in the file says of itself."""
        bearer = self.at_hand()
        return Peek() if bearer is None else peek(bearer.value)

    def _look(self) -> None:
        """Read the file if it has changed; OSError if it cannot be read."""
        status = self._path.stat()
        stamp = (status.st_mtime_ns, status.st_size, status.st_ino)
        if stamp == self._stamp:
            return
        with self._path.open("rb") as file:
            token = file.read(_LONGEST + 1).decode("ascii", "replace").strip()
        self._stamp = stamp
        if len(token) > _LONGEST or not usable(token):
            self._trouble = "token_file_malformed"
            return
        self._trouble = None
        if token != self._bearer.value:
            self._bearer = replace(self._bearer, number=self._bearer.number + 1, value=token)

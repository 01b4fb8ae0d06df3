"""Where a queue is, `amqp[s]://host[:port]/[VHOST/]QUEUE` taken apart, and how it is reached.

Decides which texts name a queue. Never connects. User and password are settings of their own: a URL that has them is
refused without being repeated.
"""

import re
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final
from urllib.parse import quote, unquote, urlsplit

from worker.core.hosts import is_host
from worker.errors import UsageWrong

DEAD: Final = ".dead"
"""What the name of the dead letters' queue ends with, after the queue's own."""

_PORTS: Final = {"amqp": 5672, "amqps": 5671}
_SCHEME: Final = re.compile(r"amqps?://", re.IGNORECASE)
_ESCAPE: Final = re.compile(r"%(?![0-9A-Fa-f]{2})")
_LONGEST: Final = 255  # Bytes of a name on the wire.


@dataclass(frozen=True, slots=True)
class QueueAddress:
    """One queue of one broker. `vhost` and `queue` are as the broker knows them, decoded."""

    secure: bool
    host: str
    port: int
    vhost: str
    queue: str

    @property
    def dead(self) -> str:
        """The queue of its dead letters."""
        return self.queue + DEAD

    def __str__(self) -> str:
        """The URL, fit to be shown and typed again."""
        scheme = "amqps" if self.secure else "amqp"
        host = f"[{self.host}]" if ":" in self.host else self.host
        port = "" if self.port == _PORTS[scheme] else f":{self.port}"
        vhost = "" if self.vhost == "/" else quote(self.vhost, safe="") + "/"
        return f"{scheme}://{host}{port}/{vhost}{quote(self.queue, safe='')}"


@dataclass(frozen=True, slots=True)
class Credentials:
    """Whom the broker knows us as; by default what a broker on loopback knows when it is new."""

    user: str = "guest"
    password: str = field(default="guest", repr=False)


@dataclass(frozen=True, slots=True)
class QueueOptions:
    """How a queue is reached. Seconds; `prefetch` is how many messages may be here and unacknowledged at once.

    `answer_timeout` bounds connecting and each answer of the broker. A peer that says nothing for three `heartbeat`s
    counts as gone. `outage_budget` is how long the broker may be gone.
    """

    prefetch: int = 100
    outage_budget: float = 300.0
    answer_timeout: float = 10.0
    heartbeat: int = 10
    ca_file: Path | None = None


def is_queue(text: str) -> bool:
    """Whether an INPUT means a queue, well written or not."""
    return _SCHEME.match(text) is not None


def parse_queue_url(text: str) -> QueueAddress:
    """Read a queue's URL; `UsageWrong` (64) says what is wrong with it, and repeats no user info."""
    # urlsplit drops line ends and tabs silently, and readers disagree about backslashes.
    if not (text.isascii() and text.isprintable()) or " " in text or "\\" in text:
        raise _wrong("holds blanks, backslashes or non-ASCII characters: percent-encode them")
    try:
        parts = urlsplit(text)
        host, port = parts.hostname or "", parts.port
    except ValueError:
        raise _wrong("cannot be read") from None
    if parts.scheme not in _PORTS:
        raise _wrong("does not begin with amqp:// or amqps://")
    if "@" in text:
        raise UsageWrong(
            "the queue's URL holds user info", "Others can read command lines: set AMILI_AMQP_USER, AMILI_AMQP_PASSWORD"
        )
    if port == 0 or not is_host(host):
        raise _wrong("names no host")
    if parts.query or parts.fragment or text.endswith(("?", "#")):
        raise _wrong("has a query or a fragment")
    vhost, queue = _names(parts.path)
    secure = parts.scheme == "amqps"
    return QueueAddress(secure, host, _PORTS[parts.scheme] if port is None else port, vhost, queue)


def _names(path: str) -> tuple[str, str]:
    """The virtual host and the queue of a path; an empty first part is the default virtual host, too."""
    match path.split("/"):
        case ["", queue]:
            vhost = "/"
        case ["", vhost, queue]:
            vhost = _decoded(vhost) or "/"
        case _:
            raise _wrong("has too many parts: a / within a name is written %2F")
    name = _decoded(queue)
    if not name or len((name + DEAD).encode()) > _LONGEST:
        raise _wrong("names no queue" if not name else "names a queue that is too long")
    return vhost, name


def _decoded(part: str) -> str:
    try:
        text = unquote(part, errors="strict")
    except UnicodeDecodeError:
        raise _wrong("holds percent-encoding that is not UTF-8") from None
    if _ESCAPE.search(part) or not text.isprintable() or len(text.encode()) > _LONGEST:
        raise _wrong("holds a name that cannot be")
    return text


def _wrong(why: str) -> UsageWrong:
    return UsageWrong(f"the queue's URL {why}", "It is written amqp[s]://host[:port]/[VHOST/]QUEUE")

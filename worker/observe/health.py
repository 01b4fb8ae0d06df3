"""What Kubernetes may ask of the process: is it alive (`/healthz`), and is it at work (`/readyz`).

Decides from a heartbeat of the event loop and from whether the run has begun, and from nothing else: an API or a
database that is away is no reason to restart a worker that waits for it.
"""

import asyncio
import time
from collections.abc import AsyncIterator, Callable, Iterable
from contextlib import asynccontextmanager
from typing import Final
from wsgiref.types import StartResponse, WSGIApplication, WSGIEnvironment

from worker.beside import beside

STALE: Final = 15.0
"""Seconds without a heartbeat after which the process is said to hang."""
_BETWEEN_BEATS: Final = 1.0
_TEXT: Final = ("Content-Type", "text/plain; charset=utf-8")


class Health:
    """A heartbeat and a word on readiness; asked from the server's threads. `now` gives monotonic seconds."""

    def __init__(self, now: Callable[[], float] = time.monotonic) -> None:
        self._now = now
        self._beaten = now()
        self.at_work: Callable[[], bool] = lambda: False

    def beat(self) -> None:
        """The event loop goes round."""
        self._beaten = self._now()

    def alive(self) -> bool:
        """Whether the event loop went round a moment ago."""
        return self._now() - self._beaten < STALE

    def ready(self) -> bool:
        """Whether the run works: it has begun, and nothing has told it to end."""
        return self.alive() and self.at_work()

    @asynccontextmanager
    async def beating(self, look: Callable[[], None] = lambda: None) -> AsyncIterator[None]:
        """A heartbeat each second, for as long as the block lasts; `look` is called with it, on the event loop."""

        async def beat() -> None:
            while True:
                self.beat()
                look()
                await asyncio.sleep(_BETWEEN_BEATS)

        async with beside(beat, "heartbeat"):
            yield


def answering(health: Health, metrics: WSGIApplication) -> WSGIApplication:
    """One application for all that is asked for: the two probes, `/metrics`, and 404 for the rest."""

    def answer(environ: WSGIEnvironment, start: StartResponse) -> Iterable[bytes]:
        match environ["PATH_INFO"]:
            case "/metrics":
                return metrics(environ, start)
            case "/healthz":
                return _told(start, "alive", "the event loop hangs", well=health.alive())
            case "/readyz":
                return _told(start, "at work", "not at work", well=health.ready())
            case _:
                start("404 Not Found", [_TEXT])
                return [b"/metrics, /healthz, /readyz\n"]

    return answer


def _told(start: StartResponse, well_word: str, ill_word: str, *, well: bool) -> list[bytes]:
    start("200 OK" if well else "503 Service Unavailable", [_TEXT])
    return [f"{well_word if well else ill_word}\n".encode()]

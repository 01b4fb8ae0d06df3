"""The settings of signed checkpoints become a witness of one campaign's log, or a refusal.

Decides where a private key and checkpoints may not lie: with the log that they are to testify about, whoever can
rewrite it could sign it again. It never decides when a checkpoint is due.
"""

import asyncio
from collections.abc import AsyncIterator, Callable, Iterable
from contextlib import asynccontextmanager
from dataclasses import dataclass
from itertools import islice
from pathlib import Path

from config import Settings
from worker.app.shelf import Shelf
from worker.beside import beside
from worker.core.checkpoint import Witnessed
from worker.errors import CommandFailed, SettingsWrong
from worker.place import Place
from worker.ports import Observer
from worker.seal import Log, Signer, Witness, file_of, kept_in, outlet

_BETWEEN = 1.0  # seconds
_CHUNK = 2_000  # lines handed over at once
_KEYGEN = "make a key with: amili-purge keygen FILE"


def witness(settings: Settings, place: Place, lines: Iterable[bytes]) -> Witness | None:
    """Whoever signs while the campaign is worked on, who knows these lines already; None if nobody is to.

    `SettingsWrong` for a key or a target that cannot serve; `LogBroken` if the lines are not those that were signed.
    """
    if settings.checkpoint_to is None:
        _refuse_key_alone(settings)
        return None
    target, key = settings.checkpoint_to, signer(settings, place)
    file = file_of(target)
    if file is not None:
        _elsewhere("checkpoint_to", file, place)
    way = outlet(target)
    return Witness(key, way, Log.read(lines, key, kept_in(target)))


@dataclass(frozen=True, slots=True)
class Follower:
    """Brings a witness the lines of a ledger that other workers write as well; each of them signs the same log."""

    witness: Witness
    kept: Shelf
    place: Place

    def catch_up(self) -> None:
        """Hand over what is durable by now; an error of the database is `OutOfReach`."""
        with self.kept.books(self.place) as books:
            left = books.lines(self.witness.account().lines)
            while chunk := list(islice(left, _CHUNK)):
                self.witness.append(chunk)

    @asynccontextmanager
    async def following(self) -> AsyncIterator["Follower"]:
        """Catch up every second for as long as the block lasts; the end signs what was seen until then."""
        try:
            async with beside(self._follow, "follower"):
                yield self
        finally:
            await asyncio.to_thread(self.witness.close)

    async def _follow(self) -> None:
        while True:
            await asyncio.sleep(_BETWEEN)
            try:
                await asyncio.to_thread(self.catch_up)
            except CommandFailed:
                continue  # The ledger itself meets the same database, and ends the run if it does not come back.


@asynccontextmanager
async def heard_of(unsigned: Callable[[], list[str]], observer: Observer) -> AsyncIterator[None]:
    """Checkpoints that could not be handed over are told in the log, within a second, while the block lasts."""

    async def listen() -> None:
        while True:
            await asyncio.sleep(_BETWEEN)
            for why in unsigned():
                observer.told("checkpoint_failed", why=why)

    async with beside(listen, "unsigned"):
        yield


def signer(settings: Settings, place: Place) -> Signer:
    """The private key that the settings name; `SettingsWrong` if there is none, or if it lies with the campaign."""
    if settings.checkpoint_key is None:
        raise SettingsWrong(
            "checkpoints and receipts are signed, and there is no key", "set checkpoint_key = FILE", _KEYGEN
        )
    _elsewhere("checkpoint_key", settings.checkpoint_key, place)
    return Signer.read(settings.checkpoint_key)


def _refuse_key_alone(settings: Settings) -> None:
    """`SettingsWrong` for a key with which nothing would be signed: whoever set it takes the log for signed."""
    if settings.checkpoint_key is not None:
        raise SettingsWrong(
            f"checkpoint_key {settings.checkpoint_key} is set, and nothing would be signed with it",
            "name where checkpoints go: checkpoint_to = FILE",
            "or leave checkpoint_key out; `receipt` alone does with --checkpoint-key FILE",
        )


def warnings(witnessed: Witnessed | None) -> tuple[str, ...]:
    """What a person must know of a run whose checkpoints did not all arrive."""
    if witnessed is None or not witnessed.failed:
        return ()
    many = f"{witnessed.failed} of {witnessed.failed + witnessed.delivered} checkpoints could not be handed over"
    if witnessed.complete:
        return (f"{many}; the last one was, and it covers all {witnessed.lines} lines",)
    left = f"lines {witnessed.covered + 1} to {witnessed.lines} of the audit log stand without a signature elsewhere"
    return (f"{many}: {left}. Mend checkpoint_to; the next run of the campaign signs them",)


def _elsewhere(name: str, path: Path, place: Place) -> None:
    if path.resolve().is_relative_to(place.directory.resolve()):
        raise SettingsWrong(
            f"{name} {path} lies in the campaign's directory",
            "whoever can rewrite the log there could sign it anew; name a place elsewhere",
        )

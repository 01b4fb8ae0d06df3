"""One run over an open campaign: the parts are made, joined, let work, and told to stop when somebody asks.

Decides nothing of its own. It is the one place where pacer, client, guards, ledger and observers meet.
"""

import asyncio
import re
import signal
import time
from collections.abc import AsyncIterator, Callable, Iterator, Mapping
from contextlib import ExitStack, asynccontextmanager, contextmanager, nullcontext
from dataclasses import dataclass
from functools import partial

from config import Settings
from worker.app import inputs, manners, queues
from worker.app.api import Api
from worker.app.face import Face
from worker.app.witnessing import heard_of
from worker.asking import Asking
from worker.beside import beside
from worker.campaign import Campaign
from worker.core.guards import Stop, Tally, interrupted
from worker.core.lifecycle import Verdict
from worker.core.pseudonym import Pseudonyms
from worker.core.request import Request, parse_request
from worker.core.steps import Purpose
from worker.core.values import replace
from worker.deletion import Deletion, Tools
from worker.inflow import Inflow, Taking
from worker.ledger import CampaignBooks, CampaignLedger
from worker.observe.health import Health
from worker.observe.log import Log, open_log
from worker.observe.metrics import Metrics
from worker.observe.observers import Observers
from worker.observe.progress import Progress, is_live, terminal, watching
from worker.observe.pulse import Pulse
from worker.observe.served import serving
from worker.oversight import Oversight
from worker.pace import MonotonicClock, Pacer
from worker.ports import CampaignNote, Delivery, Observer, Work
from worker.sources.queue_url import QueueAddress
from worker.sources.rabbitmq import RabbitMq
from worker.steering import Own, Steering
from worker.vouching import Vouching


@dataclass(frozen=True, slots=True)
class Job:
    """What is to be worked off, on which ledger, under which cap; `beforehand` is said first.

    With a `queue` customers come from there while the run goes on. `unsigned` tells why checkpoints could not be handed
    over, since it was last asked. `pseudonyms` are what customers are called in all that leaves the process.
    """

    ledger: CampaignLedger
    books: CampaignBooks
    note: CampaignNote
    work: Work
    max_deletes: int | None
    beforehand: tuple[str, ...] = ()
    queue: QueueAddress | None = None
    unsigned: Callable[[], list[str]] = list
    pseudonyms: Pseudonyms | None = None


@dataclass(frozen=True, slots=True)
class Worked:
    """Why the run stopped (None: nothing is left), and all that it sent, learned and spent, by name."""

    stop: Stop | None
    counts: Mapping[str, int]


async def work_off(job: Job, api: Api, settings: Settings, face: Face) -> Worked:
    """Work until everything is settled or something stops the run."""
    clock = MonotonicClock()
    share = await job.ledger.share(_group(settings, api), settings.rate)
    async with Pacer(settings.rate, clock, share=share) as pacer:
        parts = _Parts(job, settings, pacer, api)
        with parts.shown(face) as observer:
            for line in job.beforehand:
                observer.told("beware", message=line)
            # A cap that others count against too is the ledger's to count.
            alone = share is None and settings.max_deletes_window is None
            cap = job.max_deletes if alone else None
            terms = manners.terms(settings, job.books, job.work, customers=job.note.customers, cap=cap)
            terms = replace(terms, pseudonyms=job.pseudonyms)
            tally = Tally(charged=await job.ledger.charged(), in_doubt=await job.ledger.in_doubt())
            oversight = parts.oversight = Oversight(terms, tally, clock=clock, pace=pacer, observer=observer)
            asking = Asking(api.reads(), pacer, oversight, clock)
            vouching = Vouching(asking, job.ledger, oversight, observer, named=inputs.sentinel(settings))
            deletes = api.deletes() if job.work.purpose is Purpose.DELETE else None
            tools = Tools(asking, api.reads(), deletes, job.ledger, pacer, clock, observer)
            deletion = Deletion(tools, oversight, vouching, manners.manner(settings, job.work.purpose))
            campaign = parts.campaign = Campaign(job.ledger, deletion, vouching, oversight, observer)
            own = Own(
                settings.rate,
                terms.limits.max_deletes,
                lambda: ({**api.connection.counts, **oversight.counts()}, parts.figures()),
                partial(manners.keep_fresh, deletion, settings, pacer),
            )
            steering = Steering(job.ledger, oversight, pacer, observer, own)
            fed = _fed(job, settings, campaign, oversight, observer)
            heard = heard_of(job.unsigned, observer)
            async with parts.health.beating(parts.look), _steered(steering), heard, fed:
                with _signals(oversight) if face.signals else nullcontext():
                    stop = await campaign.work_off(job.work, concurrency=settings.concurrency)
            return Worked(stop, {**api.connection.counts, **oversight.counts()})


@asynccontextmanager
async def _fed(
    job: Job, settings: Settings, campaign: Campaign, oversight: Oversight, observer: Observer
) -> AsyncIterator[None]:
    """With a queue: its broker is there, and the campaign takes customers from it as they come."""
    if job.queue is None:
        yield
        return
    login, options = queues.credentials(settings), queues.options(settings)
    async with RabbitMq.open(job.queue, login, options, observer) as inbox:
        campaign.inflow = Inflow(
            inbox,
            job.ledger,
            partial(_parsed, client_no=job.note.client_no, pattern=inputs.pattern(settings)),
            campaign.came,
            stopping=lambda: oversight.stop is not None,
            taking=Taking(settings.prefetch, until_empty=settings.until_empty),
        )
        yield


def _parsed(delivery: Delivery, *, client_no: int, pattern: re.Pattern[str]) -> Request:
    return parse_request(delivery.body, delivery.message_id, client_no, pattern)


def _group(settings: Settings, api: Api) -> str:
    """Who shares the rate: by default all who come to this API as the same subject."""
    return settings.rate_group or f"{settings.base_url} {api.tokens.about().subject or ''}".strip()


class _Parts:
    """What progress and metrics look at while the run goes on."""

    def __init__(self, job: Job, settings: Settings, pacer: Pacer, api: Api) -> None:
        self._api = api
        self._had_token = False
        self._job = job
        self._settings = settings
        self._pacer = pacer
        self.campaign: Campaign | None = None
        self.oversight: Oversight | None = None
        self.health = Health()
        self.health.at_work = self._at_work
        self.progress = Progress(self._to_show(), self._settled_before(), self.pulse)

    def pulse(self) -> Pulse:
        """How it is going at this moment."""
        paced = self._pacer.figures()
        parked = 0.0 if paced.parked_until is None else max(0.0, paced.parked_until - time.monotonic())
        lease_left = self._job.ledger.lease_left
        in_flight = 0 if self.campaign is None else self.campaign.in_flight
        # Where nobody waits for the rate although all are at work, more at once would go faster.
        held_by_answers = "concurrency" if in_flight >= self._settings.concurrency else None
        return Pulse(
            rate=self._pacer.rate,
            granted=paced.granted,
            waiting=paced.waiting,
            in_flight=in_flight,
            throttled_by=paced.throttled_by or held_by_answers,
            parked_for=parked,
            waited=paced.waited,
            in_doubt=0 if self.oversight is None else self.oversight.tally.in_doubt,
            unsettled=self.progress.unsettled(),
            share=None if lease_left is None else self._pacer.share,
            lease_left=lease_left,
            limited_by=paced.limited_by,
        )

    def figures(self) -> dict[str, object]:
        """How it is going, for whoever asks for the campaign's status."""
        if self._job.queue is not None:
            self.progress.customers = self._job.books.campaign().customers
        oldest = None if self.campaign is None else self.campaign.oldest
        told = None if oldest is None else {"customer": oldest[0], "seconds": round(time.monotonic() - oldest[1], 1)}
        return {**self.progress.figures(), "share": round(self._pacer.share, 2), "oldest_in_flight": told}

    def _at_work(self) -> bool:
        """Whether customers are being taken up: the ledger is open, there was a token, and nothing ends the run."""
        return self._had_token and self.oversight is not None and self.oversight.stop is None

    def look(self) -> None:
        """Whether there is a token, or was one: a worker that waits for a queue need not renew it all the time."""
        self._had_token = self._had_token or self._api.tokens.at_hand() is not None

    @contextmanager
    def shown(self, face: Face) -> Iterator[Observer]:
        """Log, progress and, where a port is set, metrics and probes, for as long as the run lasts."""
        log = open_log("json" if face.log_format == "json" else "console", face.log_level)
        observers: list[Observer] = [log, self.progress, *face.observers]
        with ExitStack() as stack:
            if self._settings.metrics_port is not None:
                metrics = Metrics(self.pulse)
                host, port = self._settings.metrics_host, self._settings.metrics_port
                stack.enter_context(serving(metrics, self.health, host, port))
                observers.append(metrics)
            stack.enter_context(self._watched(log, face))
            yield Observers(observers)

    @contextmanager
    def _watched(self, log: Log, face: Face) -> Iterator[None]:
        console = terminal()
        live = console if face.terminal and face.log_format == "console" and is_live(console) else None
        with watching(self.progress, log, live):
            yield

    def _to_show(self) -> int:
        """How many customers this run is about: of an approved plan what is left, else the campaign's, or `limit`."""
        job = self._job
        most = job.books.approved_left() if job.work.approved else job.note.customers
        return most if job.work.limit is None else min(most, job.work.limit)

    def _settled_before(self) -> dict[Verdict, int]:
        if self._job.work.approved:
            return {}
        again = {Verdict.UNCHECKED, Verdict.IN_DOUBT, Verdict.NOT_REACHED, Verdict.INVALID, Verdict.DUPLICATE}
        counts = self._job.books.verdicts()
        return {verdict: count for verdict, count in counts.items() if verdict not in again}


@asynccontextmanager
async def _steered(steering: Steering) -> AsyncIterator[None]:
    """Orders are followed, and what was sent is recorded, for as long as the block lasts."""
    await steering.look()  # a paused campaign sends nothing, not even at first
    async with beside(steering.follow, "steering"):
        yield


@contextmanager
def _signals(oversight: Oversight) -> Iterator[None]:
    """SIGTERM and SIGINT end the run in good order (75)."""
    loop = asyncio.get_running_loop()
    before = {number: signal.getsignal(number) for number in (signal.SIGTERM, signal.SIGINT)}
    for number in before:
        loop.add_signal_handler(number, partial(oversight.halt, interrupted(number.name)))
    try:
        yield
    finally:
        # Whoever listened before must go on: without that, a signal while reports are written would be a kill.
        for number, handler in before.items():
            loop.remove_signal_handler(number)
            signal.signal(number, handler)

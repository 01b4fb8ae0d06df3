"""The sandbox on the wire: real HTTP on loopback, one handler for everything, faults carried out.

It decides nothing about customers (`api`), faults (`faults`, `conduct`, `spoil`) or tokens (`tokens`); it
joins them, waits, and ends connections as told. It never logs a request.
"""

import asyncio
import random
import signal
import time
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass
from urllib.parse import parse_qsl

from aiohttp import web

from worker.sandbox import wire
from worker.sandbox.answers import Answer, unauthorised
from worker.sandbox.api import Api, Moment
from worker.sandbox.attention import Attention
from worker.sandbox.conduct import PLAIN, Conduct, Ending, Hold, Perform, conduct
from worker.sandbox.door import DOOR, knock
from worker.sandbox.faults import Hit, Kind
from worker.sandbox.journal import Journal, Record
from worker.sandbox.listener import Listener
from worker.sandbox.options import SandboxOptions
from worker.sandbox.population import populate
from worker.sandbox.routes import PREFIX, TOKEN_PATH, Call, route
from worker.sandbox.sample import write_sample
from worker.sandbox.spoil import spoil
from worker.sandbox.tokens import CLIENT_ID, Tokens
from worker.sandbox.world import World


@dataclass(frozen=True, slots=True)
class Ready:
    """What a client needs to know of a running sandbox; the two customers are what `doctor` asks for."""

    base_url: str
    client_no: int
    token: str
    token_url: str
    oauth_client_id: str
    oauth_client_secret: str
    state_url: str
    with_items: str | None
    without_items: str | None


class Sandbox:
    """One world with its API, token service, faults and journal; `faults` may be replaced at any time."""

    def __init__(self, options: SandboxOptions) -> None:
        """Make the population, write the sample if one is asked for, open the journal."""
        self.options = options
        self.population = populate(
            options.customers, options.seed, options.with_documents, options.with_ar_items, options.absent
        )
        if options.sample is not None:
            write_sample(options.sample, self.population, options.seed)
        self.world = World(options.client_no, self.population.customers)
        self.api = Api(self.world, options)
        self.tokens = Tokens(options.seed, options.token_seconds, options.token_uses)
        self.token = self.tokens.issue(time.monotonic(), time.time())
        self.journal = Journal(options.journal)
        self.faults = options.faults
        self.origin = ""
        self.attention = Attention()
        self.refuse: Callable[[float], None] = _nobody_listens
        self._dice = random.Random(options.seed).random
        self._late: set[asyncio.TimerHandle] = set()

    @property
    def base_url(self) -> str:
        """The API's base URL, once it is served."""
        return self.origin + PREFIX

    @property
    def late_effects(self) -> int:
        """How many effects are still to come."""
        return len(self._late)

    def ready(self) -> Ready:
        """Addresses and credentials, once it is served."""
        return Ready(
            base_url=self.base_url,
            client_no=self.options.client_no,
            token=self.token,
            token_url=self.origin + TOKEN_PATH,
            oauth_client_id=CLIENT_ID,
            oauth_client_secret=self.tokens.client_secret,
            state_url=f"{self.origin}{DOOR}state",
            with_items=self.population.with_items,
            without_items=self.population.without_items,
        )

    async def handle(self, request: web.BaseRequest) -> web.StreamResponse:
        """Take any request; the time of arrival is taken first."""
        arrived = time.monotonic()
        target = request.raw_path
        if target.startswith(DOOR):
            return await knock(self, request)
        call = route(request.method, target)
        number = len(self.journal.records) + 1
        record = Record(number, arrived, time.time(), request.method, target, call.kind, self.api.asked(call))
        record.lag = self.attention.lag(arrived)
        self.journal.records.append(record)
        hit = self.faults.hit(call.kind, number, self._dice)
        return await self._carry_out(request, call, record, hit)

    def close(self) -> None:
        """Forget effects that are still to come, and close the journal's file."""
        for timer in self._late:
            timer.cancel()
        self._late.clear()
        self.journal.close()

    async def _carry_out(self, request: web.BaseRequest, call: Call, record: Record, hit: Hit) -> web.StreamResponse:
        course = PLAIN if hit.strike is None else conduct(hit.strike)
        record.fault = None if hit.strike is None else hit.strike.fault.value
        form = await _form(request) if call.kind is Kind.TOKEN else {}
        doing = _Doing(call, self._authorised(request, call, record.arrived), form, record, hit)
        if hit.delay or course.held:
            self.journal.write(record)
        if hit.delay:
            await asyncio.sleep(hit.delay)
        if course.hold is Hold.BEFORE:
            await asyncio.sleep(course.seconds)
        sound = self._performed(doing, course)
        if course.hold is Hold.AFTER:
            self.journal.write(record)
            await asyncio.sleep(course.seconds)
        answer = sound if hit.strike is None else spoil(hit.strike, sound, time.time())
        return await self._answered(request, answer, course, record)

    def _authorised(self, request: web.BaseRequest, call: Call, now: float) -> bool:
        """Whether the API lets it in; asked once, on arrival, for it is a use of the token."""
        return call.kind is not Kind.TOKEN and self.tokens.accept(request.headers.get("Authorization"), now)

    def _performed(self, doing: "_Doing", course: Conduct) -> Answer:
        match course.perform:
            case Perform.NOW:
                return self._perform(doing)
            case Perform.LATER:
                self._perform_later(doing, course.seconds)
            case Perform.NEVER:
                pass
        return _NOTHING

    def _perform(self, doing: "_Doing") -> Answer:
        now = time.monotonic()
        if doing.call.kind is Kind.TOKEN:
            return self.tokens.grant(doing.form, now, time.time())
        if doing.call.known and not doing.authorised:
            return unauthorised()
        before = len(self.world.effects)
        answer = self.api.perform(doing.call, Moment(now, doing.record.number, doing.hit))
        if len(self.world.effects) > before:
            doing.record.effect_at, doing.record.effect_wall = now, time.time()
        return answer

    def _perform_later(self, doing: "_Doing", seconds: float) -> None:
        def due() -> None:
            self._late.discard(timer)
            self._perform(doing)
            self.journal.write(doing.record)

        timer = asyncio.get_running_loop().call_later(seconds, due)
        self._late.add(timer)

    async def _answered(
        self, request: web.BaseRequest, answer: Answer, course: Conduct, record: Record
    ) -> web.StreamResponse:
        record.ended = course.ending
        if course.ending not in {Ending.RESET, Ending.CLOSED}:
            record.status = answer.status
        self.journal.write(record)
        if course.refusing:
            self.refuse(course.seconds)
        return await wire.send(request, answer, course)


@dataclass(frozen=True, slots=True)
class _Doing:
    """A request as far as performing it needs it, now or later; it was authorised, or not, when it arrived."""

    call: Call
    authorised: bool
    form: dict[str, str]
    record: Record
    hit: Hit


_NOTHING = Answer(200, b"")


def _nobody_listens(_seconds: float) -> None:
    """Before a sandbox is served there is nothing to shut."""


async def _form(request: web.BaseRequest) -> dict[str, str]:
    return dict(parse_qsl((await request.read()).decode("utf-8", "replace")))


@asynccontextmanager
async def serve(sandbox: Sandbox) -> AsyncIterator[str]:
    """Serve on loopback and give the base URL; the end drops hung requests and late effects."""
    listener = Listener(sandbox.handle, sandbox.options.port)
    attending = asyncio.create_task(sandbox.attention.keep(), name="attention")
    try:
        sandbox.origin = sandbox.api.origin = await listener.open()
        sandbox.refuse = listener.refuse
        yield sandbox.base_url
    finally:
        attending.cancel()
        await asyncio.wait([attending])
        await listener.close()
        sandbox.close()


def run(options: SandboxOptions, announce: Callable[[Ready], None]) -> None:
    """Serve until SIGTERM or SIGINT; `announce` is called once, when requests are answered."""
    asyncio.run(_until_told(options, announce))


async def _until_told(options: SandboxOptions, announce: Callable[[Ready], None]) -> None:
    told = asyncio.Event()
    loop = asyncio.get_running_loop()
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, told.set)
    sandbox = Sandbox(options)
    async with serve(sandbox):
        announce(sandbox.ready())
        await told.wait()

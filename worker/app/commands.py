"""plan, apply, run, reconcile: each opens a campaign, says what is to be worked off, and comes to an `Ending`.

Decides what each command may begin, and what it needs beforehand. Nothing is sent before that is settled.
"""

import os
import socket
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from config import Loaded, Settings
from worker.app import api as gate
from worker.app import approving, inputs, planning, storage
from worker.app.desk import Desk, Outcome, at_new_desk, at_old_desk
from worker.app.ending import Accepted, Approve, Ending, Question
from worker.app.face import Face
from worker.app.identity import identity
from worker.app.working import Job, work_off
from worker.core.approval import raises_cap
from worker.core.forecast import for_deletion
from worker.core.guards import Limits, Stop, latched, plan_share, redirected, unauthorised
from worker.core.replies import Meaning, Reply
from worker.core.steps import Purpose
from worker.core.values import replace
from worker.errors import UsageWrong
from worker.ports import PlanNote, Started, Work
from worker.sources.queue_url import QueueAddress, is_queue, parse_queue_url
from worker.sources.rabbitmq import keeper_of


@dataclass(frozen=True, slots=True)
class Called:
    """How a command was called: its name, for the audit, and how it shows itself."""

    command: str
    face: Face


async def plan(
    loaded: Loaded, text: str | None, *, name: str | None, recheck: bool, face: Face, command: str
) -> Ending:
    """Check every open customer with GETs only, and put the eligible ones under a digest."""
    settings = loaded.settings
    settings.api()
    inputs.check_protection(settings)
    work = Work(Purpose.PLAN, recheck=recheck, limit=settings.limit)
    async with at_new_desk(settings, text, name, Purpose.PLAN) as (desk, accepted):
        return await _worked(desk, settings, _Run(work, Called(command, face), accepted=accepted))


async def run(loaded: Loaded, text: str | None, *, name: str | None, recheck: bool, face: Face, command: str) -> Ending:
    """Check and delete in one pass; needs `max_deletes`."""
    settings = loaded.settings
    settings.api()
    approving.refuse_run(settings)
    if settings.max_deletes is None:
        raise UsageWrong("run deletes without a plan, so it needs a cap", "say how many at the most: --max-deletes N")
    inputs.check_protection(settings)
    inputs.check_ramp(settings)
    work = Work(Purpose.DELETE, recheck=recheck, limit=settings.limit)
    queue = parse_queue_url(text) if text is not None and is_queue(text) else None
    if queue is not None:
        keeper_of()  # without its library nothing is made
    async with at_new_desk(settings, text, name, Purpose.DELETE) as (desk, _):
        return await _worked(desk, settings, _Run(work, Called(command, face), cap=settings.max_deletes, queue=queue))


async def apply(
    loaded: Loaded, campaign: str, *, approve: Approve, face: Face, command: str, flags: Sequence[str] = ()
) -> Ending:
    """Delete what the plan found eligible, and nothing else, under an approval of its digest.

    `flags` are those that a line to type must repeat.
    """
    settings = loaded.settings
    settings.api()
    inputs.check_ramp(settings)
    work = Work(Purpose.DELETE, approved=True, limit=settings.limit)
    async with at_old_desk(settings, campaign) as desk:
        note = planning.in_force(desk, settings, flags)
        signed = approving.signed(desk.place, desk.note, settings, note)
        count = note.eligible
        # The cap is over all runs of the campaign: what older plans have deleted comes on top of this one's count.
        cap = _cap(settings, count + desk.books.charged_besides())
        if not approve(_question(desk, settings, note)):
            raise UsageWrong("the plan was not approved", f"amili-purge status {desk.note.name}")
        share = plan_share(count, Limits(desk.note.customers, max_delete_share=settings.max_delete_share))
        return await _worked(desk, settings, _Run(work, Called(command, face), cap, share, note.digest, signed=signed))


def _cap(settings: Settings, planned: int) -> int:
    """The plan's own number, unless `max_deletes` says another; under a required approval only a lower one."""
    if settings.max_deletes is None:
        return planned
    raised = raises_cap(settings.max_deletes, planned, approval_required=settings.require_approval)
    if raised:
        raise UsageWrong(raised, "leave max_deletes out, or let another plan be approved")
    return settings.max_deletes


def _question(desk: Desk, settings: Settings, plan: PlanNote) -> Question:
    left = desk.books.approved_left()
    return Question(
        base_url=desk.note.base_url,
        client_no=desk.note.client_no,
        count=plan.eligible,
        seconds=for_deletion(left, settings.rate, settings.verify_share).seconds,
        digest=plan.digest,
        left=left,
        directory=desk.place.directory,
    )


async def reconcile(loaded: Loaded, campaign: str, *, face: Face, command: str) -> Ending:
    """Settle what is in doubt by reading only."""
    settings = loaded.settings
    settings.api()
    async with at_old_desk(settings, campaign) as desk:
        return await _worked(desk, settings, _Run(Work(Purpose.RECONCILE), Called(command, face)))


@dataclass(frozen=True, slots=True)
class _Run:
    """What one run is to do: the work, its cap, what forbids it beforehand, under which approval, from which queue."""

    work: Work
    called: Called
    cap: int | None = None
    stop: Stop | None = None
    approval: str | None = None
    accepted: Accepted | None = None
    queue: QueueAddress | None = None
    signed: approving.Signed | None = None

    @property
    def advisory(self) -> tuple[str, ...]:
        """Why the approval binds nobody, if it does not."""
        return (self.signed.advisory,) if self.signed and self.signed.advisory else ()


async def _refused(api: gate.Api) -> Stop | None:
    """Why there is no token and will be none; one that is only late is waited for by the work itself."""
    problem = await api.reads().ready()
    match problem:
        case Reply(meaning=Meaning.NO_CREDENTIALS):
            return unauthorised(problem)
        case Reply(meaning=Meaning.REDIRECTED):
            return redirected(problem)
        case _:
            return None


def _started(run: _Run, settings: Settings) -> Started:
    return Started(
        run.called.command,
        deleting=run.work.purpose is Purpose.DELETE,
        max_deletes=run.cap,
        window=settings.max_deletes_window,
        rate=settings.rate,
        host=socket.gethostname(),
        pid=os.getpid(),
    )


def _job(desk: Desk, run: _Run, beforehand: tuple[str, ...]) -> Job:
    return Job(
        desk.ledger,
        desk.books,
        desk.note,
        run.work,
        run.cap,
        beforehand=beforehand,
        queue=run.queue,
        unsigned=desk.unsigned,
        pseudonyms=desk.pseudonyms,
    )


async def _worked(desk: Desk, settings: Settings, run: _Run) -> Ending:
    """One run from its first fact to its files. A latched campaign, or one stopped beforehand, sends nothing."""
    purpose, stop = run.work.purpose, run.stop
    if purpose is not Purpose.RECONCILE:
        run = replace(run, work=replace(run.work, expects=inputs.expects(desk.note.header, settings)))
    if purpose is not Purpose.RECONCILE and desk.note.latch is not None:
        stop = latched(desk.place.name, desk.note.latch)
    if run.called.face.tap is not None:
        desk.ledger.attach(run.called.face.tap(desk.sink))
    await desk.ledger.set_protect(inputs.protected(settings))
    async with gate.opened(settings) as api:
        if purpose is Purpose.PLAN and stop is None:
            await desk.ledger.begin_plan()
        if stop is None:
            stop = await _refused(api)  # asked first, so that the first line can name the token's subject
        # Whoever verifies the log must know which runs were allowed to take up settled customers again.
        members = {**identity(api.tokens.about().subject), "approval": run.approval, "recheck": run.work.recheck}
        members |= run.signed.members() if run.signed else {}
        await desk.begin(_started(run, settings), settings, members)
        counts: Mapping[str, int] = api.connection.counts
        if stop is None:
            beforehand = (
                *run.advisory,
                *planning.token_warning(desk, settings, run.work, api.tokens.about()),
                *storage.here(desk.place.directory, settings.ledger),
            )
            worked = await work_off(_job(desk, run, beforehand), api, settings, run.called.face)
            stop, counts = worked.stop, worked.counts
        last = await desk.ledger.leave_work()
        if purpose is Purpose.PLAN and stop is None and last:
            await planning.conclude(desk, settings)
        plan = desk.books.campaign().plan
        members = {**identity(api.tokens.about().subject), "planDigest": plan.digest if plan else None}
        ending = await desk.end(stop, members, Outcome(dict(counts), last))
        warnings = (*planning.suspicions(run.accepted), *planning.warnings(ending.reasons, ending.summary.requests))
        left = planning.token_seconds(settings, api.tokens.about())
        return replace(ending, warnings=(*ending.warnings, *run.advisory, *warnings), token_seconds=left)

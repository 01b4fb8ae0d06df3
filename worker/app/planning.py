"""The plan as `app` keeps it: its digest when a plan is complete, its approval when it is to be applied.

Decides when a plan has a digest, and what voids it. The digest's contents are `core.plan`'s matter.
"""

import time
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from shlex import quote

from config import Settings, flag_name
from config.catalogue import plain
from worker.app.desk import Desk
from worker.app.ending import Accepted
from worker.app.identity import guards
from worker.armrest.jwt import Peek
from worker.core.forecast import for_deletion, for_plan, spoken
from worker.core.lifecycle import Verdict
from worker.core.plan import Binding, digest, drift
from worker.core.replies import Kind
from worker.core.steps import Purpose
from worker.core.times import to_the_second
from worker.errors import UsageWrong
from worker.ports import CampaignNote, PlanNote, Work


async def conclude(desk: Desk, settings: Settings) -> None:
    """Put the eligible customers under a digest; from now on exactly they are approved."""
    eligible = sum(1 for _ in desk.books.eligible_keys())
    under = guards(settings, desk.pseudonyms)
    made = digest(_binding(desk.note), under, desk.books.eligible_keys())
    await desk.ledger.set_plan(PlanNote(made, eligible, to_the_second(datetime.now(UTC)), under))


def in_force(desk: Desk, settings: Settings, flags: Sequence[str] = ()) -> PlanNote:
    """The plan that may be applied under these settings; `UsageWrong` if there is none, or it was made under others.

    `flags` are repeated in the line that makes a new plan, or it would be made under other settings once more.
    """
    note = desk.note.plan
    limited = desk.books.reasons().get((Verdict.NOT_REACHED, "run_ended")) and "--limit" not in flags
    trial = ("--limit", "N") if limited else ()
    again = " ".join(("make a new plan: amili-purge plan --campaign", desk.place.name, *trial, *flags))
    if note is None:
        raise UsageWrong(f"{desk.place.name} has no complete plan", again)
    changed = drift(note.guards, guards(settings, desk.pseudonyms))
    if changed:
        raise UsageWrong("the settings are not those of the plan", *changed, _repeat(note, settings), f"or {again}")
    if digest(_binding(desk.note), guards(settings, desk.pseudonyms), desk.books.approved_keys()) != note.digest:
        raise UsageWrong("the approved customers are not those of the plan", again)
    return note


def repeated(plan: PlanNote, settings: Settings) -> dict[str, str | None]:
    """The plan's own values of the guards that are others now, as they are typed; None: it was made without.

    A sentinel that is kept as a pseudonym cannot be typed.
    """
    now, untold = guards(settings, None), {"sentinel"} if settings.audit_pseudonyms else set[str]()
    changed = (name for name, value in plan.guards.items() if name not in untold and now.get(name) != value)
    return {name: _typed(plan.guards[name]) for name in changed}


def _typed(value: object) -> str | None:
    if isinstance(value, list):
        return ",".join(map(str, value))
    return None if value is None else plain(value)


def _repeat(plan: PlanNote, settings: Settings) -> str:
    """What to type so that an approval holds: a plan is not made anew because a guard was forgotten."""
    old = repeated(plan, settings)
    flags = [f"{flag_name(name)} {quote(value)}" for name, value in old.items() if value is not None]
    bare = [name for name, value in old.items() if value is None]
    parts = ([" ".join(flags)] if flags else []) + ([f"leave out {', '.join(bare)}"] if bare else [])
    return f"repeat the plan's: {'; '.join(parts)}" if parts else "repeat the plan's sentinel"


def untouched(desk: Desk) -> PlanNote:
    """The plan as it was made; `UsageWrong` if there is none, or if it is not what its digest says."""
    note = desk.note.plan
    if note is None:
        raise UsageWrong(f"{desk.place.name} has no complete plan", "amili-purge plan INPUT makes one")
    if digest(_binding(desk.note), note.guards, desk.books.approved_keys()) != note.digest:
        raise UsageWrong(
            f"the plan of {desk.place.name} is not what its digest says: somebody changed it", "make a new plan"
        )
    return note


def warnings(reasons: Mapping[tuple[Verdict, str], int], requests: Mapping[str, int]) -> tuple[str, ...]:
    """What stops nothing and should be known: a list filter that was asked with and never found anything."""
    found = {reason for (verdict, reason), count in reasons.items() if verdict is Verdict.INELIGIBLE and count}
    return tuple(
        f"{name} filter never seen to find anything: is {setting} right? The server's 422 is the last guard"
        for name, setting, reason, kind in (
            ("documents", "documents_filter", "documents", Kind.GET_DOCUMENTS),
            ("AR items", "aritems_filter", "ar_items", Kind.GET_ARITEMS),
        )
        if reason not in found and requests.get(kind.value)
    )


def suspicions(accepted: Accepted | None) -> tuple[str, ...]:
    """Short numbers that look as if a spreadsheet had eaten their leading zeros; a plan lists them."""
    lost = accepted.lost_zeros if accepted else None
    if lost is None:
        return ()
    lines = ", ".join(map(str, lost.lines)) + (", …" if lost.count > len(lost.lines) else "")
    line = (
        f"{lost.count} numbers are shorter than the usual {lost.expected} digits (lines {lines}): did they lose zeros? "
        "`run` refuses them until accept_lengths or customer_pattern says that they are meant"
    )
    return (line,)


def token_seconds(settings: Settings, about: Peek) -> float | None:
    """How long a token that cannot be renewed will live; None if it can be, or does not say."""
    if settings.token_url is not None or about.expires_at is None:
        return None
    return about.expires_at - time.time()


def token_warning(desk: Desk, settings: Settings, work: Work, about: Peek) -> tuple[str, ...]:
    """Said before the work begins: a fixed token will have expired before it can end."""
    left = token_seconds(settings, about)
    count = min(desk.note.customers, settings.limit or desk.note.customers)
    if work.purpose is Purpose.PLAN:
        needed = for_plan(count, settings.rate).seconds
    else:
        approved = desk.note.plan.eligible if work.approved and desk.note.plan else count
        needed = for_deletion(approved, settings.rate, settings.verify_share).seconds
    if left is None or needed <= left:
        return ()
    return (f"the token expires in {spoken(max(0.0, left))}, and the work may need {spoken(needed)}",)


def _binding(note: CampaignNote) -> Binding:
    return Binding(note.base_url, note.client_no, note.input_digest)

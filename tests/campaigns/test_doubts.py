"""A doubt that outlives a plan."""

from pathlib import Path

from tests.campaigns.stage import cast, staged
from worker.core.lifecycle import Verdict


async def test_a_doubt_that_a_new_plan_finds_still_there_is_approved_with_it(tmp_path: Path) -> None:
    """Else no later apply would take it up again, not even to read it."""
    async with staged(tmp_path, cast(free=2)) as stage:
        planned = await stage.plan()
        stage.faults("reset_before@delete=1")
        lost = await stage.apply(planned, attempts=1, concurrency=1)
        assert lost.summary.verdicts[Verdict.IN_DOUBT] == 2
        stage.faults("")
        again = await stage.plan()
        assert (again.note.plan and again.note.plan.eligible, again.exit) == (2, 10)
        applied = await stage.apply(again)
        assert (applied.exit, stage.deleted) == (0, set(stage.people.free))

"""Campaigns by seed: whatever strikes, dies or comes late, the invariants hold and the campaign comes to an end."""

import pytest

from tests.simulation.__main__ import wrong_in
from tests.simulation.scenario import simulate
from worker.core.steps import Purpose

SEEDS = 2_000
BATCH = 100


@pytest.mark.parametrize("first", range(0, SEEDS, BATCH))
def test_every_invariant_holds_in_every_simulated_campaign(first: int) -> None:
    assert wrong_in(range(first, first + BATCH)) == []


@pytest.mark.parametrize("seed", [568, 1146, 1292, 1674, 5179, 13367])
def test_several_doubts_at_a_low_rate_come_to_their_end(seed: int) -> None:
    """They once began their passes together, each outlasted its time, and all began again until they were spent."""
    assert simulate(seed).wrong == []


def test_the_last_reading_waits_until_an_effect_can_show() -> None:
    """23991: a 409 after its effect, read back at once because somebody had interrupted, was told as a refusal."""
    assert simulate(23991).wrong == []


@pytest.mark.parametrize("seed", [767, 556])
def test_a_seed_that_once_went_wrong_is_judged_well(seed: int) -> None:
    """Both times the judge was: 767 met routes that broke within a run, 556 an intent whose DELETE never left."""
    assert simulate(seed).wrong == []


@pytest.mark.parametrize("seed", range(0, 40, 4))
def test_a_seed_is_the_same_campaign_each_time_byte_for_byte(seed: int) -> None:
    first, second = simulate(seed), simulate(seed)
    assert first.audit == second.audit
    assert [wire.at for wire in first.stage.world.wires] == [wire.at for wire in second.stage.world.wires]


def test_different_seeds_are_different_campaigns() -> None:
    assert simulate(3).audit != simulate(4).audit


def test_the_seeds_reach_every_kind_of_ending() -> None:
    campaigns = [simulate(seed) for seed in range(120)]
    runs = [run for campaign in campaigns for run in campaign.stage.runs]
    stops = {run.stop.why for run in runs if run.stop is not None}
    assert {"interrupted", "max_deletes", "outage", "unauthorised", "forbidden", "redirected", "wrong_echo"} <= stops
    customers = [(campaign, stored) for campaign in campaigns for stored in campaign.stage.storage.customers]
    verdicts = {campaign.stage.storage.verdict(stored.number.text) for campaign, stored in customers}
    assert {"deleted", "deleted_inferred", "already_absent", "ineligible", "protected", "refused"} <= verdicts
    answers = {wire.meaning for campaign in campaigns for wire in campaign.stage.world.deletes()}
    assert {"deleted", "rejected", "missing", "contested", "wrong_echo", "throttled", "unanswered"} <= answers


def test_runs_die_and_die_again_while_they_recover() -> None:
    campaigns = [simulate(seed).stage.runs for seed in range(80)]
    assert sum(any(run.crashed for run in runs) for runs in campaigns) > 20
    assert (
        sum(runs[place].crashed and runs[place + 1].crashed for runs in campaigns for place in range(len(runs) - 1)) > 5
    )
    assert any(run.orders.work.purpose is Purpose.RECONCILE for runs in campaigns for run in runs)
    assert {run.orders.rate for runs in campaigns for run in runs} == {None, 40.0, 10.0, 2.5, 1.0}

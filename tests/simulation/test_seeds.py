"""Campaigns by seed: whatever strikes, dies or comes late, the invariants hold and the campaign comes to an end."""

import pytest

from tests.simulation.scenario import simulate

SEEDS = 300
BATCH = 25


@pytest.mark.parametrize("first", range(0, SEEDS, BATCH))
def test_every_invariant_holds_in_every_simulated_campaign(first: int) -> None:
    wrong = {seed: simulate(seed).wrong for seed in range(first, first + BATCH)}
    assert {seed: what for seed, what in wrong.items() if what} == {}


@pytest.mark.parametrize("seed", [3, 26, 157, 364])
def test_a_seed_is_the_same_campaign_each_time_byte_for_byte(seed: int) -> None:
    assert simulate(seed).audit == simulate(seed).audit


def test_different_seeds_are_different_campaigns() -> None:
    assert simulate(3).audit != simulate(4).audit


def test_the_seeds_reach_every_kind_of_ending() -> None:
    campaigns = [simulate(seed) for seed in range(80)]
    runs = [run for campaign in campaigns for run in campaign.stage.runs]
    stops = {run.stop.why for run in runs if run.stop is not None}
    assert {"interrupted", "max_deletes", "outage", "unauthorised"} <= stops
    customers = [(campaign, stored) for campaign in campaigns for stored in campaign.stage.storage.customers]
    verdicts = {campaign.stage.storage.verdict(stored.number.text) for campaign, stored in customers}
    assert {"deleted", "deleted_inferred", "already_absent", "ineligible", "protected", "refused"} <= verdicts
    assert any(run.crashed for run in runs)

"""What `status` and `resume` say is to be typed next."""

import shlex
from collections.abc import Mapping
from pathlib import Path

import pytest

from config import Settings
from tests.cli.test_closing import APPLIED, DIGEST, NAME, PLANNED, ended
from tests.cli.typing_in import Shell, deletes
from worker.app.looking import Listed
from worker.cli.flags import Given
from worker.cli.look import data, going, state
from worker.cli.steps_ahead import ahead
from worker.core.lifecycle import Verdict
from worker.core.steps import Purpose
from worker.core.values import replace
from worker.ports import CampaignNote, WorkerNote
from worker.sandbox.server import Sandbox

RUN = replace(APPLIED, begun_by=Purpose.DELETE, plan=None)
LATCHED = replace(APPLIED, latch="failures: too many")
GIVEN = Given(flags={"campaigns": "a place", "rate": "5", "allow_empty": True})


def listed(note: CampaignNote, verdicts: Mapping[Verdict, int], *, working: bool = False) -> Listed:
    return Listed(note.name, Path("campaigns") / note.name, note, ended(verdicts, note).summary, {}, working)


@pytest.mark.parametrize(
    ("note", "verdicts", "line"),
    [
        (PLANNED, {Verdict.ELIGIBLE: 7}, f"apply {NAME} --approve {DIGEST}"),
        (APPLIED, {Verdict.DELETED: 6, Verdict.NOT_REACHED: 1}, f"apply {NAME} --approve {DIGEST}"),
        (replace(PLANNED, plan=None), {Verdict.NOT_REACHED: 7}, f"plan --campaign {NAME}"),
        (RUN, {Verdict.UNCHECKED: 1}, f"run --campaign {NAME} --yes --max-deletes N"),
        (APPLIED, {Verdict.IN_DOUBT: 1, Verdict.NOT_REACHED: 1}, f"reconcile {NAME}"),
    ],
)
def test_what_is_open_goes_on_with_the_flags_that_were_typed(
    note: CampaignNote, verdicts: Mapping[Verdict, int], line: str
) -> None:
    assert ahead(listed(note, verdicts), GIVEN, Settings()) == (
        f"amili-purge {line} --campaigns 'a place' --rate 5 --allow-empty"
    )


@pytest.mark.parametrize(
    ("note", "working", "line"),
    [
        (APPLIED, False, f"verify {NAME}"),
        (APPLIED, True, f"status {NAME}"),
        (LATCHED, False, f'resume {NAME} --because "…"'),
    ],
)
def test_what_only_looks_needs_to_know_the_place_alone(note: CampaignNote, working: bool, line: str) -> None:
    found = listed(note, {Verdict.DELETED: 7}, working=working)
    assert ahead(found, GIVEN, Settings()) == f"amili-purge {line} --campaigns 'a place'"


def test_a_worker_that_gives_no_sign_of_life_is_not_told_to_work() -> None:
    alive = WorkerNote("run", "a", 7, "", {"pace": 4.0, "share": 5.0, "in_flight": 8}, silent=0.6)
    assert "4.0 of 5.0 requests a second" in going(alive)
    assert going(replace(alive, silent=12.4)) == "run on a, process 7: no sign of life for 12 s"


def test_a_cap_that_is_set_somewhere_need_not_be_typed() -> None:
    found = listed(RUN, {Verdict.UNCHECKED: 1})
    assert ahead(found, Given(), Settings(max_deletes=5)) == f"amili-purge run --campaign {NAME} --yes"


def test_a_plan_is_applied_under_the_guards_that_it_was_made_with(shell: Shell, sandbox: Sandbox) -> None:
    number = min(sandbox.world.deletable())
    guards = ("--verify-share", "1", "--sentinel", number, "--empty-list", "200,404")
    shell.type("plan", "customers.csv", "--campaign", "spring", "--limit", "9", *guards)
    line = shell.type("status", "spring").last_line
    bare = shlex.split(line)[1:5]
    refused = shell.type(*bare)
    assert refused.code == 64
    first, second = refused.err.splitlines()[-2:]
    assert set(shlex.split(first.partition(": ")[2])) == set(guards)
    assert second.startswith("  or make a new plan: amili-purge plan --campaign spring --limit N")
    assert shell.type(*bare, *shlex.split(first.partition(": ")[2]), "--max-deletes", "0").code == 20
    assert shell.type(*shlex.split(line)[1:]).code == 0
    assert deletes(sandbox)


def test_a_guard_that_the_plan_did_not_know_is_to_be_left_out(shell: Shell, sandbox: Sandbox) -> None:
    planned = shell.type("plan", "customers.csv", "--campaign", "spring")
    refused = shell.type(*shlex.split(planned.last_line)[1:], "--max-in-doubt", "3")
    assert "repeat the plan's: leave out max_in_doubt" in refused.err


@pytest.mark.parametrize(
    ("note", "verdict", "word"),
    [
        (PLANNED, Verdict.ELIGIBLE, "planned"),
        (replace(PLANNED, plan=None), Verdict.NOT_REACHED, "planning"),
        (LATCHED, Verdict.DELETED, "latched"),
        (APPLIED, Verdict.UNCHECKED, "unfinished"),
        (APPLIED, Verdict.DELETED, "finished"),
    ],
)
def test_the_state_of_a_campaign_is_one_word(note: CampaignNote, verdict: Verdict, word: str) -> None:
    found = listed(note, {verdict: 7})
    assert (state(found), data(found)["state"]) == (word, word)
    assert state(replace(found, working=True)) == "working"


def test_time_left_is_judged_by_the_time_that_the_rest_took() -> None:
    found = listed(APPLIED, {Verdict.DELETED: 6, Verdict.NOT_REACHED: 3})
    assert (data(found)["pace"], data(found)["seconds_left"]) == (9.0, 0.5)

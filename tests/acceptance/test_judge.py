"""The judge must find what it is there to find: one sound campaign, spoilt in one place at a time."""

import json
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from tests.acceptance.stage import Desk, sandbox
from worker.core.values import replace
from worker.prove.evidence import Evidence, Line, Row
from worker.prove.judge import CHECKS, Terms, judge, worst
from worker.sandbox.faults import Kind
from worker.sandbox.journal import Record

TERMS = Terms(rate=120, killed=False)  # a fifth more than was asked for: the judge is on trial here, not the pace
DAY = 86_400.0


@pytest.fixture(scope="module")
def sound(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Evidence]:
    directory = tmp_path_factory.mktemp("sound")
    with sandbox(directory, "--customers", "40", "--seed", "3") as box:
        desk = Desk(directory, box.api())
        words = (
            "--campaign",
            "sound",
            "--yes",
            "--max-deletes",
            "99",
            "--rate",
            "100",
            "--concurrency",
            "4",
            "--max-invalid-share",
            "0.1",
        )
        assert desk.do("run", "sample.csv", *words).code == 0
        yield desk.evidence("sound", box)


def deleted(evidence: Evidence) -> str:
    """Some customer that was deleted."""
    return next(line.customer for line in evidence.lines if line.verdict == "deleted" and line.customer)


def the_delete(evidence: Evidence) -> Record:
    return next(r for r in evidence.wire if r.kind is Kind.DELETE and r.customer == deleted(evidence))


def lines(evidence: Evidence, change: Callable[[Line], Line | None]) -> Evidence:
    kept = [(raw, new) for raw, line in zip(evidence.raw, evidence.lines, strict=True) if (new := change(line))]
    return replace(evidence, raw=[raw for raw, _ in kept], lines=[line for _, line in kept])


def wire(evidence: Evidence, change: Callable[[Record], Record | None]) -> Evidence:
    return replace(evidence, wire=[new for record in evidence.wire if (new := change(record))])


def reports(evidence: Evidence, verdict: str, new: str) -> Evidence:
    """The first row of one verdict gets another, in the report and in the summary alike."""
    place = next(place for place, row in enumerate(evidence.report) if row.verdict == verdict)
    report = [Row(row.number, new, row.reason) if at == place else row for at, row in enumerate(evidence.report)]
    counts = dict(evidence.summary.verdicts)
    counts |= {verdict: counts[verdict] - 1}
    counts |= {new: counts.get(new, 0) + 1}
    return replace(evidence, report=report, summary=replace(evidence.summary, verdicts=counts))


def without_intent(evidence: Evidence) -> Evidence:
    who = deleted(evidence)
    return lines(evidence, lambda line: None if (line.kind, line.customer) == ("intent", who) else line)


def late_intent(evidence: Evidence) -> Evidence:
    who = deleted(evidence)
    hit = ("intent", who)
    return lines(evidence, lambda one: replace(one, time=one.time + DAY) if (one.kind, one.customer) == hit else one)


def lost_row(evidence: Evidence) -> Evidence:
    return replace(evidence, report=evidence.report[1:])


def doubled_row(evidence: Evidence) -> Evidence:
    twice = next(row for row in evidence.report if row.verdict == "deleted")
    gone = next(place for place, row in enumerate(evidence.report) if row.verdict == "deleted" and row != twice)
    return replace(evidence, report=[twice if place == gone else row for place, row in enumerate(evidence.report)])


def other_verdict(evidence: Evidence) -> Evidence:
    return reports(evidence, "deleted", "refused")


def deleted_twice(evidence: Evidence) -> Evidence:
    first = the_delete(evidence)
    again = replace(first, number=len(evidence.wire) + 1, wall=first.wall + DAY, arrived=first.arrived + DAY)
    return replace(evidence, wire=[*evidence.wire, again])


def named_again(evidence: Evidence) -> Evidence:
    line = replace(evidence.lines[-2], customer=deleted(evidence), kind="check")
    return replace(evidence, lines=[*evidence.lines[:-2], line, evidence.lines[-1]])


def no_effect(evidence: Evidence) -> Evidence:
    hit = the_delete(evidence).number
    return wire(evidence, lambda r: replace(r, effect_at=None) if r.number == hit else r)


def still_there(evidence: Evidence) -> Evidence:
    return replace(evidence, existing=evidence.existing | {deleted(evidence)})


def denied(evidence: Evidence) -> Evidence:
    hit = ("verdict", deleted(evidence))
    return lines(evidence, lambda one: replace(one, verdict="unchecked") if (one.kind, one.customer) == hit else one)


def secretly_deleted(evidence: Evidence) -> Evidence:
    return reports(evidence, "deleted", "not_reached")


def unsent_delete(evidence: Evidence) -> Evidence:
    hit = the_delete(evidence).number
    return wire(evidence, lambda r: None if r.number == hit else r)


def hidden_delete(evidence: Evidence) -> Evidence:
    first = the_delete(evidence)
    return replace(evidence, wire=[*evidence.wire, replace(first, number=len(evidence.wire) + 1)])


def uncounted_read(evidence: Evidence) -> Evidence:
    told = dict(evidence.summary.requests)
    return replace(evidence, summary=replace(evidence.summary, requests=told | {"get_customer": 1}))


def skipped_read(evidence: Evidence) -> Evidence:
    hit = (Kind.GET_ARITEMS, deleted(evidence))
    return wire(evidence, lambda r: None if (r.kind, r.customer) == hit else r)


def unsound_read(evidence: Evidence) -> Evidence:
    hit = (Kind.GET_DOCUMENTS, deleted(evidence))
    return wire(evidence, lambda r: replace(r, fault="truncated") if (r.kind, r.customer) == hit else r)


def stale_clearance(evidence: Evidence) -> Evidence:
    hit = the_delete(evidence)
    return wire(
        evidence, lambda r: replace(r, arrived=r.arrived - DAY) if r.customer == hit.customer and r != hit else r
    )


def unclear_check(evidence: Evidence) -> Evidence:
    hit = ("check", deleted(evidence))
    found = {"customer": "some", "documents": "unknown"}
    return lines(evidence, lambda one: replace(one, findings=found) if (one.kind, one.customer) == hit else one)


def crowded_second(evidence: Evidence) -> Evidence:
    first = evidence.wire[0].arrived
    return wire(evidence, lambda r: replace(r, arrived=first + r.number / 1000))


def after_the_end(evidence: Evidence) -> Evidence:
    return lines(evidence, lambda one: replace(one, event="ended") if one.event == "started" else one)


def under_a_plan(evidence: Evidence) -> Evidence:
    return lines(evidence, lambda one: replace(one, command="plan") if one.event == "started" else one)


def changed_byte(evidence: Evidence) -> Evidence:
    raw = [line.replace(b'"deleted"', b'"refused"', 1) for line in evidence.raw]
    return replace(evidence, raw=raw)


def cut_tail(evidence: Evidence) -> Evidence:
    return replace(evidence, raw=evidence.raw[:-1], lines=evidence.lines[:-1])


SPOILT: dict[str, list[Callable[[Evidence], Evidence]]] = {
    "A": [without_intent, late_intent],
    "B": [lost_row, doubled_row, other_verdict],
    "C": [deleted_twice, named_again],
    "D": [no_effect, still_there, secretly_deleted, denied],
    "E": [unsent_delete, hidden_delete, uncounted_read],
    "F": [skipped_read, unsound_read, stale_clearance, unclear_check],
    "G": [crowded_second],
    "H": [after_the_end, under_a_plan],
    "chain": [changed_byte, cut_tail],
}


def test_a_sound_campaign_has_no_breach(sound: Evidence) -> None:
    assert worst(judge(sound, TERMS)) == ""
    assert any(line.verdict == "deleted" for line in sound.lines)


@pytest.mark.parametrize(("letter", "spoil"), [(letter, spoil) for letter in SPOILT for spoil in SPOILT[letter]])
def test_a_spoilt_campaign_is_found_out(sound: Evidence, letter: str, spoil: Callable[[Evidence], Evidence]) -> None:
    assert {breach.partition(":")[0] for breach in judge(spoil(sound), TERMS)} >= {letter}


def test_every_check_is_shown_to_find_something() -> None:
    assert SPOILT.keys() == CHECKS.keys()


def test_a_kill_excuses_an_attempt_that_was_not_recorded_and_no_more(sound: Evidence) -> None:
    hit = ("attempt", deleted(sound))
    unrecorded = lines(sound, lambda line: None if (line.kind, line.customer) == hit else line)
    letters = {breach.partition(":")[0] for breach in judge(unrecorded, replace(TERMS, killed=True))}
    assert letters == {"chain"}
    assert "E" in {breach.partition(":")[0] for breach in judge(unrecorded, TERMS)}


def test_at_a_rate_below_one_two_requests_need_the_time_between_them(sound: Evidence) -> None:
    slow = wire(sound, lambda r: replace(r, arrived=r.number * 2.0))
    assert not [breach for breach in judge(slow, replace(TERMS, rate=0.5)) if breach.startswith("G")]
    faster = wire(sound, lambda r: replace(r, arrived=r.number * 1.9))
    assert [breach for breach in judge(faster, replace(TERMS, rate=0.5)) if breach.startswith("G")]


def test_the_evidence_is_read_from_the_files_alone(sound: Evidence) -> None:
    assert [line.seq for line in sound.lines] == [json.loads(raw)["seq"] for raw in sound.raw]
    assert len(sound.report) == sound.summary.rows


def test_a_long_list_of_breaches_is_cut(tmp_path: Path) -> None:
    assert worst([f"A: {place}" for place in range(30)], 2).splitlines() == ["A: 0", "A: 1", "… 30 in all"]

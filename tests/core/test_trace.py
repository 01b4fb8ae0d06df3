"""Each order of one customer's lines that cannot be is told, and each that can be is not."""

from collections.abc import Mapping

import pytest

from worker.core.facts import FactKind
from worker.core.lifecycle import RECHECK_STATES, Verdict
from worker.core.summary import SETTLED
from worker.core.trace import Trace

CHECK: Mapping[str, object] = {"kind": "check"}
SENT: Mapping[str, object] = {"kind": "attempt", "evidence": {"sent": True}}
UNSENT: Mapping[str, object] = {"kind": "attempt", "evidence": {"sent": False}}
RECORDED = [each for each in Verdict if each not in {Verdict.NOT_REACHED, Verdict.INVALID, Verdict.DUPLICATE}]
UNDONE = {Verdict.DELETED, Verdict.DELETED_INFERRED}


def intent(number: int) -> Mapping[str, object]:
    return {"kind": "intent", "attempt": number}


def verdict(word: object, reason: str = "said") -> Mapping[str, object]:
    return {"kind": "verdict", "verdict": word, "reason": reason}


def told(*lines: Mapping[str, object], rechecked: int = 0) -> list[str]:
    """What is wrong with each line, in their order; the lines stand at 1, 2, 3 … of their log."""
    trace = Trace()
    return [trace.take_in(members, place, rechecked) for place, members in enumerate(lines, start=1)]


@pytest.mark.parametrize(
    "lines",
    [
        (CHECK, intent(1), SENT, verdict("deleted")),
        (CHECK, intent(1), SENT, CHECK, intent(2), SENT, verdict("deleted")),
        (CHECK, intent(1), CHECK, verdict("deleted_inferred")),  # killed between intent and attempt
        (CHECK, intent(1), UNSENT, CHECK, verdict("already_absent")),
        (CHECK, intent(1), SENT, verdict("in_doubt"), CHECK, verdict("deleted_inferred")),
        (verdict("unchecked"), CHECK, verdict("ineligible")),
        (CHECK, verdict("eligible"), CHECK, intent(1), SENT, verdict("deleted")),
    ],
)
def test_a_story_that_can_be_is_not_accused(lines: tuple[Mapping[str, object], ...]) -> None:
    assert "".join(told(*lines)) == ""


@pytest.mark.parametrize(
    ("lines", "what"),
    [
        ((intent(2),), "its intent is not number 1"),
        ((intent(1), SENT, intent(1)), "its intent is not number 2"),
        ((SENT,), "an attempt without an earlier intent"),
        ((intent(1), SENT, SENT), "an attempt without an earlier intent"),
        ((intent(1), {"kind": "attempt"}), "an attempt that does not say whether it was sent"),
        ((intent(1), {"kind": "attempt", "evidence": {"sent": 1}}), "an attempt that does not say whether it was sent"),
        ((verdict("deleted"),), "deleted without a DELETE that was sent"),
        ((intent(1), UNSENT, verdict("deleted")), "deleted without a DELETE that was sent"),
        ((verdict("deleted_inferred"),), "deleted_inferred without an intent"),
        ((verdict("not_reached"),), "'not_reached' is no verdict that is recorded"),
        ((verdict("DELETED"),), "'DELETED' is no verdict that is recorded"),
        ((verdict(["deleted"]),), "['deleted'] is no verdict that is recorded"),
        (({"kind": "note"},), "a line of kind 'note' is not known"),
        (({"kind": ["check"]},), "a line of kind ['check'] is not known"),
    ],
)
def test_a_story_that_cannot_be_is_told_at_its_last_line(lines: tuple[Mapping[str, object], ...], what: str) -> None:
    *before, last = told(*lines)
    assert ("".join(before), last) == ("", what)


@pytest.mark.parametrize("word", [each for each in RECORDED if each not in UNDONE])
def test_who_is_settled_is_named_again_by_a_recheck_only(word: Verdict) -> None:
    final = word in SETTLED and word is not Verdict.ELIGIBLE
    again = [told(verdict(word.value), CHECK, rechecked=rechecked)[1] for rechecked in (0, 1, 2)]
    barred = f"named again after {word}" if final else ""
    rechecked = barred if word not in {Verdict(state) for state in RECHECK_STATES & {*Verdict}} else ""
    assert again == [barred, barred, rechecked]


@pytest.mark.parametrize("word", sorted(UNDONE))
def test_a_deletion_is_never_named_again(word: Verdict) -> None:
    assert told(intent(1), SENT, verdict(word.value), CHECK, rechecked=9)[3] == f"named again after {word}"


def test_the_trace_keeps_the_last_verdict_and_its_place() -> None:
    trace = Trace()
    for place, members in enumerate((intent(1), SENT, verdict("in_doubt", "lost"), verdict("nonsense")), start=7):
        trace.take_in(members, place, 0)
    assert (trace.verdict, trace.reason, trace.seq) == ("in_doubt", "lost", 9)
    assert (trace.intents, trace.attempts, trace.sent) == (1, 1, 1)


def test_every_kind_of_a_customers_lines_has_its_rule() -> None:
    theirs = {*FactKind} - {FactKind.CAMPAIGN}
    assert all("is not known" not in told({"kind": kind.value})[0] for kind in theirs)


AGAIN: Mapping[str, object] = {"kind": "control", "action": "requested_again"}


def test_a_new_request_opens_a_settled_customer_again_and_counts_go_on() -> None:
    first = (intent(1), SENT, verdict("deleted"))
    assert "".join(told(*first, AGAIN, CHECK, intent(2), SENT, verdict("deleted"))) == ""
    assert told(*first, AGAIN, intent(1))[-1] == "its intent is not number 2"
    assert told(*first, AGAIN, verdict("deleted"))[-1] == "deleted without a DELETE that was sent"


@pytest.mark.parametrize(
    "lines",
    [
        (AGAIN,),
        (verdict("unchecked"), AGAIN),
        (verdict("ineligible"), AGAIN, AGAIN),
        (verdict("ineligible"), {"kind": "control", "action": "resume"}),
    ],
)
def test_who_was_not_settled_is_not_opened_again(lines: tuple[Mapping[str, object], ...]) -> None:
    *before, last = told(*lines)
    assert ("".join(before), last) == ("", "opened again without having been settled")


def test_what_was_sent_before_an_attempt_that_was_not_still_counts() -> None:
    assert "".join(told(CHECK, intent(1), SENT, intent(2), UNSENT, verdict("deleted"))) == ""


def test_of_a_customer_that_was_opened_again_nothing_is_left_but_its_counts() -> None:
    trace = Trace()
    again = {"kind": "control", "action": "requested_again"}
    for place, members in enumerate((CHECK, intent(1), SENT, verdict("deleted"), again), start=1):
        assert trace.take_in(members, place, 0) == ""
    assert trace == Trace(intents=1, attempts=1)

"""What a command ends with: the page, the message, and the one line that makes sense next."""

from collections.abc import Mapping
from pathlib import Path

import pytest

from tests.report.books import CAMPAIGN
from worker.app.ending import Ending
from worker.cli.closing import Typed, next_line, page, why
from worker.core.chain import Head
from worker.core.economy import Economy
from worker.core.guards import Stop, interrupted, out_of_reach
from worker.core.lifecycle import Verdict
from worker.core.replies import Kind, Meaning, Reply
from worker.core.retry import UNGRANTED
from worker.core.steps import Purpose
from worker.core.summary import Summary
from worker.core.values import replace
from worker.errors import Exit
from worker.ports import CampaignNote, PlanNote

DIGEST = "d1" * 32
PLANNED = replace(CAMPAIGN, planning=True, plan=PlanNote(DIGEST, 7, "2026-01-01T00:00:00Z", {}))
APPLIED = replace(PLANNED, planning=False)
NAME = CAMPAIGN.name
TYPED = Typed("apply", ("--rate", "5", "--max-deletes", "3"), ("--campaigns", "c"))
CAP = Stop(Exit.SAFETY_STOP, "max_deletes", "3 are deleted", ("raise it",))
LATCHED = Stop(Exit.SAFETY_STOP, "failures", "too many failures", latches=True)
REDIRECTED = Stop(Exit.PROTOCOL, "redirect", "it redirects")


def ended(
    verdicts: Mapping[Verdict, int], note: CampaignNote = APPLIED, stop: Stop | None = None, code: Exit = Exit.SETTLED
) -> Ending:
    summary = Summary(
        campaign=note.name,
        rows=sum(verdicts.values()),
        customers=sum(verdicts.values()),
        verdicts=verdicts,
        requests={"get_customer": 9, "delete": 0},
        started_at=None,
        ended_at=None,
        seconds=1.0,
        exit_code=int(code),
        stopped_by=None if stop is None else stop.why,
        plan_digest=note.plan.digest if note.plan else None,
        head=Head(12, "e2" * 32),
    )
    return Ending(stop.exit if stop else code, stop, note, Path("campaigns") / note.name, summary, {}, ())


def test_the_page_tells_what_a_customer_took_beside_the_least() -> None:
    ending = ended({Verdict.DELETED: 7})
    assert "requests a deletion" not in page(ending)
    learned = replace(ending.summary, economy=Economy(4.013, 4, 2.087, 2.083))
    text = page(replace(ending, summary=learned))
    assert "4.01 requests a deletion (the least is 4)" in text
    assert "2.09 a rejected customer (the least is 2.08: the fuller list first)" in text
    assert max(map(len, text.splitlines())) <= 80
    unsure = replace(ending.summary, economy=Economy(per_rejection=2.0))
    assert "each     2.00 a rejected customer\n" in page(replace(ending, summary=unsure))


def test_a_plan_ends_with_the_line_that_applies_it() -> None:
    ending = ended({Verdict.ELIGIBLE: 7}, PLANNED)
    assert next_line(ending, replace(TYPED, command="plan")) == (
        f"amili-purge apply {NAME} --approve {DIGEST} --rate 5 --max-deletes 3"
    )


def test_at_a_terminal_the_line_asks_and_hands_out_no_digest() -> None:
    asking = Typed("plan", ("--rate", "5"), asks=True)
    assert next_line(ended({Verdict.ELIGIBLE: 7}, PLANNED), asking) == f"amili-purge apply {NAME} --rate 5"
    assert DIGEST in page(ended({Verdict.ELIGIBLE: 7}, PLANNED))


def test_what_lay_beyond_the_limit_is_planned_anew_without_it() -> None:
    ending = ended({Verdict.DELETED: 2, Verdict.NOT_REACHED: 5})
    assert next_line(ending, Typed("apply", ("--limit", "2", "--rate", "5"))) == (
        f"amili-purge plan --campaign {NAME} --rate 5"
    )


def test_what_was_planned_beyond_the_limit_of_apply_is_applied_without_it() -> None:
    reasons = {(Verdict.NOT_REACHED, "not_applied"): 4, (Verdict.NOT_REACHED, "run_ended"): 1}
    ending = replace(ended({Verdict.DELETED: 2, Verdict.NOT_REACHED: 5}), reasons=reasons)
    assert next_line(ending, Typed("apply", ("--limit", "2", "--rate", "5"))) == (
        f"amili-purge apply {NAME} --approve {DIGEST} --rate 5"
    )


def test_what_a_run_left_beyond_the_limit_is_run_without_it() -> None:
    ran = replace(APPLIED, begun_by=Purpose.DELETE, plan=None)
    ending = ended({Verdict.DELETED: 2, Verdict.NOT_REACHED: 5}, ran)
    typed = Typed("run", ("--max-deletes", "9", "--limit", "2"))
    assert next_line(ending, typed) == f"amili-purge run --campaign {NAME} --yes --max-deletes 9"


def test_a_filter_that_was_ignored_is_not_repeated() -> None:
    nobody = replace(PLANNED, plan=PlanNote(DIGEST, 0, "2026-01-01T00:00:00Z", {}))
    reasons = {(Verdict.UNCHECKED, "documents:filter_ignored"): 7}
    ending = replace(ended({Verdict.UNCHECKED: 7}, nobody, code=Exit.UNSETTLED), reasons=reasons)
    typed = Typed("plan", ("--documents-filter", "wrong", "--rate", "5"))
    assert next_line(ending, typed) == f"amili-purge plan --campaign {NAME} --rate 5 --documents-filter NAME"


def test_each_cause_of_unchecked_rows_has_its_advice_under_the_table() -> None:
    reasons = {
        (Verdict.UNCHECKED, "customer:http_404_not_believed"): 1,
        (Verdict.UNCHECKED, "documents:filter_ignored"): 8,
        (Verdict.UNCHECKED, "aritems:http_500"): 2,
        (Verdict.INELIGIBLE, "documents"): 3,
    }
    shown = page(replace(ended({Verdict.UNCHECKED: 11, Verdict.INELIGIBLE: 3}), reasons=reasons))
    for told in ('sentinel = "NUMBER"', 'documents_filter = "NAME"', "a later run asks again"):
        assert shown.index("all rows") < shown.index(told)
    assert max(map(len, shown.splitlines())) <= 80


def test_an_outage_names_the_address_that_was_asked() -> None:
    unheard = Reply(Kind.GET_CUSTOMER, Meaning.NOT_SENT, "refused")
    told = why(ended({Verdict.NOT_REACHED: 7}, stop=out_of_reach(2, unheard))) or ""
    assert "within the outage budget of 2 s (the last try, get_customer: refused)" in told
    assert f"base_url is {CAMPAIGN.base_url}" in told


def test_where_no_token_is_to_be_had_it_is_not_the_apis_address_that_is_named() -> None:
    unheard = Reply(Kind.TOKEN, Meaning.NOT_SENT, "token_connection_refused")
    stop = replace(out_of_reach(2, unheard), advice=(UNGRANTED,))
    told = why(ended({Verdict.NOT_REACHED: 7}, stop=stop)) or ""
    assert "look at token_url or token_file" in told
    assert CAMPAIGN.base_url not in told


def test_while_others_go_on_the_files_come_before_their_verification() -> None:
    alone = ended({Verdict.DELETED: 7})
    assert next_line(alone, Typed("run")) == f"amili-purge verify {NAME}"
    assert next_line(replace(alone, others_go_on=True), Typed("run")) == f"amili-purge report {NAME}"


def test_a_long_note_is_wrapped_at_a_terminals_width() -> None:
    shown = page(replace(ended({Verdict.INVALID: 7}), warnings=("word " * 40,)))
    assert max(map(len, shown.splitlines())) <= 80


def test_a_plan_with_unchecked_rows_can_be_applied_all_the_same() -> None:
    ending = ended({Verdict.ELIGIBLE: 7, Verdict.UNCHECKED: 1}, PLANNED, code=Exit.UNSETTLED)
    assert next_line(ending, replace(TYPED, command="plan")).startswith(f"amili-purge apply {NAME}")


def test_a_plan_without_anybody_eligible_is_not_to_be_applied() -> None:
    nobody = replace(PLANNED, plan=PlanNote(DIGEST, 0, "2026-01-01T00:00:00Z", {}))
    assert next_line(ended({Verdict.INELIGIBLE: 7}, nobody), TYPED) == f"amili-purge verify {NAME} --campaigns c"


@pytest.mark.parametrize(
    ("command", "line"),
    [
        ("plan", f"plan --campaign {NAME}"),
        ("run", f"run --campaign {NAME} --yes"),
        ("apply", f"apply {NAME} --approve {DIGEST}"),
        ("reconcile", f"reconcile {NAME}"),
    ],
)
def test_what_was_interrupted_goes_on_with_the_same_command(command: str, line: str) -> None:
    ending = ended({Verdict.NOT_REACHED: 7}, stop=interrupted("SIGTERM"))
    assert next_line(ending, Typed(command)) == f"amili-purge {line}"


def test_a_cap_that_was_reached_is_to_be_raised() -> None:
    ending = ended({Verdict.DELETED: 3, Verdict.NOT_REACHED: 4}, stop=CAP)
    assert next_line(ending, TYPED) == f"amili-purge apply {NAME} --approve {DIGEST} --max-deletes N --rate 5"


def test_a_latched_stop_is_lifted_with_a_reason() -> None:
    ending = ended({Verdict.UNCHECKED: 7}, stop=LATCHED)
    assert next_line(ending, TYPED) == f'amili-purge resume {NAME} --because "…" --campaigns c'


def test_an_api_that_answers_otherwise_is_looked_at() -> None:
    assert next_line(ended({Verdict.UNCHECKED: 7}, stop=REDIRECTED), TYPED).startswith("amili-purge doctor")


def test_rows_in_doubt_are_settled_by_reading() -> None:
    ending = ended({Verdict.DELETED: 6, Verdict.IN_DOUBT: 1}, code=Exit.UNSETTLED)
    assert next_line(ending, TYPED).startswith(f"amili-purge reconcile {NAME}")


def test_rows_unchecked_are_taken_up_again() -> None:
    ending = ended({Verdict.DELETED: 6, Verdict.UNCHECKED: 1}, code=Exit.UNSETTLED)
    assert next_line(ending, TYPED).startswith(f"amili-purge apply {NAME}")


def test_a_settled_campaign_is_to_be_verified() -> None:
    assert next_line(ended({Verdict.DELETED: 7}), TYPED) == f"amili-purge verify {NAME} --campaigns c"


def test_the_page_names_requests_digest_audit_head_and_warnings() -> None:
    shown = page(replace(ended({Verdict.DELETED: 7}), warnings=("the token expires",)), "Tell the owner.")
    assert shown.index("deleted") < shown.index("NOTE: the token expires") < shown.index("Tell the owner.")
    for told in ("get_customer 9", DIGEST, "12 lines", f"  {'e2' * 32}"):
        assert told in shown
    assert "delete 0" not in shown


def test_a_settled_end_needs_no_message() -> None:
    assert why(ended({Verdict.DELETED: 7})) is None


def test_a_stop_is_told_with_its_meaning_its_code_and_its_advice() -> None:
    told = why(ended({Verdict.DELETED: 3}, stop=CAP)) or ""
    assert told.splitlines() == [
        "amili-purge: stopped: 3 are deleted",
        "  This is a safety stop: no new DELETE was sent after it. (exit 20)",
        "  raise it",
    ]


@pytest.mark.parametrize("stop", [None, REDIRECTED])
def test_beside_doubts_it_is_said_that_they_may_be_deleted(stop: Stop | None) -> None:
    ending = ended({Verdict.IN_DOUBT: 2}, stop=stop, code=Exit.UNSETTLED)
    assert "we may have deleted" in (why(ending) or "")
    assert "we may have deleted" in page(ending)


def test_many_requests_stay_within_80_columns_and_no_count_is_parted_from_its_name() -> None:
    sent = {"get_customer": 12_345, "get_documents": 12_345, "get_aritems": 12_345, "delete": 12_345, "token": 7}
    ending = ended({Verdict.DELETED: 7})
    lines = page(replace(ending, summary=replace(ending.summary, requests=sent))).splitlines()
    assert max(len(line) for line in lines) <= 80
    assert "requests get_customer 12345, get_documents 12345, get_aritems 12345," in lines
    assert "         delete 12345, token 7" in lines

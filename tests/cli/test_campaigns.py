"""A campaign from plan to verify as a person types it, and what can be looked at without any API."""

import csv
import json
import shlex
import sys
from pathlib import Path

import pytest

from tests.cli.typing_in import Shell, Typed, deletes, environment
from worker.sandbox.server import Sandbox


def retype(shell: Shell, typed: Typed) -> Typed:
    """Type the line that a command ended with."""
    program, *words = shlex.split(typed.last_line)
    assert program == "amili-purge"
    return shell.type(*words)


def test_each_command_leads_to_the_next_until_the_account_is_verified(shell: Shell, sandbox: Sandbox) -> None:
    planned = shell.type("plan", "customers.csv", "--campaign", "spring")
    assert planned.code == 0, planned.err
    assert deletes(sandbox) == 0
    applied = retype(shell, planned)
    assert applied.code == 0, applied.err
    assert deletes(sandbox) > 0
    verified = retype(shell, applied)
    assert (verified.code, verified.out[:3]) == (0, "ok:")


def test_a_plan_says_what_apply_will_take_and_what_to_tell_the_owner(shell: Shell, sandbox: Sandbox) -> None:
    planned = shell.type("plan", "customers.csv", "--campaign", "spring", "--contact", "owner@example.com")
    for told in ("requests at 500 a second", "To tell the API's owner", "User-Agent", "owner@example.com", "eligible"):
        assert told in planned.out
    digest = json.loads((shell.here / "campaigns/spring/summary.json").read_text())["plan_digest"]
    assert planned.last_line.startswith(f"amili-purge apply spring --approve {digest}")


def test_the_next_line_repeats_the_flags_that_were_typed(shell: Shell, sandbox: Sandbox) -> None:
    planned = shell.type(
        "plan", "customers.csv", "--campaign", "spring", "--campaigns", "a place", "--verify-share", "0"
    )
    assert "--campaigns 'a place'" in planned.last_line
    assert retype(shell, planned).code == 0


def test_looking_needs_no_settings_of_the_api(shell: Shell, sandbox: Sandbox) -> None:
    shell.type("plan", "customers.csv", "--campaign", "spring")
    for name in environment(sandbox):
        shell.forget(name)
    for words in (("list",), ("status", "spring"), ("report", "spr"), ("verify", "spring")):
        typed = shell.type(*words)
        assert (typed.code, typed.err) == (0, ""), words
    assert "planned" in shell.type("list").out
    assert shell.type("status", "autumn").code == 64


def test_status_and_list_speak_json_to_programs(shell: Shell, sandbox: Sandbox) -> None:
    shell.type("plan", "customers.csv", "--campaign", "spring")
    told = json.loads(shell.type("status", "spring", "--json").out)
    assert (told["campaign"], told["state"], told["working"], told["client_no"]) == ("spring", "planned", False, 2218)
    assert sum(told["verdicts"].values()) == told["rows"]
    assert json.loads(shell.type("list", "--json").out) == [told]


def test_the_list_leads_to_what_needs_somebody_and_speaks_of_doubts_only_where_there_are_some(
    shell: Shell, sandbox: Sandbox
) -> None:
    shell.type("run", "customers.csv", "--campaign", "autumn", "--yes", "--max-deletes", "100")
    shell.type("plan", "customers.csv", "--campaign", "spring", "--limit", "1")
    listed = shell.type("list")
    assert listed.last_line == "amili-purge status spring"
    assert "in_doubt: we may have deleted them" not in listed.out


def test_without_campaigns_the_list_is_empty_and_says_how_to_begin(shell: Shell) -> None:
    assert json.loads(shell.type("list", "--json").out) == []
    assert shell.type("list").last_line == "amili-purge plan INPUT"


def test_a_run_stops_at_its_cap_and_goes_on_with_a_higher_one(shell: Shell, sandbox: Sandbox) -> None:
    stopped = shell.type("run", "customers.csv", "--campaign", "spring", "--yes", "--max-deletes", "3")
    assert stopped.code == 20
    assert "safety stop" in stopped.err
    assert 0 < deletes(sandbox) <= 3
    assert stopped.last_line == "amili-purge run --campaign spring --yes --max-deletes N"
    assert shell.type("run", "--campaign", "spring", "--yes", "--max-deletes", "30").code == 0


def test_a_wrong_digest_sends_nothing(shell: Shell, sandbox: Sandbox) -> None:
    shell.type("plan", "customers.csv", "--campaign", "spring")
    before = len(sandbox.journal.records)
    typed = shell.type("apply", "spr", "--approve", "ab" * 32)
    assert typed.code == 64
    assert typed.err.splitlines()[-1] == "  amili-purge status spring"
    assert typed.err.lower().count("nothing was sent") == 1
    assert len(sandbox.journal.records) == before


def test_a_digest_may_be_typed_in_capitals(shell: Shell, sandbox: Sandbox) -> None:
    planned = shell.type("plan", "customers.csv", "--campaign", "spring")
    digest = planned.last_line.rpartition(" ")[2]
    assert shell.type("apply", "spring", "--approve", digest.upper()).code == 0


def test_without_terminal_and_approval_the_line_to_type_is_shown(shell: Shell, sandbox: Sandbox) -> None:
    planned = shell.type("plan", "customers.csv", "--campaign", "spring")
    typed = shell.type("apply", "spring")
    assert (typed.code, typed.out) == (64, "")
    assert planned.last_line in typed.err


def test_a_campaign_that_is_not_there_is_told_before_an_approval_is_asked_for(shell: Shell, sandbox: Sandbox) -> None:
    typed = shell.type("apply", "nope")
    assert typed.code == 64
    assert "There is no campaign 'nope'" in typed.err
    assert "approval" not in typed.err


def test_when_a_guard_changed_the_line_for_a_new_plan_repeats_the_flags(shell: Shell, sandbox: Sandbox) -> None:
    planned = shell.type("plan", "customers.csv", "--campaign", "spring")
    digest = planned.last_line.rpartition(" ")[2]
    typed = shell.type("apply", "spring", "--approve", digest, "--max-delete-share", "0.01")
    assert typed.code == 64
    assert typed.err.endswith("amili-purge plan --campaign spring --max-delete-share 0.01\n")


def test_what_a_limited_plan_left_is_led_to_a_new_plan(shell: Shell, sandbox: Sandbox) -> None:
    planned = shell.type("plan", "customers.csv", "--campaign", "spring", "--limit", "9")
    applied = retype(shell, planned)
    assert (applied.code, applied.last_line) == (0, "amili-purge plan --campaign spring")
    assert shell.type("status", "spring").last_line == "amili-purge plan --campaign spring"
    assert retype(shell, applied).code == 0


def test_no_note_about_filters_where_no_list_was_asked_for(shell: Shell, sandbox: Sandbox) -> None:
    typed = shell.type("plan", "customers.csv", "--campaign", "spring", "--sentinel", "nobody")
    assert typed.code == 20
    assert "NOTE" not in typed.out
    assert "begin anew with the right one" in typed.err


def test_the_list_fits_a_terminal_and_leads_to_the_campaign_that_was_stopped(shell: Shell, sandbox: Sandbox) -> None:
    shell.type("plan", "customers.csv", "--campaign", "autumn")
    shell.type("plan", "customers.csv", "--campaign", "spring", "--sentinel", "nobody")
    listed = shell.type("list")
    assert listed.last_line == "amili-purge status spring"
    assert all(line.endswith(("Z", "last end")) for line in listed.out.splitlines()[:3])
    assert "." not in listed.out


def test_a_log_that_was_tampered_with_is_70(shell: Shell, sandbox: Sandbox) -> None:
    shell.type("plan", "customers.csv", "--campaign", "spring")
    audit = shell.here / "campaigns/spring/audit.jsonl"
    audit.write_bytes(audit.read_bytes().replace(b'"ineligible"', b'"eligible"', 1))
    for what in ("spring", str(audit)):
        typed = shell.type("verify", what)
        assert typed.code == 70
        assert typed.out.startswith("FAULT")
        assert "does not verify" in typed.err
        assert "Traceback" not in typed.err


def test_resume_tells_whether_there_was_anything_to_lift(shell: Shell, sandbox: Sandbox) -> None:
    shell.type("plan", "customers.csv", "--campaign", "spring", "--sentinel", "nobody")
    latched = shell.type("status", "spring")
    assert "latched" in latched.out
    assert max(map(len, latched.out.splitlines())) <= 80
    assert latched.last_line == 'amili-purge resume spring --because "…"'
    lifted = shell.type("resume", "spring", "--because", "the sentinel was misspelt")
    assert (lifted.code, lifted.out[:7]) == (0, "Lifted:")
    assert "nothing to lift" in shell.type("resume", "spring", "--because", "again").out


@pytest.mark.parametrize(
    "words", ["pause spring", "resume spring", "set rate=2 spring", "stop spring", "resume spring --because ok"]
)
def test_the_brake_works_whatever_else_is_misspelt(shell: Shell, sandbox: Sandbox, words: str) -> None:
    shell.type("plan", "customers.csv", "--campaign", "spring")
    shell.export(AMILI_SENTINEL="", AMILI_VERIFY_SHAR="1")
    typed = shell.type(*words.split())
    assert typed.code == 0, typed.err
    assert typed.err.count("NOTE: AMILI_") == 2
    assert shell.type("apply", "spring", "--approve", "0" * 64).code == 78
    assert shell.type("status", "spring").code == 78
    shell.export(AMILI_CAMPAINS="elsewhere")
    assert shell.type(*words.split()).code == 78


def test_a_campaign_that_run_began_goes_on_with_a_line_that_can_be_typed(shell: Shell, sandbox: Sandbox) -> None:
    shell.type("run", "customers.csv", "--campaign", "spring", "--yes", "--max-deletes", "1")
    assert "--yes --max-deletes N\n" in shell.type("plan", "--campaign", "spring").err
    shell.export(AMILI_MAX_DELETES="100")
    refused = shell.type("plan", "--campaign", "spring")
    assert refused.code == 64
    words = shlex.split(next(line for line in refused.err.splitlines() if "go on with" in line).partition(": ")[2])
    shell.forget("AMILI_MAX_DELETES")
    assert shell.type(*words[1:]).code == 0


def test_a_plan_that_found_nobody_who_exists_asks_for_a_sentinel_and_offers_nothing_to_apply(
    shell: Shell, sandbox: Sandbox
) -> None:
    shell.write("absent.csv", "customerno\n900001\n900002\n")
    planned = shell.type("plan", "absent.csv", "--campaign", "spring")
    assert planned.code == 10
    assert planned.last_line == "amili-purge plan --campaign spring --sentinel NO"
    assert "a 404 is believed once a customer that must exist was seen" in " ".join(planned.out.split())
    status = shell.type("status", "spring")
    assert status.last_line == planned.last_line
    assert "there is nothing to apply" in status.out
    assert shell.type(*planned.last_line.replace("NO", min(sandbox.world.existing())).split()[1:]).code == 0


def test_explain_shows_each_check_of_one_customer(shell: Shell, sandbox: Sandbox) -> None:
    typed = shell.type("explain", min(sandbox.world.deletable()))
    assert typed.code == 0, typed.err
    assert "a run would: delete it" in typed.out
    assert deletes(sandbox) == 0


def test_no_output_and_no_file_holds_a_secret_or_a_field_of_a_record(shell: Shell, sandbox: Sandbox) -> None:
    planned = shell.type("plan", "customers.csv", "--campaign", "spring", "--log-level", "debug")
    applied = retype(shell, planned)
    texts = [planned.out, planned.err, applied.out, applied.err, *map(_text, shell.here.glob("campaigns/*/*"))]
    for secret in (sandbox.ready().oauth_client_secret, "eyJ", "SANDBOX-PERSONAL"):
        assert not any(secret in text for text in texts), secret


def _text(path: Path) -> str:
    return path.read_bytes().decode("utf-8", "replace")


def test_the_report_accounts_for_every_row(shell: Shell, sandbox: Sandbox) -> None:
    planned = shell.type("plan", "customers.csv", "--campaign", "spring")
    retype(shell, planned)
    with (shell.here / "campaigns/spring/report.csv").open(encoding="utf-8-sig", newline="") as file:
        rows = list(csv.DictReader(file, delimiter=";"))
    gone = sandbox.world.deleted_by_request()
    assert {row["Kundenr"].lower() for row in rows if row["verdict"] == "deleted"} == set(gone)


QUEUED = ("run", "amqp://127.0.0.1:9/q", "--campaign", "q", "--yes", "--max-deletes", "1", "--outage-budget", "0")


def test_a_queue_that_never_came_about_has_finished_nothing(shell: Shell, sandbox: Sandbox) -> None:
    assert shell.type(*QUEUED).code == 69
    assert "q         unfinished  2218    0 " in shell.type("list").out
    assert json.loads(shell.type("status", "q", "--json").out)["state"] == "unfinished"


def test_without_the_library_for_queues_nothing_is_made(
    shell: Shell, sandbox: Sandbox, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, "worker.sources.keeping", None)
    refused = shell.type(*QUEUED)
    assert (refused.code, "pip install '.[amqp]'" in refused.err) == (78, True)
    assert not (shell.here / "campaigns").exists()

"""What machines read at a command's end: the last line, the termination message, the pushed figures."""

import fcntl
import json
from pathlib import Path

import pytest

from tests.cli.typing_in import Shell, Typed
from tests.shell.test_observe_pushed import gateway
from worker.sandbox.server import Sandbox

RUN = ("run", "customers.csv", "--campaign", "spring", "--yes", "--max-deletes", "100")


def members(line: str) -> dict[str, object]:
    found: dict[str, object] = json.loads(line)
    return found


def in_file(shell: Shell) -> dict[str, object]:
    return members((shell.here / "campaigns" / "spring" / "summary.json").read_text("utf-8"))


def files(directory: Path) -> dict[str, bytes]:
    """All but what SQLite keeps beside a ledger that somebody reads."""
    return {path.name: path.read_bytes() for path in directory.iterdir() if not path.name.startswith("ledger.db-")}


def machine_line(typed: Typed) -> str:
    return typed.out.splitlines()[-1]


def test_every_command_that_works_ends_with_its_summary_in_one_line(shell: Shell, sandbox: Sandbox) -> None:
    planned = shell.type("plan", "customers.csv", "--campaign", "spring")
    assert members(machine_line(planned)) == in_file(shell)
    applied = shell.type("apply", "spring", "--approve", str(in_file(shell)["plan_digest"]))
    assert members(machine_line(applied)) == in_file(shell)
    assert in_file(shell)["exit_code"] == applied.code == 0
    reconciled = shell.type("reconcile", "spring")
    assert members(machine_line(reconciled)) == in_file(shell)


def test_a_run_that_was_stopped_says_so_in_its_last_line(shell: Shell, sandbox: Sandbox) -> None:
    stopped = shell.type(*RUN[:-1], "1")
    found = members(machine_line(stopped))
    assert (stopped.code, found["exit_code"], found["stopped_by"]) == (20, 20, "max_deletes")


def test_people_are_spared_the_line(shell: Shell, sandbox: Sandbox) -> None:
    typed = shell.type(*RUN, "--log-format", "console")
    assert machine_line(typed).startswith("amili-purge ")


def test_the_summary_is_left_where_the_cluster_looks_for_it(shell: Shell, sandbox: Sandbox) -> None:
    message = shell.write("termination-log", "x" * 5000)
    typed = shell.type(*RUN, "--termination-log", str(message))
    assert members(message.read_text("utf-8")) == members(machine_line(typed))


def test_no_file_is_made_where_there_is_no_cluster(shell: Shell, sandbox: Sandbox) -> None:
    typed = shell.type(*RUN, "--termination-log", "nowhere")
    assert typed.code == 0
    assert not (shell.here / "nowhere").exists()


def test_a_message_that_cannot_be_left_is_told_and_changes_nothing(shell: Shell, sandbox: Sandbox) -> None:
    (shell.here / "folder").mkdir()
    typed = shell.type(*RUN, "--termination-log", "folder")
    assert (typed.code, "termination message" in typed.err) == (0, True)


def test_the_figures_of_a_run_are_pushed_under_its_job(shell: Shell, sandbox: Sandbox) -> None:
    with gateway() as server:
        url = f"http://127.0.0.1:{server.server_port}"
        typed = shell.type(*RUN, "--push-gateway", url, "--push-job", "monthly")
    ((_, path, body),) = server.heard
    assert (typed.code, path) == (0, "/metrics/job/monthly")
    assert "amili_purge_last_success_timestamp_seconds" in body


def test_a_gateway_that_is_away_changes_nothing_but_a_line(shell: Shell, sandbox: Sandbox) -> None:
    typed = shell.type(*RUN, "--push-gateway", "http://127.0.0.1:9")
    assert (typed.code, "were not pushed" in typed.err) == (0, True)


def test_a_report_is_sent_to_another_place_and_verifies_there(shell: Shell, sandbox: Sandbox) -> None:
    shell.type(*RUN)
    home = shell.here / "campaigns" / "spring"
    before = files(home)
    typed = shell.type("report", "spring", "--to", "evidence/spring")
    away = shell.here / "evidence" / "spring"
    assert typed.code == 0, typed.err
    for name in ("report.csv", "audit.jsonl", "summary.json"):
        assert (away / name).read_bytes() == before[name]
    assert files(home) == before
    assert typed.last_line == "amili-purge verify evidence/spring/audit.jsonl"
    assert shell.type("verify", "evidence/spring/audit.jsonl").code == 0


def test_a_page_goes_with_the_report(shell: Shell, sandbox: Sandbox) -> None:
    shell.type(*RUN)
    (shell.here / "campaigns" / "spring" / "report.html").write_text("<p>page</p>", "utf-8")
    shell.type("report", "spring", "--to", "evidence")
    assert (shell.here / "evidence" / "report.html").read_text("utf-8") != ""


@pytest.mark.parametrize(("to", "code"), [("campaigns/spring", 64), ("customers.csv/x", 74)])
def test_a_report_goes_neither_over_the_campaign_nor_where_no_folder_can_be(
    shell: Shell, sandbox: Sandbox, to: str, code: int
) -> None:
    shell.type(*RUN)
    audit = (shell.here / "campaigns" / "spring" / "audit.jsonl").read_bytes()
    assert shell.type("report", "spring", "--to", to).code == code
    assert (shell.here / "campaigns" / "spring" / "audit.jsonl").read_bytes() == audit


def test_a_report_beside_a_run_has_no_exit_code(shell: Shell, sandbox: Sandbox) -> None:
    shell.type(*RUN)
    lock = Path("campaigns/spring/lock")
    with lock.open("rb") as held:
        fcntl.flock(held, fcntl.LOCK_EX)
        shell.type("report", "spring", "--to", "evidence")
    assert members((shell.here / "evidence" / "summary.json").read_text("utf-8"))["exit_code"] is None

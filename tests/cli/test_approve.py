"""approve as it is typed: what the second person is shown, and the line that the first one types then."""

import json
import shlex

from tests.cli.typing_in import Shell, deletes
from worker.sandbox.server import Sandbox


def digest(shell: Shell) -> str:
    return str(json.loads((shell.here / "campaigns/spring/summary.json").read_text("utf-8"))["plan_digest"])


def test_a_plan_is_signed_by_one_and_applied_by_another(shell: Shell, sandbox: Sandbox) -> None:
    key = shell.type("keygen", "second.key", "--name", "second.example").out.splitlines()[0]
    shell.write("approvers.txt", key + "\n")
    shell.export(AMILI_REQUIRE_APPROVAL="true", AMILI_APPROVER_KEYS="approvers.txt")
    planned = shell.type("plan", "customers.csv", "--campaign", "spring")
    assert planned.last_line == "amili-purge approve spring --key FILE"
    refused = shell.type("apply", "spring", "--approve", digest(shell))
    assert (refused.code, "amili-purge approve spring --key FILE" in refused.err, deletes(sandbox)) == (64, True, 0)
    waiting = shell.type("status", "spring")
    assert ("was not approved" in waiting.out, waiting.last_line) == (True, planned.last_line)
    signed = shell.type("approve", "spring", "--key", "second.key")
    assert signed.code == 0, signed.err
    assert "the plan is approved by second.example, at 20" in shell.type("status", "spring").out
    assert json.loads(shell.type("status", "spring", "--json").out)["approved_by"] == key
    assert all(told in signed.out for told in ("127.0.0.1", "2218", key))
    applied = shell.type(*shlex.split(signed.last_line)[1:])
    assert applied.code == 0, applied.err
    assert "advisory" in applied.out
    assert deletes(sandbox) > 0


def test_an_approval_outlasts_a_limited_apply_and_the_line_goes_on_under_it(shell: Shell, sandbox: Sandbox) -> None:
    key = shell.type("keygen", "second.key", "--name", "second.example").out.splitlines()[0]
    shell.write("approvers.txt", key + "\n")
    shell.export(AMILI_REQUIRE_APPROVAL="true", AMILI_APPROVER_KEYS="approvers.txt")
    assert shell.type("plan", "customers.csv", "--campaign", "spring").code == 0
    assert shell.type("approve", "spring", "--key", "second.key").code == 0
    line = f"amili-purge apply spring --approve {digest(shell)}"
    limited = shell.type("apply", "spring", "--approve", digest(shell), "--limit", "3")
    assert (limited.code, limited.last_line) == (0, line)
    assert shell.type("status", "spring").out.rstrip().splitlines()[-1] == line
    rest = shell.type(*shlex.split(line)[1:])
    assert (rest.code, rest.last_line) == (0, "amili-purge verify spring")


def test_run_is_refused_and_approve_needs_a_plan_and_a_key(shell: Shell, sandbox: Sandbox) -> None:
    shell.export(AMILI_REQUIRE_APPROVAL="true")
    assert shell.type("run", "customers.csv", "--yes", "--max-deletes", "9", "--campaign", "x").code == 64
    assert shell.type("plan", "customers.csv", "--campaign", "spring").code == 0
    assert shell.type("approve", "spring").code == 64
    assert shell.type("approve", "spring", "--key", "none.key").code == 78
    assert deletes(sandbox) == 0


def test_a_key_that_nobody_accepts_is_refused_before_it_signs(shell: Shell, sandbox: Sandbox) -> None:
    key = shell.type("keygen", "second.key", "--name", "second.example").out.splitlines()[0]
    other = shell.type("keygen", "other.key", "--name", "other.example").out.splitlines()[0]
    shell.write("approvers.txt", key + "\n")
    shell.export(AMILI_REQUIRE_APPROVAL="true", AMILI_APPROVER_KEYS="approvers.txt")
    assert shell.type("plan", "customers.csv", "--campaign", "spring").code == 0
    refused = shell.type("approve", "spring", "--key", "other.key")
    assert (refused.code, "approver_keys approvers.txt" in refused.err, other in refused.err) == (64, True, True)
    assert not (shell.here / "campaigns/spring/approval.txt").exists()

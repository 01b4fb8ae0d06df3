"""keygen for pseudonyms, lookup and forget as they are typed."""

import json
import stat

import pytest

from tests.cli.typing_in import Shell
from worker.sandbox.server import Sandbox


def run_with_pseudonyms(shell: Shell) -> str:
    """A campaign with pseudonyms; somebody whom it has deleted."""
    made = shell.type("keygen", "names.key", "--for", "pseudonyms")
    assert made.code == 0, made.err
    shell.export(AMILI_AUDIT_PSEUDONYMS="true", AMILI_PSEUDONYM_KEY="names.key")
    ran = shell.type("run", "customers.csv", "--campaign", "spring", "--yes", "--max-deletes", "100")
    assert ran.code == 0, ran.err
    rows = (shell.here / "campaigns/spring/report.csv").read_text("utf-8-sig").splitlines()
    return next(row.split(";")[0] for row in rows if ";deleted;" in row)


def test_a_key_of_pseudonyms_is_made_for_its_owner_and_shown_by_its_id_alone(shell: Shell) -> None:
    typed = shell.type("keygen", "names.key", "--for", "pseudonyms")
    assert (typed.code, typed.last_line) == (0, 'pseudonym_key = "names.key"')
    path = shell.here / "names.key"
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    _, _, key_id, secret = path.read_text().strip().split("+", 3)
    assert typed.out.splitlines()[0] == key_id
    assert secret not in typed.out
    assert shell.type("keygen", "names.key", "--for", "pseudonyms").code == 64
    assert shell.type("keygen", "other.key", "--for", "pseudonyms", "--name", "x").code == 64
    assert shell.type("keygen", "other.key", "--for", "nobody").code == 64


def test_lookup_finds_a_customer_with_its_lines(shell: Shell, sandbox: Sandbox) -> None:
    number = run_with_pseudonyms(shell)
    found = shell.type("lookup", "spring", f" {number.lower()} ")
    assert found.code == 0, found.err
    head, *lines = found.out.splitlines()
    assert head.split()[1:] == ["deleted", "confirmed"]
    assert {json.loads(line)["customerRef"] for line in lines} == {head.split()[0]}
    assert [json.loads(line)["kind"] for line in lines] == ["check", "intent", "attempt", "verdict"]


def test_lookup_says_why_it_finds_nobody(shell: Shell, sandbox: Sandbox) -> None:
    run_with_pseudonyms(shell)
    missing = shell.type("lookup", "spring", "nobody")
    assert (missing.code, "its pseudonym would be" in missing.err) == (64, True)
    shell.type("keygen", "other.key", "--for", "pseudonyms")
    for path, why in (("other.key", "own key"), ("none.key", "cannot be read"), ("customers.csv", "holds no key")):
        refused = shell.type("lookup", "spring", "1", "--pseudonym-key", path)
        assert (refused.code, why in refused.err) == (78, True), refused.err
    shell.forget("AMILI_PSEUDONYM_KEY")
    refused = shell.type("lookup", "spring", "1")
    assert (refused.code, "keygen --for pseudonyms" in refused.err) == (78, True)


def test_a_log_of_numbers_needs_no_lookup(shell: Shell, sandbox: Sandbox) -> None:
    assert shell.type("run", "customers.csv", "--campaign", "clear", "--yes", "--max-deletes", "100").code == 0
    refused = shell.type("lookup", "clear", "1")
    assert (refused.code, "no pseudonyms" in refused.err) == (64, True)


def test_a_key_must_not_lie_where_campaigns_lie(shell: Shell, sandbox: Sandbox) -> None:
    (shell.here / "campaigns").mkdir()
    shell.type("keygen", "names.key", "--for", "pseudonyms")
    (shell.here / "names.key").rename(shell.here / "campaigns/names.key")
    shell.export(AMILI_AUDIT_PSEUDONYMS="true", AMILI_PSEUDONYM_KEY="campaigns/names.key")
    refused = shell.type("plan", "customers.csv", "--campaign", "spring")
    assert (refused.code, "lies where campaigns lie" in refused.err) == (78, True)
    assert [path.name for path in (shell.here / "campaigns").iterdir()] == ["names.key"]


@pytest.mark.parametrize("words", [("run", "few.csv", "--yes", "--max-deletes", "5"), ("plan", "few.csv")])
def test_a_few_rows_need_a_name_that_does_not_tell_them(shell: Shell, sandbox: Sandbox, words: tuple[str, ...]) -> None:
    shell.type("keygen", "names.key", "--for", "pseudonyms")
    shell.export(AMILI_AUDIT_PSEUDONYMS="true", AMILI_PSEUDONYM_KEY="names.key")
    shell.write("few.csv", "customerno\n500001\n500002\n")
    refused = shell.type(*words)
    assert (refused.code, "--campaign NAME" in refused.err) == (64, True)
    assert not (shell.here / "campaigns").exists()


def test_the_campaign_tells_that_it_forgot_and_what_is_left_to_do(shell: Shell, sandbox: Sandbox) -> None:
    run_with_pseudonyms(shell)
    done = shell.type("forget", "spring", "--forget-after", "0", "--yes")
    assert (done.code, done.last_line) == (0, "amili-purge verify spring"), done.err
    assert "the key" in done.out
    shown = shell.type("status", "spring")
    assert (shown.code, "spring: forgotten" in shown.out) == (0, True)
    assert shown.last_line == "amili-purge verify spring"
    assert "forgotten" in shell.type("list").out


def test_nobody_steers_or_approves_what_was_forgotten(shell: Shell, sandbox: Sandbox) -> None:
    run_with_pseudonyms(shell)
    shell.type("keygen", "my.key")
    shell.type("forget", "spring", "--forget-after", "0", "--yes")
    audit = shell.here / "campaigns/spring/audit.jsonl"
    before = audit.read_bytes()
    for words in (
        ("pause", "spring"),
        ("resume", "spring", "--because", "it is fine"),
        ("stop", "spring"),
        ("set", "rate=1", "spring"),
        ("set", "max-deletes=1", "spring"),
        ("approve", "spring", "--key", "my.key"),
    ):
        refused = shell.type(*words)
        assert (refused.code, "forgotten at" in refused.err) == (64, True), words
    assert audit.read_bytes() == before

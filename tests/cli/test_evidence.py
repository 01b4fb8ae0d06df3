"""keygen, receipt and verify as they are typed, from a key to a proof that a stranger can check."""

import shlex
import stat
from pathlib import Path

import pytest

from tests.cli.typing_in import Shell
from worker.sandbox.server import Sandbox


def signed_campaign(shell: Shell) -> str:
    """A key, and a campaign whose checkpoints are kept; the verifier key."""
    made = shell.type("keygen", "purge.key", "--name", "purge.example")
    assert made.code == 0, made.err
    shell.export(AMILI_CHECKPOINT_KEY="purge.key", AMILI_CHECKPOINT_TO="kept.txt")
    ran = shell.type("run", "customers.csv", "--campaign", "spring", "--yes", "--max-deletes", "100")
    assert ran.code == 0, ran.err
    return made.out.splitlines()[0]


def customer(shell: Shell) -> str:
    """Somebody whom the campaign has deleted."""
    rows = (shell.here / "campaigns/spring/report.csv").read_text("utf-8-sig").splitlines()
    return next(row.split(";")[0] for row in rows if ";deleted;" in row)


def test_a_key_is_made_for_its_owner_and_the_line_for_the_settings_is_shown(shell: Shell) -> None:
    typed = shell.type("keygen", "purge.key")
    assert typed.code == 0
    assert typed.out.startswith("amili-purge/")
    assert typed.last_line == 'checkpoint_key = "purge.key"'
    assert stat.S_IMODE((shell.here / "purge.key").stat().st_mode) == 0o600
    assert "PRIVATE" not in typed.out
    assert "for an approver: give the line above to whoever keeps approver_keys" in typed.out
    assert shell.type("keygen", "purge.key").code == 64


@pytest.mark.parametrize("use", ["signing", "pseudonyms"])
def test_no_key_is_made_where_campaigns_lie(shell: Shell, use: str) -> None:
    (shell.here / "campaigns/spring").mkdir(parents=True)
    (shell.here / "kept").mkdir()
    for words in (("campaigns/spring/my.key",), ("campaigns/my.key",), ("kept/my.key", "--campaigns", "kept")):
        refused = shell.type("keygen", *words, "--for", use)
        assert (refused.code, "lies where campaigns lie" in refused.err) == (64, True)
        assert not (shell.here / words[0]).exists()


def test_a_key_that_would_prove_nothing_or_is_none_is_refused(shell: Shell, sandbox: Sandbox) -> None:
    key = signed_campaign(shell)
    alone = shell.type("verify", "spring", "--key", key)
    assert (alone.code, "amili-purge verify spring --checkpoint FILE --key KEY" in alone.err) == (64, True)
    wrong = shell.type("verify", "spring", "--checkpoint", "kept.txt", "--key", "garbage")
    said = "--key garbage: this is neither a verifier key (NAME+HEX+BASE64) nor a file"
    assert (wrong.code, said in wrong.err, "FileNotFound" in wrong.err) == (65, True, False)


def test_a_kept_checkpoint_proves_a_campaign_and_finds_a_cut_file(shell: Shell, sandbox: Sandbox) -> None:
    key = signed_campaign(shell)
    proved = shell.type("verify", "spring", "--checkpoint", "kept.txt", "--key", key)
    assert (proved.code, "note:" in proved.out) == (0, False)
    audit = shell.here / "campaigns/spring/audit.jsonl"
    (shell.here / "cut.jsonl").write_bytes(b"".join(audit.read_bytes().splitlines(keepends=True)[:-2]))
    found = shell.type("verify", "cut.jsonl", "--checkpoint", "kept.txt", "--key", key)
    assert (found.code, "it was cut" in found.err) == (70, True)


def test_the_line_after_a_signed_run_holds_the_log_against_what_was_kept(shell: Shell, sandbox: Sandbox) -> None:
    key = signed_campaign(shell)
    words = ("run", "--campaign", "spring", "--yes", "--max-deletes", "100")
    line = shell.type(*words).last_line
    assert line == f"amili-purge verify spring --checkpoint kept.txt --key {key}"
    proved = shell.type(*shlex.split(line)[1:])
    assert (proved.code, "note:" in proved.out) == (0, False)
    shell.export(AMILI_CHECKPOINT_TO="-")
    assert shell.type(*words).last_line == "amili-purge verify spring"


def test_without_a_checkpoint_verify_says_what_it_cannot_prove(shell: Shell, sandbox: Sandbox) -> None:
    signed_campaign(shell)
    proved = shell.type("verify", "spring")
    assert proved.code == 0
    assert "no checkpoint was given" in proved.out
    assert "--checkpoint FILE" in proved.out


def test_the_page_at_the_end_names_the_key(shell: Shell, sandbox: Sandbox) -> None:
    key = signed_campaign(shell)
    assert key in shell.type("run", "--campaign", "spring", "--yes", "--max-deletes", "100").out


def test_a_receipt_is_written_and_verified_by_the_line_that_is_shown(shell: Shell, sandbox: Sandbox) -> None:
    key, number = signed_campaign(shell), customer(shell)
    written = shell.type("receipt", "spr", number)
    assert written.code == 0, written.err
    told = shell.type("verify", written.last_line.split()[-1], "--key", key)
    assert (told.code, f"customer {number}" in told.out) == (0, True)
    named = shell.type("receipt", "spring", number, "--to", "case-17.json")
    assert named.last_line == "amili-purge verify ./case-17.json"
    assert shell.type("verify", "./case-17.json").code == 0


def test_a_receipt_that_was_changed_is_70(shell: Shell, sandbox: Sandbox) -> None:
    signed_campaign(shell)
    shell.type("receipt", "spring", customer(shell), "--to", "x.receipt.json")
    path: Path = shell.here / "x.receipt.json"
    path.write_text(path.read_text("utf-8").replace('"verdict": "deleted"', '"verdict": "ineligible"'), "utf-8")
    told = shell.type("verify", "x.receipt.json")
    assert (told.code, told.out[:5], "do not say ineligible" in told.err) == (70, "FAULT", True)


def test_a_receipt_without_a_key_is_78_and_for_a_stranger_64(shell: Shell, sandbox: Sandbox) -> None:
    signed_campaign(shell)
    assert shell.type("receipt", "spring", "999999").code == 64
    shell.forget("AMILI_CHECKPOINT_KEY")
    shell.forget("AMILI_CHECKPOINT_TO")
    assert shell.type("receipt", "spring", customer(shell)).code == 78

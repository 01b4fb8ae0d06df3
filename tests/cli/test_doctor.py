"""`doctor` as it is typed: what it shows, the exit code of its first fault, and a next line that keeps the words."""

import pytest

from tests.cli.typing_in import API, Shell, deletes
from worker.app.ending import Finding
from worker.cli.diagnose import exit_code
from worker.errors import Exit
from worker.sandbox.server import Sandbox


def _known(sandbox: Sandbox) -> tuple[str, str]:
    """One who has documents and AR items, and one who has neither."""
    full, free = sorted(sandbox.world.deletable())[:2]
    sandbox.world.attach(full, documents=1, ar_items=1)
    return full, free


def test_it_shows_settings_masked_with_their_origins_and_what_it_found(shell: Shell, sandbox: Sandbox) -> None:
    full, free = _known(sandbox)
    typed = shell.type("doctor", "--rate", "50", "--with-items", full, "--without-items", free)
    assert typed.code == 0, typed.err
    lines = [line.split() for line in typed.out.splitlines()]
    assert ["rate", "50", "flag"] in lines
    assert ["oauth_client_secret", "********", "environment", "AMILI_OAUTH_CLIENT_SECRET"] in lines
    assert any(line[:2] == ["ok", "token:"] for line in lines)
    assert sandbox.ready().oauth_client_secret not in typed.out + typed.err
    assert (typed.last_line, typed.err) == ("amili-purge plan INPUT --rate 50", "")
    assert deletes(sandbox) == 0


def test_without_a_way_to_the_api_it_still_shows_the_settings(shell: Shell) -> None:
    typed = shell.type("doctor")
    assert typed.code == 78
    assert any(line.split()[:2] == ["rate", "10"] for line in typed.out.splitlines())


def test_a_refused_secret_is_77_and_the_next_line_keeps_what_was_typed(shell: Shell, sandbox: Sandbox) -> None:
    shell.export(AMILI_OAUTH_CLIENT_SECRET="wrong")
    typed = shell.type("doctor", "--with-items", "1", "--without-items", "2", "--rate", "50")
    assert typed.code == 77
    assert "FAULT  token: " in typed.out
    assert typed.err.splitlines() == [
        "amili-purge: doctor found faults; nothing was changed",
        "  The API or the token service refuses our credentials. (exit 77)",
        "  See the lines marked FAULT: token.",
    ]
    assert typed.last_line == "amili-purge doctor --with-items 1 --without-items 2 --rate 50"


def test_where_nobody_answers_is_69(shell: Shell) -> None:
    shell.export(**API)
    typed = shell.type("doctor")
    assert typed.code == 69
    assert "(exit 69)" in typed.err
    assert not any(word in typed.err for word in ("budget", "later run", "rows"))
    assert typed.last_line == "amili-purge doctor"


def test_a_customer_who_is_not_there_is_76(shell: Shell, sandbox: Sandbox) -> None:
    typed = shell.type("doctor", "--without-items", "nix")
    assert typed.code == 76
    assert typed.last_line == "amili-purge doctor --without-items nix"


@pytest.mark.parametrize(
    ("words", "line"),
    [
        ([], "doctor --with-items NO --without-items NO"),
        (["--without-items", "FREE"], "doctor --with-items NO --without-items FREE"),
        (["--with-items", "HALF", "--without-items", "FREE"], "doctor --with-items NO --without-items FREE"),
    ],
)
def test_what_is_not_proven_leads_to_customers_that_prove_it(
    shell: Shell, sandbox: Sandbox, words: list[str], line: str
) -> None:
    half, free = sorted(sandbox.world.deletable())[:2]
    sandbox.world.attach(half, ar_items=1)
    meant = {"HALF": half, "FREE": free}
    typed = shell.type("doctor", *(meant.get(word, word) for word in words))
    assert (typed.code, typed.err) == (0, "")
    assert typed.last_line == f"amili-purge {line.replace('FREE', free)}"


def _fault(code: Exit) -> Finding:
    return Finding("it", well=False, seen="", code=code)


@pytest.mark.parametrize(
    ("found", "code"),
    [
        ([Finding("it", None, "", "advice")], 0),
        ([_fault(Exit.SETTLED)], 0),
        ([_fault(Exit.SETTLED), _fault(Exit.PROTOCOL)], 76),
        ([_fault(Exit.OUT_OF_REACH), _fault(Exit.PROTOCOL)], 69),
    ],
)
def test_the_first_fault_that_has_a_code_gives_it(found: list[Finding], code: int) -> None:
    assert exit_code(found) == code

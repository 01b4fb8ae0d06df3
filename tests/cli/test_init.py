"""The first five minutes, typed: `init` from an empty directory, `doctor` with and without --write, the first plan."""

import stat
from collections.abc import Iterator

import pytest
import tomlkit

from config import Needs, load
from tests.cli.typing_in import Shell, Typed, deletes, in_a_thread, started
from worker.sandbox.faults import Faults
from worker.sandbox.options import SandboxOptions
from worker.sandbox.server import Sandbox

TOKEN = "eyJhbGciOiJub25lIn0.e30.c2lnbmF0dXJl"
SENTINEL = "100001"


@pytest.fixture
def sandbox(shell: Shell) -> Iterator[Sandbox]:
    """An API of which nothing is in the environment."""
    sandbox = Sandbox(SandboxOptions(customers=30, seed=3, sample=shell.here / "customers.csv"))
    with in_a_thread(sandbox):
        yield sandbox


def piped(shell: Shell, *answers: str, words: tuple[str, ...] = ()) -> Typed:
    """`init` as a process of its own, with its answers from a pipe."""
    code, out, err = started("init", *words, here=shell.here, typed="".join(f"{each}\n" for each in answers))
    assert isinstance(code, int)
    return Typed(code, str(out), str(err))


def settled(shell: Shell, sandbox: Sandbox) -> tuple[str, str]:
    """A settings file made by `init`, a token file beside it; who has items, and who has none."""
    shell.write("token.txt", sandbox.token)
    full, free, sentinel = sorted(sandbox.world.deletable())[:3]
    sandbox.world.attach(full, documents=1, ar_items=1)
    sandbox.world.attach(sentinel, ar_items=1)
    typed = piped(shell, sandbox.base_url, str(sandbox.world.client_no), "token.txt", sentinel)
    assert (typed.code, typed.last_line) == (0, "amili-purge doctor --with-items NO --without-items NO"), typed.err
    return full, free


def test_from_an_empty_directory_to_a_plan(shell: Shell, sandbox: Sandbox) -> None:
    full, free = settled(shell, sandbox)
    checked = shell.type("doctor", "--with-items", full, "--without-items", free)
    assert (checked.code, checked.last_line) == (0, "amili-purge plan INPUT"), checked.err
    planned = shell.type("plan", "customers.csv", "--limit", "20", "--rate", "500", "--max-invalid-share", "0.1")
    assert planned.code == 0, planned.err
    assert "apply will take" in planned.out
    assert planned.last_line.startswith("amili-purge apply customers-")
    assert "report.html" in planned.out
    assert deletes(sandbox) == 0


def test_the_file_is_commented_holds_the_answers_and_no_secret(shell: Shell, sandbox: Sandbox) -> None:
    settled(shell, sandbox)
    path = shell.here / "amili-purge.toml"
    text = path.read_text("utf-8")
    told = tomlkit.parse(text).unwrap()
    assert set(told) == {"base_url", "client_no", "token_file", "sentinel"}
    assert "# A customer number known to exist." in text
    assert "# max_deletes = 500" in text
    assert sandbox.token not in text
    assert stat.S_IMODE(path.stat().st_mode) & 0o077 == 0


def test_every_line_that_is_commented_out_would_be_accepted(shell: Shell, sandbox: Sandbox) -> None:
    settled(shell, sandbox)
    path = shell.here / "amili-purge.toml"
    lines = [line.removeprefix("# ") if " = " in line else line for line in path.read_text("utf-8").splitlines()]
    path.write_text("\n".join(lines), encoding="utf-8")
    assert load({}, environ={}, cwd=shell.here, needs=Needs(api=True)).settings.max_deletes == 500


def test_a_token_service_is_asked_for_its_client_id_and_the_secret_is_left_out(shell: Shell) -> None:
    typed = piped(shell, "api.example.com/arm/v1", "2218", "https://login.example.com/token", "purge", SENTINEL)
    assert typed.code == 0, typed.err
    told = tomlkit.parse((shell.here / "amili-purge.toml").read_text("utf-8")).unwrap()
    assert told["base_url"] == "https://api.example.com/arm/v1"
    assert (told["token_url"], told["oauth_client_id"]) == ("https://login.example.com/token", "purge")
    assert "AMILI_OAUTH_CLIENT_SECRET" in typed.out


@pytest.mark.parametrize(("way", "told"), [("env", "AMILI_TOKEN"), ("not-there.txt", "not-there.txt is not there yet")])
def test_what_is_still_needed_is_said(shell: Shell, way: str, told: str) -> None:
    typed = piped(shell, "https://api.example.com", "2218", way, SENTINEL, words=("staging.toml",))
    assert told in typed.out
    assert typed.last_line == "amili-purge doctor --with-items NO --without-items NO --settings staging.toml"


def test_a_token_that_is_pasted_is_neither_written_nor_repeated(shell: Shell) -> None:
    for pasted in (TOKEN, "a" * 90):
        typed = piped(shell, "https://api.example.com", "2218", pasted, SENTINEL)
        assert typed.code == 64
        assert "looks like a token itself" in typed.err
        assert pasted not in typed.out + typed.err
    assert list(shell.here.iterdir()) == []


@pytest.mark.parametrize(
    "answers",
    [
        ("http://api.example.com", "2218", "t", SENTINEL),
        ("https://api.example.com", "many", "t", SENTINEL),
        ("https://api.example.com", "2218", "", SENTINEL),
        ("https://api.example.com", "2218", "http://login.example.com", SENTINEL),
        ("https://api.example.com", "2218", "t", "12/34"),
        ("https://api.example.com", "2218", "t"),
        (),
    ],
)
def test_an_answer_from_a_pipe_that_will_not_do_is_64_and_nothing_is_written(
    shell: Shell, answers: tuple[str, ...]
) -> None:
    typed = piped(shell, *answers)
    assert typed.code == 64
    assert "nothing was written" in typed.err
    assert list(shell.here.iterdir()) == []


def test_a_file_that_is_there_is_never_replaced(shell: Shell) -> None:
    path = shell.write("amili-purge.toml", "rate = 1\n")
    typed = shell.type("init")
    assert (typed.code, path.read_text("utf-8")) == (64, "rate = 1\n")
    assert "amili-purge init FILE" in typed.err


def test_a_place_that_cannot_be_written_is_64(shell: Shell) -> None:
    typed = piped(shell, "https://api.example.com", "2218", "env", SENTINEL, words=("gone/purge.toml",))
    assert typed.code == 64
    assert "cannot be written" in typed.err


def test_doctor_offers_the_lines_and_writes_them_beside_the_comments(shell: Shell, sandbox: Sandbox) -> None:
    full, free = settled(shell, sandbox)
    sandbox.faults = Faults.parse("empty_404")
    words = ("doctor", "--with-items", full, "--without-items", free)
    path = shell.here / "amili-purge.toml"
    before = path.read_text("utf-8")
    offered = shell.type(*words)
    assert offered.code == 76
    assert 'empty_list = "200,404"' in offered.out.splitlines()
    assert path.read_text("utf-8") == before
    written = shell.type(*words, "--write")
    assert "Written into amili-purge.toml:" in written.out
    after = path.read_text("utf-8")
    assert after.startswith(before.rstrip("\n"))
    assert after.splitlines()[-1] == 'empty_list = "200,404"'
    assert shell.type(*words).code == 0


def test_a_line_that_is_there_is_changed_where_it_stands(shell: Shell, sandbox: Sandbox) -> None:
    full, free = settled(shell, sandbox)
    path = shell.here / "amili-purge.toml"
    path.write_text('empty_list = "200,204"  # from the owner\n' + path.read_text("utf-8"), encoding="utf-8")
    sandbox.faults = Faults.parse("empty_404")
    shell.type("doctor", "--with-items", full, "--without-items", free, "--write")
    assert path.read_text("utf-8").splitlines()[0] == 'empty_list = "200,204,404"  # from the owner'


def test_a_stronger_place_is_named_where_the_file_will_not_be_heard(shell: Shell, sandbox: Sandbox) -> None:
    full, free = settled(shell, sandbox)
    sandbox.faults = Faults.parse("empty_404")
    typed = shell.type("doctor", "--with-items", full, "--without-items", free, "--empty-list", "200", "--write")
    assert "note: empty_list is still taken from a stronger place: flag" in typed.out


def test_doctor_writes_into_no_file_that_is_not_there(shell: Shell) -> None:
    typed = shell.type("doctor", "--write")
    assert typed.code == 64
    assert "amili-purge init" in typed.err

"""The guides, followed to the letter: every command of a page is typed in its order, with the settings it shows."""

import re
import shlex
import shutil
import subprocess
import sys
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from itertools import pairwise
from pathlib import Path

import pytest
from openpyxl import Workbook
from openpyxl.worksheet.worksheet import Worksheet

from tests.cli.typing_in import ROOT, Shell, environment, in_a_thread, started, surroundings
from worker.sandbox.options import SandboxOptions
from worker.sandbox.server import Sandbox
from worker.sandbox.world import Customer

GUIDES = ROOT / "docs" / "guides"
STAYS, FULL, FREE = "100001", "100002", "100003"
ByHand = Callable[[str], object]
LISTED = [FULL, FREE, *(str(number) for number in range(200_001, 200_011))]


@pytest.fixture
def sandbox(shell: Shell) -> Iterator[Sandbox]:
    """An API that knows the customers of the guides, and the files that the guides take for granted."""
    sandbox = Sandbox(SandboxOptions(customers=0))
    for place, number in enumerate([STAYS, *LISTED]):
        attached = 1 if number in (STAYS, FULL) or place % 2 else 0
        items = 0 if number == FREE else attached
        sandbox.world.add(Customer(number, 500_000, documents=items, ar_items=items))
    _lists(shell)
    with in_a_thread(sandbox):
        yield sandbox


def _lists(shell: Shell) -> None:
    book = Workbook()
    sheet = book.active
    assert isinstance(sheet, Worksheet)
    for row in (["Kundenr", "Navn"], *([number, "Eksempel"] for number in LISTED)):
        sheet.append(row)
    book.save(shell.here / "kunder.xlsx")
    shell.write("kunder.csv", "\n".join(["Kundenr", *LISTED, ""]))
    shell.write("stays.csv", f"Kundenr\n{LISTED[-1]}\n")


def blocks(page: str, language: str) -> list[str]:
    return re.findall(rf"^```{language}\n(.*?)^```", (GUIDES / page).read_text("utf-8"), re.MULTILINE | re.DOTALL)


def commands(page: str) -> list[list[str]]:
    """The words of every command of a page."""
    lines = [line for block in blocks(page, "console") for line in block.splitlines()]
    return [shlex.split(line.removeprefix("$ amili-purge "), comments=True) for line in lines]


def followed(
    page: str, here: Path, environ: dict[str, str], answers: str = "", by_hand: Mapping[str, ByHand] | None = None
) -> list[str]:
    """What each command printed; each must end well. Where a person would be asked, the digest of the plan answers.

    `by_hand` is what people do after a command, with what it printed.
    """
    digest, printed = "", list[str]()
    for words in commands(page):
        meant = [digest if word == "DIGEST" else word for word in words]
        if words[0] == "apply" and "--approve" not in words:
            meant += ["--approve", digest]
        code, out, err = started(*meant, here=here, environ=environ, typed=answers if words[0] == "init" else None)
        assert code == 0, f"{page}: {' '.join(meant)}: {err}"
        found = re.search(r"^plan     digest ([0-9a-f]{64})$", str(out), re.MULTILINE)
        digest = found[1] if found else digest
        printed.append(str(out))
        if by_hand and words[0] in by_hand:
            by_hand[words[0]](str(out))
    return printed


def test_finance_comes_from_an_empty_folder_to_a_page_to_sign(shell: Shell, sandbox: Sandbox) -> None:
    shell.write("token.txt", sandbox.token)
    answers = f"{sandbox.base_url}\n{sandbox.world.client_no}\ntoken.txt\n{STAYS}\n"
    printed = followed("finance.md", shell.here, {"AMILI_RATE": "200"}, answers)
    assert "FAULT" not in printed[1]
    assert printed[-1].startswith("ok: ")
    assert (shell.here / "campaigns/spring/report.html").exists()
    assert FREE in sandbox.world.deleted_by_request()


def test_a_migration_ends_with_a_list_of_whom_nobody_is_left(shell: Shell, sandbox: Sandbox) -> None:
    shell.write("amili-purge.toml", blocks("migration.md", "toml")[0])
    deletable = sandbox.world.deletable() - {LISTED[-1]}
    printed = followed("migration.md", shell.here, environment(sandbox))
    assert set(sandbox.world.deleted_by_request()) == deletable
    assert re.search(rf"^already_absent +{len(deletable)} ", printed[-1], re.MULTILINE)


def test_a_job_ends_with_nought_and_again(shell: Shell, sandbox: Sandbox) -> None:
    shell.write("amili-purge.toml", blocks("cronjob.md", "toml")[0])
    deletable = sandbox.world.deletable()
    for _ in range(2):
        followed("cronjob.md", shell.here, {**environment(sandbox), "AMILI_RATE": "200"})
        assert set(sandbox.world.deleted_by_request()) == deletable


def test_two_persons_delete_what_one_of_them_has_signed_elsewhere(shell: Shell, sandbox: Sandbox) -> None:
    shell.write("amili-purge.toml", blocks("two-persons.md", "toml")[0])
    one, copy = shell.here / "campaigns/spring", shell.here / "inbox/spring"
    by_hand: dict[str, ByHand] = {
        "keygen": lambda out: shell.write("approvers.txt", f"# who may approve\n{out.splitlines()[0]}\n"),
        "plan": lambda out: shutil.copytree(one, copy),
        "approve": lambda out: shutil.copyfile(copy / "approval.txt", one / "approval.txt"),
    }
    deletable = sandbox.world.deletable()
    printed = followed("two-persons.md", shell.here, environment(sandbox), by_hand=by_hand)
    assert set(sandbox.world.deleted_by_request()) == deletable
    assert "amili-purge approve spring --key FILE" in printed[1]
    assert "kari.example (key <code>kari.example+" in (one / "report.html").read_text("utf-8")


@contextmanager
def served(words: list[str], here: Path) -> Iterator[dict[str, str]]:
    """The sandbox of a page, on another port; what it tells a second window to export."""
    free = ["0" if before == "--port" else word for before, word in pairwise(["", *words])]
    command = [sys.executable, "-m", "worker", *free]
    with subprocess.Popen(command, cwd=here, env=surroundings(), stdout=subprocess.PIPE, text=True) as process:
        try:
            assert process.stdout is not None
            told = [process.stdout.readline().split() for _ in range(5)]
            yield dict(words[1].split("=", 1) for words in told if words[0] == "export")
        finally:
            process.terminate()


def test_a_sandbox_is_a_first_campaign_from_the_command_to_the_account(shell: Shell) -> None:
    on_path, sandbox = blocks("sandbox.md", "sh")
    assert "/.venv/bin:" in on_path
    shell.write("amili-purge.toml", blocks("sandbox.md", "toml")[0])
    with served(shlex.split(sandbox)[1:], shell.here) as environ:
        printed = followed("sandbox.md", shell.here, environ)
    assert "FAULT" not in printed[0]
    assert not re.search("mismatch", "".join(printed))  # the sandbox's list is about its own customers
    assert re.search(r"^deleted +\d\d ", printed[-2], re.MULTILINE)
    assert printed[-1].startswith("ok: ")


@pytest.mark.parametrize("page", sorted(path.name for path in GUIDES.iterdir()))
def test_every_guide_holds_commands_and_is_followed_here(page: str) -> None:
    assert commands(page)
    assert page in Path(__file__).read_text("utf-8")

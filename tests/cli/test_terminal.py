"""`apply` at a real terminal: what it asks, and that nothing but the right answer lets a DELETE leave."""

import json
import os
import pty
import re
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field

import pytest

from tests.cli.typing_in import Shell, deletes, surroundings
from worker.app.ending import Finding
from worker.cli.diagnose import findings
from worker.sandbox.faults import Faults
from worker.sandbox.server import Sandbox

PROMPT = "Client number and count: "


@dataclass
class Terminal:
    """The person's end of a terminal at which `apply` was typed."""

    process: subprocess.Popen[str]
    end: int
    seen: str = field(default="")

    def read_until(self, text: str) -> str:
        while text not in self.seen:
            self.seen += os.read(self.end, 4096).decode()
        return self.seen

    def type(self, text: str) -> None:
        os.write(self.end, text.encode())

    def ended(self) -> int:
        """The exit code; whatever is still written must be read, or the process would wait for us."""
        try:
            while more := os.read(self.end, 4096):
                self.seen += more.decode()
        except OSError:  # the other end is closed
            pass
        return self.process.wait(30)


@contextmanager
def at_terminal(shell: Shell, *words: str, results: bool = False) -> Iterator[Terminal]:
    """A command with a terminal for standard input and error, and with `results` for its standard output too.

    It has a session of its own, so that Ctrl-C reaches it alone.
    """
    ours, theirs = pty.openpty()
    with subprocess.Popen(
        [sys.executable, "-c", _CHILD, *words],
        cwd=shell.here,
        env=surroundings({n: v for n, v in os.environ.items() if n.startswith("AMILI_")}),
        stdin=theirs,
        stdout=theirs if results else subprocess.PIPE,
        stderr=theirs,
        text=True,
        start_new_session=True,
    ) as process:
        os.close(theirs)
        try:
            yield Terminal(process, ours)
        finally:
            process.kill()
            os.close(ours)


def test_forget_asks_for_the_name_and_another_answer_removes_nothing(shell: Shell, sandbox: Sandbox) -> None:
    shell.type("keygen", "names.key", "--for", "pseudonyms")
    shell.export(AMILI_AUDIT_PSEUDONYMS="true", AMILI_PSEUDONYM_KEY="names.key", AMILI_FORGET_AFTER="0")
    assert shell.type("run", "customers.csv", "--campaign", "spring", "--yes", "--max-deletes", "100").code == 0
    for answer, code in (("yes\n", 64), ("\x03", 75), ("spring\n", 0)):
        assert (shell.here / "campaigns/spring/report.csv").exists()
        with at_terminal(shell, "forget", "spring") as terminal:
            asked = terminal.read_until("Name of the campaign: ")
            assert "cannot be taken back" in asked
            terminal.type(answer)
            assert terminal.ended() == code, terminal.seen
    assert not (shell.here / "campaigns/spring/report.csv").exists()


# The terminal on standard input becomes the session's own, as it is for somebody who logs in.
_CHILD = """
import fcntl, sys, termios
fcntl.ioctl(0, termios.TIOCSCTTY, 0)
from worker.cli import main
main()
"""


@pytest.fixture
def eligible(shell: Shell, sandbox: Sandbox) -> int:
    """How many customers the plan of the campaign `spring` found eligible."""
    planned = shell.type("plan", "customers.csv", "--campaign", "spring")
    return int(next(line.split()[1] for line in planned.out.splitlines() if line.startswith("eligible")))


def test_client_and_count_are_shown_and_typing_them_deletes(shell: Shell, sandbox: Sandbox, eligible: int) -> None:
    with at_terminal(shell, "apply", "spring") as terminal:
        asked = terminal.read_until(PROMPT)
        assert "127.0.0.1" in asked
        assert "2218" in asked
        assert f"count   {eligible}" in asked
        assert "less than a minute" in asked
        assert deletes(sandbox) == 0
        terminal.type(f"2218 {eligible}\n")
        assert terminal.ended() == 0, terminal.seen
    assert deletes(sandbox) == eligible


@pytest.mark.parametrize("answer", ["yes\n", "\x04"])
def test_another_answer_is_64_and_sends_nothing(shell: Shell, sandbox: Sandbox, eligible: int, answer: str) -> None:
    with at_terminal(shell, "apply", "spring") as terminal:
        terminal.read_until(PROMPT)
        terminal.type(answer)
        assert terminal.ended() == 64, terminal.seen
    assert terminal.seen.rstrip().endswith("amili-purge status spring")
    assert "report.csv" in terminal.seen
    assert deletes(sandbox) == 0


def test_an_interrupt_at_the_question_is_75_and_sends_nothing(shell: Shell, sandbox: Sandbox, eligible: int) -> None:
    with at_terminal(shell, "apply", "spring") as terminal:
        terminal.read_until(PROMPT)
        terminal.type("\x03")
        assert terminal.ended() == 75, terminal.seen
    assert "Traceback" not in terminal.seen
    assert "nothing was sent" in terminal.seen
    assert "not_reached" not in terminal.seen
    assert deletes(sandbox) == 0


def test_the_question_tells_what_is_left_after_a_part_was_deleted(
    shell: Shell, sandbox: Sandbox, eligible: int
) -> None:
    digest = json.loads((shell.here / "campaigns/spring/summary.json").read_text())["plan_digest"]
    assert shell.type("apply", "spring", "--approve", digest, "--max-deletes", "3").code == 20
    with at_terminal(shell, "apply", "spring") as terminal:
        asked = terminal.read_until(PROMPT)
    assert f"{eligible - 3} still to delete (of {eligible} in the plan)" in asked


def test_a_digest_spares_the_question(shell: Shell, sandbox: Sandbox, eligible: int) -> None:
    digest = shell.type("plan", "customers.csv", "--campaign", "spring").last_line.rpartition(" ")[2]
    with at_terminal(shell, "apply", "spring", "--approve", digest) as terminal:
        assert terminal.ended() == 0, terminal.seen
    assert PROMPT not in terminal.seen
    assert deletes(sandbox) == eligible


COLOUR = re.compile(r"\x1b\[[0-9;]*(?:3[0-8]|4[0-8]|9[0-7])[0-9;]*m")


def planned_on(shell: Shell, **environ: str) -> str:
    """What a person sees of a plan that some answers fail in, on such a terminal."""
    shell.export(**environ)
    with at_terminal(shell, "plan", "customers.csv", "--campaign", "spring") as terminal:
        assert terminal.ended() == 0, terminal.seen
    assert "http_500" in terminal.seen
    return terminal.seen


def test_a_terminal_without_colours_is_sent_none(shell: Shell, sandbox: Sandbox) -> None:
    sandbox.faults = Faults.parse("http_500@get_customer#2-3")
    seen = planned_on(shell, TERM="xterm-256color", NO_COLOR="1")
    assert "\x1b[" in seen  # the display is drawn in place all the same
    assert not COLOUR.search(seen)


def test_a_terminal_with_colours_is_sent_some(shell: Shell, sandbox: Sandbox) -> None:
    sandbox.faults = Faults.parse("http_500@get_customer#2-3")
    shell.export(NO_COLOR="")
    assert COLOUR.search(planned_on(shell, TERM="xterm-256color"))


def test_a_dumb_terminal_is_sent_lines_and_nothing_that_moves_its_cursor(shell: Shell, sandbox: Sandbox) -> None:
    sandbox.faults = Faults.parse("http_500@get_customer#2-3")
    assert "\x1b" not in planned_on(shell, TERM="dumb", NO_COLOR="1")


@pytest.mark.parametrize("words", [("doctor",), ("explain", "543210")])
def test_findings_are_coloured_on_a_terminal_and_steer_nothing(
    shell: Shell, sandbox: Sandbox, words: tuple[str, ...]
) -> None:
    shell.export(TERM="xterm-256color", NO_COLOR="")
    with at_terminal(shell, *words, results=True) as terminal:
        terminal.ended()
    assert COLOUR.search(terminal.seen)
    assert "\\u001b" not in terminal.seen


def test_what_a_server_says_in_a_finding_is_spelt_and_not_obeyed() -> None:
    assert findings([Finding("token\x1b[2J", None, "a\x1b[2J", "b\x1b[2J")]).count("\\u001b[2J") == 3


def test_init_asks_a_person_again_after_an_answer_that_will_not_do(shell: Shell) -> None:
    with at_terminal(shell, "init") as terminal:
        for question, answers in (
            ("path prefix", ["ftp://api.example.com\n", "api.example.com\n"]),
            ("client whose", ["many\n", "2218\n"]),
            ("token comes from", ["env\n"]),
            ("certainly exists", ["100001\n"]),
        ):
            terminal.read_until(question)
            for answer in answers:
                terminal.type(answer)
        assert terminal.ended() == 0, terminal.seen
    assert "That must begin with https://" in terminal.seen
    assert 'base_url = "https://api.example.com"' in (shell.here / "amili-purge.toml").read_text("utf-8")

"""init: four questions, and a settings file to begin with.

Decides what is asked and how an answer is judged. Sends nothing, never writes a secret, and never replaces a file.
"""

import re
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Final

import click

from config.settings import TOML_FILE
from config.writing import begun, fault
from worker.cli.closing import line, wrapped
from worker.cli.flags import command
from worker.cli.streams import say, tell
from worker.core.customer import CustomerNo, parse
from worker.errors import Exit, UsageWrong

_SECRET: Final = re.compile(r"eyJ[\w-]*\.[\w-]*\.?[\w-]*|[^/.~\\\s]{80,}")
_URL: Final = re.compile(r"https?://", re.IGNORECASE)
_ENVIRONMENT: Final = "env"
_QUESTIONS: Final = {
    "base_url": "Address of the API with its path prefix, such as https://api.staging.amili.no/arm/v1",
    "client_no": "Number of the client whose customers are worked on",
    "token": "Where the token comes from: a file's name, the address of a token service (https://…), or the word env",
    "oauth_client_id": "Client id for that token service",
    "sentinel": "A customer number that certainly exists (it will never be deleted)",
}

Judge = Callable[[str], str]


@command("init", "init", "init staging.toml", settings=False)
@click.argument("path", metavar="[FILE]", type=click.Path(path_type=Path), default=Path(TOML_FILE))
def init_command(*, path: Path) -> int:
    """Ask for host, client, token and a customer that must exist, and write a settings file.

    FILE is amili-purge.toml if it is not named; a file that is there already is never replaced. No secret is written
    into it. The answers may come from a pipe, one a line.
    """
    if path.exists():
        raise UsageWrong(f"{path} is there already, and init replaces no file", "name another: amili-purge init FILE")
    answers = _answers()
    try:
        with path.open("x", encoding="utf-8") as file:
            file.write(begun(answers))
    except OSError as error:
        raise UsageWrong(f"{path} cannot be written: {error.strerror}") from error
    say(f"{path} is written. It holds no secret.")
    for told in _still_needed(answers):
        say(wrapped(told))
    say(wrapped("Next, name a customer that has documents and AR items, and one that has neither:"))
    say()
    named = () if path == Path(TOML_FILE) else ("--settings", str(path))
    say(line("doctor", "--with-items", "NO", "--without-items", "NO", *named))
    return Exit.SETTLED


def _answers() -> dict[str, str | int]:
    answers: dict[str, str | int] = {"base_url": _asked("base_url", _address, _with_scheme)}
    answers["client_no"] = int(_asked("client_no", lambda text: fault("client_no", text)))
    way = _asked("token", _way)
    if _URL.match(way):
        answers |= {"token_url": way, "oauth_client_id": _asked("oauth_client_id", _given)}
    elif way != _ENVIRONMENT:
        answers["token_file"] = way
    answers["sentinel"] = _asked("sentinel", _customer)
    return answers


def _asked(name: str, judge: Judge, mend: Callable[[str], str] = str) -> str:
    """The answer to one question; a person is asked again until it will do, a pipe is told what is wrong (64)."""
    person = sys.stdin.isatty()
    while True:
        tell(f"{_QUESTIONS[name]}:")
        typed = sys.stdin.readline()
        if not typed:
            raise UsageWrong(f"there is no answer for {name}, so nothing was written", _QUESTIONS[name])
        answer = mend(typed.strip())
        wrong = judge(answer)
        if not wrong:
            return answer
        if not person:
            raise UsageWrong(f"the answer for {name} {wrong}; nothing was written")
        tell(f"  That {wrong}.")


def _with_scheme(text: str) -> str:
    return text if "://" in text or not text else f"https://{text}"


def _address(text: str) -> str:
    return fault("base_url", text)


def _given(text: str) -> str:
    return "" if text else "is empty"


def _way(text: str) -> str:
    """A token that is pasted here must go no further, not even into a message."""
    if _SECRET.fullmatch(text):
        return "looks like a token itself: put it into a file that only you can read, and name the file"
    return fault("token_url", text) if _URL.match(text) else _given(text)


def _customer(text: str) -> str:
    return "" if isinstance(parse(text), CustomerNo) else "is no customer number"


def _still_needed(answers: dict[str, str | int]) -> list[str]:
    """What the file does not hold and a command will need."""
    if "token_url" in answers:
        return [
            "The client secret is still needed: AMILI_OAUTH_CLIENT_SECRET, or a file of that name in --secrets-dir."
        ]
    if "token_file" not in answers:
        return ["The token is still needed: AMILI_TOKEN, or a file called token in --secrets-dir."]
    there = Path(str(answers["token_file"])).exists()
    return [] if there else [f"{answers['token_file']} is not there yet: put the token into it, readable to you alone."]

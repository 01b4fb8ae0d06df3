"""Nothing secret and nothing personal in any file that was written or any byte that was printed."""

import json
import re
from collections.abc import Iterable, Iterator
from pathlib import Path

import pytest

from tests.acceptance.stage import Box, Desk, sandbox
from worker.sandbox.population import MARKER

FAULTS = (
    "http_500=0.02,truncated=0.02,html=0.01,reset_after=0.01,cut_short=0.01,wrong_type=0.01,null=0.01,huge_body=0.005,"
    "late_effect@delete=0.02:0.1s,http_409@delete=0.03,http_422@delete=0.02,wrong_client@get_customer=0.01"
)
PACE = ("--rate", "1000", "--concurrency", "16", "--settle-time", "0.1", "--max-failure-share", "1")
CAPPED = (*PACE, "--max-deletes", "900", "--yes")
OTHER_COLUMN = "Eksempel"
"""In a column of the input that is not ours: it belongs to the report and the ledger's copy of the rows alone."""
JWT = "eyJhbGciOi"
"""What every token of the sandbox begins with, also one that was asked for."""
STOLEN = "stolen-4f1b5c-secret"


def leaks(paths: Iterable[Path], secrets: Iterable[str]) -> Iterator[str]:
    """Each place of a secret, in whatever case, whole or as the last part of a token."""
    needles = [part.lower().encode() for secret in secrets for part in {secret, secret.rpartition(".")[2]}]
    for path in paths:
        text = path.read_bytes().lower()
        yield from (f"{path.name}: {needle.decode()[:12]}…" for needle in needles if needle in text)


def written(desk: Desk) -> list[Path]:
    """Everything below the user's directory that the worker wrote or printed."""
    places = (desk.campaigns, desk.directory / "said")
    return [path for place in places for path in place.rglob("*") if path.is_file()]


def spoken(desk: Desk, code: int, *words: str, **settings: str) -> None:
    ended = desk.do(*words, **settings)
    assert ended.code == code, (words, ended.code, ended.out, ended.err)


def digest(desk: Desk, name: str) -> str:
    return str(json.loads((desk.campaigns / name / "summary.json").read_bytes())["plan_digest"])


def campaigns(desk: Desk, box: Box) -> None:
    """A planned campaign with console lines and one that is run with JSON lines, all that can be told included."""
    loud = ("--log-level", "debug")
    assert desk.do("plan", "sample.csv", "--campaign", "planned", *PACE, *loud, "--log-format", "console").code in {
        0,
        10,
    }
    approved = ("apply", "planned", "--approve", digest(desk, "planned"), *PACE, *loud, "--log-format", "console")
    assert desk.do(*approved).code in {0, 10}
    credentials = {
        "AMILI_TOKEN_URL": box.ready["token_url"],
        "AMILI_OAUTH_CLIENT_ID": box.ready["oauth_client_id"],
        "AMILI_OAUTH_CLIENT_SECRET": box.ready["oauth_client_secret"],
    }
    desk.environment = {name: value for name, value in desk.environment.items() if name != "AMILI_TOKEN"} | credentials
    ran = desk.do("run", "sample.csv", "--campaign", "ran", *CAPPED, *loud, "--log-format", "json")
    assert ran.code in {0, 10}, ran.err
    assert desk.do("reconcile", "ran", *PACE, *loud).code in {0, 10}


def looks(desk: Desk, box: Box) -> None:
    """What only looks, with customers that are there."""
    there = sorted(box.state()["existing"])
    free = sorted(box.state()["deletable"]) or there
    for command in ("status", "report", "verify"):
        spoken(desk, 0, command, "ran")
    for number in (there[0], free[0]):
        desk.do("explain", number, "--log-level", "debug")
    desk.do("doctor", "--with-items", there[0], "--without-items", free[0])


def mistakes(desk: Desk, box: Box) -> None:
    """Settings and words that are wrong, with a secret in the wrong place."""
    host = box.ready["base_url"].removeprefix("http://")
    spoken(desk, 64, "plan", "sample.csv", "--token", STOLEN)
    spoken(desk, 64, "plan", "sample.csv", "--base-url", f"http://user:{STOLEN}@{host}")
    spoken(desk, 64, "plan", f"amqp://user:{STOLEN}@localhost/queue", "--campaign", "queue")
    spoken(desk, 78, "plan", "sample.csv", AMILI_TOKENN=STOLEN)
    spoken(desk, 78, "plan", "sample.csv", AMILI_TOKEN=f"{STOLEN} {STOLEN}", AMILI_OAUTH_CLIENT_SECRET="")
    spoken(desk, 78, "plan", "sample.csv", AMILI_TOKEN=STOLEN)  # a second way to a token
    spoken(desk, 78, "doctor", AMILI_PROXY=f"ftp://user:{STOLEN}@localhost")
    spoken(desk, 78, "doctor", AMILI_BASE_URL=f"http://user:{STOLEN}@{host}")
    (desk.directory / "wrong.toml").write_text(f'oauth_client_secret = ["{STOLEN}"]\nrate = "{STOLEN}"\n', "utf-8")
    desk.do("doctor", "--settings", "wrong.toml")
    refused = desk.do("plan", "sample.csv", "--campaign", "refused", *PACE, AMILI_OAUTH_CLIENT_SECRET=STOLEN)
    assert refused.code == 77, refused.err
    fixed = {name: value for name, value in desk.environment.items() if "OAUTH" not in name and "TOKEN" not in name}
    desk.environment = fixed | {"AMILI_TOKEN": STOLEN}
    spoken(desk, 77, "plan", "sample.csv", "--campaign", "stolen", *PACE, "--log-level", "debug")


def test_nothing_secret_and_nothing_personal_is_written_or_printed(tmp_path: Path) -> None:
    with sandbox(tmp_path, "--customers", "200", "--seed", "9", "--faults", FAULTS) as box:
        desk = Desk(tmp_path, box.api())
        campaigns(desk, box)
        box.set_faults("")
        looks(desk, box)
        mistakes(desk, box)
    assert list(leaks(written(desk), [*box.secrets(), STOLEN, MARKER, JWT])) == []
    # Other columns of the input go nowhere but to the report and the ledger.
    theirs = [path for path in written(desk) if not re.match(r"report\.(csv|html)|ledger\.db", path.name)]
    assert list(leaks(theirs, [OTHER_COLUMN])) == []
    # There was something to scan, and it does hold what it may hold.
    assert {path.name for path in theirs} >= {"audit.jsonl", "summary.json", "001.out", "001.err"}
    assert sum(path.stat().st_size for path in theirs) > 500_000
    assert len(list(leaks(written(desk), [OTHER_COLUMN]))) >= 4


@pytest.mark.parametrize(
    "line", ["Authorization: Bearer eyJh.x.signature-of-it", "only SIGNATURE-OF-IT", "Kari Nordmann sandbox-personal"]
)
def test_a_leak_would_be_found(tmp_path: Path, line: str) -> None:
    spilt = tmp_path / "001.err"
    spilt.write_text(line, "utf-8")
    assert list(leaks([spilt], ["eyJh.x.signature-of-it", MARKER]))

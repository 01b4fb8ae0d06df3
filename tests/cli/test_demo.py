"""The demo and the sandbox's command: they run alone, and the demo's 0 means that the accounts agree."""

import json
import re
import signal
import socket
import subprocess
import sys
from pathlib import Path
from urllib.request import urlopen

import pytest

from tests.cli.typing_in import started, surroundings
from worker.cli.demo import Comparison
from worker.sandbox.options import SandboxOptions
from worker.sandbox.population import populate

HOSTILE = {"AMILI_BASE_URL": "ftp://nowhere", "AMILI_MAX_DELETES": "0", "AMILI_NONSENSE": "1"}


def test_the_demo_agrees_with_the_sandbox_and_reads_nobodys_settings(tmp_path: Path) -> None:
    (tmp_path / "amili-purge.toml").write_text("nonsense = true\n", encoding="utf-8")
    (tmp_path / ".env").write_text("AMILI_RATE=nonsense\n", encoding="utf-8")
    temporary = tmp_path / "temporary"
    temporary.mkdir()
    code, out, err = started("demo", here=tmp_path, environ={**HOSTILE, "TMPDIR": str(temporary)})
    assert (code, err) == (0, "")
    assert "They agree, customer by customer." in str(out)
    (kept,) = temporary.iterdir()
    assert str(kept) in str(out)
    assert {path.name for path in kept.iterdir()} >= {"customers.csv", "campaigns", "journal.jsonl"}
    for text in (str(out), *(_text(path) for path in kept.rglob("*") if path.is_file())):
        assert not re.search(r"eyJ|sandbox-secret|SANDBOX-PERSONAL", text)


def _text(path: Path) -> str:
    return path.read_bytes().decode("utf-8", "replace")


@pytest.mark.parametrize(
    ("reported", "journal", "counted", "arrived", "agrees"),
    [
        ("ab", "ab", 2, 2, True),
        ("ab", "ac", 2, 2, False),
        ("a", "ab", 2, 2, False),
        ("ab", "a", 2, 2, False),
        ("ab", "ab", 2, 3, False),
    ],
)
def test_accounts_agree_only_customer_by_customer_and_delete_by_delete(
    reported: str, journal: str, counted: int, arrived: int, agrees: bool
) -> None:
    compared = Comparison(frozenset(reported), frozenset(journal), counted, arrived)
    assert compared.agrees is agrees
    assert ("DO NOT AGREE" in str(compared)) is not agrees


def test_the_sandbox_is_served_until_it_is_told_to_end(tmp_path: Path) -> None:
    with subprocess.Popen(
        [sys.executable, "-m", "worker", "sandbox", "--customers", "5", "--absent", "0", "--sample", "list.csv"],
        cwd=tmp_path,
        env=surroundings(),
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    ) as process:
        assert process.stdout is not None
        lines = [process.stdout.readline() for _ in range(7)]
        names = dict(line.removeprefix("export ").strip().split("=", 1) for line in lines[:5])
        assert names["AMILI_BASE_URL"].startswith("http://127.0.0.1:")
        known = populate(5, SandboxOptions().seed, absent=0)
        assert lines[5:] == [
            f"amili-purge doctor --with-items {known.with_items} --without-items {known.without_items}\n",
            "amili-purge plan list.csv\n",
        ]
        origin = names["AMILI_TOKEN_URL"].split("/", 3)[2]
        with urlopen(f"http://{origin}/sandbox/state", timeout=10) as answer:
            assert len(json.load(answer)["existing"]) == 5
        process.send_signal(signal.SIGINT)
        assert process.wait(20) == 0
    assert (tmp_path / "list.csv").exists()


def test_a_port_that_is_taken_is_64(tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        code, out, err = started("sandbox", "--port", str(taken.getsockname()[1]), here=tmp_path)
    assert (code, out) == (64, "")
    assert "Traceback" not in str(err)

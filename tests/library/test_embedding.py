"""The example of the page, type-checked and run to the letter; and importing the package loads nothing heavy."""

import asyncio
import re
import subprocess
import sys
from pathlib import Path

import pytest

import worker
from tests.campaigns.stage import cast, staged
from tests.cli.typing_in import ROOT, environment, surroundings

PAGE = (ROOT / "docs" / "library.md").read_text("utf-8")
PEOPLE = cast(free=1)


@pytest.fixture
def example(tmp_path: Path) -> Path:
    """The page's program, in a file."""
    (block,) = re.findall(r"^```python\n(.*?)^```", PAGE, re.MULTILINE | re.DOTALL)
    path = tmp_path / "embed.py"
    path.write_text(block, encoding="utf-8")
    return path


def test_the_example_passes_the_strictest_type_check_and_a_wrong_name_does_not(example: Path) -> None:
    wrong = example.with_name("wrong.py")
    wrong.write_text("from worker import nobody\n", encoding="utf-8")
    command = [sys.executable, "-m", "mypy", "--strict", "--no-error-summary", str(example), str(wrong)]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    found = done.stdout.splitlines()
    assert len(found) == 1, done.stdout + done.stderr
    assert "wrong.py:1" in found[0]
    assert "nobody" in found[0]


async def test_the_example_deletes_and_tells_each_request_its_verdict(example: Path, tmp_path: Path) -> None:
    numbers = re.findall(r'"(\d+)"', PAGE)
    assert PEOPLE.free == (numbers[0],)
    async with staged(tmp_path, PEOPLE) as stage:
        done = await asyncio.to_thread(
            subprocess.run,
            [sys.executable, str(example)],
            cwd=tmp_path,
            env=surroundings({**environment(stage.sandbox), "AMILI_SETTLE_TIME": "0.02"}),
            capture_output=True,
            text=True,
            check=False,
        )
        assert stage.deleted == set(PEOPLE.free), done.stderr
    out = done.stdout
    assert out.splitlines()[:2] == ["3 given, 2 new, 0 known already, 1 invalid", "1 of 2 may be deleted"]
    assert "100001: deleted" in out
    assert "not a number: invalid characters" in out


@pytest.mark.parametrize("words", ["import worker", "from worker import Verdict, CommandFailed, Exit, Summary"])
def test_importing_the_package_loads_nothing_heavy(words: str) -> None:
    heavy = "{'aiohttp', 'rich', 'psycopg', 'pydantic', 'sqlite3', 'structlog', 'aio_pika', 'worker.app', 'config'}"
    program = f"{words}; import sys; print(sorted({heavy} & set(sys.modules)))"
    done = subprocess.run([sys.executable, "-c", program], env=surroundings(), capture_output=True, check=True)
    assert done.stdout == b"[]\n"


def test_a_campaign_in_a_file_is_opened_without_the_drivers_of_databases_and_brokers() -> None:
    program = "from worker import open_campaign; import sys; print(sorted({'psycopg', 'aio_pika'} & set(sys.modules)))"
    done = subprocess.run([sys.executable, "-c", program], env=surroundings(), capture_output=True, check=True)
    assert done.stdout == b"[]\n"


@pytest.mark.parametrize("name", worker.__all__)
def test_every_public_name_is_there_and_has_words(name: str) -> None:
    assert getattr(worker, name).__doc__


def test_a_name_that_is_not_public_is_not_there() -> None:
    assert not hasattr(worker, "nobody")

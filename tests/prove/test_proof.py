"""The proof itself: campaigns are really killed and really accounted for, and what is violated is found out."""

import re
from pathlib import Path

import pytest

from tests.cli.typing_in import started
from tests.prove import planted
from worker.cli.prove import carried_out
from worker.prove.lives import Life
from worker.prove.proof import Plan

HOSTILE = {"AMILI_BASE_URL": "ftp://nowhere", "AMILI_MAX_DELETES": "0", "AMILI_NONSENSE": "1"}
FEW = 40
"""Customers of a campaign that is found out anyway."""


def figure(out: str, name: str) -> int:
    return int(re.findall(rf"^{name} +(\d+)", out, re.MULTILINE)[0])


def test_twenty_kills_violate_nothing_and_nobodys_settings_or_modules_are_read(tmp_path: Path) -> None:
    (tmp_path / "amili-purge.toml").write_text("nonsense = true\n", encoding="utf-8")
    (tmp_path / ".env").write_text("AMILI_RATE=nonsense\n", encoding="utf-8")
    (tmp_path / "config.py").write_text("raise RuntimeError('a stranger')\n", encoding="utf-8")
    code, out, err = started("prove", "--kills", "20", "--directory", ".", here=tmp_path, environ=HOSTILE)
    assert (code, err) == (0, "")
    text = str(out)
    assert (figure(text, "kills") >= 20, figure(text, "violations")) == (True, 0)
    assert figure(text, "deletions") > figure(text, "inferred") > 0
    assert f"journal has {figure(text, 'deletions')}\n" in text
    assert figure(text, "customers") == 120 * figure(text, "campaigns")
    (kept,) = tmp_path.glob("amili-purge-prove-*")
    assert str(kept) in text
    assert len(list(kept.glob("*/campaigns/proof/audit.jsonl"))) == figure(text, "campaigns")


@pytest.mark.parametrize(
    ("life", "found"),
    [
        (planted.reckless, r"A: DELETE 1 of \w+ \(request \d+\) has no earlier intent"),
        (planted.lying, r"D: \w+ is refused, and our DELETEs took effect"),
        (planted.broken, r"ended with 70; it said: a bug: KeyError"),
        (planted.unstoppable, r"the crash point '.*' was never reached"),
    ],
)
def test_a_worker_that_breaks_its_promise_is_found_out(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], life: Life, found: str
) -> None:
    assert carried_out(Plan(2, 1, tmp_path, FEW, tries=2), life) == 70
    told = capsys.readouterr()
    assert figure(told.out, "violations") > 0
    assert "none of the invariants" not in told.out
    assert re.search(found, told.err), told.err


def test_a_directory_that_is_not_there_is_64(tmp_path: Path) -> None:
    code, out, err = started("prove", "--directory", "nowhere", here=tmp_path, environ={})
    assert (code, out) == (64, "")
    assert "nowhere" in str(err)

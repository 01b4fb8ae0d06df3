"""The alert rules: played by promtool, each rule needed, each metric one that the worker has."""

import os
import re
import shutil
import subprocess
from pathlib import Path
from typing import Any

import pytest
import yaml
from prometheus_client import generate_latest

from tests.shell.observed import PULSE
from tests.shell.test_observe_pushed import SUMMARY
from worker.core.values import replace
from worker.observe import Metrics
from worker.observe.pushed import figures

ROOT = Path(__file__).parents[2]
RULES = ROOT / "config" / "alerts" / "amili-purge.rules.yaml"
PLAYED = Path(__file__).with_name("amili-purge.test.yaml")


def rules() -> list[dict[str, Any]]:
    (group,) = yaml.safe_load(RULES.read_text("utf-8"))["groups"]
    found: list[dict[str, Any]] = group["rules"]
    return found


NAMES = [rule["alert"] for rule in rules()]


@pytest.fixture
def promtool() -> str:
    found = shutil.which("promtool")
    if found is not None:
        return found
    why = "promtool is not installed; it is in Debian's package prometheus: apt-get install prometheus"
    if os.environ.get("CI"):
        pytest.fail(why)
    pytest.skip(why)


def played(promtool: str, text: str, directory: Path) -> subprocess.CompletedProcess[str]:
    """Play the tests to these rules."""
    (directory / RULES.name).write_text(text, "utf-8")
    shutil.copy(PLAYED, directory)
    words = [promtool, "test", "rules", str(directory / PLAYED.name)]
    return subprocess.run(words, capture_output=True, text=True, check=False)


def test_the_rules_are_rules(promtool: str) -> None:
    found = subprocess.run([promtool, "check", "rules", RULES], capture_output=True, text=True, check=False)
    assert found.returncode == 0, found.stdout + found.stderr


def test_each_alert_is_raised_when_it_must_be_and_not_before(promtool: str, tmp_path: Path) -> None:
    found = played(promtool, RULES.read_text("utf-8"), tmp_path)
    assert found.returncode == 0, found.stdout + found.stderr


@pytest.mark.parametrize("alert", NAMES)
def test_a_rule_that_never_holds_would_be_noticed(promtool: str, alert: str, tmp_path: Path) -> None:
    expression = rf"(alert: {alert}\n\s+expr: )(\|-(\n {{10}}.*)+|.*)"
    dead = re.sub(expression, r"\g<1>vector(0) > 1", RULES.read_text("utf-8"))
    assert dead != RULES.read_text("utf-8")
    assert played(promtool, dead, tmp_path).returncode != 0


def told() -> set[str]:
    """The names of all figures: of a worker among several, and of a run that ended well."""
    pulse = replace(PULSE, share=1.0, lease_left=1.0)
    pushed = figures(replace(SUMMARY, exit_code=0), "run", 0.0)
    text = "".join(generate_latest(registry).decode() for registry in (Metrics(lambda: pulse).registry, pushed))
    names = re.findall(r"^# TYPE (\S+) ", text, re.MULTILINE)
    return {name for name in names if not name.endswith("_created")}


def test_every_figure_of_an_alert_is_one_that_is_told() -> None:
    wanted = {name for rule in rules() for name in re.findall(r"amili_purge_\w+", rule["expr"])}
    assert wanted
    assert wanted - told() == set()


def test_the_operators_book_names_every_figure_and_no_other() -> None:
    text = (ROOT / "docs" / "operations.md").read_text("utf-8")
    assert set(re.findall(r"`(amili_purge_\w+)`", text)) == told()


def test_the_runbook_has_a_row_for_each_alert() -> None:
    text = (ROOT / "docs" / "operations.md").read_text("utf-8")
    assert re.findall(r"^\| `(AmiliPurge\w+)` \|", text, re.MULTILINE) == NAMES

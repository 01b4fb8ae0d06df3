"""The checks on one copy of the tree with one defect in it, cheapest first, each in a process of its own.

Decides what counts as found: a check that fails or does not end. Whatever fails without a defect finds nothing, so
the same checks are made on a copy without one.
"""

import os
import re
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from tests.planted.defect import Defect

ROOT = Path(__file__).parents[2]
SEEDS = 300
"""Seeds that a defect of behaviour must be found by; more would be luck."""
_LONGEST = 300.0
_SEED = re.compile(r"^seed (\d+): (.*)$", re.MULTILINE)
_FAILED = re.compile(r"^(?:FAILED|ERROR) \S*?([\w.]+::\w+|[\w.]+\.py)", re.MULTILINE)


@dataclass(frozen=True)
class Found:
    """Which check found a defect, after how many seeds, and what it said; `by` is empty if none did."""

    by: str = ""
    seeds: int | None = None
    said: str = ""


@contextmanager
def copied(source: Path = ROOT) -> Iterator[Path]:
    """A copy of all that the checks need."""
    with tempfile.TemporaryDirectory(prefix="planted-") as made:
        tree = Path(made)
        for folder in ("worker", "config", "tests"):
            shutil.copytree(source / folder, tree / folder, ignore=shutil.ignore_patterns("__pycache__"))
        shutil.copy(source / "pyproject.toml", tree)
        yield tree


def look_for(defect: Defect, source: Path = ROOT, seeds: int = SEEDS) -> Found:
    """Plant one defect in a copy and let the checks look for it."""
    with copied(source) as tree:
        defect.plant(tree)
        return by_tests(tree, defect.tests) if defect.tests else by_seeds(tree, seeds)


def by_seeds(tree: Path, seeds: int) -> Found:
    """Simulated campaigns, until one goes wrong."""
    ended = _python(tree, "tests.simulation", "--until-wrong", "--seeds", str(seeds))
    if ended is None:
        return Found("seeds", None, "a simulation that does not end")
    wrong = _SEED.search(ended.stdout)
    if wrong is not None:
        return Found("seeds", int(wrong[1]) + 1, wrong[2])
    return Found("seeds", None, _last_line(ended.stderr)) if ended.returncode else Found()


def by_tests(tree: Path, tests: Sequence[str]) -> Found:
    """Tests by name, until one fails."""
    ended = _python(tree, "pytest", "-x", "-q", "-p", "no:cacheprovider", "-p", "no:xdist", *tests)
    if ended is None:
        return Found("tests", None, "a test that does not end")
    failed = _FAILED.search(ended.stdout)
    if ended.returncode == 1 and failed is not None:
        return Found(failed[1].rpartition("::")[2])
    return Found("tests", None, _last_line(ended.stdout)) if ended.returncode else Found()


def _python(tree: Path, *words: str) -> subprocess.CompletedProcess[str] | None:
    """Run a module of that tree; None if it does not come to an end."""
    environ = {**os.environ, "PYTHONPATH": str(tree), "PYTHONDONTWRITEBYTECODE": "1"}
    try:
        return subprocess.run(
            [sys.executable, "-m", *words],
            cwd=tree,
            env=environ,
            capture_output=True,
            text=True,
            timeout=_LONGEST,
            check=False,
        )
    except subprocess.TimeoutExpired:
        return None


def _last_line(text: str) -> str:
    return (text.strip().splitlines() or ["no word"])[-1]

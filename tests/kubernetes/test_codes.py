"""Exit codes are said in four places: the worker, the manifests, the README and the operator's book. They agree."""

import re
from pathlib import Path

import pytest

from tests.kubernetes.manifests import JOBS, WORKER, Workload, place_of
from worker.errors import Exit

ROOT = Path(__file__).parents[2]
RETRIED = {Exit.OUT_OF_REACH, Exit.BUSY, Exit.INTERRUPTED}
FATAL = set(Exit) - RETRIED - {Exit.SETTLED}
ROW = re.compile(r"^\| (\d+(?: / \d+)*) \|.*\| ([^|]+) \|$", re.MULTILINE)


def codes_of(document: str, heading: str) -> dict[int, str]:
    """The last column of the table of exit codes below a heading, by code."""
    text = (ROOT / document).read_text("utf-8")
    section = re.split(r"^## ", text.split(f"\n## {heading}\n")[1], maxsplit=1, flags=re.MULTILINE)[0]
    rows = ((codes.split(" / "), last) for codes, last in ROW.findall(section))
    return {int(code): last for codes, last in rows for code in codes}


@pytest.mark.parametrize("job", JOBS, ids=place_of)
def test_a_job_fails_at_once_for_what_no_second_start_would_mend(job: Workload) -> None:
    first, second = job.spec["podFailurePolicy"]["rules"]
    assert first["action"] == "FailJob"
    assert (first["onExitCodes"]["containerName"], first["onExitCodes"]["operator"]) == (WORKER, "In")
    assert first["onExitCodes"]["values"] == sorted(FATAL)
    assert second == {"action": "Ignore", "onPodConditions": [{"type": "DisruptionTarget", "status": "True"}]}
    assert job.pod["restartPolicy"] == "Never"  # no policy without it
    assert job.spec["backoffLimit"] >= 3


def test_the_readme_tells_what_a_job_does_with_each_code() -> None:
    told = codes_of("README.md", "Exit codes")
    assert set(told) == set(Exit)
    assert {code for code, what in told.items() if what == "retry"} == RETRIED
    assert {code for code, what in told.items() if what.startswith("fail at once")} == FATAL


def test_the_runbook_has_a_row_for_each_code() -> None:
    assert set(codes_of("docs/operations.md", "Runbook by exit code")) == set(Exit)

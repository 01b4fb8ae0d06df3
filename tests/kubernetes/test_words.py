"""The words and settings of the manifests, given to the worker itself: only the list is not there."""

from pathlib import Path

import pytest

from tests.cli.typing_in import started
from tests.kubernetes.manifests import JOBS, WORKLOADS, Workload, place_of, settings
from tests.kubernetes.test_pods import SECRETS_AT


def typed(workload: Workload, here: Path) -> tuple[object, str]:
    """How the worker ends when it is started as the pod would, and what it says."""
    (here / "secrets").mkdir()
    (here / "secrets" / "oauth_client_secret").write_text("from-a-vault", "utf-8")
    (here / "secrets" / "amqp_password").write_text("from-a-vault", "utf-8")
    words = [word.replace(SECRETS_AT, str(here / "secrets")) for word in workload.worker["args"]]
    for name, value in (("CAMPAIGN", "amili-purge-29123456"), ("APPROVED_DIGEST", "0" * 64)):
        words = [word.replace(f"$({name})", value) for word in words]
    given = {name: value for name, value in workload.environment().items() if value is not None}
    here_only = {"AMILI_CAMPAIGNS": str(here), "AMILI_OUTAGE_BUDGET": "0"}
    code, _, err = started(*words, here=here, environ={**settings(), **given, **here_only})
    return code, str(err)


@pytest.mark.parametrize("workload", [each for each in JOBS if "apply" not in each.place], ids=place_of)
def test_a_pod_would_begin_if_its_list_were_there(workload: Workload, tmp_path: Path) -> None:
    code, err = typed(workload, tmp_path)
    assert (code, "/lists/customers.csv" in err) == (65, True), err


def test_a_standing_workers_words_and_settings_are_accepted(tmp_path: Path) -> None:
    (workload,) = (each for each in WORKLOADS if each.kind == "Deployment")
    code, err = typed(workload, tmp_path)
    # What it fails for is what is not there: neither its words (64) nor its settings (78).
    assert code not in {0, 64, 78}, err


def test_an_approval_would_be_weighed_if_there_were_a_plan(tmp_path: Path) -> None:
    (workload,) = (each for each in JOBS if "apply" in each.place)
    code, err = typed(workload, tmp_path)
    assert (code, "There is no campaign 'spring-2026'" in err) == (64, True), err


def test_a_variable_that_is_no_setting_would_be_refused(tmp_path: Path) -> None:
    workload = next(each for each in JOBS if each.place == "job/job.yaml")
    words = [word for word in workload.worker["args"] if not word.startswith("--secrets-dir")]
    code, _, err = started(*words, here=tmp_path, environ={**settings(), "AMILI_CAMPAIGN": "spring-2026"})
    assert (code, "AMILI_CAMPAIGN " in str(err)) == (78, True), err

"""What every pod of the manifests is and has: no rights, no token, a root that nobody writes to, time to end well."""

from itertools import chain
from pathlib import Path
from typing import Any

import pytest

from config import Settings, environment_name
from config.settings import SECRETS
from tests.house.test_delivery import image_lines
from tests.kubernetes.manifests import JOBS, PLACE, WORKLOADS, Workload, name_of, place_of, read, settings
from worker.observe.pushed import PATIENCE
from worker.place import NAME

FILES = 15.0
"""Seconds for the reports of a million rows on a slow volume."""
SECRETS_AT = "/run/secrets/amili-purge"
every_workload = pytest.mark.parametrize("workload", WORKLOADS, ids=place_of)


def mounted(workload: Workload) -> dict[str, Any]:
    """The mounts of the worker by path."""
    return {each["mountPath"]: each for each in workload.worker["volumeMounts"]}


@every_workload
def test_a_pod_passes_the_restricted_standard(workload: Workload) -> None:
    context = workload.pod["securityContext"]
    assert (context["runAsNonRoot"], context["seccompProfile"]) == (True, {"type": "RuntimeDefault"})
    for container in workload.containers():
        assert container["securityContext"] == {
            "allowPrivilegeEscalation": False,
            "readOnlyRootFilesystem": True,
            "capabilities": {"drop": ["ALL"]},
        }


@every_workload
def test_a_pod_runs_as_the_images_own_user(workload: Workload) -> None:
    user, group = map(int, image_lines("USER")[-1].split(":"))
    context = workload.pod["securityContext"]
    assert (context["runAsUser"], context["runAsGroup"], context["fsGroup"]) == (user, group, group)


@every_workload
def test_a_pod_knows_nothing_of_the_cluster(workload: Workload) -> None:
    assert workload.pod["automountServiceAccountToken"] is False
    # Variables of a Service called amili-… would begin as settings do.
    assert workload.pod["enableServiceLinks"] is False


@every_workload
def test_a_pod_is_given_the_time_that_a_run_may_need_to_end_well(workload: Workload) -> None:
    default = Settings()
    in_flight = 2 * default.request_timeout + default.settle_time + default.concurrency / default.rate
    needed = in_flight + PATIENCE + FILES
    assert needed <= workload.pod["terminationGracePeriodSeconds"] <= 2 * needed


@every_workload
def test_memory_is_promised_in_full(workload: Workload) -> None:
    for container in workload.containers():
        resources = container["resources"]
        assert resources["requests"]["memory"] == resources["limits"]["memory"]
        assert "cpu" not in resources["limits"]


@every_workload
def test_what_is_written_to_is_a_volume_and_every_volume_is_used(workload: Workload) -> None:
    used = {mount["name"] for container in workload.containers() for mount in container["volumeMounts"]}
    assert used == {volume["name"] for volume in workload.pod["volumes"]}
    assert {"campaigns", "tmp", "secrets"} <= used


@every_workload
def test_secrets_are_files_and_never_variables(workload: Workload) -> None:
    assert f"--secrets-dir={SECRETS_AT}" in workload.worker["args"]
    assert mounted(workload)[SECRETS_AT]["readOnly"] is True
    names = {*settings(), *workload.environment()}
    secret = {environment_name(field) for field in SECRETS}
    assert names & secret == set()


@every_workload
def test_every_variable_of_ours_is_a_setting(workload: Workload) -> None:
    known = {environment_name(field) for field in Settings.model_fields}
    names = [name for name in chain(settings(), workload.environment()) if name.upper().startswith("AMILI_")]
    assert [name for name in names if name not in known] == []


@every_workload
def test_a_variable_that_is_no_setting_is_used_by_the_words_of_the_command(workload: Workload) -> None:
    words = " ".join(workload.worker["args"])
    others = [name for name in workload.environment() if not name.startswith("AMILI_")]
    assert [name for name in others if f"$({name})" not in words] == []


@every_workload
def test_the_account_of_a_failure_is_shown_by_the_cluster(workload: Workload) -> None:
    assert workload.worker["terminationMessagePolicy"] == "FallbackToLogsOnError"
    assert workload.worker.get("terminationMessagePath", "/dev/termination-log") == str(Settings().termination_log)


@pytest.mark.parametrize("job", JOBS, ids=place_of)
def test_a_pod_is_replaced_only_once_it_has_ended(job: Workload) -> None:
    assert job.spec["podReplacementPolicy"] == "Failed"


def test_a_ledger_in_a_file_lies_on_a_volume_that_one_pod_at_a_time_can_have() -> None:
    (claim,) = read((PLACE / "components" / "campaigns" / "campaigns.yaml").read_text("utf-8"))
    assert claim["spec"]["accessModes"] == ["ReadWriteOncePod"]
    for workload in WORKLOADS:
        (volume,) = (each for each in workload.pod["volumes"] if each["name"] == "campaigns")
        in_postgres = "AMILI_LEDGER" in workload.environment()
        assert ("emptyDir" in volume) is in_postgres, workload.place


def test_the_monthly_campaign_waits_to_be_armed_and_never_meets_another() -> None:
    (cron,) = (each for each in WORKLOADS if each.kind == "CronJob")
    spec = cron.manifest["spec"]
    assert (spec["suspend"], spec["concurrencyPolicy"], spec["timeZone"]) == (True, "Forbid", "Europe/Oslo")
    assert spec["startingDeadlineSeconds"] >= 100  # the controller looks every ten seconds; below that it may miss all


def test_the_monthly_campaign_is_named_after_its_job_and_so_after_its_date() -> None:
    (cron,) = (each for each in WORKLOADS if each.kind == "CronJob")
    (campaign,) = (each for each in cron.worker["env"] if each["name"] == "CAMPAIGN")
    assert campaign["valueFrom"]["fieldRef"]["fieldPath"] == "metadata.labels['batch.kubernetes.io/job-name']"
    assert "--campaign=$(CAMPAIGN)" in cron.worker["args"]
    # The Job's name is the CronJob's and the minutes since 1970 that it was scheduled for.
    assert NAME.fullmatch(f"{cron.manifest['metadata']['name']}-29123456")


def test_the_probes_of_a_standing_worker_ask_for_what_is_served() -> None:
    (standing,) = (each for each in WORKLOADS if each.kind == "Deployment")
    asked = {name: standing.worker[name]["httpGet"] for name in ("startupProbe", "livenessProbe", "readinessProbe")}
    assert {name: (get["path"], get["port"]) for name, get in asked.items()} == {
        "startupProbe": ("/healthz", "metrics"),
        "livenessProbe": ("/healthz", "metrics"),
        "readinessProbe": ("/readyz", "metrics"),
    }


@every_workload
def test_only_the_metrics_port_is_open(workload: Workload) -> None:
    (port,) = workload.worker["ports"]
    assert str(port["containerPort"]) == settings()["AMILI_METRICS_PORT"]
    (policy,) = read((PLACE / "base" / "network-policy.yaml").read_text("utf-8"))
    (way_in,) = policy["spec"]["ingress"]
    assert way_in["ports"] == [{"protocol": "TCP", "port": port["containerPort"]}]
    labels = workload.spec["template"]["metadata"]["labels"]
    assert policy["spec"]["podSelector"]["matchLabels"].items() <= labels.items()


@pytest.mark.parametrize("path", sorted(PLACE.rglob("network-policy.yaml")), ids=name_of)
def test_every_way_out_names_its_ports(path: Path) -> None:
    (policy,) = read(path.read_text("utf-8"))
    assert all(way["ports"] and way["to"] for way in policy["spec"]["egress"])


def test_the_digest_in_git_is_the_approval_and_approves_nothing_as_it_stands() -> None:
    apply = next(each for each in WORKLOADS if each.place == "gitops/apply/job.yaml")
    assert apply.worker["args"][:3] == ["apply", "spring-2026", "--approve=$(APPROVED_DIGEST)"]
    (approval,) = read((PLACE / "overlays/gitops/apply/approval.yaml").read_text("utf-8"))
    assert approval["data"] == {"digest": "0" * 64}
    (digest,) = apply.worker["env"]
    assert digest["valueFrom"]["configMapKeyRef"] == {"name": approval["metadata"]["name"], "key": "digest"}

"""Every manifest holds against the schemas of a current Kubernetes, strictly and offline; so does every overlay."""

import subprocess
import sys
from pathlib import Path

import pytest

from tests.kubernetes.manifests import OVERLAYS, files, name_of, read, rendered


def validated(*paths: Path) -> subprocess.CompletedProcess[str]:
    """All files in one call: the tool takes seconds to start. It takes the newest schemas that it has."""
    words = [sys.executable, "-m", "kubernetes_validate", "--strict", *map(str, paths)]
    return subprocess.run(words, capture_output=True, text=True, check=False)


def test_every_manifest_is_one_of_a_current_kubernetes() -> None:
    found = validated(*files())
    assert found.returncode == 0, found.stdout + found.stderr
    assert (found.stdout + found.stderr).count("passed for resource") >= len(files())


def test_every_overlay_renders_to_manifests_of_a_current_kubernetes(tmp_path: Path) -> None:
    for overlay in OVERLAYS:
        (tmp_path / f"{name_of(overlay).replace('/', '-')}.yaml").write_text(rendered(overlay), "utf-8")
    found = validated(*sorted(tmp_path.iterdir()))
    assert found.returncode == 0, found.stdout + found.stderr


def test_a_misspelt_key_would_be_found(tmp_path: Path) -> None:
    (job,) = (path for path in files() if name_of(path) == "job/job.yaml")
    (tmp_path / "job.yaml").write_text(job.read_text("utf-8").replace("backoffLimit", "backofLimit"), "utf-8")
    assert validated(tmp_path / "job.yaml").returncode != 0


@pytest.mark.parametrize("overlay", OVERLAYS, ids=name_of)
def test_an_overlay_starts_one_workload_and_names_everything_that_it_mounts(overlay: Path) -> None:
    manifests = read(rendered(overlay))
    (workload,) = (each for each in manifests if each["kind"] in {"Job", "CronJob", "Deployment"})
    there = {each["metadata"]["name"] for each in manifests if each["kind"] == "PersistentVolumeClaim"}
    spec = workload["spec"].get("jobTemplate", workload)["spec"]["template"]["spec"]
    claims = {
        volume["persistentVolumeClaim"]["claimName"]
        for volume in spec["volumes"]
        if volume.get("persistentVolumeClaim") is not None
    }
    assert claims == there
    assert all(each["metadata"].get("namespace") == "amili-purge" for each in manifests if each["kind"] != "Namespace")


@pytest.mark.parametrize(("overlay", "source"), [("job-configmap", "configMap"), ("job-fetch", "emptyDir")])
def test_a_patched_list_has_one_source(overlay: str, source: str) -> None:
    (path,) = (each for each in OVERLAYS if name_of(each) == overlay)
    (job,) = (each for each in read(rendered(path)) if each["kind"] == "Job")
    (lists,) = (each for each in job["spec"]["template"]["spec"]["volumes"] if each["name"] == "lists")
    assert set(lists) == {"name", source}

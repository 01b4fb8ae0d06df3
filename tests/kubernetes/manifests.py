"""Reads the manifests in config/kubernetes as a cluster would: files, rendered overlays, pods and their containers.

Decides which tool renders (`kubectl` or `kustomize`, whichever there is) and what a missing one means. It judges
nothing.
"""

import os
import shutil
import subprocess
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

import pytest
import yaml

PLACE = Path(__file__).parents[2] / "config" / "kubernetes"
OVERLAYS = tuple(sorted(path.parent for path in PLACE.glob("overlays/**/kustomization.yaml")))
PATCHES = frozenset({"job-configmap/list.yaml", "job-fetch/fetch.yaml"})
"""Files that are parts of others, and no manifests by themselves."""
WORKER = "purge"
Manifest = Mapping[str, Any]


def name_of(path: Path) -> str:
    """How a manifest or an overlay is called in a message."""
    return path.relative_to(PLACE).as_posix().removeprefix("overlays/")


def files() -> list[Path]:
    """The manifests that stand alone."""
    found = (path for path in sorted(PLACE.rglob("*.yaml")) if path.name != "kustomization.yaml")
    return [path for path in found if name_of(path) not in PATCHES]


def read(text: str) -> list[Manifest]:
    """The documents of a text."""
    return [document for document in yaml.safe_load_all(text) if document]


@cache
def rendered(overlay: Path) -> str:
    """What an overlay makes of everything; without a tool that renders the test is skipped, in CI it fails."""
    for tool in (["kubectl", "kustomize"], ["kustomize", "build"]):
        if shutil.which(tool[0]):
            return subprocess.run([*tool, str(overlay)], check=True, stdout=subprocess.PIPE, text=True).stdout
    why = "neither kubectl nor kustomize is installed; one of them renders the overlays: kubectl kustomize OVERLAY"
    if os.environ.get("CI"):
        pytest.fail(why)
    pytest.skip(why)


@dataclass(frozen=True, slots=True)
class Workload:
    """One object that starts pods, and where it stands."""

    place: str
    manifest: Manifest

    @property
    def kind(self) -> str:
        """Job, CronJob or Deployment."""
        kind: str = self.manifest["kind"]
        return kind

    @property
    def spec(self) -> Manifest:
        """What says how pods are started: of a CronJob that of its Jobs."""
        spec: Manifest = self.manifest["spec"]
        return spec["jobTemplate"]["spec"] if self.kind == "CronJob" else spec

    @property
    def pod(self) -> Manifest:
        """The pod's own part."""
        found: Manifest = self.spec["template"]["spec"]
        return found

    @property
    def worker(self) -> Manifest:
        """The worker's container."""
        (found,) = (each for each in self.pod["containers"] if each["name"] == WORKER)
        container: Manifest = found
        return container

    def containers(self) -> Iterator[Manifest]:
        """All of the pod."""
        yield from self.pod.get("initContainers", [])
        yield from self.pod["containers"]

    def environment(self) -> dict[str, Any]:
        """Variables of the worker by name; the value is None where it comes from elsewhere."""
        return {each["name"]: each.get("value") for each in self.worker.get("env", [])}


def in_files() -> list[Workload]:
    """The workloads as their files have them."""
    return [
        Workload(name_of(path), manifest)
        for path in files()
        for manifest in read(path.read_text("utf-8"))
        if manifest["kind"] in {"Job", "CronJob", "Deployment"}
    ]


WORKLOADS = in_files()
JOBS = [workload for workload in WORKLOADS if workload.kind != "Deployment"]


def place_of(workload: Workload) -> str:
    """How a workload is called in a message."""
    return workload.place


def settings() -> dict[str, str]:
    """The variables that every workload gets."""
    (found,) = read((PLACE / "base" / "settings.yaml").read_text("utf-8"))
    data: dict[str, str] = found["data"]
    return data

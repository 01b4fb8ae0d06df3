"""Holds what is delivered to its promises: pinned packages, a complete wheel, an image without root."""

import json
import re
import subprocess
import sys
import sysconfig
import zipfile
from importlib.metadata import version
from pathlib import Path

import pytest

from tests.house.tree import ROOT, SOURCE, files, name_of

PINNED = re.compile(r"^[A-Za-z0-9][A-Za-z0-9._-]*==\S+( ; [^\\]+)?( --hash=sha256:[0-9a-f]{64})+$")
REQUIREMENTS = sorted((ROOT / "requirements").glob("*.txt"))
LOWEST_UNPRIVILEGED = 1000


def logical_lines(text: str) -> list[str]:
    """The lines of a requirements or Docker file: joined where continued, without comments."""
    bare = [line for line in text.splitlines() if not line.lstrip().startswith("#")]
    joined = re.sub(r"\s*\\\n\s*", " ", "\n".join(bare))
    return [line.strip() for line in joined.splitlines() if line.strip()]


def image_lines(word: str) -> list[str]:
    """What follows an instruction of the Dockerfile, for each time it is used."""
    lines = logical_lines((ROOT / "Dockerfile").read_text("utf-8"))
    return [line.removeprefix(f"{word} ") for line in lines if line.startswith(f"{word} ")]


@pytest.mark.parametrize("path", REQUIREMENTS, ids=name_of)
def test_every_package_is_pinned_with_its_hashes(path: Path) -> None:
    lines = logical_lines(path.read_text("utf-8"))
    assert lines
    assert [line[:60] for line in lines if not PINNED.match(line)] == []


def test_the_image_has_the_versions_that_are_tested() -> None:
    pins = {path.stem: set(re.findall(r"^\S+==\S+", path.read_text("utf-8"), re.MULTILINE)) for path in REQUIREMENTS}
    assert pins["runtime"] <= pins["dev"]
    assert pins["build"] <= pins["dev"]


def test_the_wheel_holds_every_file_of_the_packages(tmp_path: Path) -> None:
    subprocess.run(
        [sys.executable, "-m", "hatchling", "build", "-t", "wheel", "-d", str(tmp_path)],
        cwd=ROOT,
        capture_output=True,
        check=True,
    )
    (wheel,) = tmp_path.glob("*.whl")
    inside = set(zipfile.ZipFile(wheel).namelist())
    wanted = {name_of(path) for path in files() if path.relative_to(ROOT).parts[0] in SOURCE}
    assert wanted - inside == set()
    assert {name.split("/")[0] for name in inside if ".dist-info/" not in name} <= set(SOURCE)


def test_the_image_runs_as_a_numeric_user_who_is_not_root() -> None:
    user = image_lines("USER")[-1].split(":")[0]
    assert user.isdecimal()
    assert int(user) >= LOWEST_UNPRIVILEGED


def test_signals_reach_the_worker_in_the_image_because_no_shell_stands_between() -> None:
    (entrypoint,) = image_lines("ENTRYPOINT")
    assert json.loads(entrypoint) == ["amili-purge"]


def test_the_image_installs_nothing_that_is_not_pinned() -> None:
    installs = [
        part for line in image_lines("RUN") for part in line.split("&&") if re.search(r"\bpip (install|wheel)\b", part)
    ]
    assert installs
    assert [part for part in installs if not re.search(r"--require-hashes|--no-deps", part)] == []


def test_the_images_recipe_passes_its_lint() -> None:
    lint = Path(sysconfig.get_path("scripts")) / "hadolint"
    found = subprocess.run(
        [lint, "--failure-threshold", "info", ROOT / "Dockerfile"], capture_output=True, text=True, check=False
    )
    assert (found.returncode, found.stdout) == (0, "")


def test_what_a_lint_finds_would_be_seen(tmp_path: Path) -> None:
    (tmp_path / "Dockerfile").write_text("FROM debian:latest\nRUN cd /tmp && sudo ls\n", "utf-8")
    lint = Path(sysconfig.get_path("scripts")) / "hadolint"
    assert subprocess.run([lint, tmp_path / "Dockerfile"], capture_output=True, check=False).returncode != 0


def test_the_last_stage_has_labels_a_stop_signal_and_no_way_to_install() -> None:
    text = (ROOT / "Dockerfile").read_text("utf-8")
    last = "\n".join(logical_lines(text[text.rindex("\nFROM ") :]))
    labels = re.findall(r"org\.opencontainers\.image\.(\w+)=", last)
    assert {"title", "description", "licenses", "version", "revision"} <= set(labels)
    assert image_lines("STOPSIGNAL") == ["SIGTERM"]
    assert not re.search(r"pip\b.*install|apt-get|apk ", last)
    assert re.search(r"rm -rf .*/pip\*", last)


def test_the_images_version_is_the_packages_own() -> None:
    (given,) = (line for line in image_lines("ARG") if line.startswith("VERSION="))
    assert given == f"VERSION={version('amili-purge')}"

"""Builds the image of this Dockerfile for real: without a daemon, without a registry, on a base made on the spot.

Decides what the base is (a minimal Debian with Python and its `venv`) and how pip finds its packages inside: as it does
outside. The image is a throw-away; what a registry would serve is built by `make image`.
"""

import json
import os
import shutil
import subprocess
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

ROOT = Path(__file__).parents[2]
NEEDED = ("debootstrap", "buildah", "unshare", "chroot", "setpriv")
SUITE = "bookworm"
CERTIFICATES = Path("/etc/ssl/certs")
_BASE, _IMAGE = "localhost/base:check", "localhost/amili-purge:check"


@dataclass(frozen=True, slots=True)
class Image:
    """A built image: its configuration (OCI), and its files, mounted."""

    config: Mapping[str, Any]
    tree: Path


def missing() -> list[str]:
    """What must be installed, or be so, before anything can be tried."""
    tools = [name for name in NEEDED if shutil.which(name) is None]
    return tools if os.geteuid() == 0 else [*tools, "root"]


@contextmanager
def built(work: Path) -> Iterator[Image]:
    """The image in a store of its own below `work`, mounted for as long as the block lasts."""
    buildah = _Buildah(work)
    base = _base(work / "base")
    buildah.commit(base)
    revision = _output("git", "rev-parse", "HEAD", cwd=ROOT).strip()
    buildah.do(
        *("bud", "--isolation", "chroot", "--layers=false", "--build-arg", f"BASE={_BASE}"),
        *("--build-arg", f"REVISION={revision}", "--volume", f"{CERTIFICATES}:{CERTIFICATES}:ro"),
        *("--tag", _IMAGE, "--file", str(ROOT / "Dockerfile"), str(ROOT)),
    )
    container = buildah.told("from", _IMAGE).strip()
    try:
        config = json.loads(buildah.told("inspect", "--type", "image", _IMAGE))["OCIv1"]["config"]
        yield Image(config, Path(buildah.told("mount", container).strip()))
    finally:
        buildah.do("umount", container)
        buildah.do("rm", container)


class _Buildah:
    """buildah with its store in a place of ours, so that no other image of this machine is touched."""

    def __init__(self, work: Path) -> None:
        self._store = ["--root", str(work / "store"), "--runroot", str(work / "run"), "--storage-driver", "vfs"]

    def do(self, *words: str) -> None:
        subprocess.run(["buildah", *self._store, *words], check=True)

    def told(self, *words: str) -> str:
        return _output("buildah", *self._store, *words)

    def commit(self, base: Path) -> None:
        """The tree as an image to build on."""
        container = self.told("from", "scratch").strip()
        self.do("copy", "--quiet", container, str(base), "/")
        self.do("commit", "--quiet", container, _BASE)
        self.do("rm", container)


def _base(tree: Path) -> Path:
    """A Debian in a folder; pip in it is told what it is told on this machine."""
    packages = "python3,python3-venv,ca-certificates"
    subprocess.run(["debootstrap", "--variant=minbase", f"--include={packages}", SUITE, str(tree)], check=True)
    (tree / "etc" / "pip.conf").write_text("\n".join(["[global]", *_pip_settings(), ""]), "utf-8")
    return tree


def _pip_settings() -> Iterator[str]:
    for name, value in os.environ.items():
        if name.startswith("PIP_") and not Path(value).is_dir():  # folders of this machine are not there inside
            yield f"{name.removeprefix('PIP_').lower().replace('_', '-')} = {value}"


def _output(*words: str, cwd: Path | None = None) -> str:
    return subprocess.run(words, stdout=subprocess.PIPE, text=True, check=True, cwd=cwd).stdout

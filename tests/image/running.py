"""Runs the image's own entry point as a cluster does: its user, its environment, a read-only root, as process 1.

Decides how that is done without a container engine: namespaces for mounts and processes, a root that is mounted
read-only, `chroot`. No cgroup and no seccomp profile is put around it.
"""

import os
import signal
import subprocess
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from tests.image.building import Image

PATIENCE = 120.0  # seconds
# $1: the image's tree, $2: the campaigns' volume, $3: the working directory, $4: user:group; then the words to run.
_JAIL = """
set -eu
mount --make-rprivate /
mount --bind "$1" "$1"
mount -t proc proc "$1/proc"
mount --bind /dev "$1/dev"
mount -t tmpfs -o mode=1777 tmpfs "$1/tmp"
mount --bind "$2" "$1/campaigns"
mount -o remount,bind,ro "$1"
tree=$1 place=$3 user=$4
shift 4
exec setpriv --no-new-privs chroot --userspec="$user" "$tree" /usr/bin/env --chdir="$place" "$@"
"""


@dataclass(frozen=True, slots=True)
class Ended:
    """How a process in the image ended, and what it said."""

    code: int
    out: str
    err: str


@dataclass(frozen=True, slots=True)
class Cell:
    """An image with a volume for campaigns, and the settings that its pod would have."""

    image: Image
    campaigns: Path
    settings: Mapping[str, str]

    @property
    def user(self) -> str:
        """`user:group`, as numbers."""
        user: str = self.image.config["User"]
        return user

    def start(self, *words: str, entrypoint: Sequence[str] | None = None) -> subprocess.Popen[str]:
        """Start the entry point with these words."""
        config = self.image.config
        program = list(config["Entrypoint"] if entrypoint is None else entrypoint)
        environment = [*config["Env"], "KUBERNETES_SERVICE_HOST=10.0.0.1"]
        environment += [f"{name}={value}" for name, value in self.settings.items()]
        jail = ["sh", "-c", _JAIL, "jail", str(self.image.tree), str(self.campaigns), config["WorkingDir"], self.user]
        return subprocess.Popen(
            ["unshare", "--mount", "--pid", "--fork", *jail, "-i", *environment, *program, *words],
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )

    def do(self, *words: str, entrypoint: Sequence[str] | None = None) -> Ended:
        """Run the entry point with these words to its end."""
        return ended(self.start(*words, entrypoint=entrypoint))


def ended(process: subprocess.Popen[str]) -> Ended:
    """Wait for the end."""
    with process:
        out, err = process.communicate(timeout=PATIENCE)
    return Ended(process.returncode, out, err)


def terminate(process: subprocess.Popen[str]) -> None:
    """SIGTERM to process 1 of the image, as a kubelet sends it; `unshare` itself only waits for it."""
    children = Path(f"/proc/{process.pid}/task/{process.pid}/children")
    end = time.monotonic() + PATIENCE
    while not (child := children.read_text("ascii").split()):
        if time.monotonic() > end:
            raise TimeoutError("nothing was started in the image")
        time.sleep(0.05)
    os.kill(int(child[0]), signal.SIGTERM)

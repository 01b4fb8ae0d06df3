"""What the mount table says of a place: on a network, or on storage that goes when its pod goes.

Decides by the text of /proc/self/mountinfo alone (proc(5)); without a table it has nothing against any place. It
never touches the place itself.
"""

import os
import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path, PurePath
from typing import Final

from worker.errors import SettingsWrong

TABLE: Final = Path("/proc/self/mountinfo")
IN_POD: Final = Path("/var/run/secrets/kubernetes.io")
"""Is there in a pod with a service account's token; pods without one are known by their environment."""
_ROOT, _POINT = 3, 4  # the fourth and fifth field of a line
_NETWORK: Final = frozenset(
    {"9p", "afs", "beegfs", "ceph", "cifs", "coda", "davfs", "glusterfs", "gpfs", "lustre", "ncpfs", "nfs", "nfs4"}
    | {"ocfs2", "orangefs", "smb3", "smbfs"}
    | {
        f"fuse.{name}"
        for name in ("ceph", "cephfs", "davfs", "davfs2", "gcsfuse", "glusterfs", "rclone", "s3fs", "sshfs")
    }
)
_EMPTY_DIR: Final = "/volumes/kubernetes.io~empty-dir/"


@dataclass(frozen=True, slots=True)
class Mount:
    """What holds a place: where it is mounted, which part of its file system that is, and of which kind."""

    point: PurePath
    root: str
    kind: str


def table() -> str:
    """The mount table of this process; empty where there is none."""
    return TABLE.read_text("utf-8", "surrogateescape") if TABLE.exists() else ""


def holding(path: Path, mounts: str) -> Mount:
    """The mount that holds this absolute path; the root if the table does not say. Of two at one point, the later."""
    found = Mount(PurePath("/"), "/", "")
    for line in mounts.splitlines():
        before, dash, after = line.partition(" - ")
        parts, kinds = before.split(" "), after.split(" ")
        if not dash or len(parts) <= _POINT:
            continue
        mount = Mount(PurePath(_unescaped(parts[_POINT])), _unescaped(parts[_ROOT]), kinds[0])
        if path.is_relative_to(mount.point) and len(mount.point.parts) >= len(found.point.parts):
            found = mount
    return found


def file_system(path: Path, mounts: str) -> str | None:
    """The network file system that holds this absolute path; None if it is local.

    Virtual machines have their own disk as 9p at the root; anywhere else 9p is somebody else's disk.
    """
    mount = holding(path, mounts)
    if mount.kind not in _NETWORK or (mount.kind == "9p" and mount.point == PurePath("/")):
        return None
    return mount.kind


def refuse_network(directory: Path, mounts: str) -> None:
    """`SettingsWrong` if, by this mount table, the directory is on a network: locks and syncs mean little there."""
    kind = file_system(directory.resolve(), mounts)
    if kind is not None:
        raise SettingsWrong(
            f"{directory} is on a network file system ({kind}), where a ledger can be lost or worked twice.",
            "Name a directory on a local disk with --campaigns DIRECTORY.",
        )


def in_a_pod(environ: Mapping[str, str] = os.environ, sign: Path = IN_POD) -> bool:
    """Whether this process runs in Kubernetes."""
    return "KUBERNETES_SERVICE_HOST" in environ or sign.exists()


def vanishing(path: Path, mounts: str) -> str | None:
    """Which storage holds this absolute path in a pod, if it goes when the pod goes; None if it stays."""
    mount = holding(path, mounts)
    # An emptyDir of medium Memory has a file system of its own, so its root does not tell.
    if mount.kind in {"tmpfs", "ramfs"}:
        return "memory"
    if _EMPTY_DIR in mount.root:
        return "an emptyDir"
    if mount.kind == "overlay" or (mounts and mount.point == PurePath("/")):
        return "the container's own file system"
    return None


def _unescaped(text: str) -> str:
    """Blanks and the like stand in the table as three octal digits."""
    return re.sub(r"\\([0-7]{3})", lambda found: chr(int(found[1], 8)), text)

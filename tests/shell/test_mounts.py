"""What the mount table tells: file systems that a ledger may not stand on, and storage that goes with its pod."""

from pathlib import Path

import pytest

from worker.errors import SettingsWrong
from worker.mounts import file_system, in_a_pod, refuse_network, vanishing

MOUNTS = r"""22 1 254:0 / / rw,relatime shared:1 - ext4 /dev/vda1 rw
23 22 0:21 / /proc rw - proc proc rw
40 22 0:44 / /far rw,relatime shared:2 - nfs4 server:/far rw,vers=4.2
41 40 254:9 / /far/ola/local rw - xfs /dev/vdb rw
42 22 0:50 / /mnt/my\040share rw master:3 - cifs //server/share rw
43 22 0:51 / /remote rw - fuse.sshfs ola@host: rw
44 22 0:52 / /shared rw - 9p host rw
45 22 254:7 / /twice rw - nfs server:/twice rw
46 45 254:8 / /twice rw - ext4 /dev/vdc rw
"""
# As a pod on containerd sees it: an overlay at the root, and volumes of several kinds.
POD = r"""2080 1803 0:290 / / ro,relatime master:610 - overlay overlay rw,lowerdir=/l/1,upperdir=/u/2,workdir=/w/3
2085 2080 0:293 / /proc rw,nosuid - proc proc rw
2087 2080 0:294 / /dev rw,nosuid - tmpfs tmpfs rw,size=65536k,mode=755
2101 2080 8:1 /var/lib/kubelet/pods/6d0c/volumes/kubernetes.io~empty-dir/work /campaigns rw,relatime - ext4 /dev/sda1 rw
2102 2080 0:280 / /memory rw,relatime - tmpfs tmpfs rw,size=65536k
2103 2080 8:32 / /data rw,relatime - ext4 /dev/sdc rw
2104 2080 8:1 /var/lib/kubelet/pods/6d0c/etc-hosts /etc/hosts rw,relatime - ext4 /dev/sda1 rw
2105 2080 8:1 /srv/local-disk /host rw,relatime - ext4 /dev/sda1 rw
"""


@pytest.mark.parametrize(
    ("path", "kind"),
    [
        ("/var/lib/x", None),
        ("/far/ola", "nfs4"),
        ("/far", "nfs4"),
        ("/farther", None),
        ("/far/ola/local/x", None),
        ("/mnt/my share/campaigns", "cifs"),
        ("/remote/x", "fuse.sshfs"),
        ("/shared/x", "9p"),
        ("/twice/x", None),
    ],
)
def test_the_mount_table_tells_whether_a_place_is_on_a_network(path: str, kind: str | None) -> None:
    assert file_system(Path(path), MOUNTS) == kind


def test_9p_is_fine_at_the_root_alone() -> None:
    root = MOUNTS.replace("ext4 /dev/vda1", "9p host")
    assert file_system(Path("/var"), root) is None
    assert file_system(Path("/shared"), root) == "9p"


@pytest.mark.parametrize("table", ["", "nonsense\n", "1 2 3 - nfs\n"])
def test_a_table_that_says_nothing_refuses_nothing(table: str) -> None:
    assert file_system(Path("/far"), table) is None


def test_a_network_file_system_is_refused_with_its_name(tmp_path: Path) -> None:
    mounts = f"1 0 0:1 / {tmp_path.resolve()} rw - nfs server:/x rw\n"
    with pytest.raises(SettingsWrong, match=r"\(nfs\)"):
        refuse_network(tmp_path / "campaign", mounts)


@pytest.mark.parametrize(
    ("path", "storage"),
    [
        ("/campaigns/may", "an emptyDir"),
        ("/memory/campaigns", "memory"),
        ("/dev/campaigns", "memory"),
        ("/var/lib/campaigns", "the container's own file system"),
        ("/data/campaigns", None),
        ("/host/campaigns", None),
    ],
)
def test_the_mount_table_tells_what_goes_when_its_pod_goes(path: str, storage: str | None) -> None:
    assert vanishing(Path(path), POD) == storage


def test_a_containers_root_is_its_own_whatever_its_file_system() -> None:
    assert vanishing(Path("/var/x"), POD.replace("overlay overlay", "ext4 /dev/mapper/thin")) is not None


def test_without_a_table_nothing_is_said_to_vanish() -> None:
    assert vanishing(Path("/campaigns"), "") is None


def test_a_pod_is_known_by_its_environment_or_by_its_token(tmp_path: Path) -> None:
    assert in_a_pod({"KUBERNETES_SERVICE_HOST": "10.0.0.1"}, tmp_path / "none")
    assert in_a_pod({}, tmp_path)
    assert not in_a_pod({}, tmp_path / "none")

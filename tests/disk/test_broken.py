"""Disks that fill up, break or can only be read, under whole campaigns in processes of their own: 74, and no lie."""

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from tests.acceptance.stage import Box, Desk, plain_environment, sandbox
from tests.disk import failing_sync
from worker.prove.judge import Terms, judge, worst
from worker.sandbox.faults import Kind
from worker.sandbox.journal import read

ROOT = Path(__file__).parents[2]
MANNER = ("--max-deletes", "500", "--rate", "400", "--concurrency", "8", "--settle-time", "0.1", "--verify-share", "0")
RUN = ("run", "sample.csv", "--campaign", "spring", "--yes", *MANNER)
CUSTOMERS = ("--customers", "120", "--seed", "4")
TERMS = Terms(400, killed=True)  # what could not be recorded is excused like what a kill prevented
GROWN = 20_000  # bytes of the sandbox's journal: some two dozen customers
_UNSHARE = ("unshare", "--mount") if os.geteuid() == 0 else ("unshare", "--map-root-user", "--mount")
_MOUNTS = subprocess.run([*_UNSHARE, "mount", "-t", "tmpfs", "none", "/mnt"], check=False, capture_output=True)
may_mount = pytest.mark.skipif(_MOUNTS.returncode != 0, reason="this machine lets nobody mount a file system")
may_fail = pytest.mark.skipif(not failing_sync.available, reason="system calls are made to fail on Linux only")


def done(desk: Desk, *command: str) -> subprocess.CompletedProcess[str]:
    environment = plain_environment(**desk.environment, PYTHONPATH=str(ROOT), PYTHON=sys.executable)
    return subprocess.run(command, cwd=desk.directory, env=environment, capture_output=True, text=True, check=False)


def deletes(box: Box) -> int:
    return sum(record.kind is Kind.DELETE for record in read(box.journal))


def in_the_middle(box: Box) -> bool:
    """Some were deleted, and more could be."""
    return deletes(box) > 0 and bool(box.state()["deletable"])


def worked_off(desk: Desk, box: Box) -> None:
    """The same command ends the campaign, and the account is the server's."""
    ended = desk.do(*RUN)
    assert ended.code == 0, ended.err
    assert worst(judge(desk.evidence("spring", box), TERMS)) == ""
    assert box.state()["deletable"] == []
    assert desk.do("verify", "spring").code == 0


@may_mount
def test_a_full_disk_is_74_and_with_space_again_the_same_command_ends_the_campaign(tmp_path: Path) -> None:
    script = (
        'mount -t tmpfs -o size=640k none campaigns && { "$PYTHON" -m worker "$@"; echo $? > first; '
        "df --output=avail campaigns | tail -1 > left; cp -a campaigns/. kept; }"
    )
    with sandbox(tmp_path, *CUSTOMERS) as box:
        desk = Desk(tmp_path, box.api())
        desk.campaigns.mkdir()
        (tmp_path / "kept").mkdir()
        ended = done(desk, *_UNSHARE, "sh", "-c", script, "sh", *RUN)
        assert (tmp_path / "first").read_text().strip() == "74", ended.stderr
        assert int((tmp_path / "left").read_text()) < 64
        assert in_the_middle(box)
        shutil.copytree(tmp_path / "kept", desk.campaigns, dirs_exist_ok=True)
        worked_off(desk, box)


@pytest.mark.parametrize("largest", [200, 800])
def test_a_quota_that_ends_in_the_middle_is_74_and_without_it_the_campaign_ends(tmp_path: Path, largest: int) -> None:
    with sandbox(tmp_path, *CUSTOMERS) as box:
        desk = Desk(tmp_path, box.api())
        ended = done(desk, "sh", "-c", f'ulimit -f {largest}; exec "$PYTHON" -m worker "$@"', "sh", *RUN)
        assert ended.returncode == 74, ended.stderr
        assert "disk" in ended.stderr
        assert box.state()["deletable"]
        worked_off(desk, box)


@may_fail
def test_a_sync_that_fails_in_the_middle_is_74_and_on_a_sound_disk_the_campaign_ends(tmp_path: Path) -> None:
    with sandbox(tmp_path, *CUSTOMERS) as box:
        desk = Desk(tmp_path, box.api())
        module = (sys.executable, "-m", "tests.disk.worker_on_a_failing_disk")
        ended = done(desk, *module, str(box.journal), str(GROWN), *RUN)
        assert ended.returncode == 74, ended.stderr
        assert box.state()["deletable"]
        worked_off(desk, box)


@may_mount
def test_a_medium_that_can_only_be_read_is_74_and_nothing_is_sent(tmp_path: Path) -> None:
    script = 'mount -t tmpfs -o ro none campaigns && exec "$PYTHON" -m worker "$@"'
    with sandbox(tmp_path, *CUSTOMERS) as box:
        desk = Desk(tmp_path, box.api())
        desk.campaigns.mkdir()
        ended = done(desk, *_UNSHARE, "sh", "-c", script, "sh", *RUN)
        assert (ended.returncode, read(box.journal)) == (74, [])
        assert "cannot be written" in ended.stderr


@may_mount
def test_a_place_that_the_mount_table_calls_a_network_file_system_is_78_and_nothing_is_sent(tmp_path: Path) -> None:
    script = (
        'cp /proc/self/mountinfo table && echo "99 1 0:77 / $PWD/campaigns rw - nfs4 far:/x rw" >> table && '
        'mount --bind table /proc/$$/mountinfo && exec "$PYTHON" -m worker "$@"'
    )
    with sandbox(tmp_path, *CUSTOMERS) as box:
        desk = Desk(tmp_path, box.api())
        ended = done(desk, *_UNSHARE, "sh", "-c", script, "sh", *RUN)
        assert (ended.returncode, read(box.journal)) == (78, [])
        assert "network file system (nfs4)" in ended.stderr

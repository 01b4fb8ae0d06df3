"""A run as a cluster sees it from outside: its probes, its metrics, and what it says of its storage."""

import asyncio
import contextlib
import os
import signal
import socket
import time
from pathlib import Path
from urllib.error import URLError

import pytest

from tests.campaigns.stage import FACE, Stage, cast, staged
from tests.fakes.observing import RecordingObserver
from tests.shell.test_observe_metrics import samples
from tests.shell.test_observe_served import asked
from worker import mounts
from worker.app import commands, storage
from worker.app.ending import Ending
from worker.core.values import replace
from worker.sandbox.faults import Kind

EMPTY_DIR = "9 8 8:1 /pods/1/volumes/kubernetes.io~empty-dir/work /campaigns rw - ext4 /dev/sda1 rw\n"


def free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as found:
        port: int = found.getsockname()[1]
        return port


async def watched(stage: Stage, port: int) -> tuple[asyncio.Task[Ending], dict[str, float]]:
    """A run whose first DELETEs hang, and what it tells meanwhile."""
    run = asyncio.create_task(stage.run(metrics_port=port, concurrency=2))
    await stage.until(Kind.DELETE)
    probes = [await asyncio.to_thread(asked, port, path) for path in ("/healthz", "/readyz")]
    assert [status for status, _ in probes] == [200, 200]
    return run, samples((await asyncio.to_thread(asked, port, "/metrics"))[1])


async def test_a_run_at_work_is_alive_ready_and_tells_what_it_has_before_it(tmp_path: Path) -> None:
    async with staged(tmp_path, cast(free=6), "hang_after@delete=1:1s") as stage:
        port = free_port()
        run, found = await watched(stage, port)
        assert found["amili_purge_in_flight"] == 2
        assert found["amili_purge_unsettled"] == 6
        assert found["amili_purge_in_doubt"] == 0
        assert (await run).exit == 0
        with pytest.raises(URLError):
            await asyncio.to_thread(asked, port, "/healthz")


async def test_a_run_without_a_token_is_alive_and_not_ready(tmp_path: Path) -> None:
    async with staged(tmp_path, cast(free=1)) as stage:
        port = free_port()
        stage.environ = {"AMILI_OAUTH_CLIENT_SECRET": "from-a-vault"}
        stage.flags |= {"oauth_client_id": "purge", "token_url": f"http://127.0.0.1:{free_port()}/token"}
        run = asyncio.create_task(stage.run(metrics_port=port, outage_budget=3))
        probes = await asyncio.to_thread(until_served, port)
        assert probes == [200, 503]
        assert (await run).exit == 69


def until_served(port: int) -> list[int]:
    """The answers of both probes, as soon as there are any."""
    while True:
        with contextlib.suppress(URLError, ConnectionError):
            return [asked(port, path)[0] for path in ("/healthz", "/readyz")]
        time.sleep(0.01)


async def test_a_run_that_was_told_to_end_is_alive_and_no_longer_ready(tmp_path: Path) -> None:
    async with staged(tmp_path, cast(free=6), "hang_after@delete=1:2s") as stage:
        port = free_port()
        run, _ = await watched(stage, port)
        os.kill(os.getpid(), signal.SIGTERM)
        await asyncio.sleep(0.05)
        probes = [await asyncio.to_thread(asked, port, path) for path in ("/healthz", "/readyz")]
        assert [status for status, _ in probes] == [200, 503]
        assert (await run).exit == 75


def test_a_ledger_on_storage_that_vanishes_with_the_pod_is_warned_of() -> None:
    (line,) = storage.warning(Path("/campaigns/may"), EMPTY_DIR, in_a_pod=True)
    assert "emptyDir" in line
    assert storage.warning(Path("/campaigns/may"), EMPTY_DIR, in_a_pod=False) == ()
    assert storage.warning(Path("/campaigns/may"), EMPTY_DIR.replace("empty-dir", "csi"), in_a_pod=True) == ()


def test_files_that_a_ledger_elsewhere_can_write_anew_are_no_loss() -> None:
    assert storage.here(Path("/campaigns/may"), "postgresql://db/amili") == ()


async def test_the_warning_is_said_before_the_work_begins(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("KUBERNETES_SERVICE_HOST", "10.0.0.1")
    heard = RecordingObserver()
    async with staged(tmp_path, cast(free=1)) as stage:
        face = replace(FACE, observers=(heard,))
        ending = await commands.run(
            stage.loaded(max_deletes=1), stage.list, name=None, recheck=False, face=face, command="run"
        )
    told = [fields["message"] for event, fields in heard.events if event == "beware"]
    # Where the tests' own directory lies depends on the machine; what is said of it must not.
    assert told == list(storage.warning(ending.directory, mounts.table(), in_a_pod=True))


async def test_a_retry_is_told_with_its_wait_and_its_cause(tmp_path: Path) -> None:
    heard = RecordingObserver()
    async with staged(tmp_path, cast(free=1), "http_500@get_customer#1-1") as stage:
        face = replace(FACE, observers=(heard,))
        await commands.run(stage.loaded(max_deletes=1), stage.list, name=None, recheck=False, face=face, command="run")
    (fields,) = [fields for event, fields in heard.events if event == "retry"]
    assert (fields["why"], float(str(fields["seconds"])) >= 0) == ("http_500", True)

"""Lives that a proof must find out, and processes that burn a fuse; each runs in a process of its own.

Decides nothing: they are module-level functions, as another process must be able to find them.
"""

import http.client
import os
import sqlite3
import sys
import time
from pathlib import Path
from urllib.parse import urlsplit

from worker.prove.child import Job, live
from worker.prove.fuse import Fuse
from worker.prove.points import BY_NAME, Point


def asked(job: Job, method: str, number: str) -> None:
    """One request of our own, past the worker."""
    url = urlsplit(job.base_url)
    wire = http.client.HTTPConnection(str(url.hostname), url.port, timeout=10)
    wire.request(
        method,
        f"{url.path}/clients/{job.client_no}/customers/{number}",
        headers={"Authorization": f"Bearer {job.token}"},
    )
    try:
        wire.getresponse().read()
    except (OSError, http.client.HTTPException):
        pass  # The sandbox loses answers; it was asked all the same.
    finally:
        wire.close()


def reckless(job: Job) -> None:
    """Deletes every customer of the list on its own account, without an intent, before it does its work."""
    for line in (job.directory / "customers.csv").read_text("utf-8-sig").splitlines()[1:]:
        number = line.partition(";")[0]
        if number.isalnum():
            asked(job, "DELETE", number)
    live(job)


def lying(job: Job) -> None:
    """Calls a customer refused that it has deleted, once a life has come to its end."""
    try:
        live(job)
    finally:
        report = job.campaign / "report.csv"
        report.write_bytes(report.read_bytes().replace(b";deleted;", b";refused;", 1))


def broken(job: Job) -> None:
    """Ends as a bug does."""
    sys.stderr.write(f"{job.command} is broken\n")
    with job.said.open("w", encoding="utf-8") as said:
        said.write("a bug: KeyError\n")
    sys.exit(70)


def unstoppable(job: Job) -> None:
    """Passes its crash point over."""
    live(Job(job.command, job.directory, job.base_url, job.client_no, job.token, job.customers, job.digest))


def burn(point: Point, count: int, directory: Path, signs: tuple[str, ...]) -> None:
    """See these signs one after the other; who survives them ends with 3."""
    fuse = Fuse(point, count, directory / "audit.jsonl")
    for sign in signs:
        fuse.see(sign, b"0123456789")
    time.sleep(60 if point.linger else 0)
    sys.exit(3)


def touch(name: str, directory: Path) -> None:
    """Do to real files and a real database whatever a point may wait for; who survives it ends with 3."""
    audit = directory / "audit.jsonl"
    fuse = Fuse(BY_NAME[name], 1, audit)
    fuse.listen()
    audit.write_bytes(b'{"kind":"verdict"}\n{"kind":')
    os.truncate(audit, 19)
    for report in ("report.csv", "summary.json"):
        part = directory / f".{report}.part"
        part.write_text("whole", encoding="utf-8")
        part.replace(directory / report)
    database(directory)
    sys.exit(3)


def database(directory: Path) -> None:
    """A table that is committed."""
    connection = sqlite3.connect(directory / "ledger.db", isolation_level=None)
    (directory / "report.csv").read_text(encoding="utf-8")
    connection.execute("BEGIN IMMEDIATE")
    connection.execute("CREATE TABLE runs (id, command, started_at)")
    connection.execute("INSERT INTO runs (id, command, started_at) VALUES (?, ?, ?)", (1, "run", "now"))
    connection.execute("COMMIT")
    connection.close()


def tapped(name: str, directory: Path) -> None:
    """Write two lines through a tap to the audit file; who survives it ends with 3."""
    audit = directory / "audit.jsonl"
    fuse = Fuse(BY_NAME[name], 1, audit)

    def keep(lines: object) -> None:
        assert isinstance(lines, list)
        with audit.open("ab") as file:
            file.writelines(b"%b\n" % line for line in lines)

    fuse.tap(keep)([b'{"kind":"campaign","event":"started"}', b'{"kind":"intent"}', b'{"kind":"verdict"}'])
    sys.exit(3)

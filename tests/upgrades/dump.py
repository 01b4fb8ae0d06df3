"""Keeps a ledger of today for the versions to come: `python -m tests.upgrades.dump > tests/upgrades/version_N.sql`.

Decides what such a campaign has been through: some customers settled, two DELETEs in flight when the process was
killed, the rest not reached. Addresses and names of the machine are replaced, and the audit chain is sealed anew over
what then stands there.
"""

import json
import re
import signal
import sqlite3
import sys
import tempfile
from collections.abc import Iterator
from contextlib import closing
from hashlib import sha256
from pathlib import Path

from tests.acceptance.stage import Desk, sandbox, waited
from worker.sandbox.journal import read

NAME = "spring-2026"
WORLD = ("--customers", "24", "--seed", "4")
"""The sandbox whose customers these are."""
ELSEWHERE = "https://armrest.example/arm/v1"
"""Stands for the sandbox's address, which is another in every test."""
RUN = ("run", "list.csv", "--campaign", NAME, "--yes", "--max-deletes", "20", "--rate", "100", "--concurrency", "2")
_BLOB = re.compile(r"X'([0-9A-F]+)'")
_FACT = re.compile(r"""^(INSERT INTO "facts" VALUES\(\d+,CAST\(')(.*)(' AS BLOB\)\);)$""")


def killed_midway(directory: Path) -> tuple[Path, str]:
    """A campaign whose process was killed with DELETEs in flight; its ledger, and the sandbox's address."""
    with sandbox(directory, *WORLD, "--faults", "hang_before@delete#40-=1:60s") as box:
        (directory / "list.csv").write_text("\n".join(["Kundenr", *box.state()["existing"], ""]), "utf-8")
        running = Desk(directory, box.api()).start(*RUN)
        assert waited(lambda: sum(record.fault is not None for record in read(box.journal)) >= 2)
        running.signal(signal.SIGKILL)
        running.ended()
        return directory / "campaigns" / NAME / "ledger.db", str(box.ready["base_url"])


def statements(ledger: Path) -> Iterator[str]:
    """The ledger as SQL, its audit lines readable."""
    with closing(sqlite3.connect(ledger)) as connection:
        version = connection.execute("PRAGMA user_version").fetchone()[0]
        for statement in connection.iterdump():
            yield _BLOB.sub(lambda found: f"CAST({_quoted(bytes.fromhex(found[1]).decode())} AS BLOB)", statement)
    yield f"PRAGMA user_version = {version};"


def _quoted(text: str) -> str:
    return "'" + text.replace("'", "''") + "'"


def sealed(dump: str) -> str:
    """The dump with its audit chain sealed anew, after something in its lines was replaced."""
    head, lines = "0" * 64, []
    for line in dump.splitlines():
        fact = _FACT.fullmatch(line)
        if fact is None:
            lines.append(line)
            continue
        body = fact[2].replace("''", "'").rpartition(',"hash":')[0]
        body = re.sub(r'"prev":"[0-9a-f]{64}"', f'"prev":"{head}"', body)
        head = sha256(body.encode()).hexdigest()
        lines.append(fact[1] + f'{body},"hash":"{head}"}}'.replace("'", "''") + fact[3])
    return "\n".join(lines) + "\n"


def restored(dump: Path, base_url: str, campaigns: Path) -> Path:
    """The ledger of a dump, bound to this address, in its campaign's directory; the ledger's path."""
    place = campaigns / NAME
    place.mkdir(parents=True)
    with closing(sqlite3.connect(place / "ledger.db")) as connection:
        connection.executescript(sealed(dump.read_text("utf-8").replace(ELSEWHERE, base_url)))
    return place / "ledger.db"


def main() -> None:
    """Print the dump."""
    with tempfile.TemporaryDirectory() as directory:
        ledger, base_url = killed_midway(Path(directory))
        text = "\n".join(statements(ledger)).replace(base_url, ELSEWHERE)
    for member, plain in (("host", "worker-1"), ("user", "purge")):
        text = re.sub(rf'"{member}":"[^"]*"', f'"{member}":{json.dumps(plain)}', text)
    sys.stdout.write(sealed(text))


if __name__ == "__main__":
    main()

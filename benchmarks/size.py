"""How much memory and time large inputs take: `python -m benchmarks.size rows [N]`, `… restart [N]`.

Decides by the claims. `rows`: a million rows, 99.9 % of them invalid or duplicates, pass in at most 200 MiB and 60 s.
`restart`: a finished campaign of 100,000 customers starts again, and finds nothing to do, in at most 3 s; it is worked
off against a sandbox first, which takes minutes, and what it takes on the disk is told. `scale [N]`: seconds to the
first request of a campaign of a million, and of one of which half is done (marked so in its ledger), then `report`, in
at most 11, 2 and 20 s and 100 MiB; against nginx. Prints figures; exit code 1 beyond a bound.
"""

import signal
import sqlite3
import sys
import tempfile
import time
from pathlib import Path

from benchmarks.server import Nginx, nginx
from tests.acceptance.stage import Box, Desk, Ended, Running, sandbox
from tests.acceptance.test_pace import FREE

MIB = 200.0
SECONDS = 60.0
RESTART_SECONDS = 3.0
FIRST_REQUEST_SECONDS = 11.0
RESUME_SECONDS = 2.0
REPORT_SECONDS = 20.0
MOST_MIB = 100.0
_HALF = """
UPDATE customers SET state = 'deleted', reason = 'confirmed', rank = 9, settled_at = '2026-01-01T00:00:00.000000Z'
WHERE id <= ?
"""
VALID_IN = 1000
"""One row in so many is a customer that is named for the first time."""
_WRECKS = ("5432/10", "1.23E+05", "543210.0", "", "a b", "..", "æ%41")


def write_rows(path: Path, customers: list[str], rows: int) -> None:
    """A file of so many rows: each customer once, the rest repeats of it in another case, and wrecks."""
    with path.open("w", encoding="utf-8") as file:
        file.write("Kundenr;Navn;Sted\n")
        for row in range(rows):
            place, turn = divmod(row, VALID_IN)
            number = customers[place]
            if turn % 2:
                number = _WRECKS[turn // 2 % len(_WRECKS)]
            elif turn:
                number = number.swapcase()
            file.write(f"{number};Eksempel {row:07};Oslo\n")


def many_rows(directory: Path, rows: int) -> tuple[Ended, Ended]:
    """Work off a file of so many rows, and start once more; how both ended."""
    with sandbox(directory, "--customers", str(rows // VALID_IN), "--seed", "6") as box:
        desk = Desk(directory, box.api())
        customers = box.sample.read_text("utf-8-sig").split()
        write_rows(directory / "rows.csv", sorted(_numbers(customers)), rows)
        words = ("run", "rows.csv", "--campaign", "rows", "--yes", "--max-deletes", str(rows), "--rate", "2000")
        manner = ("--max-invalid-share", "1", "--concurrency", "32", "--log-level", "warning")
        return desk.do(*words, *manner), desk.do(*words, *manner)


def _numbers(words: list[str]) -> set[str]:
    """The customers of a sandbox's sample, one spelling each."""
    first = (word.partition(";")[0] for word in words if ";" in word)
    found = {number.casefold(): number for number in first if number.isalnum() and number != "Kundenr"}
    return set(found.values())


def worked_off(desk: Desk, box: Box, customers: int) -> tuple[Ended, Ended]:
    """A campaign of all customers of the sandbox, worked off and started once more; how both ended."""
    (desk.directory / "all.csv").write_text("\n".join(["Kundenr", *box.state()["existing"], ""]), "utf-8")
    words = ("run", "all.csv", "--campaign", "all", "--yes", "--max-deletes", str(customers), "--rate", "10000")
    manner = ("--concurrency", "64", "--log-level", "warning", "--verify-share", "0")
    first = desk.start(*words, *manner).ended(patience=60 + customers / 50)
    return first, desk.do(*words, *manner)


def told(what: str, ended: Ended) -> None:
    """One line of figures."""
    spent = f"{ended.seconds:.2f} s ({ended.computed:.2f} s of them computing), {ended.memory:.0f} MiB at the most"
    sys.stdout.write(f"{what}: exit {ended.code}, {spent}\n")
    sys.stdout.write(ended.err if ended.code else "")
    sys.stdout.flush()


def told_on_disk(campaign: Path, customers: int) -> None:
    """One line: the size of each file, and of all for a million customers."""
    sizes = {path.name: path.stat().st_size / 2**20 for path in sorted(campaign.iterdir()) if path.stat().st_size}
    each = ", ".join(f"{name} {size:.1f}" for name, size in sizes.items())
    sys.stdout.write(f"on the disk: {each} MiB; {sum(sizes.values()) * 1_000_000 / customers:.0f} MiB a million\n")


def rows_pass(directory: Path, rows: int) -> bool:
    """Whether the claim for large inputs holds."""
    first, again = many_rows(directory, rows)
    told(f"{rows} rows, {rows // VALID_IN} customers", first)
    told("the same once more", again)
    return first.code == again.code == 0 and first.memory <= MIB and first.seconds <= SECONDS


def restart_is_quick(directory: Path, customers: int) -> bool:
    """Whether the claim for finished campaigns holds."""
    with sandbox(directory, "--customers", str(customers), "--seed", "6", *FREE) as box:
        desk = Desk(directory, box.api())
        first, again = worked_off(desk, box, customers)
    told(f"{customers} customers, worked off", first)
    told("started again, nothing to do", again)
    told_on_disk(desk.campaigns / "all", customers)
    return first.code == again.code == 0 and again.seconds <= RESTART_SECONDS


def first_request(server: Nginx, running: Running, before: int) -> float:
    """Seconds from the start of the process until the server has answered one more GET; then the run is ended."""
    while len(server.wire()) <= before:
        if running.is_over():
            raise SystemExit(running.ended().err)
        time.sleep(0.005)
    seconds = time.monotonic() - running.since
    running.signal(signal.SIGTERM)
    return seconds


def scales(directory: Path, customers: int) -> bool:
    """Whether the claims for many customers hold."""
    with nginx(directory, logged=True) as server, (directory / "in.csv").open("w", encoding="utf-8") as file:
        file.write("Kundenr;Navn\n")
        file.writelines(f"{10_000_000 + row};Eksempel {row}\n" for row in range(customers))
        file.flush()
        desk = Desk(directory, server.api())
        manner = ("--campaign", "c", "--yes", "--max-deletes", str(customers), "--rate", "2")
        running = desk.start("run", "in.csv", *manner)
        begun = first_request(server, running, len(server.wire()))
        first = running.ended(300)
        with sqlite3.connect(directory / "campaigns" / "c" / "ledger.db") as ledger:
            ledger.execute(_HALF, (customers // 2,))
        ledger.close()
        running = desk.start("run", *manner)
        resumed = first_request(server, running, len(server.wire()))
        again = running.ended(300)
        report = desk.start("report", "c").ended(300)
    told(f"{customers} customers, first request after {begun:.2f} s", first)
    told(f"half of them done, first request after {resumed:.2f} s", again)
    told("report", report)
    quick = begun <= FIRST_REQUEST_SECONDS and resumed <= RESUME_SECONDS and report.seconds <= REPORT_SECONDS
    return quick and max(first.memory, again.memory, report.memory) <= MOST_MIB


def main(words: list[str]) -> int:
    """Measure; 0 if the claim holds, 1 if not, 2 if it is not clear which."""
    with tempfile.TemporaryDirectory() as directory:
        match words:
            case ["rows", *count]:
                return not rows_pass(Path(directory), int(count[0]) if count else 1_000_000)
            case ["restart", *count]:
                return not restart_is_quick(Path(directory), int(count[0]) if count else 100_000)
            case ["scale", *count]:
                return not scales(Path(directory), int(count[0]) if count else 1_000_000)
            case _:
                sys.stderr.write("rows, restart or scale?\n")
                return 2


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))

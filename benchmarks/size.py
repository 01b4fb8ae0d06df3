"""How much memory and time large inputs take: `python -m benchmarks.size rows [N]`, `… restart [N]`.

Decides by the claims. `rows`: a million rows, 99.9 % of them invalid or duplicates, pass in at most 200 MiB and 60 s.
`restart`: a finished campaign of 100,000 customers starts again, and finds nothing to do, in at most 3 s; it is worked
off against a sandbox first, which takes minutes, and what it takes on the disk is told. `scale [N]`: seconds to the
first request of a campaign of a million, and of one of which half is done (marked so in its ledger), then `report` of
one that is done (all audit lines in its ledger), in at most 11, 2 and 20 s; all that, and 64 customers in flight, in
100 MiB and 1.05 times what a tenth of the customers takes; against nginx. `scattered [N]`: the same with a list in no
order. Prints figures; exit code 1 beyond a bound.
"""

import json
import signal
import sqlite3
import sys
import tempfile
import time
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path

from benchmarks.server import Nginx, nginx
from benchmarks.verify import told
from tests.acceptance.stage import Box, Desk, Ended, Running, sandbox
from tests.acceptance.test_pace import FREE
from worker.core.chain import Head
from worker.errors import Exit

MIB = 200.0
SECONDS = 60.0
RESTART_SECONDS = 3.0
FIRST_REQUEST_SECONDS = 11.0
RESUME_SECONDS = 2.0
REPORT_SECONDS = 20.0
MOST_MIB = 100.0
MORE_MEMORY = 1.05
"""So many times the memory that a tenth of the customers takes, at the most."""
IN_FLIGHT_SECONDS = 20.0
_SCATTER = 617_333
"""A prime that divides no number of customers that anybody would ask for."""
_HALF = """
UPDATE customers SET state = 'deleted', reason = 'confirmed', rank = 9, settled_at = '2026-01-01T00:00:00.000000Z'
WHERE id <= ?
"""
VALID_IN = 1000
"""One row in so many is a customer that is named for the first time."""
_WRECKS = ("5432/10", "1.23E+05", "543210.0", "", "a b", "..", "æ%41")


@dataclass(frozen=True, slots=True)
class Scale:
    """Seconds to the first request of a new campaign, and of a half done one; seconds of a report; the most MiB."""

    begun: float
    resumed: float
    reported: float
    memory: float


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


def say(what: str, ended: Ended) -> None:
    """One line of figures."""
    spent = f"{ended.seconds:.2f} s ({ended.computed:.2f} s of them computing), {ended.memory:.0f} MiB at the most"
    sys.stdout.write(f"{what}: exit {ended.code}, {spent}\n")
    sys.stdout.write("" if ended.code in (Exit.SETTLED, Exit.INTERRUPTED) else ended.err)
    sys.stdout.flush()


def told_on_disk(campaign: Path, customers: int) -> None:
    """One line: the size of each file, and of all for a million customers."""
    sizes = {path.name: path.stat().st_size / 2**20 for path in sorted(campaign.iterdir()) if path.stat().st_size}
    each = ", ".join(f"{name} {size:.1f}" for name, size in sizes.items())
    sys.stdout.write(f"on the disk: {each} MiB; {sum(sizes.values()) * 1_000_000 / customers:.0f} MiB a million\n")


def rows_pass(directory: Path, rows: int) -> bool:
    """Whether the claim for large inputs holds."""
    first, again = many_rows(directory, rows)
    say(f"{rows} rows, {rows // VALID_IN} customers", first)
    say("the same once more", again)
    return first.code == again.code == 0 and first.memory <= MIB and first.seconds <= SECONDS


def restart_is_quick(directory: Path, customers: int) -> bool:
    """Whether the claim for finished campaigns holds."""
    with sandbox(directory, "--customers", str(customers), "--seed", "6", *FREE) as box:
        desk = Desk(directory, box.api())
        first, again = worked_off(desk, box, customers)
    say(f"{customers} customers, worked off", first)
    say("started again, nothing to do", again)
    told_on_disk(desk.campaigns / "all", customers)
    return first.code == again.code == 0 and again.seconds <= RESTART_SECONDS


def first_request(server: Nginx, running: Running, before: int, then: float = 0.0) -> float:
    """Seconds from the start of the process until the server has answered one more GET; `then` s later it is ended."""
    while len(server.wire()) <= before:
        if running.is_over():
            raise SystemExit(running.ended().err)
        time.sleep(0.005)
    seconds = time.monotonic() - running.since
    time.sleep(then)
    running.signal(signal.SIGTERM)
    return seconds


def write_list(path: Path, customers: int, *, scattered: bool) -> None:
    """A list of so many customers, by number, or in no order that an index would like."""
    stride = _SCATTER if scattered else 1
    with path.open("w", encoding="utf-8") as file:
        file.write("Kundenr;Navn\n")
        file.writelines(f"{10_000_000 + row * stride % customers};Eksempel {row}\n" for row in range(customers))


def halved(ledger: Path, customers: int) -> None:
    """Half of the campaign is done, as far as its ledger knows."""
    with closing(sqlite3.connect(ledger)) as connection, connection:
        connection.execute(_HALF, (customers // 2,))


def finished(ledger: Path, customers: int) -> None:
    """All are deleted, and each has left its four lines."""
    with closing(sqlite3.connect(ledger)) as connection, connection:
        connection.execute(_HALF, (customers,))
        last = json.loads(connection.execute("SELECT line FROM facts ORDER BY seq DESC LIMIT 1").fetchone()[0])
        lines = told(Head(last["seq"], last["hash"]), range(10_000_000, 10_000_000 + customers))
        connection.executemany("INSERT INTO facts VALUES (?, ?)", ((record.seq, record.line) for record in lines))


def at_scale(directory: Path, customers: int, *, scattered: bool) -> Scale:
    """One campaign begun, taken up again, worked with 64 customers in flight for a while, and reported."""
    with nginx(directory, logged=True) as server:
        write_list(directory / "in.csv", customers, scattered=scattered)
        desk = Desk(directory, server.api())
        words = ("--campaign", "c", "--yes", "--max-deletes", str(customers), "--verify-share", "0")
        manner = (*words, "--log-level", "warning", "--rate")
        running = desk.start("run", "in.csv", *manner, "2")
        begun = first_request(server, running, len(server.wire()))
        first = running.ended(300)
        halved(desk.campaigns / "c" / "ledger.db", customers)
        running = desk.start("run", *manner, "2")
        resumed = first_request(server, running, len(server.wire()))
        again = running.ended(300)
        running = desk.start("run", *manner, "10000", "--concurrency", "64")
        first_request(server, running, len(server.wire()), then=IN_FLIGHT_SECONDS)
        busy = running.ended(300)
        finished(desk.campaigns / "c" / "ledger.db", customers)
        report = desk.start("report", "c").ended(300)
    say(f"{customers} customers, first request after {begun:.2f} s", first)
    say(f"half of them done, first request after {resumed:.2f} s", again)
    say(f"64 in flight for {IN_FLIGHT_SECONDS:g} s", busy)
    say("all done, report", report)
    return Scale(begun, resumed, report.seconds, max(each.memory for each in (first, again, busy, report)))


def scales(directory: Path, customers: int, *, scattered: bool = False) -> bool:
    """Whether the claims for many customers hold."""
    for each in ("less", "more"):
        (directory / each).mkdir()
    less = at_scale(directory / "less", customers // 10, scattered=scattered)
    more = at_scale(directory / "more", customers, scattered=scattered)
    quick = more.begun <= FIRST_REQUEST_SECONDS and more.resumed <= RESUME_SECONDS and more.reported <= REPORT_SECONDS
    return quick and more.memory <= min(MOST_MIB, MORE_MEMORY * less.memory)


def main(words: list[str]) -> int:
    """Measure; 0 if the claim holds, 1 if not, 2 if it is not clear which."""
    with tempfile.TemporaryDirectory() as directory:
        match words:
            case ["rows", *count]:
                return not rows_pass(Path(directory), int(count[0]) if count else 1_000_000)
            case ["restart", *count]:
                return not restart_is_quick(Path(directory), int(count[0]) if count else 100_000)
            case [("scale" | "scattered") as order, *count]:
                many = int(count[0]) if count else 1_000_000
                return not scales(Path(directory), many, scattered=order == "scattered")
            case _:
                sys.stderr.write("rows, restart, scale or scattered?\n")
                return 2


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))

"""The worker against what people use instead: `python -m benchmarks.against [--customers N] [--rounds N] [--write]`.

Decides by measuring: the same customers (three reads, one DELETE each) against the same nginx, one contender after the
other, round by round, whole processes with their start; the medians count. Who is not installed is left out, and said
so; with `--only NAME …` all others are. With `--write` the table goes to docs/performance.md. It judges nothing:
absolute times depend on the machine.
"""

import argparse
import json
import os
import platform
import resource
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from importlib.metadata import version
from pathlib import Path
from typing import Final

from benchmarks.server import Nginx, nginx, program

ROOT: Final = Path(__file__).parent.parent
PAGE: Final = ROOT / "docs" / "performance.md"
WORKER: Final = "amili-purge run"
BARE: Final = "bare aiohttp loop"
BEGIN: Final = "<!-- written by benchmarks/against.py -->"
END: Final = "<!-- end -->"
_ONE_BY_ONE: Final = (
    'c="$0/clients/2218"; h="Authorization: Bearer a-bearer-token"; '
    'curl -sf -H "$h" "$c/customers/$1" && curl -sf -H "$h" "$c/documents?customerno=$1&pagesize=5" && '
    'curl -sf -H "$h" "$c/aritems?customerno=$1&pagesize=5" && curl -sf -H "$h" -X DELETE "$c/customers/$1"'
)


@dataclass(frozen=True, slots=True)
class Contender:
    """One way to do it: how it is called, what it records, whether it is installed, and its command."""

    name: str
    records: str
    needs: Sequence[str]
    command: Callable[[Nginx, Path, int, int], list[str]]

    def here(self) -> bool:
        """Whether it can be run on this machine."""
        return all(shutil.which(each) for each in self.needs)


def contenders() -> list[Contender]:
    """All of them, the worker first."""
    return [
        Contender(WORKER, "checks, durable intents and verdicts, audit log", (), _worker),
        Contender(BARE, "nothing", (), lambda at, _, n, __: _python("benchmarks.bare", at.base_url, str(n), "16")),
        Contender(
            "naive asyncio + aiohttp",
            "checks",
            (),
            lambda at, _, n, __: _python("benchmarks.naive", at.base_url, str(n), "16"),
        ),
        Contender("xargs -P16 curl", "nothing", ("xargs", "curl"), _xargs),
        Contender("curl --parallel", "nothing, in no order", ("curl",), _curl),
        Contender("newman", "checks what its script says", ("newman",), _newman),
    ]


def _python(module: str, *words: str) -> list[str]:
    return [sys.executable, "-m", module, *words]


def _worker(_: Nginx, directory: Path, customers: int, turn: int) -> list[str]:
    """The rate is set so high that it does not hold, and customers wait for nothing but each other's answers."""
    name = f"round-{turn}-{time.monotonic_ns()}"
    words = ("run", str(directory / "in.csv"), "--campaign", name, "--campaigns", str(directory / "campaigns"))
    manner = ("--rate", "10000", "--concurrency", "64", "--verify-share", "0")
    return _python("worker", *words, *manner, "--max-deletes", str(customers), "--yes")


def _xargs(at: Nginx, directory: Path, _: int, __: int) -> list[str]:
    return ["xargs", "-a", str(directory / "numbers.txt"), "-P16", "-n1", "sh", "-c", _ONE_BY_ONE, at.base_url]


def _curl(at: Nginx, directory: Path, customers: int, _: int) -> list[str]:
    conf = directory / "curl.conf"
    if not conf.exists():
        parts = []
        for number in _numbers(customers):
            client = f"{at.base_url}/clients/2218"
            urls = (
                f"customers/{number}",
                f"documents?customerno={number}&pagesize=5",
                f"aritems?customerno={number}&pagesize=5",
            )
            parts += [f'url = "{client}/{url}"\noutput = "/dev/null"\nnext' for url in urls]
            parts.append(f'url = "{client}/customers/{number}"\nrequest = "DELETE"\noutput = "/dev/null"\nnext')
        conf.write_text("\n".join(parts).removesuffix("next"), "utf-8")
    return ["curl", "-s", "--parallel", "--parallel-max", "16", "-K", str(conf)]


def _newman(at: Nginx, directory: Path, _: int, __: int) -> list[str]:
    collection = directory / "collection.json"
    client = f"{at.base_url}/clients/2218"
    asked = [
        ("GET", f"{client}/customers/{{{{customerno}}}}"),
        ("GET", f"{client}/documents?customerno={{{{customerno}}}}&pagesize=5"),
        ("GET", f"{client}/aritems?customerno={{{{customerno}}}}&pagesize=5"),
        ("DELETE", f"{client}/customers/{{{{customerno}}}}"),
    ]
    schema = "https://schema.getpostman.com/json/collection/v2.1.0/collection.json"
    items = [{"name": f"{method} {url}", "request": {"method": method, "url": url}} for method, url in asked]
    collection.write_text(json.dumps({"info": {"name": "purge", "schema": schema}, "item": items}), "utf-8")
    return ["newman", "run", str(collection), "-d", str(directory / "newman.csv"), "--reporters", "json",
            "--reporter-json-export", "/dev/null"]  # fmt: skip


def _numbers(customers: int) -> list[str]:
    return [str(1_000_000 + place) for place in range(customers)]


@dataclass(frozen=True, slots=True)
class Taken:
    """Seconds that passed, and seconds that the processes computed."""

    seconds: float
    computed: float


def taken(command: Sequence[str], environment: Mapping[str, str]) -> Taken:
    """Run it to its end; `SystemExit` if it fails."""
    before, began = resource.getrusage(resource.RUSAGE_CHILDREN), time.monotonic()
    done = subprocess.run(command, cwd=ROOT, env=environment, capture_output=True, check=False)
    seconds, after = time.monotonic() - began, resource.getrusage(resource.RUSAGE_CHILDREN)
    if done.returncode:
        raise SystemExit(f"{command[:4]} ended with {done.returncode}: {done.stderr[-800:].decode(errors='replace')}")
    return Taken(seconds, after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime)


def measured(directory: Path, customers: int, rounds: int, only: Sequence[str] = ()) -> dict[str, list[Taken]]:
    """All that are here, round by round; `only` those whose names begin so, if any are named."""
    numbers = _numbers(customers)
    (directory / "in.csv").write_text("\n".join(["Kundenr", *numbers, ""]), "utf-8")
    (directory / "newman.csv").write_text("\n".join(["customerno", *numbers, ""]), "utf-8")
    (directory / "numbers.txt").write_text("\n".join([*numbers, ""]), "utf-8")
    found: dict[str, list[Taken]] = {}
    with nginx(directory) as server:
        for turn in range(rounds):
            for one in contenders():
                if one.here() and one.name.startswith(tuple(only) or ""):
                    command = one.command(server, directory, customers, turn)
                    found.setdefault(one.name, []).append(taken(command, {**_environment(), **server.api()}))
                    sys.stdout.write(f"round {turn + 1}: {one.name} {found[one.name][-1].seconds:.2f} s\n")
                    sys.stdout.flush()
    return found


def _environment() -> dict[str, str]:
    """Ours, but modules are kept compiled, as they are where a program is installed."""
    return {name: value for name, value in os.environ.items() if name != "PYTHONDONTWRITEBYTECODE"}


def table(found: Mapping[str, Sequence[Taken]], customers: int) -> str:
    """The medians as Markdown, each beside the worker's."""
    own = statistics.median(each.seconds for each in found[WORKER])
    rows = ["| what | seconds | customers a second | ms of CPU a customer | the worker is faster by | it records |"]
    rows.append("|---|---|---|---|---|---|")
    for one in contenders():
        if one.name not in found:
            rows.append(f"| {one.name} | {'not asked for' if one.here() else 'not installed'} | | | | {one.records} |")
            continue
        seconds = statistics.median(each.seconds for each in found[one.name])
        computed = statistics.median(each.computed for each in found[one.name])
        rows.append(
            f"| {one.name} | {seconds:.2f} | {customers / seconds:.0f} | {1000 * computed / customers:.2f} "
            f"| {seconds / own:.2f} | {one.records} |"
        )
    return "\n".join(rows)


def machine(customers: int, rounds: int) -> str:
    """On what, with which versions and by which command it was measured."""
    load = os.getloadavg()[1]
    told = {
        "machine": f"{os.cpu_count()} cores, {platform.machine()}, {platform.system()} {platform.release()}",
        "load": f"{load:.1f} over the last five minutes, other people's processes included",
        "versions": f"Python {platform.python_version()}, aiohttp {version('aiohttp')}, {_said(program(), '-v')}, "
        f"{_said('curl', '--version')}, newman {_said('newman', '--version')}",
        "command": f"`python -m benchmarks.against --customers {customers} --rounds {rounds} --write`",
    }
    return "\n".join(f"- {name}: {what}" for name, what in told.items())


def _said(name: str | None, flag: str) -> str:
    """The first words of what a program says of its version."""
    found = None if name is None else shutil.which(name)
    if found is None:
        return "not installed"
    done = subprocess.run([found, flag], capture_output=True, text=True, check=False)
    return " ".join((done.stdout or done.stderr).split()[:3])


def main(words: list[str]) -> int:
    """Measure and print, or write the page's table anew."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.against")
    parser.add_argument("--customers", type=int, default=1000)
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--only", nargs="+", default=[], metavar="NAME")
    parser.add_argument("--write", action="store_true")
    given = parser.parse_args(words)
    with tempfile.TemporaryDirectory() as directory:
        found = measured(Path(directory), given.customers, given.rounds, given.only)
    text = f"{table(found, given.customers)}\n\n{machine(given.customers, given.rounds)}"
    sys.stdout.write(f"\n{text}\n")
    if given.write:
        page = PAGE.read_text("utf-8")
        head, rest = page.split(BEGIN, 1)
        PAGE.write_text(f"{head}{BEGIN}\n\n{text}\n\n{END}{rest.split(END, 1)[1]}", "utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))

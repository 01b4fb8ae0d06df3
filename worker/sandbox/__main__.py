"""`python -m worker.sandbox`: a sandbox in a process of its own, for tests that kill the worker.

Prints one JSON line (addresses and credentials, see `server.Ready`) when it answers, and runs until SIGTERM
or SIGINT.
"""

import argparse
import sys
from collections.abc import Sequence
from pathlib import Path

import orjson

from worker.sandbox.faults import Faults
from worker.sandbox.options import SandboxOptions
from worker.sandbox.server import Ready, run


def options(words: Sequence[str]) -> SandboxOptions:
    """Read the command line; what is wrong with it ends the process with code 2 and a message."""
    default = SandboxOptions()
    parser = argparse.ArgumentParser(prog="python -m worker.sandbox", description="A simulated ARMrest API.")
    for name in ("port", "client_no", "customers", "seed"):
        _add(parser, name, int, getattr(default, name))
    for name in ("with_documents", "with_ar_items", "absent", "token_seconds"):
        _add(parser, name, float, getattr(default, name))
    for name in ("documents_filter", "documents_key", "aritems_filter", "aritems_key"):
        _add(parser, name, str, getattr(default, name))
    _add(parser, "token_uses", int, None)
    parser.add_argument("--faults", type=Faults.parse, default=default.faults, metavar="TEXT")
    parser.add_argument("--journal", type=Path, metavar="FILE", help="JSON lines, begun anew")
    parser.add_argument("--sample", type=Path, metavar="FILE", help="write a list of the customers as CSV")
    return SandboxOptions(**vars(parser.parse_args(words)))


def _add(parser: argparse.ArgumentParser, name: str, of: type, default: object) -> None:
    parser.add_argument(f"--{name.replace('_', '-')}", type=of, default=default, help="(default: %(default)s)")


def announce(ready: Ready) -> None:
    """Print the one line, at once."""
    sys.stdout.buffer.write(orjson.dumps(ready, option=orjson.OPT_APPEND_NEWLINE))
    sys.stdout.buffer.flush()


if __name__ == "__main__":
    run(options(sys.argv[1:]), announce)

"""Builds the image and works a small campaign in it: `make image-check`, as root, with buildah and debootstrap.

Decides what an image must be and do; prints a line for each finding, and ends with 1 if one is not so, with 2 if it
could not be tried here. It is no part of `make test`: it needs root, a few minutes and two gigabytes.
"""

import os
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

from tests.acceptance.stage import Box, sandbox, waited
from tests.image.building import Image, built, missing
from tests.image.running import Cell, ended, terminate
from worker.sandbox.faults import Kind
from worker.sandbox.journal import read

Finding = tuple[str, bool]
RUN = ("run", "list.csv", "--campaign", "trial", "--yes", "--max-deletes", "1000", "--rate", "200")
UNWANTED = ("pip", "pip3", "gcc", "cc", "make", "curl", "wget")
OPTIONAL = "import aio_pika, psycopg, uvloop"
TRY_TO_WRITE = """
import os
for place in ("/", "/opt/amili-purge", "/etc", "/usr", "/var"):
    try:
        open(os.path.join(place, "x"), "w")
    except OSError as error:
        print(error.errno)
    else:
        print("written", place)
open("/tmp/x", "w").close()
open("/campaigns/.x", "w").close()
os.unlink("/campaigns/.x")
"""
READ_ONLY = 30  # errno EROFS: not even a user with every right could


def configured(image: Image) -> Iterator[Finding]:
    """What the image's configuration must say."""
    config, labels = image.config, image.config["Labels"]
    yield "a numeric user who is not root", config["User"] == "65532:65532"
    yield "the worker itself is the entry point", config["Entrypoint"] == ["amili-purge"]
    yield "it is stopped by SIGTERM", config["StopSignal"] == "SIGTERM"
    yield "campaigns are a volume", "/campaigns" in config["Volumes"]
    names = [f"org.opencontainers.image.{name}" for name in ("title", "version", "licenses", "revision")]
    yield "labels name title, version, licence and revision", all(labels.get(name) for name in names)


def slim(image: Image) -> Iterator[Finding]:
    """What must not be in the image."""
    places = [image.tree / place for place in ("usr/bin", "usr/local/bin", "opt/amili-purge/bin")]
    found = [name for name in UNWANTED for place in places if (place / name).exists()]
    yield f"none of {', '.join(UNWANTED)} in it {found or ''}", not found
    packages = [path.name for path in (image.tree / "opt").glob("**/site-packages/*")]
    yield "no pip among the worker's packages", not any(name.startswith("pip") for name in packages)
    yield "no cache of pip", not (image.tree / "root" / ".cache").exists()
    left = [place for place in ("build", "opt/build") if (image.tree / place).exists()]
    yield f"nothing of the build is left {left or ''}", not left
    owned = [path for path in (image.tree / "opt").rglob("*") if path.lstat().st_uid != 0]
    yield "the worker owns none of its own files", not owned


def working(cell: Cell, box: Box) -> Iterator[Finding]:
    """What must work in it."""
    version = cell.do("--version")
    yield f"it tells its version: {version.out.strip() or version.err.strip()}", version.code == 0
    extras = cell.do("-c", OPTIONAL, entrypoint=["python3"])
    yield f"queues, PostgreSQL and uvloop can be had {extras.err}", extras.code == 0
    written = cell.do("-c", TRY_TO_WRITE, entrypoint=["python3"])
    closed = written.out.split() == [str(READ_ONLY)] * 5
    yield f"the root is read-only, /tmp and /campaigns are not {written.err}", closed and written.code == 0
    box.set_faults("hang_after@delete=1:1s")
    run = cell.start(*RUN)
    begun = waited(lambda: any(record.kind is Kind.DELETE for record in read(box.journal)), patience=60)
    yield "a campaign begins", begun
    terminate(run)
    stopped = ended(run)
    yield f"SIGTERM with DELETEs in flight ends it with 75, and it was {stopped.code}", stopped.code == 75
    yield "its last line is the summary", '"exit_code":75' in stopped.out.rstrip().rpartition("\n")[2]
    box.set_faults("")
    again = cell.do(*RUN)
    yield f"the same command goes on and ends with 0, and it was {again.code}", again.code == 0
    yield "the account verifies", cell.do("verify", "trial").code == 0
    wire = [record for record in box.settled_wire() if record.kind is Kind.DELETE]
    yield f"{len(wire)} DELETEs, none of a customer twice", len({record.customer for record in wire}) == len(wire) > 0
    owners = {path.stat().st_uid for path in (cell.campaigns / "trial").iterdir()}
    yield "the campaign belongs to the numeric user", owners == {int(cell.user.partition(":")[0])}


def findings(work: Path) -> Iterator[Finding]:
    """Everything that is looked at."""
    since = time.monotonic()
    with built(work) as image:
        yield f"built in {time.monotonic() - since:.0f} s", True
        yield from configured(image)
        yield from slim(image)
        campaigns = work / "campaigns"
        campaigns.mkdir()
        with sandbox(work, "--customers", "60", "--seed", "4") as box:
            (campaigns / "list.csv").write_text("\n".join(["Kundenr", *box.state()["existing"], ""]), "utf-8")
            os.chown(campaigns, 65532, 65532)
            (campaigns / "list.csv").chmod(0o644)
            yield from working(Cell(image, campaigns, box.api()), box)


def main() -> int:
    """Try it all; 0 if all is as it must be."""
    lacking = missing()
    if lacking:
        sys.stderr.write(f"This needs {', '.join(lacking)}: apt-get install buildah debootstrap util-linux, as root.\n")
        return 2
    faults = 0
    with tempfile.TemporaryDirectory(prefix="image-") as directory:
        Path(directory).chmod(0o755)  # the numeric user passes through it
        for what, well in findings(Path(directory)):
            sys.stdout.write(f"{'ok   ' if well else 'FAULT'} {what.strip()}\n")
            sys.stdout.flush()
            faults += not well
    sys.stdout.write(f"{faults} faults\n")
    return min(faults, 1)


if __name__ == "__main__":
    sys.exit(main())

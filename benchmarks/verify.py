"""How long a large audit log takes to verify: `python -m benchmarks.verify [LINES]`.

Decides by the claim: a million lines take at most 5 s, with the Merkle tree and a signed checkpoint 10 s, and as much
memory as a tenth of them. Each proof is a process of its own. Prints figures; exit code 1 beyond a bound.
"""

import sys
import tempfile
import time
from collections.abc import Iterator
from concurrent.futures import ProcessPoolExecutor
from itertools import chain
from multiprocessing import get_context
from pathlib import Path

from config import load
from worker.app import evidence
from worker.core.chain import FORMAT, Head, Subject, seal
from worker.core.checkpoint import Checkpoint, Note, origin_of
from worker.core.facts import AttemptFact, CampaignFact, CheckFact, CustomerFact, IntentFact, Record, VerdictFact
from worker.core.lifecycle import Verdict
from worker.core.merkle import Frontier
from worker.seal import Signer, generate

SECONDS = 5.0
TREE_SECONDS = 10.0
MORE_MEMORY = 8.0  # MiB: what the tables of a larger log may cost
IN_FLIGHT = 8
TIME = "2026-11-22T10:40:01.415655Z"
SALT = "XlqlS-9PIDOQNsm2"
STORY: tuple[CustomerFact, ...] = (
    CheckFact({"customer": "some", "documents": "none", "aritems": "none"}, 3),
    IntentFact(1),
    AttemptFact(sent=True, status=200, ms=12, cause="http_200"),
    VerdictFact(Verdict.DELETED, "confirmed", {"status": 200}),
)
BOUND = {"campaign": "large", "baseUrl": "https://arm.example/v1", "clientNo": 2218, "inputDigest": "d1" * 32}


def told(head: Head, numbers: range) -> Iterator[Record]:
    """The lines of these customers, each checked and deleted, some in flight at a time; `head` is the chain so far."""
    for start in range(0, len(numbers), IN_FLIGHT):
        for fact in STORY:
            for number in numbers[start : start + IN_FLIGHT]:
                head, record = seal(head, TIME, fact, Subject(2218, str(number)), SALT)
                yield record


def write_log(path: Path, lines: int) -> Checkpoint:
    """A log of about so many lines; the checkpoint of all of it."""
    frontier, customers = Frontier(), lines // len(STORY)
    counts = {"rows": lines, "customers": lines, "invalid": 0, "duplicate": 0, "blank": 0}
    first, created = seal(Head(), TIME, CampaignFact("created", {"format": FORMAT, **BOUND, **counts}), None, SALT)
    with path.open("wb") as file:
        for record in chain((created,), told(first, range(500_000, 500_000 + customers))):
            frontier.add(record.line)
            file.write(record.line + b"\n")
    return Checkpoint(origin_of("https://arm.example/v1", 2218, "large", first.hash), frontier.size, frontier.root())


def prove(log: str, *kept: str) -> tuple[float, float, float]:
    """One proof: seconds, seconds of them computing, and the peak memory (MiB) of this process."""
    before, computing = time.perf_counter(), time.process_time()
    checkpoints = Path(kept[0]) if kept else None
    proof = evidence.verify(load({}, environ={}), log, checkpoints=checkpoints, keys=kept[1:])
    seconds, computed = time.perf_counter() - before, time.process_time() - computing
    if proof.problems:
        raise SystemExit("\n".join(proof.problems))
    peak = next(line for line in Path("/proc/self/status").read_text("utf-8").splitlines() if "VmHWM" in line)
    return seconds, computed, int(peak.split()[1]) / 1024


def proved(*words: str) -> tuple[float, float, float]:
    """The same in a process of its own."""
    with ProcessPoolExecutor(max_workers=1, mp_context=get_context("spawn")) as processes:
        return processes.submit(prove, *words).result()


def measured(directory: Path, lines: int) -> tuple[float, float, float]:
    """Prove a log of so many lines without and with a checkpoint; seconds of both, and memory of the latter."""
    log, kept, key = directory / f"{lines}.jsonl", directory / f"{lines}.txt", directory / f"{lines}.key"
    checkpoint = write_log(log, lines)
    generate(key, "bench.example")
    signer = Signer.read(key)
    kept.write_text(str(Note(checkpoint, checkpoint.text(), (signer.sign(checkpoint.text()),))), "utf-8")
    plain, witnessed = proved(str(log)), proved(str(log), str(kept), str(signer.key))
    for what, (seconds, computed, memory) in (("chain and story", plain), ("and the tree", witnessed)):
        spent = f"{seconds:.2f} s ({computed:.2f} s of them computing), {memory:.0f} MiB at the most"
        sys.stdout.write(f"{checkpoint.size} lines, {what}: {spent}\n")
    return plain[0], witnessed[0], witnessed[2]


def main(words: list[str]) -> int:
    """Measure; 0 if the claim holds, 1 if not."""
    lines = int(words[0]) if words else 1_000_000
    with tempfile.TemporaryDirectory() as directory:
        *_, less = measured(Path(directory), lines // 10)
        seconds, tree_seconds, memory = measured(Path(directory), lines)
    return not (seconds <= SECONDS and tree_seconds <= TREE_SECONDS and memory <= less + MORE_MEMORY)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))

"""How long a large audit log takes to verify: `python -m benchmarks.verify [LINES]`.

Decides by the claim: with the Merkle tree and a signed checkpoint, a million lines take at most 10 s, and as much
memory as a tenth of them. Each proof is a process of its own. Prints figures; exit code 1 beyond a bound.
"""

import sys
import tempfile
import time
from concurrent.futures import ProcessPoolExecutor
from multiprocessing import get_context
from pathlib import Path

from config import load
from worker import app
from worker.core.chain import FORMAT, Head, Subject, seal
from worker.core.checkpoint import Checkpoint, Note, origin_of
from worker.core.facts import AttemptFact, CampaignFact, CheckFact, CustomerFact, IntentFact, VerdictFact
from worker.core.lifecycle import Verdict
from worker.core.merkle import Frontier
from worker.seal import Signer, generate

SECONDS = 10.0
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


def write_log(path: Path, lines: int) -> Checkpoint:
    """A log of about so many lines, eight customers in flight at a time; the checkpoint of all of it."""
    head, frontier = Head(), Frontier()
    counts = {"rows": lines, "customers": lines, "invalid": 0, "duplicate": 0, "blank": 0}
    with path.open("wb") as file:

        def put(fact: CampaignFact | CustomerFact, subject: Subject | None) -> None:
            nonlocal head
            head, record = seal(head, TIME, fact, subject, SALT)
            frontier.add(record.line)
            file.write(record.line + b"\n")

        put(CampaignFact("created", {"format": FORMAT, **BOUND, **counts}), None)
        first = head.hash
        for start in range(0, lines // len(STORY), IN_FLIGHT):
            for fact in STORY:
                for number in range(start, start + IN_FLIGHT):
                    put(fact, Subject(2218, str(500_000 + number)))
    return Checkpoint(origin_of("https://arm.example/v1", 2218, "large", first), frontier.size, frontier.root())


def prove(log: str, *kept: str) -> tuple[float, float, float]:
    """One proof: seconds, seconds of them computing, and the peak memory (MiB) of this process."""
    before, computing = time.perf_counter(), time.process_time()
    checkpoints = Path(kept[0]) if kept else None
    proof = app.verify(load({}, environ={}), log, checkpoints=checkpoints, keys=kept[1:])
    seconds, computed = time.perf_counter() - before, time.process_time() - computing
    if proof.problems:
        raise SystemExit("\n".join(proof.problems))
    peak = next(line for line in Path("/proc/self/status").read_text("utf-8").splitlines() if "VmHWM" in line)
    return seconds, computed, int(peak.split()[1]) / 1024


def proved(*words: str) -> tuple[float, float, float]:
    """The same in a process of its own."""
    with ProcessPoolExecutor(max_workers=1, mp_context=get_context("spawn")) as processes:
        return processes.submit(prove, *words).result()


def measured(directory: Path, lines: int) -> tuple[float, float]:
    """Prove a log of so many lines without and with a checkpoint; seconds and memory of the latter."""
    log, kept, key = directory / f"{lines}.jsonl", directory / f"{lines}.txt", directory / f"{lines}.key"
    checkpoint = write_log(log, lines)
    generate(key, "bench.example")
    signer = Signer.read(key)
    kept.write_text(str(Note(checkpoint, checkpoint.text(), (signer.sign(checkpoint.text()),))), "utf-8")
    plain, witnessed = proved(str(log)), proved(str(log), str(kept), str(signer.key))
    for what, (seconds, computed, memory) in (("chain and story", plain), ("and the tree", witnessed)):
        spent = f"{seconds:.2f} s ({computed:.2f} s of them computing), {memory:.0f} MiB at the most"
        sys.stdout.write(f"{checkpoint.size} lines, {what}: {spent}\n")
    return witnessed[0], witnessed[2]


def main(words: list[str]) -> int:
    """Measure; 0 if the claim holds, 1 if not."""
    lines = int(words[0]) if words else 1_000_000
    with tempfile.TemporaryDirectory() as directory:
        _, less = measured(Path(directory), lines // 10)
        seconds, memory = measured(Path(directory), lines)
    return not (seconds <= SECONDS and memory <= less + MORE_MEMORY)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))

"""As many generated answers and input files as asked for: `python -m tests.fuzz --answers N --inputs N`."""

import argparse
import sys
import tempfile
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

from tests.fuzz.judging import series
from tests.fuzz.reading import numbers, permissive, written


def main() -> int:
    """1 if anything was found."""
    words = argparse.ArgumentParser(prog="python -m tests.fuzz")
    words.add_argument("--answers", type=int, default=20_000)
    words.add_argument("--inputs", type=int, default=1_000)
    words.add_argument("--first", type=int, default=0, help="the first seed")
    asked = words.parse_args()
    answers = series(asked.answers, asked.first)
    _say(f"{answers.answers} answers, {len(answers.faults)} faults", *answers.faults[:5])
    _say("taken for", *(f"{count:9} {what}" for what, count in answers.taken.most_common()))
    outcomes = Counter[str]()
    with tempfile.TemporaryDirectory() as directory:
        crashes = list(_crashes(Path(directory), range(asked.first, asked.first + asked.inputs), outcomes))
    _say(f"{asked.inputs} files, {len(crashes)} crashes", *crashes[:5])
    _say("rows and refusals", *(f"{count:9} {what}" for what, count in outcomes.most_common()))
    return int(bool(answers.faults or crashes))


def _say(*lines: str) -> None:
    print(*lines, sep="\n  ")  # noqa: T201 - this is the program's result


def _crashes(directory: Path, seeds: range, outcomes: Counter[str]) -> Iterator[str]:
    """What each file did to the reader that is neither rows nor a refusal."""
    settings = permissive(directory)
    for seed in seeds:
        path, _ = written(directory, seed)
        try:
            numbers(path, settings, outcomes)
        except Exception as crash:  # noqa: BLE001 - whatever it is, it is what is looked for
            yield f"seed {seed}: {type(crash).__name__}: {crash}"
        path.unlink()


if __name__ == "__main__":
    sys.exit(main())

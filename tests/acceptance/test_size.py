"""Large inputs in small memory, at a size that a test run can afford; `benchmarks.size` measures the whole claim."""

import json
from pathlib import Path

from benchmarks.size import MIB, many_rows

ROWS = 20_000


def test_rows_that_are_no_customers_cost_neither_memory_nor_requests(tmp_path: Path) -> None:
    first, again = many_rows(tmp_path, ROWS)
    assert (first.code, again.code) == (0, 0)
    assert max(first.memory, again.memory) < MIB / 2
    summary = json.loads((tmp_path / "campaigns" / "rows" / "summary.json").read_bytes())
    verdicts = summary["verdicts"]
    assert (summary["rows"], summary["customers"]) == (ROWS, 20)
    assert (verdicts["invalid"], verdicts["duplicate"]) == (ROWS // 2, ROWS // 2 - 20)
    assert sum(summary["requests"].values()) <= 20 * 4 + 20


def test_a_finished_campaign_starts_again_and_asks_nobody(tmp_path: Path) -> None:
    many_rows(tmp_path, 5_000)
    wire = (tmp_path / "wire.jsonl").read_bytes()
    runs = [json.loads(line) for line in (tmp_path / "campaigns" / "rows" / "audit.jsonl").read_bytes().splitlines()]
    starts = [line["seq"] for line in runs if line.get("event") == "started"]
    assert len(starts) == 2
    assert [line["kind"] for line in runs[starts[1] :]] == ["campaign"]
    summary = json.loads((tmp_path / "campaigns" / "rows" / "summary.json").read_bytes())
    assert sum(summary["requests"].values()) == len({json.loads(line)["number"] for line in wire.splitlines()})

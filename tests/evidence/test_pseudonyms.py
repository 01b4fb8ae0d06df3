"""A log calls customers by numbers or by pseudonyms, never by both: our verifier and the second one agree on it."""

import json
from hashlib import sha256
from pathlib import Path

import pytest

from tests.evidence import second_verifier
from worker.audit import verify_file
from worker.core.chain import GENESIS
from worker.core.facts import CampaignFact

CREATED = CampaignFact("created", {"format": "amili-purge-audit/1", "campaign": "may", "clientNo": 1, "customers": 2})
HIDDEN = CampaignFact("created", {**CREATED.members, "pseudonymKey": "ab"})


@pytest.mark.parametrize(
    ("created", "members", "well"),
    [
        (CREATED, {"customerNo": "a"}, True),
        (HIDDEN, {"customerRef": "a"}, True),
        (HIDDEN, {"customerNo": "a"}, False),
        (CREATED, {"customerRef": "a"}, False),
        (HIDDEN, {"customerRef": "a", "customerNo": "a"}, False),
        (CREATED, {"customerNo": "a", "customerRef": "a"}, False),
    ],
)
def test_a_log_calls_customers_by_numbers_or_by_pseudonyms_never_by_both(
    tmp_path: Path, created: CampaignFact, members: dict[str, str], *, well: bool
) -> None:
    lines, prev = list[bytes](), GENESIS
    whom = {"clientNo": 1, **members}
    for seq, told in enumerate(
        (
            {"kind": "campaign", **created.body()},
            {"kind": "verdict", **whom, "verdict": "refused", "reason": ""},
            {"kind": "control", **whom, "action": "requested_again"},
        ),
        start=1,
    ):
        opened = json.dumps({"seq": seq, **told, "prev": prev}).encode()[:-1]
        prev = sha256(opened).hexdigest()
        lines.append(opened + f',"hash":"{prev}"}}\n'.encode())
    path = tmp_path / "audit.jsonl"
    path.write_bytes(b"".join(lines))
    assert (verify_file(path).ok, second_verifier.faults(path.read_bytes()) == []) == (well, well)

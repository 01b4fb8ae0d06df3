"""The audit line's exact bytes, and that a change anywhere in a chain is found at its line."""

import json
from collections.abc import Callable
from hashlib import sha256

import pytest
from hypothesis import given
from hypothesis import strategies as st

from worker.core.chain import GENESIS, Flaw, Head, Link, Subject, follow, link_in, seal
from worker.core.facts import AttemptFact, CampaignFact, Fact, IntentFact, Record, VerdictFact
from worker.core.lifecycle import Verdict

TIME = "2025-01-02T03:04:05.678901Z"
WHOM = Subject(2218, "Bø-7")
FACTS: tuple[tuple[Fact, Subject | None], ...] = (
    (CampaignFact("created", {"format": "amili-purge-audit/1", "rows": 1}), None),
    (IntentFact(1), WHOM),
    (AttemptFact(sent=True, status=200, ms=12, cause="http_200"), WHOM),
    (VerdictFact(Verdict.DELETED, "confirmed", {"status": 200}), WHOM),
    (CampaignFact("ended", {"exit_code": 0, "why": None}), None),
)
# A first line, byte for byte; its hash is what `sha256sum` says of all before `,"hash":`.
EXAMPLE = (
    b'{"seq":1,"time":"2025-01-02T03:04:05.678901Z","kind":"intent","clientNo":2218,"customerNo":"B\xc3\xb8-7",'
    b'"attempt":1,"prev":"0000000000000000000000000000000000000000000000000000000000000000",'
    b'"hash":"453c44ef2183fea55206ffb72f79285edacca93c3401592d3bc5dccbd7601b54"}'
)


def sealed() -> tuple[Head, list[Record]]:
    """A chain of all facts, and its head."""
    head, records = Head(), []
    for fact, subject in FACTS:
        head, record = seal(head, TIME, fact, subject)
        records.append(record)
    return head, records


def log() -> list[bytes]:
    """The lines of that chain as a file holds them."""
    return [record.line + b"\n" for record in sealed()[1]]


def flaw(lines: list[bytes]) -> tuple[int, str] | None:
    """The line of the first flaw and what it is, or None; whatever stands before it must hold."""
    found = list(follow(lines))
    assert all(isinstance(link, Link) for link in found[:-1])
    last = found[-1] if found else None
    return (last.line, last.what) if isinstance(last, Flaw) else None


def forged(line: bytes, old: bytes, new: bytes) -> bytes:
    """The line with other members, and a hash that fits them."""
    opened = line.partition(b',"hash":')[0].replace(old, new)
    return b'%b,"hash":"%b"}\n' % (opened, sha256(opened).hexdigest().encode())


def test_the_bytes_of_a_line_are_fixed() -> None:
    assert seal(Head(), TIME, IntentFact(1), WHOM)[1].line == EXAMPLE
    assert flaw([EXAMPLE + b"\n"]) is None


def test_the_first_line_follows_sixty_four_zeros_and_the_head_is_the_last_lines_hash() -> None:
    head, records = sealed()
    assert json.loads(records[0].line)["prev"] == "0" * 64 == GENESIS
    assert head == Head(len(FACTS), json.loads(records[-1].line)["hash"])


@pytest.mark.parametrize("place", range(len(FACTS)))
def test_the_hash_is_last_and_covers_all_before_it(place: int) -> None:
    line = log()[place]
    opened, _, rest = line.partition(b',"hash":')
    assert rest == b'"%b"}\n' % sha256(opened).hexdigest().encode()
    assert list(json.loads(line))[-2:] == ["prev", "hash"]


def test_a_record_knows_its_place_and_its_customer() -> None:
    records = sealed()[1]
    assert [record.seq for record in records] == [1, 2, 3, 4, 5]
    assert [record.fact for record in records] == [fact for fact, _ in FACTS]
    assert (records[1].client_no, records[1].customer_no, records[1].time) == (2218, "Bø-7", TIME)
    assert (records[0].client_no, records[0].customer_no) == (None, None)


def test_a_pseudonym_stands_in_the_place_of_the_number_and_no_reader_is_told_more() -> None:
    _, record = seal(Head(), TIME, IntentFact(1), Subject(2218, "ab" * 32, is_ref=True))
    members = json.loads(record.line)
    assert (members["customerRef"], "customerNo" in members) == ("ab" * 32, False)
    assert (record.client_no, record.customer_no, record.customer_ref) == (2218, None, "ab" * 32)


def test_a_whole_log_holds_and_gives_its_members() -> None:
    links = [link for link in follow(log()) if isinstance(link, Link)]
    assert [link.members for link in links] == [json.loads(line) for line in log()]
    assert flaw([]) is None


@pytest.mark.parametrize("cut", range(len(FACTS)))
def test_a_log_without_its_tail_still_holds_as_far_as_it_goes(cut: int) -> None:
    assert flaw(log()[:cut]) is None


@given(st.integers(0, len(FACTS) - 1), st.data())
def test_a_flipped_bit_is_found_at_its_line(place: int, data: st.DataObject) -> None:
    lines = log()
    line = bytearray(lines[place])
    line[data.draw(st.integers(0, len(line) - 1))] ^= 1 << data.draw(st.integers(0, 7))
    lines[place] = bytes(line)
    found = flaw(lines)
    assert found is not None
    assert found[0] == place + 1


@pytest.mark.parametrize("end", [b'"]\n', b'"}  "}\n', b'"}x\n'])
def test_a_line_ends_with_its_hash_and_nothing_else(end: bytes) -> None:
    line = log()[0]
    assert flaw([line.removesuffix(b'"}\n') + end]) == (1, "the line has no hash at its end")


def test_a_member_called_hash_is_not_mistaken_for_the_lines_own() -> None:
    line = seal(Head(), TIME, CampaignFact("created", {"input": 1, "hash": "x"}))[1].line
    assert flaw([line + b"\n"]) is None


@given(st.integers(0, len(FACTS) - 2))
def test_a_dropped_line_is_found_where_it_is_missing(place: int) -> None:
    lines = log()
    del lines[place]
    assert flaw(lines) == (place + 1, f"seq is not {place + 1}: lines were dropped, doubled or moved")


@given(st.integers(0, len(FACTS) - 1), st.integers(0, len(FACTS)))
def test_a_doubled_line_is_found_where_it_was_put(copied: int, place: int) -> None:
    lines = log()
    lines.insert(place, lines[copied])
    found = flaw(lines)
    assert found is not None
    # The copy of a line right before its original takes the original's place.
    assert found[0] == (place + 2 if copied == place else place + 1)


@given(st.lists(st.integers(0, len(FACTS) - 1), min_size=2, max_size=2, unique=True))
def test_swapped_lines_are_found_at_the_first_of_them(pair: list[int]) -> None:
    lines = log()
    first, second = sorted(pair)
    lines[first], lines[second] = lines[second], lines[first]
    found = flaw(lines)
    assert found is not None
    assert found[0] == first + 1


@given(st.binary(max_size=80), st.integers(0, len(FACTS)))
def test_an_inserted_line_is_found_where_it_stands(inserted: bytes, place: int) -> None:
    lines = log()
    lines.insert(place, inserted + b"\n")
    found = flaw(lines)
    assert found is not None
    assert found[0] == place + 1


@pytest.mark.parametrize(
    ("change", "what"),
    [
        (lambda line: line[:-1], "the line is torn"),
        (lambda line: line[:40], "the line is torn"),
        (lambda line: line[:-2] + b" }\n", "no hash at its end"),
        (lambda line: line[:-1] + b"\r\n", "no hash at its end"),
        (lambda line: b"{}\n", "no hash at its end"),
        (lambda line: line.replace(b"2218", b"2219"), "does not fit"),
        (lambda line: forged(line, b"{", b"["), "not JSON"),
        (lambda line: forged(line, b"{", b"[" * 100_000), "not JSON"),
        (lambda line: forged(line, b"2025", b"\xff"), "not JSON"),
        (lambda line: forged(line, b'"seq":2', b'"seq":3'), "seq is not 2"),
        (lambda line: forged(line, b'"seq":2,', b""), "seq is not 2"),
        (lambda line: forged(line, b'"prev":"', b'"prev":"0'), "prev is not the hash"),
    ],
)
def test_each_flaw_is_named(change: Callable[[bytes], bytes], what: str) -> None:
    lines = log()
    lines[1] = change(lines[1])
    found = flaw(lines)
    assert found is not None
    assert found[0] == 2
    assert what in found[1]


def test_a_line_forged_with_a_fitting_hash_is_found_at_the_next() -> None:
    lines = log()
    lines[1] = forged(lines[1], b"2218", b"2219")
    assert flaw(lines) == (3, "prev is not the hash of the line before")


@given(st.dictionaries(st.text(), st.text(alphabet=st.characters()) | st.integers() | st.booleans()))
def test_any_text_survives_the_audit_even_a_file_name_that_is_no_utf_8(settings: dict[str, object]) -> None:
    fact = CampaignFact("started", {"settings": settings, "file": 'a\udcff,"hash":"'})
    _, record = seal(Head(), TIME, fact)
    [link] = follow([record.line + b"\n"])
    assert isinstance(link, Link)
    assert link.members["settings"] == settings
    assert b"\n" not in record.line


@given(st.text(), st.dictionaries(st.text(), st.text() | st.integers(-(2**63), 2**63 - 1) | st.booleans() | st.none()))
def test_a_customers_line_is_what_any_writer_of_compact_json_would_write(
    text: str, evidence: dict[str, object]
) -> None:
    fact = VerdictFact(Verdict.DELETED, text, evidence)
    _, record = seal(Head(), TIME, fact, Subject(2218, text), text)
    members: dict[str, object] = {"seq": 1, "time": TIME, "kind": "verdict", "clientNo": 2218, "customerNo": text}
    members |= {"verdict": "deleted", "reason": text, "evidence": evidence}
    members |= {"salt": text, "prev": GENESIS} if text else {"prev": GENESIS}
    opened = json.dumps(members, ensure_ascii=False, separators=(",", ":"))[:-1]
    assert record.line == forged(opened.encode(), b"", b"").removesuffix(b"\n")


def test_a_number_that_is_no_utf_8_is_written_all_the_same() -> None:
    _, record = seal(Head(), TIME, IntentFact(1), Subject(2218, "a\udcff"))
    [link] = follow([record.line + b"\n"])
    assert isinstance(link, Link)
    assert link.members["customerNo"] == "a\udcff"


def test_a_link_is_the_line_without_its_end_and_what_it_says() -> None:
    for record, link in zip(sealed()[1], follow(log()), strict=True):
        assert link == Link(json.loads(record.line), record.line)
        assert link_in(record.line) == link
        assert record.time == TIME


def test_a_campaigns_figures_are_written_as_python_writes_json() -> None:
    """Readers that hash what they read anew must not depend on which writer was used."""
    fact = CampaignFact("started", {"rate": 1e16})
    assert b'"rate":1e+16' in seal(Head(), TIME, fact)[1].line


@pytest.mark.parametrize(
    ("line", "what"),
    [
        (b"x", "the line has no hash at its end"),
        (EXAMPLE.replace(b"intent", b"intend"), "the line's hash does not fit its bytes"),
        (forged(EXAMPLE, b"{", b"[")[:-1], "the line is not JSON"),
    ],
)
def test_what_is_wrong_with_a_single_line_is_told(line: bytes, what: str) -> None:
    assert link_in(line) == what


def test_a_torn_line_is_told_so() -> None:
    assert flaw([EXAMPLE]) == (1, "the line is torn: it has no line end")


def test_a_single_line_may_hold_a_member_called_hash() -> None:
    fact = CampaignFact("created", {"hash": "0" * 64, "after": 1})
    line = seal(Head(), TIME, fact)[1].line
    assert isinstance(link_in(line), Link)

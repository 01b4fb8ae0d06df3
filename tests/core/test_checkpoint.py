"""The bytes of checkpoints, notes and keys: what C2SP's pages show, and what may not be taken for one of them."""

import base64
from collections.abc import Callable

import pytest
from hypothesis import given
from hypothesis import strategies as st

from worker.core.checkpoint import (
    Checkpoint,
    Note,
    Signature,
    SignedText,
    VerifierKey,
    Witnessed,
    judge,
    misfit,
    notes_in,
    origin_of,
)

# The example of https://c2sp.org/tlog-checkpoint, and that of a key in the documentation of Go's notes.
EXAMPLE = (
    "example.com/behind-the-sofa\n20852163\nCsUYapGGPo4dkMgIAUqom/Xajj7h2fB2MPA3j2jxq2I=\n\n"
    "\u2014 example.com/behind-the-sofa "
    "Az3grlgtzPICa5OS8npVmf1Myq/5IZniMp+ZJurmRDeOoRDe4URYN7u5/Zhcyv2q1gGzGku9nTo+zyWE+xeMcTOAYQ8=\n"
)
KEY = "PeterNeumann+c74f20a3+ARpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TW"
ORIGIN = origin_of("https://arm.example/v1", 2218, "spring", "ab" * 32)

SIGNED = Signature("k", b"abcd", b"s" * 64)


def note(checkpoint: Checkpoint, name: str = "k") -> Note:
    return Note(checkpoint, checkpoint.text(), (Signature(name, b"abcd", b"s" * 64),))


def test_the_published_example_is_read_and_written_as_it_is() -> None:
    [found] = notes_in(EXAMPLE)
    assert (found.checkpoint.origin, found.checkpoint.size) == ("example.com/behind-the-sofa", 20852163)
    assert found.checkpoint.text() == found.text
    assert found.signatures[0].key_id.hex() == "033de0ae"
    assert str(found) == EXAMPLE


def test_a_key_is_read_and_written_as_it_is_published() -> None:
    key = VerifierKey.parse(f" {KEY}\n")
    assert isinstance(key, VerifierKey)
    assert (key.name, key.key_id.hex(), str(key)) == ("PeterNeumann", "c74f20a3", KEY)


@pytest.mark.parametrize(
    ("text", "what"),
    [
        ("", "name+id+key"),
        ("name", "Ed25519"),
        (KEY.replace("Peter", "Peter "), "name+id+key"),
        (KEY[:-1] + "!", "name+id+key"),
        (KEY.replace("c74f20a3", "c74f20a4"), "c74f20a4"),
        (KEY.replace("Peter", "Petra"), "c74f20a3"),
        ("n+00000000+" + base64.b64encode(b"\2" + bytes(32)).decode(), "Ed25519"),
        ("n+00000000+" + base64.b64encode(b"\1" + bytes(31)).decode(), "Ed25519"),
    ],
)
def test_what_is_no_key_says_why(text: str, what: str) -> None:
    told = VerifierKey.parse(text)
    assert isinstance(told, str)
    assert what in told


def test_several_checkpoints_are_found_between_other_words() -> None:
    texts = [str(note(Checkpoint(ORIGIN, size, size.to_bytes(32)))) for size in (1, 5, 1_000)]
    found = list(notes_in("verdict  rows\n\n" + texts[0] + texts[1] + "a line\n" + texts[2] + "Written: x\n"))
    assert [each.checkpoint.size for each in found] == [1, 5, 1_000]
    assert [str(each) for each in found] == texts


def test_extension_lines_are_part_of_what_is_signed() -> None:
    checkpoint = Checkpoint(ORIGIN, 3, bytes(32), ("one more", "and another"))
    assert [each.checkpoint for each in notes_in(str(note(checkpoint)))] == [checkpoint]


@pytest.mark.parametrize(
    "damage",
    [
        lambda text: text.replace("\n20852163\n", "\n020852163\n"),
        lambda text: text.replace("\n20852163\n", "\n-1\n"),
        lambda text: text.replace("CsUY", "Cs\nY"),
        lambda text: text.replace("q2I=", "q2J="),
        lambda text: text.replace("\n\n", "\n"),
        lambda text: text.replace("\u2014", "-"),
        lambda text: text.removesuffix("\n"),
        lambda text: text.replace("YQ8=", "YQ9="),
        lambda text: text.partition("\n")[2],
    ],
)
def test_a_damaged_note_is_none(damage: Callable[[str], str]) -> None:
    assert list(notes_in(damage(EXAMPLE))) == []


@given(st.text(), st.integers(0, 10**18), st.binary(min_size=32, max_size=32))
def test_what_was_written_is_read_again_and_nothing_else(before: str, size: int, root: bytes) -> None:
    written = note(Checkpoint(ORIGIN, size, root))
    assert written in list(notes_in(before + "\n" + str(written)))


def test_an_origin_names_api_client_campaign_and_the_first_line() -> None:
    assert ORIGIN == "arm.example/v1/clients/2218/amili-purge/spring/" + "ab" * 32


def test_a_checkpoint_fits_the_log_that_was_signed_and_no_other() -> None:
    checkpoint = Checkpoint(ORIGIN, 5, b"r" * 32)
    assert misfit(checkpoint, ORIGIN, 9, b"r" * 32) == ""
    assert "rewritten" in misfit(checkpoint, ORIGIN, 9, b"x" * 32)
    assert "cut" in misfit(checkpoint, ORIGIN, 4, None)
    assert "begins with another line" in misfit(checkpoint, ORIGIN + "0", 9, b"r" * 32)


def test_all_checkpoints_are_held_against_the_log_and_those_of_others_say_nothing() -> None:
    roots = {3: b"3" * 32, 7: b"7" * 32}
    fitting = [Checkpoint(ORIGIN, size, root) for size, root in roots.items()]
    other = Checkpoint("elsewhere/clients/1/amili-purge/x/" + "0" * 64, 4, bytes(32))
    judged = judge([*fitting, other], ORIGIN, 8, roots)
    assert (judged.problems, judged.covered, judged.others) == ((), 7, 1)
    judged = judge([*fitting, Checkpoint(ORIGIN, 9, bytes(32))], ORIGIN, 8, roots)
    assert ("9 lines were signed" in judged.problems[0], judged.covered) == (True, 7)


def test_checkpoints_of_other_logs_alone_prove_nothing() -> None:
    other = Checkpoint("elsewhere/clients/1/amili-purge/x/" + "0" * 64, 4, bytes(32))
    assert judge([other], ORIGIN, 8, {}).problems == (f"none of 1 checkpoints is of this log, {ORIGIN}",)


def test_a_log_begun_anew_under_the_same_name_is_told() -> None:
    anew = Checkpoint(origin_of("https://arm.example/v1", 2218, "spring", "cd" * 32), 4, bytes(32))
    assert "begins with another line" in judge([anew], ORIGIN, 8, {4: bytes(32)}).problems[0]


@pytest.mark.parametrize(("covered", "complete"), [(8, True), (7, False)])
def test_signing_is_complete_when_the_last_line_is_covered(covered: int, *, complete: bool) -> None:
    assert Witnessed("k", 1, 0, covered, 8).complete is complete


@pytest.mark.parametrize("text", ["a\n", "a\n\nb\n"])
def test_any_text_is_read_with_its_signatures_as_it_was_written(text: str) -> None:
    whole = SignedText(text, (Signature("k", b"abcd", b"s" * 64), Signature("l", b"efgh", b"t" * 64)))
    assert SignedText.parse(str(whole)) == whole


UNSIGNED = ("", "a\n", "a\n\n", "a\n\n\u2014 k c3M=\n", "a\n\n\u2014 k YWJjZHNz", "a\n\n- k YWJjZHNz\n")


@pytest.mark.parametrize("whole", UNSIGNED)
def test_a_text_without_signatures_is_none(whole: str) -> None:
    assert SignedText.parse(whole) is None


def test_a_key_that_holds_a_plus_is_read_as_it_was_written() -> None:
    key = VerifierKey("k", b"\xfb" * 32)
    assert "+" in str(key).split("+", 2)[2]
    assert VerifierKey.parse(str(key)) == key


@pytest.mark.parametrize(
    ("text", "what"),
    [
        ("", "a verifier key is name+id+key, the id 8 hexadecimal digits, the key in base64"),
        ("n+00000000+AgAA", "only Ed25519 keys are known here"),
    ],
)
def test_why_a_text_is_no_key_is_told_in_these_words(text: str, what: str) -> None:
    assert VerifierKey.parse(text) == what


def test_signatures_stand_one_below_the_other() -> None:
    two = Note(Checkpoint(ORIGIN, 1, bytes(32)), Checkpoint(ORIGIN, 1, bytes(32)).text(), (SIGNED, SIGNED))
    assert str(two) == two.text + "\n" + SIGNED.line() + SIGNED.line()
    assert list(notes_in(str(two))) == [two]


def test_a_signature_has_more_than_the_id_of_its_key() -> None:
    text = Checkpoint(ORIGIN, 1, bytes(32)).text()
    assert list(notes_in(f"{text}\n\u2014 k {base64.b64encode(b'abcd').decode()}\n")) == []


def test_a_log_that_is_shorter_than_what_was_signed_is_told_with_its_length() -> None:
    others = [Checkpoint(f"elsewhere/{each}", 1, bytes(32)) for each in range(3)]
    judged = judge([*others, Checkpoint(ORIGIN, 9, bytes(32))], ORIGIN, 8, {})
    assert "the log holds 8" in judged.problems[0]
    assert judged.others == 3

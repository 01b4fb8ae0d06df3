"""Keys are made for their owner alone, read as they were written, and sign what Go's notes would sign."""

import stat
from pathlib import Path

import pytest

from worker.core.checkpoint import Checkpoint, Note, VerifierKey, notes_in
from worker.errors import NotDurable, SettingsWrong, UsageWrong
from worker.seal import Signer, generate, unsigned

# From the documentation of golang.org/x/mod/sumdb/note: a key that was published to show the format.
PUBLISHED = "PRIVATE+KEY+PeterNeumann+c74f20a3+AYEKFALVFGyNhPJEMzD1QIDr+Y7hfZx09iUvxdXHKDFz\n"
TEXT = "If you think cryptography is the answer to your problem,\nthen you don't know what your problem is.\n"
LINE = (
    "\u2014 PeterNeumann x08go/ZJkuBS9UG/SffcvIAQxVBtiFupLLr8pAcElZInNIuGUgYN1FFYC2pZSNXgKvqfqdngotpRZb6KE6RyyBwJnAM=\n"
)


def made(directory: Path, name: str = "purge") -> Signer:
    path = directory / f"{name}.key"
    generate(path, name)
    return Signer.read(path)


def signed(signer: Signer, *others: Signer) -> Note:
    checkpoint = Checkpoint("log", 5, bytes(32))
    return Note(checkpoint, checkpoint.text(), tuple(each.sign(checkpoint.text()) for each in (signer, *others)))


def test_the_published_key_signs_as_it_is_published(tmp_path: Path) -> None:
    (tmp_path / "key").write_text(PUBLISHED)
    signer = Signer.read(tmp_path / "key")
    assert str(signer.key) == "PeterNeumann+c74f20a3+ARpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TW"
    assert signer.sign(TEXT).line() == LINE


def test_a_key_is_for_its_owner_alone_and_never_overwritten(tmp_path: Path) -> None:
    key = generate(tmp_path / "key", "purge.example/a")
    assert stat.S_IMODE((tmp_path / "key").stat().st_mode) == 0o600
    assert Signer.read(tmp_path / "key").key == key
    before = (tmp_path / "key").read_bytes()
    with pytest.raises(UsageWrong, match="never overwritten"):
        generate(tmp_path / "key", "purge")
    assert (tmp_path / "key").read_bytes() == before


@pytest.mark.parametrize("name", ["", "a b", "a+b", "a\nb", "x" * 201])
def test_a_name_that_no_note_can_hold_is_refused(tmp_path: Path, name: str) -> None:
    with pytest.raises(UsageWrong):
        generate(tmp_path / "key", name)
    assert not (tmp_path / "key").exists()


def test_a_place_that_cannot_be_written_is_74(tmp_path: Path) -> None:
    with pytest.raises(NotDurable):
        generate(tmp_path / "none" / "key", "purge")


@pytest.mark.parametrize(
    "text",
    [
        "",
        "PRIVATE+KEY+",
        PUBLISHED.replace("PRIVATE+KEY+", ""),
        PUBLISHED.replace("c74f20a3", "c74f20a4"),
        PUBLISHED.replace("AYEK", "AYFK"),
        PUBLISHED.replace("KDFz", ""),
        PUBLISHED.replace("+AYEK", "+%YEK"),
        "PRIVATE+KEY+n+00000000+AQ==\n",
    ],
)
def test_what_holds_no_key_is_78_and_shows_nothing_of_it(tmp_path: Path, text: str) -> None:
    (tmp_path / "key").write_text(text)
    with pytest.raises(SettingsWrong) as caught:
        Signer.read(tmp_path / "key")
    assert "AYEK" not in f"{caught.value} {caught.value.advice}"


@pytest.mark.parametrize("content", [None, b"\xff\xfe"])
def test_a_key_that_cannot_be_read_is_78(tmp_path: Path, content: bytes | None) -> None:
    if content is not None:
        (tmp_path / "key").write_bytes(content)
    with pytest.raises(SettingsWrong, match="cannot be read"):
        Signer.read(tmp_path / "key")


def test_a_private_key_is_not_shown(tmp_path: Path) -> None:
    signer = made(tmp_path)
    assert (tmp_path / "purge.key").read_text().split("+")[-1].strip() not in repr(signer)
    assert "Private" not in repr(signer)


def test_a_signature_holds_for_its_text_and_key_only(tmp_path: Path) -> None:
    ours, theirs = made(tmp_path), made(tmp_path, "theirs")
    assert unsigned(signed(ours), [ours.key]) == ""
    assert unsigned(signed(ours), [theirs.key, ours.key]) == ""
    assert "no known key" in unsigned(signed(theirs), [ours.key])
    assert "no known key" in unsigned(signed(ours), [])
    changed = signed(ours)
    forged = Note(changed.checkpoint, changed.text.replace("5", "6"), changed.signatures)
    assert "does not fit" in unsigned(forged, [ours.key])


def test_signatures_of_strangers_beside_ours_are_passed_over(tmp_path: Path) -> None:
    ours, theirs = made(tmp_path), made(tmp_path, "theirs")
    [note] = notes_in(str(signed(theirs, ours)))
    assert unsigned(note, [ours.key]) == ""


def test_one_signature_of_a_known_key_that_does_not_fit_spoils_the_note(tmp_path: Path) -> None:
    ours, theirs = made(tmp_path), made(tmp_path, "theirs")
    note = signed(ours)
    bad = Note(note.checkpoint, note.text, (*note.signatures, theirs.sign("another text\n")))
    assert "does not fit" in unsigned(bad, [ours.key, theirs.key])


def test_a_key_that_is_no_point_of_the_curve_verifies_nothing(tmp_path: Path) -> None:
    ours = made(tmp_path)
    note, nonsense = signed(ours), VerifierKey("purge", b"\xff" * 32)
    alike = Note(note.checkpoint, note.text, (type(note.signatures[0])("purge", nonsense.key_id, b"s" * 64),))
    assert "does not fit" in unsigned(alike, [nonsense])

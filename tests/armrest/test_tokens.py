"""Ready tokens and token files: which token goes out, and what can be done after a 401."""

import os
from pathlib import Path

from tests.armrest.peer import NUMBER, RECORD, TOKEN, answer, clients, peer
from worker.armrest.jwt import Peek
from worker.armrest.tokens import Bearer, FileToken, ReadyToken
from worker.core.replies import Meaning, Reply
from worker.ports import Renewal

CLAIMING = "e30.eyJleHAiOjE3OTI1ODQwMDAsInN1YiI6ImpvYiJ9.c2ln"  # {"exp":1792584000,"sub":"job"}


def written(path: Path, text: str) -> FileToken:
    path.write_text(text)
    return FileToken(path)


def value(bearer: Bearer | None) -> str | None:
    return None if bearer is None else bearer.value


async def why(source: FileToken) -> tuple[Meaning, str]:
    reply = await source.ready()
    assert isinstance(reply, Reply)
    return reply.meaning, reply.cause


async def test_a_ready_token_is_there_and_cannot_be_renewed() -> None:
    source = ReadyToken(CLAIMING)
    assert await source.ready() is None
    assert source.at_hand() == Bearer(1, CLAIMING)
    assert await source.renew(1) is Renewal.FIXED
    assert source.about() == Peek(1_792_584_000.0, "job")


def test_no_token_shows_in_a_repr() -> None:
    assert TOKEN not in repr(Bearer(1, TOKEN)) + repr(ReadyToken(TOKEN))


async def test_a_token_file_is_read_without_its_line_end(tmp_path: Path) -> None:
    source = written(tmp_path / "token", f"{CLAIMING}\r\n")
    assert await source.ready() is None
    assert source.at_hand() == Bearer(1, CLAIMING)
    assert source.about().subject == "job"


def test_a_token_file_is_read_again_when_it_changes(tmp_path: Path) -> None:
    path = tmp_path / "token"
    source = written(path, "first")
    assert source.at_hand() == Bearer(1, "first")
    path.write_text("second")
    assert source.at_hand() == Bearer(2, "second")
    (tmp_path / "new").write_text("third!")  # same size, another inode
    os.replace(tmp_path / "new", path)  # noqa: PTH105 - the call that sidecars make
    assert source.at_hand() == Bearer(3, "third!")


def test_a_file_that_was_only_touched_holds_the_same_token(tmp_path: Path) -> None:
    path = tmp_path / "token"
    source = written(path, "same")
    source.at_hand()
    os.utime(path, (1, 1))
    assert source.at_hand() == Bearer(1, "same")


async def test_a_file_that_cannot_be_used_is_no_token_until_it_is_mended(tmp_path: Path) -> None:
    path = tmp_path / "token"
    source = FileToken(path)
    assert source.at_hand() is None
    assert await why(source) == (Meaning.NOT_SENT, "token_file_unreadable")
    assert source.about() == Peek()
    for text in ("", "two words", "å", "x" * 70_000):
        path.write_text(text)
        assert source.at_hand() is None
        assert await why(source) == (Meaning.NOT_SENT, "token_file_malformed")
    assert await source.renew(0) is Renewal.OUT_OF_REACH
    path.write_text("mended")
    assert await source.ready() is None
    path.unlink()
    assert source.at_hand() is None
    path.write_text("mended")
    assert source.at_hand() == Bearer(1, "mended")


async def test_a_token_file_is_renewed_only_by_another_token_in_it(tmp_path: Path) -> None:
    path = tmp_path / "token"
    source = written(path, "old")
    source.at_hand()
    assert await source.renew(1) is Renewal.FIXED
    path.write_text("newer")
    assert await source.renew(1) is Renewal.RENEWED
    assert value(source.at_hand()) == "newer"


async def test_without_a_token_nothing_is_sent_and_nothing_waits(tmp_path: Path) -> None:
    path = tmp_path / "token"
    async with (
        peer(answer(200, RECORD)) as api,
        clients(api.url, tokens=lambda _: FileToken(path)) as client,
    ):
        replies = [await client.deletes.delete(NUMBER), await client.reads.get_customer(NUMBER)]
        assert [(reply.meaning, reply.cause) for reply in replies] == [(Meaning.NOT_SENT, "no_token")] * 2
        assert await client.reads.ready() is not None
        path.write_text("late")
        assert await client.reads.ready() is None
        assert (await client.reads.get_customer(NUMBER)).credential == 1
    (request,) = api.requests
    assert b"Authorization: Bearer late\r\n" in request

"""Bytes from files, pipes and standard input: read twice, and never taken for what they are not."""

import gc
import gzip
import os
import subprocess
import sys
import threading
from contextlib import closing
from pathlib import Path

import openpyxl
import pytest

from tests.sources.reading import numbers_of
from worker.errors import InputWrong
from worker.sources import open_source

READ_STANDARD_INPUT = """
from worker.sources import open_source
source = open_source("-")
first = [row.number for row in source.rows()]
assert first == [row.number for row in source.rows()]
print(ascii(first))
"""


def through_a_pipe(content: bytes) -> str:
    done = subprocess.run(
        [sys.executable, "-c", READ_STANDARD_INPUT], input=content, capture_output=True, check=True, timeout=60
    )
    return done.stdout.decode().strip()


@pytest.mark.parametrize(
    "content",
    ["kundenr;navn\nø1;x\n".encode("cp1252"), gzip.compress("kundenr\r\nø1\r\n".encode("utf-16"), mtime=0)],
)
def test_standard_input_can_be_any_encoding_and_is_read_twice(content: bytes) -> None:
    assert through_a_pipe(content) == ascii(["ø1"])


def test_a_closed_standard_input_is_wrong_input() -> None:
    done = subprocess.run(
        ["sh", "-c", '"$0" -c "$1" <&-', sys.executable, READ_STANDARD_INPUT],
        capture_output=True,
        check=False,
        timeout=60,
    )
    assert b"InputWrong: standard input is closed" in done.stderr


def test_a_named_pipe_is_read_like_a_file(tmp_path: Path) -> None:
    path = tmp_path / "pipe"
    os.mkfifo(path)
    writer = threading.Thread(target=path.write_bytes, args=(b"kundenr\n1\n",))
    writer.start()
    with closing(open_source(path)) as source:
        assert [[row.number for row in source.rows()] for _ in range(2)] == [["1"], ["1"]]
    writer.join()


def test_a_pass_that_was_given_up_does_not_disturb_the_next(tmp_path: Path) -> None:
    path = tmp_path / "c.csv.gz"
    path.write_bytes(gzip.compress(b"kundenr\n" + b"1\n" * 50_000, mtime=0))
    with closing(open_source(path)) as source:
        given_up = source.rows()
        assert next(given_up).line == 2
        del given_up
        assert sum(1 for _ in source.rows()) == 50_000


@pytest.mark.parametrize("name", ["c.csv", "c.csv.gz", "c.txt", "c.tsv", "c.dat", "c"])
def test_gzip_is_known_by_its_bytes_and_not_by_its_name(tmp_path: Path, name: str) -> None:
    path = tmp_path / name
    for content in (b"kundenr\n1\n", gzip.compress(b"kundenr\n", mtime=0) + gzip.compress(b"1\n")):
        path.write_bytes(content)
        assert numbers_of(path) == ["1"]


@pytest.mark.parametrize(
    ("content", "told"),
    [
        (b"", "is empty"),
        (gzip.compress(b"", mtime=0), "is empty"),
        (b"\xef\xbb\xbf", "nothing but blank lines"),
        (b"\n \n\r\n", "nothing but blank lines"),
        (gzip.compress(b"kundenr\n1\n" * 999, mtime=0)[:-9], "cannot be read"),
        (gzip.compress(b"kundenr\n1\n", mtime=0)[:-8] + b"\0" * 8, "cannot be read"),
        (gzip.compress(b"kundenr\n1\n", mtime=0) + b"x", "cannot be read"),
        (b"\x1f\x8b", "cannot be read"),
        (b"\xd0\xcf\x11\xe0 and more", "old .xls"),
        (gzip.compress(b"PK\x03\x04 and more", mtime=0), "gzipped workbook"),
        (b"PK\x03\x04 and more", "not a readable workbook"),
    ],
)
def test_bytes_that_hold_no_rows_are_wrong_input(tmp_path: Path, content: bytes, told: str) -> None:
    path = tmp_path / "c.csv"
    path.write_bytes(content)
    with pytest.raises(InputWrong, match=told):
        open_source(path)


def test_a_place_without_a_file_is_wrong_input(tmp_path: Path) -> None:
    with pytest.raises(InputWrong, match="no such file"):
        open_source(tmp_path / "missing.csv")
    with pytest.raises(InputWrong, match="is a directory"):
        open_source(tmp_path)


def test_a_file_that_is_changed_between_the_passes_is_noticed(tmp_path: Path) -> None:
    path = tmp_path / "c.csv"
    path.write_bytes(b"kundenr\n1\n")
    with closing(open_source(path)) as source:
        assert len(list(source.rows())) == 1
        path.write_bytes(b"kundenr\n1\n2\n")
        with pytest.raises(InputWrong, match="changed while it was read"):
            list(source.rows())


def test_a_file_that_is_changed_to_bytes_of_another_encoding_is_noticed(tmp_path: Path) -> None:
    path = tmp_path / "c.csv"
    path.write_bytes(b"kundenr\n1\n")
    with closing(open_source(path)) as source:
        path.write_bytes(b"kundenr\n" + b"1\n" * 50_000 + b"\xff\n")
        with pytest.raises(InputWrong, match="changed while it was read"):
            list(source.rows())


def test_a_file_that_takes_the_place_of_another_does_not_mix_into_it(tmp_path: Path) -> None:
    path, other = tmp_path / "c.csv", tmp_path / "other.csv"
    path.write_bytes(b"kundenr\n1\n")
    other.write_bytes(b"kundenr\n2\n")
    with closing(open_source(path)) as source:
        other.replace(path)
        assert [row.number for row in source.rows()] == ["1"]


def test_a_workbook_comes_through_a_pipe_too(tmp_path: Path) -> None:
    book = openpyxl.Workbook()
    book.worksheets[0].append(["0042"])
    book.save(tmp_path / "c.xlsx")
    assert through_a_pipe((tmp_path / "c.xlsx").read_bytes()) == ascii(["0042"])


def test_a_source_can_be_closed_in_the_middle_of_a_pass(tmp_path: Path) -> None:
    path = tmp_path / "c.csv"
    path.write_bytes(b"kundenr\n1\n2\n")
    source = open_source(path)
    rows = source.rows()
    next(rows)
    source.close()
    del rows
    assert gc.collect() >= 0  # Nothing is left behind that would complain later.

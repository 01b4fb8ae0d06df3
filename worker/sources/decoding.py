"""Which encoding a text is in, found in one quick pass over its bytes and in constant memory.

Decides UTF-8, UTF-16 with a byte order mark, or Windows-1252; or holds on to the one that was named.
Never guesses beyond that, and never replaces a byte that cannot be decoded.
"""

import codecs
import io
from collections.abc import Iterator
from contextlib import contextmanager
from typing import IO, Final

from worker.errors import InputWrong, SettingsWrong
from worker.sources.payload import Payload

LONGEST_LINE: Final = 8 << 20
"""Characters. A longer line is no list of customers, and would have to be held in memory."""

_CHUNK: Final = 1 << 18
_MARKS: Final = (
    (codecs.BOM_UTF8, "utf-8-sig"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
)


class _Undecodable(Exception):
    """The byte at `offset` is not valid in this encoding."""

    def __init__(self, offset: int) -> None:
        super().__init__(offset)
        self.offset = offset


def encoding_of(payload: Payload, named: str | None) -> str:
    """Return the encoding of the whole text. `InputWrong` names the line of a byte that is not valid.

    `SettingsWrong` if the named encoding does not exist. A byte order mark is binding; without one,
    text that is not UTF-8 to its last byte is Windows-1252.
    """
    marked = _marked(payload)
    chosen = _known(named, marked) if named else marked
    try:
        _decode_all(payload, chosen or "utf-8")
    except _Undecodable as error:
        if not chosen:
            return encoding_of(payload, "cp1252")
        line = _line_at(payload, chosen, error.offset)
        raise InputWrong(
            f"{payload.name}, line {line}: not valid {_plain(chosen)}",
            "Save the file as UTF-8, or name its encoding with --encoding.",
        ) from None
    return chosen or "utf-8"


@contextmanager
def text_of(payload: Payload, encoding: str) -> Iterator[io.TextIOWrapper]:
    """The decoded text, its line ends as they are."""
    with payload.opened() as stream:
        text = io.TextIOWrapper(stream, encoding, newline="")
        try:
            yield text
        except UnicodeError as error:
            raise InputWrong(f"{payload.name} changed while it was read") from error
        finally:
            if not text.closed:  # It is when the source was closed before a pass was given up.
                text.detach()


def _known(named: str, marked: str | None) -> str:
    """The codec of this name, in the variant that takes a byte order mark away."""
    try:
        "".encode(named)
        name = codecs.lookup(named).name
    except (LookupError, ValueError):
        raise SettingsWrong(f"encoding: {named!r} is not known", "Try utf-8, utf-16 or windows-1252.") from None
    return marked if marked and marked.startswith(name.removesuffix("-le").removesuffix("-be")) else name


def _marked(payload: Payload) -> str | None:
    with payload.opened() as stream:
        start = stream.read(3)
    return next((encoding for mark, encoding in _MARKS if start.startswith(mark)), None)


def _decode_all(payload: Payload, encoding: str) -> None:
    """Decode to the end and throw the text away, but for the length of its longest line."""
    decoder = codecs.getincrementaldecoder(encoding)()
    fed, pending = 0, 0
    with payload.opened() as stream:
        for chunk in _chunks(stream):
            try:
                text = decoder.decode(chunk, final=not chunk)
            except UnicodeError as error:  # A plain one: UTF-16 was named, and there is no mark.
                at = error.start - len(error.object) if isinstance(error, UnicodeDecodeError) else -len(chunk)
                raise _Undecodable(fed + len(chunk) + at) from None
            fed += len(chunk)
            pending = _after_last_line_end(text, pending)
            if pending > LONGEST_LINE:
                line = _line_at(payload, encoding, fed)
                raise InputWrong(f"{payload.name}, line {line}: longer than {LONGEST_LINE} characters")


def _chunks(stream: IO[bytes]) -> Iterator[bytes]:
    """The stream in pieces, the last of them empty."""
    chunk = stream.read(_CHUNK)
    while chunk:
        yield chunk
        chunk = stream.read(_CHUNK)
    yield chunk


def _after_last_line_end(text: str, before: int) -> int:
    """How many characters the line holds that is not ended yet."""
    end = max(text.rfind("\n"), text.rfind("\r"))
    return before + len(text) if end < 0 else len(text) - end - 1


def _line_at(payload: Payload, encoding: str, offset: int) -> int:
    """The line that the byte at `offset` stands on."""
    decoder = io.IncrementalNewlineDecoder(codecs.getincrementaldecoder(encoding)("replace"), translate=True)
    line, left = 1, offset
    with payload.opened() as stream:
        while left and (chunk := stream.read(min(_CHUNK, left))):
            line += decoder.decode(chunk).count("\n")
            left -= len(chunk)
    return line + decoder.decode(b"", final=True).count("\n")


def _plain(encoding: str) -> str:
    return {"utf-8": "UTF-8", "utf-8-sig": "UTF-8", "utf-16": "UTF-16", "cp1252": "Windows-1252"}.get(
        encoding, encoding
    )

"""Generated input files: lists of customers as programs, people and attackers write them.

Decides by the seed's chance alone what a file holds and how it is broken. `Made.tokens` are the texts that were put in
as customer numbers; the worker may take any of them for one, and may ask for nobody else.
"""

import codecs
import gzip
import io
import json
import zipfile
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from random import Random

import openpyxl

_TRICKS: tuple[str, ...] = tuple(json.loads((Path(__file__).parent / "tricks.json").read_text("ascii")))
"""Texts that are no plain numbers: other paths, wrecks of spreadsheets, look-alikes, marks that are not seen."""
_NAMES = (
    "kundenr",
    "Kundenr",
    "customerNo",
    "KUNDE NUMMER",
    "kunde_nr",
    "navn",
    "",
    "x",
    "customer",
    '"kundenr"',
    "kundenr\u200b",
)
_ENDS = ("\n", "\r\n", "\r", "\n\n", "\r\r\n", "\x0b", "\u2028")
_ENCODINGS = ("utf-8", "utf-8", "utf-8-sig", "utf-16", "utf-16-le", "cp1252", "iso-8859-1", "utf-32", "utf-7")
_LIMIT = 1 << 22
"""Bytes that a bomb unpacks to: bounded, and far more than its own size."""


@dataclass(frozen=True, slots=True)
class Made:
    """One file: its name's end, its bytes, and the texts that stand in it as numbers."""

    suffix: str
    content: bytes
    tokens: tuple[str, ...]


def made(dice: Random) -> Made:
    """One generated file."""
    tokens = tuple(_token(dice) for _ in range(dice.choice([0, 1, 2, 5, 20])))
    kind = dice.choices(("text", "gzip", "xlsx", "junk"), (70, 8, 14, 8))[0]
    match kind:
        case "text":
            return Made(dice.choice((".csv", ".txt", ".tsv", "")), _hurt(_text(tokens, dice), dice), tokens)
        case "gzip":
            return Made(".csv.gz", _hurt(gzip.compress(_text(tokens, dice)), dice), tokens)
        case "xlsx":
            return Made(".xlsx", _hurt(_workbook(tokens, dice), dice), tokens)
        case _:
            return Made(".csv", dice.choice(_JUNK)(dice), ())


def _token(dice: Random) -> str:
    match dice.randrange(5):
        case 0 | 1:
            return str(dice.randrange(10**6))
        case 2:
            return dice.choice(_TRICKS)
        case 3:
            return dice.choice(_TRICKS) + str(dice.randrange(100))
        case _:
            return "".join(
                chr(dice.choice((dice.randrange(0x250), dice.randrange(0x3000)))) for _ in range(dice.randint(1, 8))
            )


def _text(tokens: tuple[str, ...], dice: Random) -> bytes:
    delimiter, end = dice.choice(",;\t|"), dice.choice(_ENDS)
    columns = dice.choice([1, 1, 2, 3])
    names = [dice.choice(_NAMES) for _ in range(columns)]
    rows = [delimiter.join(names)] if dice.random() < 0.8 else []
    rows += [
        delimiter.join([_cell(token, delimiter, dice), *["x"] * dice.choice([columns - 1, columns, 0])])
        for token in tokens
    ]
    text = end.join(rows) + (end if dice.random() < 0.7 else "")
    if dice.random() < 0.05:
        text = f"sep={dice.choice(',;|')}\n{text}"
    return text.encode(dice.choice(_ENCODINGS), dice.choice(["replace", "ignore", "backslashreplace"]))


def _cell(token: str, delimiter: str, dice: Random) -> str:
    if delimiter in token or '"' in token or dice.random() < 0.2:
        return dice.choice(
            ['"' + token.replace('"', '""') + '"', f'"{token}', f'{token}"', f'"{token}"x', f'="{token}"']
        )
    return token


def _hurt(content: bytes, dice: Random) -> bytes:
    """As it is in most cases; else cut, with bytes turned over, or with something before or behind."""
    at = dice.randrange(len(content) + 1)
    match dice.randrange(12):
        case 0:
            return content[:at]
        case 1:
            return content[:at] + dice.randbytes(3) + content[at + 3 :]
        case 2:
            return dice.choice([codecs.BOM_UTF8, codecs.BOM_UTF16_BE, b"\0", b"\x1f\x8b", b"PK\x03\x04"]) + content
        case 3:
            return content + dice.choice([b"\0" * 9, b'"', b"\xff\xfe", content])
        case _:
            return content


def _workbook(tokens: tuple[str, ...], dice: Random) -> bytes:
    book, file = openpyxl.Workbook(), io.BytesIO()
    sheet = book.worksheets[0]
    sheet.append([dice.choice(_NAMES) or "kundenr", "navn"])
    for token in tokens:
        plain = "".join(c for c in token if c.isprintable())
        value = dice.choice(
            [plain, plain, int(plain) if plain.isdecimal() and plain.isascii() else plain, 1.5, True, "=A1"]
        )
        sheet.append([value, dice.choice(["x", None, 3])])
    book.save(file)
    return _rewritten(file.getvalue(), dice) if dice.random() < 0.4 else file.getvalue()


def _rewritten(book: bytes, dice: Random) -> bytes:
    """The same workbook with one of its parts replaced by a trick."""
    parts = {
        name: zipfile.ZipFile(io.BytesIO(book)).read(name) for name in zipfile.ZipFile(io.BytesIO(book)).namelist()
    }
    victim = dice.choice(sorted(parts))
    parts[victim] = dice.choice(_PARTS)(parts[victim])
    if dice.random() < 0.2:
        del parts[dice.choice(sorted(parts))]
    anew = io.BytesIO()
    with zipfile.ZipFile(anew, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in parts.items():
            archive.writestr(name, content)
    return anew.getvalue()


def _with_entities(part: bytes) -> bytes:
    """Nested entities (bounded: a few million characters) and one that names a file of this machine."""
    nested = "".join(f'<!ENTITY e{n} "{f"&e{n - 1};" * 10}">' for n in range(1, 6))
    doctype = f'<!DOCTYPE x [<!ENTITY e0 "lol"><!ENTITY far SYSTEM "file:///etc/passwd">{nested}]>'.encode()
    _, _, rest = part.partition(b"?>")
    return b"<?xml version='1.0'?>" + doctype + (rest or part).replace(b"<v>", b"<v>&e5;&far;", 1)


_ROW = b"<row r='9'><c t='inlineStr'><is><t>?</t></is></c></row>"
_PARTS: tuple[Callable[[bytes], bytes], ...] = (
    _with_entities,
    lambda part: part[: len(part) // 2],
    lambda part: part + b" " * _LIMIT,
    lambda part: part.replace(b"</sheetData>", _ROW.replace(b"?", b"1" * _LIMIT) + b"</sheetData>"),
    lambda part: part.replace(b'r="A2"', b'r="XFE99999999"'),
    lambda part: part.replace(b't="s"', b't="nonsense"').replace(b"<v>0</v>", b"<v>-1</v>"),
    lambda part: part.replace(b"<v>", b"<v>99999999"),
    lambda _: b"",
    lambda _: b"<a/>",
)  # fmt: skip
_JUNK: tuple[Callable[[Random], bytes], ...] = (
    lambda dice: dice.randbytes(dice.randrange(400)),
    lambda dice: gzip.compress(dice.randbytes(dice.randrange(400))),
    lambda dice: gzip.compress(b"kundenr\n" + b"1\n" * 4000)[: dice.randrange(40)],
    lambda _: gzip.compress(b"0" * _LIMIT),
    lambda _: gzip.compress(gzip.compress(b"kundenr\n1\n")),
    lambda _: b"kundenr\n" + b'"' + b"1" * (1 << 21),
    lambda _: b"kundenr\n" + b"\0" * 5000,
    lambda _: b"kundenr;" * 20_000 + b"\n1\n",
    lambda _: b"",
    lambda _: b"\xd0\xcf\x11\xe0" + b"\0" * 600,
)

"""What a customer number is: the one place where text becomes a number that may be sent.

Decides which texts are customer numbers, which two are the same customer, and how one is written into
a path. Never repairs a number: what a spreadsheet wrecked is refused with a hint, not guessed at.
"""

import re
import unicodedata
from enum import StrEnum
from functools import lru_cache
from typing import Final
from urllib.parse import quote

from worker.core.values import Value

DEFAULT_PATTERN: Final = re.compile(r"[0-9A-Za-zæøåÆØÅ._-]{1,32}")
"""What a number looks like unless `customer_pattern` says otherwise."""

LONGEST: Final = 256
"""Characters. No pattern admits more: longer texts are no numbers, and would overflow URLs."""

_DEFAULT_LONGEST: Final = 32
# Tab, line ends and every space separator of Unicode (category Zs; U+00A0 is one of them).
_BLANKS: Final = (
    "\t\n\r \u00a0\u1680\u2000\u2001\u2002\u2003\u2004\u2005\u2006\u2007\u2008\u2009\u200a\u202f\u205f\u3000"
)
# These, or what they become when a proxy decodes twice, would be read as another path.
_PATH_BREAKERS: Final = frozenset("/\\%?#")
# Control, format (all bidirectional marks are of this kind), surrogate, line and paragraph separator.
_UNSEEN: Final = frozenset({"Cc", "Cf", "Cs", "Zl", "Zp"})
# Spreadsheets write 1.23E+05 or 1,23E+05, other programs 1.23E5; a float column makes 543210.0 of 543210.
_WRECK: Final = re.compile(r"-?[0-9]+(?:(?:[.,][0-9]+)?[Ee]\+[0-9]+|[.,][0-9]+[Ee]-?[0-9]+|[.,]0+)")


class Why(StrEnum):
    """Why a row is `invalid`: short words that stay, for reports and for people's scripts."""

    EMPTY = "empty"
    CHARACTERS = "characters"
    DOTS = "dots"
    TOO_LONG = "too_long"
    PATTERN = "pattern"
    SPREADSHEET_NUMBER = "spreadsheet_number"
    ZERO_PADDED = "zero_padded"
    NOT_TEXT = "not_text"
    SURPLUS_CELLS = "surplus_cells"
    NOT_A_REQUEST = "not_a_request"
    OTHER_CLIENT = "other_client"


class CustomerNo(Value, frozen=True, eq=False):
    """One customer number. Two are equal when they name the same customer (`key`), however written."""

    text: str
    """As it is sent and shown: NFC, without outer blanks."""

    @property
    def key(self) -> str:
        """The identity: case-folded, and NFC again, as folding can undo it."""
        return fold(self.text)

    def __eq__(self, other: object) -> bool:
        return self.key == other.key if isinstance(other, CustomerNo) else NotImplemented

    # A Struct comes with an inequality of its own, which does not ask this equality; Python's does.
    __ne__ = object.__ne__

    def __hash__(self) -> int:
        return hash(self.key)


class Rejected(Value, frozen=True):
    """A text that is no customer number; `hint` says what to do where that is known."""

    why: Why
    hint: str | None = None


_EMPTY: Final = Rejected(Why.EMPTY)
_CHARACTERS: Final = Rejected(Why.CHARACTERS)
_DOTS: Final = Rejected(Why.DOTS, "'.' and '..' alone would name another path")
_TOO_LONG: Final = Rejected(Why.TOO_LONG)
_PATTERN: Final = Rejected(Why.PATTERN, "customer_pattern does not match the whole number")
_WRECKED: Final = Rejected(
    Why.SPREADSHEET_NUMBER,
    "a spreadsheet or program turned the number into a decimal; export the column as text",
)


def parse(raw: str, pattern: re.Pattern[str] = DEFAULT_PATTERN) -> CustomerNo | Rejected:
    """Read one cell as a customer number.

    A spreadsheet's wreck is refused under every pattern: a loose pattern is common, and the wreck
    would be asked for, be answered 404, and be told as `already_absent` of a customer who is there.
    """
    if raw.isascii() and raw.isalnum() and len(raw) <= LONGEST:  # the common case: nothing below could object
        return CustomerNo(raw) if pattern.fullmatch(raw) else _mismatch(raw, pattern)
    text = unicodedata.normalize("NFC", raw.strip(_BLANKS))
    return _never_admitted(text) or (CustomerNo(text) if pattern.fullmatch(text) else _mismatch(text, pattern))


def _never_admitted(text: str) -> Rejected | None:
    """The refusals that hold under every pattern."""
    if not text:
        return _EMPTY
    if text in {".", ".."}:
        return _DOTS
    if len(text) > LONGEST:
        return _TOO_LONG
    if _WRECK.fullmatch(text):
        return _WRECKED
    return _CHARACTERS if any(map(_forbidden, text)) else None


def _forbidden(character: str) -> bool:
    return character in _PATH_BREAKERS or unicodedata.category(character) in _UNSEEN


def _mismatch(text: str, pattern: re.Pattern[str]) -> Rejected:
    """Name what the pattern objected to: of the default one we know, of the user's we do not."""
    if pattern.pattern != DEFAULT_PATTERN.pattern:
        return _PATTERN
    return _TOO_LONG if len(text) > _DEFAULT_LONGEST else _CHARACTERS


def fold(text: str) -> str:
    """Return the form under which ARMrest's values are the same: they are not case-sensitive."""
    if text.isascii():
        return text.lower()
    return unicodedata.normalize("NFC", unicodedata.normalize("NFC", text).casefold())


def path_segment(number: CustomerNo) -> str:
    """Write the number as one path segment: all but RFC 3986's unreserved is percent-encoded UTF-8."""
    return encoded(number.text)


@lru_cache(maxsize=1024)
def encoded(text: str) -> str:
    """The same for any text; kept for a while, as each customer is asked about four times."""
    return quote(text, safe="")


def shown(raw: str, limit: int = 40) -> str:
    """Make text from a file safe for a terminal: one line, at most `limit` characters, nothing unseen."""
    cut = raw[:limit] + ("…" if len(raw) > limit else "")
    return "".join(c if c.isprintable() else f"\\u{ord(c):04x}" for c in cut)

"""Whether a customer is who the list says: one cell of the input against one field of the record just read.

Decides when two texts say the same. It keeps neither; what leaves this module is yes or no.
"""

import re
import unicodedata
from typing import Final

MISMATCH: Final = "mismatch"
"""The reason of a customer who is there, but is not the one that the list means."""
_BLANKS: Final = re.compile(r"\s+")


def alike(expected: str, found: object) -> bool:
    """Whether both say the same but for case, accents and blanks; a missing or empty one says nothing."""
    if type(found) not in (str, int):
        return False
    wanted = folded(expected)
    return bool(wanted) and folded(str(found)) == wanted


def folded(text: str) -> str:
    """The text without case, accents, and blanks beyond one between words."""
    bare = "".join(one for one in unicodedata.normalize("NFKD", text) if not unicodedata.combining(one))
    return _BLANKS.sub(" ", unicodedata.normalize("NFKD", bare.casefold())).strip()

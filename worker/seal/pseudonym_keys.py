"""Keys of pseudonyms: made, and kept in a file for their owner alone.

Decides how such a file is read, and what is wrong with one. What a key makes is `core.pseudonym`'s matter.
"""

import secrets
from pathlib import Path

from worker.core.pseudonym import SIZE, PseudonymKey
from worker.errors import SettingsWrong
from worker.seal.keys import write_new

_ADVICE = "make one with: amili-purge keygen --for pseudonyms FILE"


def generate_pseudonym_key(path: Path) -> PseudonymKey:
    """Write a new key to a file that is not there yet (mode 0600); errors as of a signing key."""
    key = PseudonymKey(secrets.token_bytes(SIZE))
    write_new(path, key.text())
    return key


def read_pseudonym_key(path: Path) -> PseudonymKey:
    """The key in a file; `SettingsWrong` if it holds none."""
    try:
        key = PseudonymKey.parse(path.read_text("utf-8"))
    except (OSError, UnicodeDecodeError) as error:
        raise SettingsWrong(f"pseudonym_key {path} cannot be read: {type(error).__name__}", _ADVICE) from error
    if key is None:
        raise SettingsWrong(f"pseudonym_key {path} holds no key of pseudonyms, or one that was damaged", _ADVICE)
    return key

"""Ed25519 keys: made, kept in a file for their owner alone, used to sign notes and to check them.

Decides how a private key is written (one line, as Go's note tools write theirs) and what is wrong with a signature.
It is the one place that sees the crypto library, and it never shows a private key.
"""

import base64
import os
from collections.abc import Iterable
from dataclasses import dataclass, field
from pathlib import Path

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey

from worker.core.checkpoint import ED25519, KEY_NAME, Checkpoint, Note, Signature, SignedText, VerifierKey
from worker.errors import NotDurable, SettingsWrong, UsageWrong

_PREFIX = "PRIVATE+KEY+"
_SIZE = 32  # bytes of a private key of Ed25519
_ADVICE = "make one with: amili-purge keygen FILE"


@dataclass(frozen=True, slots=True)
class Signer:
    """A private key at hand; `key` is the public one, under its name."""

    key: VerifierKey
    _private: Ed25519PrivateKey = field(repr=False)

    @classmethod
    def read(cls, path: Path) -> "Signer":
        """The key in a file that `generate` wrote; `SettingsWrong` if it holds none."""
        try:
            text = path.read_text(encoding="utf-8").strip()
        except (OSError, UnicodeDecodeError) as error:
            raise SettingsWrong(f"the key {path} cannot be read: {type(error).__name__}", _ADVICE) from error
        try:
            name, key_id, encoded = text.removeprefix(_PREFIX).split("+", 2)
            held = base64.b64decode(encoded, validate=True)
            kind, signer = held[:1], _signer(name, held[1:])
        except ValueError as error:
            raise SettingsWrong(f"{path} holds no private key", _ADVICE) from error
        if not text.startswith(_PREFIX) or kind != ED25519 or key_id != signer.key.key_id.hex():
            raise SettingsWrong(f"{path} holds no private key, or one that was damaged", _ADVICE)
        return signer

    def sign(self, text: str) -> Signature:
        """The signature that goes below a note with this text."""
        return Signature(self.key.name, self.key.key_id, self._private.sign(text.encode()))

    def note(self, checkpoint: Checkpoint) -> Note:
        """The checkpoint with this key's signature."""
        text = checkpoint.text()
        return Note(checkpoint, text, (self.sign(text),))


def generate(path: Path, name: str) -> VerifierKey:
    """Write a new private key to a file that is not there yet (mode 0600); its public key.

    `UsageWrong` for a name that no key can have, or if the file is there; `NotDurable` if it cannot be written.
    """
    if not KEY_NAME.fullmatch(name):
        raise UsageWrong("a key's name has 1 to 200 characters, and no blank and no plus among them")
    private = Ed25519PrivateKey.generate()
    secret = private.private_bytes_raw()
    key = VerifierKey(name, private.public_key().public_bytes_raw())
    write_new(path, f"{_PREFIX}{name}+{key.key_id.hex()}+{base64.b64encode(ED25519 + secret).decode()}\n")
    return key


def write_new(path: Path, text: str) -> None:
    """Write a key to a file for its owner alone (mode 0600); one that is there is never overwritten."""
    try:
        descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o600)
        with os.fdopen(descriptor, "w", encoding="utf-8") as file:
            file.write(text)
            file.flush()
            os.fsync(file.fileno())
    except FileExistsError:
        raise UsageWrong(f"{path} is there already, and a key is never overwritten") from None
    except OSError as error:
        raise NotDurable(f"the key could not be written to {path}: {error.strerror}") from error


def unsigned(note: Note | SignedText, keys: Iterable[VerifierKey]) -> str:
    """Why a note cannot be trusted under these keys; empty if one of them signed it.

    Signatures of other keys are passed over. One that names a known key and does not fit spoils the note.
    """
    known = {(key.name, key.key_id): key for key in keys}
    theirs = [one for one in note.signatures if (one.name, one.key_id) in known]
    for one in theirs:
        try:
            Ed25519PublicKey.from_public_bytes(known[one.name, one.key_id].public).verify(
                one.signature, note.text.encode()
            )
        except (InvalidSignature, ValueError):
            return f"the signature of {one.name} does not fit the text"
    return "" if theirs else f"no known key signed it, but {', '.join(one.name for one in note.signatures)}"


def _signer(name: str, secret: bytes) -> Signer:
    if len(secret) != _SIZE:
        raise ValueError("a private key of another size")
    private = Ed25519PrivateKey.from_private_bytes(secret)
    return Signer(VerifierKey(name, private.public_key().public_bytes_raw()), private)

"""Checkpoints and the notes that carry them, byte for byte as C2SP's tlog-checkpoint and signed-note have them.

Decides how a tree's size and root become a text, how signatures stand below it, and how keys are named. It neither
signs nor checks a signature: that needs the one crypto library, which `seal` alone may see.
"""

import base64
import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from hashlib import sha256

from worker.core.merkle import HASH_SIZE

ED25519 = b"\x01"
"""The signature type of a note that is signed by Ed25519."""
KEY_NAME = re.compile(r"[^\s+\x00-\x1f\x7f]{1,200}")
"""What a key may be called: anything without blanks and plus."""
_KEY_ID = 4
_BELOW = r"(?:\u2014 [^\n ]+ [A-Za-z0-9+/]+={0,2}\n)+"
_NOTE = re.compile(
    r"^(?P<text>(?!\u2014 )[^\x00-\x1f]+\n(?:0|[1-9][0-9]{0,18})\n[A-Za-z0-9+/]{43}=\n(?:[^\x00-\x1f]+\n)*)"
    rf"\n(?P<signatures>{_BELOW})",
    re.MULTILINE,
)


@dataclass(frozen=True, slots=True)
class Checkpoint:
    """What a log looked like at one moment: how many lines it had, and the root of the tree over them.

    `origin` names the log; `extensions` are further lines that somebody else put there.
    """

    origin: str
    size: int
    root: bytes
    extensions: tuple[str, ...] = ()

    def text(self) -> str:
        """The text that is signed."""
        lines = (self.origin, str(self.size), _base64(self.root), *self.extensions)
        return "".join(f"{line}\n" for line in lines)


@dataclass(frozen=True, slots=True)
class Signature:
    """One signature below a note: by the key of this name and id."""

    name: str
    key_id: bytes
    signature: bytes

    def line(self) -> str:
        """The line below the note, with its line end."""
        return f"\u2014 {self.name} {_base64(self.key_id + self.signature)}\n"


@dataclass(frozen=True, slots=True)
class SignedText:
    """Any text with signatures below it; `text` is exactly what was signed."""

    text: str
    signatures: tuple[Signature, ...]

    def __str__(self) -> str:
        """The text as it is written to a file."""
        return self.text + "\n" + "".join(signature.line() for signature in self.signatures)

    @classmethod
    def parse(cls, whole: str) -> "SignedText | None":
        """The text and its signatures; None if there are none."""
        text, _, below = whole.rpartition("\n\n")
        signatures = tuple(_signatures(below)) if re.fullmatch(_BELOW, below) else ()
        found = cls(text + "\n", signatures)
        return found if signatures and str(found) == whole else None


@dataclass(frozen=True, slots=True)
class Note:
    """A checkpoint with its signatures; `text` is exactly what was signed."""

    checkpoint: Checkpoint
    text: str
    signatures: tuple[Signature, ...]

    def __str__(self) -> str:
        """The note as it is written to a file."""
        return self.text + "\n" + "".join(signature.line() for signature in self.signatures)


@dataclass(frozen=True, slots=True)
class VerifierKey:
    """A public key (32 bytes, Ed25519) under its name."""

    name: str
    public: bytes

    @property
    def key_id(self) -> bytes:
        """What tells keys of one name apart."""
        return sha256(self.name.encode() + b"\n" + ED25519 + self.public).digest()[:_KEY_ID]

    def __str__(self) -> str:
        """The key as it is handed to whoever is to verify: name, id and key, with a plus between them."""
        return f"{self.name}+{self.key_id.hex()}+{_base64(ED25519 + self.public)}"

    @classmethod
    def parse(cls, text: str) -> "VerifierKey | str":
        """The key, or what is wrong with the text."""
        name, _, rest = text.strip().partition("+")
        key_id, _, encoded = rest.partition("+")
        public = _decoded(encoded)
        if public is None or not KEY_NAME.fullmatch(name):
            return "a verifier key is name+id+key, the id 8 hexadecimal digits, the key in base64"
        if public[:1] != ED25519 or len(public) != 1 + HASH_SIZE:
            return "only Ed25519 keys are known here"
        key = cls(name, public[1:])
        return key if key_id == key.key_id.hex() else f"the id {key_id} is not that of the key: a letter is wrong"


@dataclass(frozen=True, slots=True)
class Witnessed:
    """How the signing of one run's checkpoints went: the public key, how many were handed over and how many were not.

    `covered` is the size that the last one handed over has, of `lines` that the log held then.
    """

    key: str
    delivered: int
    failed: int
    covered: int
    lines: int

    @property
    def complete(self) -> bool:
        """Whether somebody elsewhere holds a checkpoint of all lines."""
        return self.covered == self.lines


def origin_of(base_url: str, client_no: int, campaign: str, first_hash: str) -> str:
    """The name of a campaign's log: API and client, campaign, and its first line's hash, so that no two are alike."""
    return f"{base_url.partition('://')[2]}/clients/{client_no}/amili-purge/{campaign}/{first_hash}"


def notes_in(text: str) -> Iterator[Note]:
    """The signed checkpoints that stand in a text, in their order; whatever stands between them is passed over."""
    for found in _NOTE.finditer(text):
        origin, size, root, *further = found["text"].split("\n")[:-1]
        signatures = tuple(_signatures(found["signatures"]))
        hashed = _decoded(root)
        if hashed is not None and len(hashed) == HASH_SIZE and signatures:
            yield Note(Checkpoint(origin, int(size), hashed, tuple(further)), found["text"], signatures)


@dataclass(frozen=True, slots=True)
class Judged:
    """What checkpoints say of a log: problems, the largest size at which the log is the one signed, others' count."""

    problems: tuple[str, ...]
    covered: int
    others: int


def judge(checkpoints: Iterable[Checkpoint], origin: str, lines: int, roots: Mapping[int, bytes]) -> Judged:
    """Hold a log of so many lines, with these roots by size, against all checkpoints. Those of other logs say nothing.

    A log under the same name that begins with another line is no other log: somebody began this one anew.
    """
    problems, covered, others = [], 0, 0
    for one in checkpoints:
        if one.origin.rpartition("/")[0] != origin.rpartition("/")[0]:
            others += 1
        elif problem := misfit(one, origin, lines, roots.get(one.size)):
            problems.append(f"checkpoint of {one.size} lines: {problem}")
        else:
            covered = max(covered, one.size)
    if not problems and not covered:
        problems.append(f"none of {others} checkpoints is of this log, {origin}")
    return Judged(tuple(problems), covered, others)


def misfit(checkpoint: Checkpoint, origin: str, lines: int, root: bytes | None) -> str:
    """What shows that a log is not the one that was signed; empty if it fits.

    `origin` and `lines` are the log's, `root` is that of its tree at the checkpoint's size, if it holds so many lines.
    """
    if checkpoint.origin != origin:
        return f"a log that begins with another line was signed: {checkpoint.origin}, not {origin}"
    if root is None:
        return f"{checkpoint.size} lines were signed, and the log holds {lines}: it was cut, or written anew"
    if root != checkpoint.root:
        return f"the first {checkpoint.size} lines are not those that were signed: the log was rewritten"
    return ""


def _signatures(text: str) -> Iterator[Signature]:
    for line in text.split("\n")[:-1]:
        _, name, encoded = line.split(" ")
        whole = _decoded(encoded)
        if whole is not None and len(whole) > _KEY_ID:
            yield Signature(name, whole[:_KEY_ID], whole[_KEY_ID:])


def _base64(data: bytes) -> str:
    return base64.b64encode(data).decode()


def _decoded(text: str) -> bytes | None:
    """The bytes, if this is their one spelling in base64."""
    try:
        data = base64.b64decode(text, validate=True)
    except ValueError:
        return None
    return data if _base64(data) == text else None

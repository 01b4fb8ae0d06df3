"""Keys, and what is signed: where checkpoints go, and the `Witness` that makes them while lines come."""

from worker.seal.keys import Signer, generate, unsigned
from worker.seal.outlets import Outlet, file_of, kept_in, outlet
from worker.seal.pseudonym_keys import generate_pseudonym_key, read_pseudonym_key
from worker.seal.witness import Log, Spacing, Witness

__all__ = [
    "Log",
    "Outlet",
    "Signer",
    "Spacing",
    "Witness",
    "file_of",
    "generate",
    "generate_pseudonym_key",
    "kept_in",
    "outlet",
    "read_pseudonym_key",
    "unsigned",
]

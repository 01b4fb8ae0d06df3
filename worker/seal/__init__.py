"""Signed checkpoints: keys and signatures, where checkpoints go, and the `Witness` that makes them while lines come."""

from worker.seal.keys import Signer, generate, unsigned
from worker.seal.outlets import Outlet, kept_in, outlet
from worker.seal.witness import Log, Spacing, Witness

__all__ = ["Log", "Outlet", "Signer", "Spacing", "Witness", "generate", "kept_in", "outlet", "unsigned"]

"""What a sandbox is started with. It decides nothing."""

from dataclasses import dataclass
from pathlib import Path

from worker.sandbox.faults import NO_FAULTS, Faults


@dataclass(frozen=True, slots=True)
class SandboxOptions:
    """Size and shares of the population, the API's habits, faults and files. Port 0 is a free one."""

    port: int = 0
    client_no: int = 2218
    customers: int = 200
    with_documents: float = 0.15
    with_ar_items: float = 0.1
    absent: float = 0.05
    seed: int = 1
    faults: Faults = NO_FAULTS
    token_seconds: float = 3600.0
    token_uses: int | None = None
    documents_filter: str = "customerno"
    documents_key: str = "documents"
    aritems_filter: str = "customerno"
    aritems_key: str = "arItems"
    journal: Path | None = None
    sample: Path | None = None

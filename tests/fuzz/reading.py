"""What the worker makes of a generated file, and what it would ask the API for.

Decides what counts as a fault of reading: an exception that is no `CommandFailed` of the input's kind, or a number that
does not stand in its cell.
"""

import re
import unicodedata
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from random import Random
from urllib.parse import unquote_to_bytes

from config import Settings, load
from tests.fuzz.inputs import Made, made
from worker.app import inputs
from worker.core.customer import CustomerNo
from worker.core.intake import number_of
from worker.errors import CommandFailed, Exit

ANYTHING = r"[\s\S]+"
"""The most permissive `customer_pattern` there is."""
PERMISSIVE = {"customer_pattern": ANYTHING, "max_invalid_share": "1", "allow_empty": "true", "client_no": 2218}
REFUSALS = {Exit.INPUT, Exit.SETTINGS, Exit.USAGE}
_SEGMENT = r"((?:[A-Za-z0-9._~-]|%[0-9A-F]{2})+)"
_TARGETS = re.compile(
    rf"(?:GET|DELETE) /arm/v1/clients/2218/customers/{_SEGMENT}"
    rf"|GET /arm/v1/clients/2218/(?:documents|aritems)\?customerno={_SEGMENT}&pagesize=5"
)


def permissive(directory: Path) -> Settings:
    """Settings under which nearly everything is a customer number."""
    flags = {**PERMISSIVE, "base_url": "http://127.0.0.1:9/arm/v1", "campaigns": str(directory / "campaigns")}
    return load(flags, environ={"AMILI_TOKEN": "t"}, cwd=directory).settings


def written(directory: Path, seed: int) -> tuple[Path, Made]:
    """The file of that seed, on the disk."""
    file = made(Random(seed))
    path = directory / f"list-{seed}{file.suffix}"
    path.write_bytes(file.content)
    return path, file


def numbers(path: Path, settings: Settings, outcomes: Counter[str]) -> list[CustomerNo]:
    """The customers of a file as a plan would enrol them; of a refused one none, and why is counted."""
    try:
        with inputs.judged(str(path), settings, planning=True) as judged:
            found = []
            for row in judged.rows():
                number = number_of(row, inputs.pattern(settings))
                if isinstance(number, CustomerNo):
                    assert number.text == unicodedata.normalize("NFC", row.number.strip())
                    found.append(number)
                outcomes["accepted" if isinstance(number, CustomerNo) else "invalid"] += 1
            return found
    except CommandFailed as refused:
        if refused.code not in REFUSALS:
            raise
        outcomes[f"refused {int(refused.code)}"] += 1
        return []


def customer_of(request: str) -> str | None:
    """Whom a raw request line (method and target) is about; None if it could be about anything else."""
    found = _TARGETS.fullmatch(request)
    if found is None:
        return None
    text = unquote_to_bytes(found[1] or found[2]).decode("utf-8")
    return None if any(_unsafe(text)) else text


def _unsafe(text: str) -> Iterator[bool]:
    """What a proxy that decodes once more, or a reader of paths, would take for something else."""
    yield text in {"", ".", ".."}
    yield bool(set(text) & set("/\\%?#"))
    yield any(unicodedata.category(character) in {"Cc", "Cf", "Cs", "Zl", "Zp"} for character in text)

"""The settings file as it is written: whole by `init`, single lines by `doctor --write`; comments stay where they are.

Decides how the file looks. Never writes a secret, and never repeats in an error what a file holds.
"""

import os
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Final

import tomlkit
from pydantic import TypeAdapter, ValidationError
from tomlkit.exceptions import TOMLKitError

from config.settings import SECRETS, Settings
from config.values import plainly
from worker.errors import SettingsWrong

_HEAD: Final = (
    "Settings of amili-purge. Flags and AMILI_ variables are stronger than this file.",
    "A name that is not a setting is refused. No secret belongs here.",
)
_LATER: Final[Mapping[str, str]] = {
    "contact": '"finance-operations@example.com"',
    "max_deletes": "500",
    "protect": '"protected.csv"',
    "rate": "10",
}
"""What a person will want next, commented out."""


def fault(field: str, text: str) -> str:
    """What is wrong with a text as the value of this setting; empty if nothing is."""
    kind: Any = Settings.model_fields[field].annotation
    try:
        TypeAdapter(kind).validate_python(text)
    except ValidationError as error:
        return plainly(error.errors(include_input=False)[0]["msg"])
    return ""


def begun(answers: Mapping[str, str | int]) -> str:
    """A settings file with these answers, each under its own sentence, and a few lines to uncomment."""
    document = tomlkit.document()
    for line in _HEAD:
        document.add(tomlkit.comment(line))
    for field, value in answers.items():
        if field in SECRETS:
            raise ValueError(f"{field} is a secret")
        document.add(tomlkit.nl())
        document.add(tomlkit.comment(_sentence(field)))
        document.add(field, tomlkit.item(value))
    document.add(tomlkit.nl())
    document.add(tomlkit.comment("---- To be thought about"))
    for field, sample in _LATER.items():
        document.add(tomlkit.comment(_sentence(field)))
        document.add(tomlkit.comment(f"{field} = {sample}"))
    return tomlkit.dumps(document)


def put(path: Path, lines: Mapping[str, str]) -> None:
    """Set these lines in a settings file, and keep everything else of it; `SettingsWrong` if that cannot be done."""
    try:
        document = tomlkit.parse(path.read_text(encoding="utf-8-sig"))
        for field, value in lines.items():
            if field not in document:
                document.add(tomlkit.nl())
                document.add(tomlkit.comment(_sentence(field)))
            document[field] = value
        part = path.with_name(f".{path.name}.part")
        part.write_text(tomlkit.dumps(document), encoding="utf-8")
        part.chmod(path.stat().st_mode)
        part.replace(path)
    except OSError as error:
        raise SettingsWrong(f"{path} cannot be written", os.strerror(error.errno or 0)) from error
    except (UnicodeDecodeError, TOMLKitError) as error:
        raise SettingsWrong(f"{path} is not TOML that can be read", "mend it, or put the lines in by hand") from error


def _sentence(field: str) -> str:
    return Settings.model_fields[field].description or ""

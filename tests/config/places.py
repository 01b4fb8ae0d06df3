"""A machine with six places to put settings in, and the faults that a load of them shows."""

from collections.abc import Callable
from collections.abc import Set as AbstractSet
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from config import Loaded, Needs, load
from worker.errors import CommandFailed, SettingsWrong


@dataclass
class Machine:
    """One working directory, one environment, one secrets directory; nothing of the real ones."""

    home: Path
    environ: dict[str, str] = field(default_factory=dict)
    flags: dict[str, object] = field(default_factory=dict)
    secrets_dir: Path | None = None
    settings_file: Path | None = None

    def flag(self, name: str, value: object) -> None:
        self.flags[name] = value

    def variable(self, name: str, value: str) -> None:
        self.environ[f"AMILI_{name.upper()}"] = value

    def dotenv(self, name: str, value: str) -> None:
        with (self.home / ".env").open("a", encoding="utf-8") as file:
            file.write(f"AMILI_{name.upper()}={value}\n")

    def secret(self, name: str, value: str) -> None:
        self.secrets_dir = self.home / "secrets"
        self.secrets_dir.mkdir(exist_ok=True)
        (self.secrets_dir / name).write_text(value, encoding="utf-8")

    def toml(self, text: str) -> None:
        (self.home / "amili-purge.toml").write_text(text, encoding="utf-8")

    def load(self, *, needs_api: bool = False, right: AbstractSet[str] | None = None) -> Loaded:
        return load(
            self.flags,
            settings_file=self.settings_file,
            secrets_dir=self.secrets_dir,
            environ=self.environ,
            cwd=self.home,
            needs=Needs(needs_api, right),
        )

    def faults(self, *, needs_api: bool = False) -> tuple[str, ...]:
        """The lines of advice that a load ends with."""
        return refused(lambda: self.load(needs_api=needs_api)).advice


def refused(act: Callable[[], object]) -> CommandFailed:
    """What a refusal of the settings said."""
    with pytest.raises(SettingsWrong) as caught:
        act()
    return caught.value

"""What a planted bug is: one exact text of the worker replaced by another, and who is expected to notice.

Decides nothing. The texts live in tests only; the worker has no switch for any of them.
"""

from dataclasses import dataclass
from pathlib import Path


class Outdated(AssertionError):
    """The text that a defect replaces is not in the source exactly once: the list must follow the source."""


@dataclass(frozen=True)
class Defect:
    """`old` in the module at `path` becomes `new`. With `tests` it lies where no simulated campaign comes by."""

    name: str
    path: str
    old: str
    new: str
    tests: tuple[str, ...] = ()

    def planted(self, text: str) -> str:
        """The module's text with the defect in it; `Outdated` unless there is exactly one place for it."""
        if text.count(self.old) != 1:
            raise Outdated(f"{self.name}: {text.count(self.old)} places in {self.path}")
        return text.replace(self.old, self.new)

    def plant(self, tree: Path) -> None:
        """Put the defect into a copy of the tree."""
        module = tree / self.path
        module.write_text(self.planted(module.read_text("utf-8")), "utf-8")

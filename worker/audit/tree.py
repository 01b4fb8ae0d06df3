"""What a log shows of itself to whoever holds a checkpoint of it: its name, its tree's roots, the keys that it names.

Decides nothing: it gathers while the lines pass, and a root only at the sizes that were asked for.
"""

from collections.abc import Iterable, Mapping

from worker.core.checkpoint import origin_of
from worker.core.merkle import Frontier


class Tree:
    """Grows with the lines of one log. `roots` are those at the sizes asked for that the log has reached."""

    def __init__(self, sizes: Iterable[int] = ()) -> None:
        self.origin = ""
        self.keys: list[str] = []
        self.roots: dict[int, bytes] = {}
        self._sizes = frozenset(sizes)
        self.grows = bool(self._sizes)
        self._frontier = Frontier()

    def take(self, line: bytes, members: Mapping[str, object]) -> None:
        """One line (without its line end) and what it says; only to be called while `grows`, or for a campaign's."""
        if members.get("kind") == "campaign":
            self._campaign(members)
        if self.grows:
            self._frontier.add(line)
            if self._frontier.size in self._sizes:
                self.roots[self._frontier.size] = self._frontier.root()

    def _campaign(self, members: Mapping[str, object]) -> None:
        settings = members.get("settings")
        key = settings.get("checkpoint_key") if isinstance(settings, dict) else None
        if isinstance(key, str) and key not in self.keys:
            self.keys.append(key)
        if members.get("event") == "created" and not self.origin:
            base_url, client, campaign = members.get("baseUrl"), members.get("clientNo"), members.get("campaign")
            if isinstance(base_url, str) and isinstance(client, int):
                self.origin = origin_of(base_url, client, str(campaign), str(members.get("hash")))

"""The six places a setting can come from, and which of them won.

Decides the order, refuses names it does not know, and gathers every fault before it raises: a misspelt
guard must not vanish. The readers of pydantic-settings pass over unknown names, unreadable secrets and
broken lines, so the places are read here, and the library merges and validates them.
"""

import os
import re
import tomllib
from collections.abc import Callable, Iterable, Iterator, Mapping
from collections.abc import Set as AbstractSet
from dataclasses import dataclass
from difflib import get_close_matches
from io import StringIO
from pathlib import Path
from typing import Any, NamedTuple

from dotenv.parser import parse_stream
from pydantic import ValidationError
from pydantic.fields import FieldInfo
from pydantic_settings import PydanticBaseSettingsSource

from config.catalogue import environment_name, field_name, flag_name
from config.settings import SECRETS, TOML_FILE, Loaded, Settings, api_faults
from config.values import has_user_info, plainly
from worker.errors import SettingsWrong, UsageWrong

PREFIX = "AMILI_"
URLS = frozenset({"base_url", "token_url", "proxy", "ledger", "push_gateway"})
FIELDS = tuple(Settings.model_fields)


class Fault(NamedTuple):
    """What is wrong, in one line, and the setting that is meant; None: a place that cannot be read may hold any."""

    field: str | None
    line: str


@dataclass(frozen=True, slots=True)
class Needs:
    """What a command needs: whether a way to the API, and which settings must be right; None: all."""

    api: bool = False
    right: AbstractSet[str] | None = None


_ALL_RIGHT = Needs()


class Place(PydanticBaseSettingsSource):
    """One place: its values by field, how it spells a field, and what is wrong with it."""

    def __init__(self, origin: str, spell: Callable[[str], str] = str) -> None:
        super().__init__(Settings)
        self.origin = origin
        self.spell = spell
        self.values: dict[str, object] = {}
        self.faults: list[Fault] = []
        self.read = True

    def take(self, spelt: str, field: str, value: object) -> None:
        """A value for a field this place names `spelt`; an unknown name is a fault."""
        if field in FIELDS:
            self.values[field] = value
        else:
            near = nearest(field)
            hint = f"; did you mean {self.spell(near)}?" if near else ""
            self.faults.append(Fault(near or field, f"{spelt} ({self.origin}): there is no such setting{hint}"))

    def fault(self, field: str, why: str) -> Fault:
        """One line about a value of this place."""
        return Fault(field, f"{self.spell(field)} ({self.origin}): {why}")

    def unreadable(self, line: str) -> None:
        """A fault of the place itself."""
        self.faults.append(Fault(None, line))

    def get_field_value(self, field: FieldInfo, field_name: str) -> tuple[Any, str, bool]:
        """The library's way to ask for one field; False: no value is JSON."""
        return self.values.get(field_name), field_name, False

    def __call__(self) -> dict[str, Any]:
        """The library's way to ask for all fields."""
        return dict(self.values)


def nearest(name: str, likeness: float = 0.6) -> str | None:
    """The field whose name is most like this one, if any is (0 to 1)."""
    return next(iter(get_close_matches(field_name(name), FIELDS, 1, likeness)), None)


def load(
    flags: Mapping[str, object],
    *,
    settings_file: Path | None = None,
    secrets_dir: Path | None = None,
    environ: Mapping[str, str] = os.environ,
    cwd: Path | None = None,
    needs: Needs = _ALL_RIGHT,
) -> Loaded:
    """Read all places, the strongest first; flags that are None were not given.

    UsageWrong for user info in a flag; SettingsWrong with one line for each fault, also for what
    `Settings.api` would miss when the command needs the API. A command that needs only some settings goes on
    without those others that are wrong: they are as if they had not been given, and their faults are `passed_over`.
    """
    here = cwd or Path.cwd()
    toml = _toml(here, settings_file)
    places = [
        _flags(flags),
        _environment(environ),
        _dotenv(here / ".env"),
        _secrets(here / secrets_dir if secrets_dir else None),
        toml,
    ]
    faults = [fault for place in places for fault in place.faults]
    settings = _validated(places, faults)
    if any(needs.right is None or fault.field is None or fault.field in needs.right for fault in faults):
        settings = None
    elif settings is None:
        settings = _without(places, {fault.field for fault in faults})
    won = _won(places)
    lines = tuple(fault.line for fault in faults)
    if needs.api and toml.read:  # of what an unread file would have said nothing can be called missing
        missing = api_faults(won.keys(), toml.origin)
        settings, lines = None if missing else settings, (*lines, *missing)
    if settings is None:
        raise SettingsWrong(f"The settings cannot be accepted ({len(lines)} wrong)", *lines)
    return Loaded(settings, {field: _origin(won.get(field), field) for field in FIELDS}, lines)


def _without(places: list[Place], wrong: AbstractSet[str | None]) -> Settings | None:
    """The settings without the values of these fields."""
    for place in places:
        place.values = {field: value for field, value in place.values.items() if field not in wrong}
    return _validated(places, [])


def _won(places: list[Place]) -> dict[str, Place]:
    """By field the strongest place that names it."""
    return {field: place for place in reversed(places) for field in place.values}


def _origin(place: Place | None, field: str) -> str:
    if place is None:
        return "default"
    return f"{place.origin} {place.spell(field)}" if place.origin == "environment" else place.origin


def _validated(places: list[Place], faults: list[Fault]) -> Settings | None:
    """The settings, or None with a line for each value that is impossible."""
    build: Callable[..., Settings] = Settings
    try:
        return build(_build_sources=(tuple(places), {}))
    except ValidationError as error:
        wrong = {str(each["loc"][0]): each["msg"] for each in error.errors(include_input=False)}
    won = _won(places)
    faults += [won[field].fault(field, plainly(message)) for field, message in wrong.items()]
    return None


def _flags(flags: Mapping[str, object]) -> Place:
    place = Place("flag", flag_name)
    for field, value in flags.items():
        if value is None:
            continue
        if field in SECRETS:
            raise UsageWrong(f"{flag_name(field)} does not exist", "Secrets have no flag: others can read them")
        if isinstance(value, str) and (has_user_info(value) or (field in URLS and "@" in value)):
            raise UsageWrong(
                f"{flag_name(field)} holds user info",
                f"Others can read flags: give it as {environment_name(field)} or in a file",
            )
        place.take(flag_name(field), field, value)
    return place


def _environment(environ: Mapping[str, str]) -> Place:
    place = Place("environment", environment_name)
    links = _service_links(environ)
    for name, value in environ.items():
        field = field_name(name)
        if name.upper().startswith(PREFIX) and (field in FIELDS or not name.startswith(links)):
            place.take(name, field, value)
    return place


def _service_links(environ: Iterable[str]) -> tuple[str, ...]:
    """Beginnings of the names that Kubernetes puts into a pod for a Service called `amili-…`."""
    hosts = (name.removesuffix("_SERVICE_HOST") for name in environ if name.endswith("_SERVICE_HOST"))
    return tuple(f"{host}_{rest}" for host in hosts for rest in ("SERVICE_", "PORT"))


def _dotenv(path: Path) -> Place:
    place = Place(".env", environment_name)
    if not path.exists():
        return place
    for binding in parse_stream(StringIO(_text(path, place) or "")):
        line = f"line {binding.original.line}"
        name = binding.key or ""
        ours = name.upper().startswith(PREFIX)
        if binding.error or (ours and binding.value is None):
            place.unreadable(f"{line} (.env): cannot be read as NAME=value")
        elif ours:
            place.take(name, field_name(name), binding.value)
    return place


def _secrets(directory: Path | None) -> Place:
    place = Place("secrets directory")
    for path in _entries(directory, place):
        if path.name in FIELDS:
            text = _text(path, place)
            if text is not None:
                place.take(path.name, path.name, text.rstrip("\r\n"))
        elif nearest(path.name, likeness=0.75):
            place.take(path.name, path.name, None)
    return place


def _entries(directory: Path | None, place: Place) -> Iterator[Path]:
    """What lies in a secrets directory, without the dotted bookkeeping of a Kubernetes mount."""
    if directory is None:
        return
    try:
        paths = sorted(directory.iterdir())
    except OSError as error:
        place.unreadable(f"{directory} (secrets directory): cannot be read, {error.strerror}")
        return
    yield from (path for path in paths if not path.name.startswith("."))


def _toml(here: Path, named: Path | None) -> Place:
    place = Place(str(named or TOML_FILE))
    path = here / (named or TOML_FILE)
    if named is None and not path.exists():
        return place
    try:
        text = _text(path, place)
        place.read = text is not None
        table = tomllib.loads(text or "")
    except tomllib.TOMLDecodeError as error:
        # Only the position: the message may repeat a piece of the line, and the line may hold a secret.
        where = re.search(r"\(at [^()]*\)$", str(error))
        place.read = False
        place.unreadable(f"{place.origin}: is not TOML {where[0] if where else ''}".rstrip())
        return place
    for key, value in table.items():
        place.take(key, key, value)
    return place


def _text(path: Path, place: Place) -> str | None:
    """What a file holds, with or without BOM; None and a fault if it cannot be read."""
    where = place.origin if place.origin.endswith(path.name) else f"{path.name} ({place.origin})"
    try:
        return path.read_text(encoding="utf-8-sig")
    except OSError as error:
        place.unreadable(f"{where}: cannot be read, {error.strerror}")
    except UnicodeDecodeError:
        place.unreadable(f"{where}: is not UTF-8")
    return None

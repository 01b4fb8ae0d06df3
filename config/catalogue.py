"""The settings as lists: flags for the command line, rows for `doctor`, groups for the documents.

Decides how a setting is spelt in each place and how its value is shown. Never shows a secret.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path
from typing import Final, Literal, get_args, get_origin

from pydantic import SecretStr
from pydantic.fields import FieldInfo

from config.settings import SECRETS, Loaded, Settings
from config.values import mask_url

MASK: Final = "********"

# A group runs from its first field to the first of the next, in the order of the declarations.
_FIRST: Final = {
    "base_url": "API",
    "rate": "Pace",
    "max_deletes": "Guards",
    "empty_list": "How the API answers",
    "column": "Input",
    "amqp_user": "Queue",
    "campaigns": "Place",
    "checkpoint_key": "Evidence",
}


def _groups() -> dict[str, tuple[str, ...]]:
    fields = list(Settings.model_fields)
    starts = [fields.index(first) for first in _FIRST] + [len(fields)]
    return {
        title: tuple(fields[start:end]) for title, (start, end) in zip(_FIRST.values(), pairwise(starts), strict=True)
    }


GROUPS: Final[Mapping[str, tuple[str, ...]]] = _groups()


@dataclass(frozen=True, slots=True)
class Flag:
    """One setting as the command line offers it. `kind` is bool for `--x/--no-x`, else what metavar says."""

    name: str
    field: str
    kind: type[bool | int | float | str]
    metavar: str
    help: str
    group: str
    is_secret: bool = False


@dataclass(frozen=True, slots=True)
class Shown:
    """One setting in force, fit to be read by anybody."""

    name: str
    value: str
    origin: str


def flag_name(field: str) -> str:
    """`max_deletes` as a flag."""
    return "--" + field.replace("_", "-")


def environment_name(field: str) -> str:
    """`max_deletes` as an environment variable."""
    return f"AMILI_{field.upper()}"


def field_name(spelt: str) -> str:
    """The field that an environment variable, a flag or a key means, whether or not there is one."""
    return spelt.lower().removeprefix("amili_").removeprefix("--").replace("-", "_")


def flags_of() -> Iterator[Flag]:
    """Every setting, in groups; those with `is_secret` must not become flags, only lines of the help."""
    for group, fields in GROUPS.items():
        for field in fields:
            kind, metavar = _kind(Settings.model_fields[field])
            yield Flag(flag_name(field), field, kind, metavar, described(field), group, field in SECRETS)


def described(field: str) -> str:
    """The sentence of a setting and its default, if it has one."""
    info = Settings.model_fields[field]
    default = "" if info.default is None else f" Default: {plain(info.default)}."
    return f"{info.description}{default}"


def plain(value: object) -> str:
    """A value as a user would write it; secrets and passwords masked."""
    match value:
        case None:
            return "not set"
        case bool():
            return str(value).lower()
        case float():
            return str(value).removesuffix(".0")
        case SecretStr():
            return MASK
        case frozenset():
            return ",".join(str(each) for each in sorted(value))
        case "\t":
            return "tab"
        case _:
            return mask_url(str(value))


def shown(loaded: Loaded) -> list[Shown]:
    """All settings in force with their origins. Of a proxy all but its user info can be seen."""
    values = {field: plain(getattr(loaded.settings, field)) for field in Settings.model_fields}
    if loaded.settings.proxy:
        values["proxy"] = mask_url(loaded.settings.proxy.get_secret_value())
    return [Shown(field, value, loaded.origins[field]) for field, value in values.items()]


def _kind(info: FieldInfo) -> tuple[type[bool | int | float | str], str]:
    """The type and metavar of a field, from its annotation."""
    kinds = list(_plain_types(info.annotation))
    for kind, metavar in ((bool, ""), (frozenset, "N,N"), (float, "X"), (int, "N"), (Path, "PATH")):
        if kind in kinds:
            return (kind if kind in {bool, float, int} else str), metavar
    choices = [str(kind) for kind in kinds if isinstance(kind, str)]
    return str, "|".join(choices) or "TEXT"


def _plain_types(annotation: object) -> Iterator[object]:
    """What an annotation is made of: types, and the words of a Literal."""
    arguments = get_args(annotation)
    if get_origin(annotation) is frozenset:
        yield frozenset
    elif get_origin(annotation) is Literal:
        yield from arguments
    elif arguments:
        for argument in arguments:
            yield from _plain_types(argument)
    else:
        yield annotation

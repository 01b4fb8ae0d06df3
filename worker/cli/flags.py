"""The settings as flags, and the help of a command: settings in their groups, and examples.

Decides how a flag is offered. Never judges a value: it goes on as plain text, so that every fault of a setting is
found in one place (78).
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from shlex import quote
from typing import Final

import click

from config import Flag, Loaded, Needs, flags_of, load
from worker.cli.closing import wrapped
from worker.cli.group import PROGRAM, Helped
from worker.cli.streams import tell

_PLACE: Final = frozenset({"campaigns", "ledger"})
_STEERING: Final = _PLACE | {
    *("ledger_password", "lease", "outage_budget", "require_approval"),
    *("checkpoint_key", "checkpoint_to", "audit_pseudonyms", "pseudonym_key"),
}
"""What bears on a campaign that is steered: where it lies, who must approve, what signs its log."""


@dataclass(slots=True)
class Given:
    """The settings named on the command line: flags by field, and the two places to read further ones from."""

    flags: dict[str, str | bool] = field(default_factory=dict)
    settings_file: Path | None = None
    secrets_dir: Path | None = None

    def load(self, *, needs_api: bool = False) -> Loaded:
        """The settings in force; see `config.load`."""
        return self._loaded(Needs(api=needs_api))

    def load_to_steer(self) -> Loaded:
        """Those that steering uses. A fault in another must not stop the brake: it is told, no more."""
        loaded = self._loaded(Needs(right=_STEERING))
        for line in loaded.passed_over:
            tell(wrapped(f"NOTE: {line}. It has no effect here; plan, apply and run refuse it (exit 78)."))
        return loaded

    def _loaded(self, needs: Needs) -> Loaded:
        return load(self.flags, settings_file=self.settings_file, secrets_dir=self.secrets_dir, needs=needs)

    def again(self, *, without: Sequence[str] = ()) -> tuple[str, ...]:
        """The same flags, quoted, for a line to type later."""
        return (*self._places(), *_written({k: v for k, v in self.flags.items() if k not in without}))

    def place_again(self) -> tuple[str, ...]:
        """Of the flags those that a command which only looks at a campaign needs."""
        return (*self._places(), *_written({k: v for k, v in self.flags.items() if k in _PLACE}))

    def _places(self) -> tuple[str, ...]:
        named = (("--settings", self.settings_file), ("--secrets-dir", self.secrets_dir))
        return tuple(word for flag, path in named if path is not None for word in (flag, quote(str(path))))


def _written(flags: dict[str, str | bool]) -> list[str]:
    words: list[str] = []
    for name, value in flags.items():
        spelt = name.replace("_", "-")
        match value:
            case bool():
                words.append(f"--{spelt}" if value else f"--no-{spelt}")
            case str():
                words += [f"--{spelt}", quote(value)]
    return words


class SettingOption(click.Option):
    """A flag that sets a setting; `group` is its heading in the help."""

    def __init__(self, flag: Flag) -> None:
        on_off = f"{flag.name}/--no-{flag.name.removeprefix('--')}"
        self.group = flag.group
        super().__init__(
            [on_off, flag.field] if flag.kind is bool else [flag.name, flag.field],
            type=bool if flag.kind is bool else str,
            default=None,
            metavar=flag.metavar or None,
            help=flag.help,
            expose_value=False,
            callback=_remember,
        )


def _remember(ctx: click.Context, param: click.Parameter, value: str | bool | None) -> None:
    given = ctx.ensure_object(Given)
    if value is not None and param.name is not None:
        given.flags[param.name] = value


def _remember_place(ctx: click.Context, param: click.Parameter, value: Path | None) -> None:
    given = ctx.ensure_object(Given)
    match param.name:
        case "settings":
            given.settings_file = value
        case _:
            given.secrets_dir = value


def _options() -> list[click.Parameter]:
    """Where to read settings from, and a flag for each setting that is no secret."""
    places: list[click.Parameter] = [
        click.Option(
            [name],
            type=click.Path(path_type=Path),
            metavar=metavar,
            help=told,
            expose_value=False,
            callback=_remember_place,
        )
        for name, metavar, told in (
            ("--settings", "FILE", "TOML file of settings. Without it ./amili-purge.toml is read, if it is there."),
            ("--secrets-dir", "DIR", "Directory with one file a setting, for secrets."),
        )
    ]
    return places + [SettingOption(flag) for flag in flags_of() if not flag.is_secret]


class Command(Helped):
    """A command whose help shows examples first, and settings in their groups."""

    examples: tuple[str, ...] = ()
    looks = False

    def format_options(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """The examples, the command's own options, then one section a group of the settings that bear on it."""
        self._format_examples(formatter)
        sections: dict[str, list[tuple[str, str]]] = {}
        for param in self.get_params(ctx):
            record = param.get_help_record(ctx)
            if record is not None and isinstance(param, click.Option) and self._bears(param):
                title = f"Settings: {param.group}" if isinstance(param, SettingOption) else "Options"
                sections.setdefault(title, []).append(record)
        for title, records in sections.items():
            with formatter.section(title):
                formatter.write_dl(records)

    def format_epilog(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """What was left out, so that nobody takes the flags of another line for errors."""
        if self.looks:
            formatter.write("\nAll other settings are accepted, and have no effect here.\n")

    def _format_examples(self, formatter: click.HelpFormatter) -> None:
        with formatter.section("Examples"):
            for example in self.examples:
                formatter.write(f"  {PROGRAM} {example}\n")

    def _bears(self, param: click.Option) -> bool:
        """Whether an option can change anything: who only looks needs to know where campaigns lie."""
        return not (self.looks and isinstance(param, SettingOption)) or param.name in _PLACE


def command(
    name: str, *examples: str, settings: bool = True, looks: bool = False
) -> Callable[[Callable[..., int]], Command]:
    """Make a function a command; with `settings` it takes all of them as flags, and is handed the `Given`.

    One that only `looks` at campaigns shows in its help the settings that say where they lie.
    """

    def made(function: Callable[..., int]) -> Command:
        callback = click.pass_obj(function) if settings else function
        found = click.command(name, cls=Command)(callback)
        found.examples, found.looks = examples, looks
        found.params += _options() if settings else []
        return found

    return made

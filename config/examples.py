"""The example files and the settings table, written from the declarations.

`python -m config.examples` writes `config/example.toml` and `config/example.env`; with `--table` it
prints the table for the README. Decides how they look. Every line of the examples is commented out, so
that a copy of one changes nothing.
"""

import json
import sys
from collections.abc import Callable
from pathlib import Path
from textwrap import fill
from typing import Final

from config.catalogue import GROUPS, environment_name, plain
from config.settings import SECRETS, Settings

HERE: Final = Path(__file__).parent

# What a setting without a default could be.
SAMPLES: Final[dict[str, object]] = {
    "base_url": "https://api.staging.amili.no/arm/v1",
    "client_no": 2218,
    "token": "a-bearer-token",
    "token_file": "/run/secrets/token",
    "token_url": "https://login.example.com/oauth2/token",
    "oauth_client_id": "purge",
    "oauth_client_secret": "from-your-vault",
    "proxy": "http://proxy.example.com:3128",
    "ca_file": "/etc/ssl/certs/company.pem",
    "contact": "finance-operations@example.com",
    "max_deletes": 500,
    "max_delete_share": 0.9,
    "max_deletes_window": "24h",
    "rate_group": "armrest-production",
    "ledger_password": "from-your-vault",
    "max_in_doubt": 5,
    "protect": "protected.csv",
    "sentinel": "100001",
    "approver_keys": "/etc/amili/approvers.txt",
    "limit": 1,
    "match": "Navn=name",
    "column": "Kundenr",
    "delimiter": ";",
    "encoding": "windows-1252",
    "sheet": "Customers",
    "customer_pattern": "[0-9]{6}",
    "accept_lengths": "5,6",
    "amqp_user": "purge",
    "amqp_password": "from-your-vault",
    "metrics_port": 9464,
    "push_gateway": "http://pushgateway.monitoring:9091",
    "log_format": "json",
    "checkpoint_key": "/run/secrets/checkpoint-key",
    "checkpoint_to": "/mnt/evidence/checkpoints.txt",
    "pseudonym_key": "/run/secrets/pseudonym-key",
    "forget_after": "90d",
}

TOML_HEAD = """\
# Settings of amili-purge. Copy this file to ./amili-purge.toml, or name it with --settings.
# Stronger than this file: flags, the environment, .env, and the files of --secrets-dir, in this order.
# A name that is not a setting is refused. Secrets are better kept in files of their own.
"""

ENV_HEAD = """\
# Settings of amili-purge as environment variables. Copy this file to ./.env, or set them in the environment.
# Stronger than .env: flags and the environment. Weaker: the files of --secrets-dir and amili-purge.toml.
# A name that begins with AMILI_ and is not a setting is refused.
"""


def sample(field: str) -> object:
    """A possible value: the default, if there is one."""
    default = Settings.model_fields[field].default
    return SAMPLES[field] if default is None else default


def toml_line(field: str) -> str:
    """A setting as a line of TOML."""
    value = sample(field)
    bare = isinstance(value, bool | int | float)
    return f"{field} = {plain(value) if bare else json.dumps(plain(value), ensure_ascii=False)}"


def env_line(field: str) -> str:
    """A setting as a line of .env."""
    return f"{environment_name(field)}={plain(sample(field))}"


def example(head: str, line: Callable[[str], str]) -> str:
    """One example file: the groups, each setting with its sentence and a line to uncomment."""
    parts = [head]
    for group, fields in GROUPS.items():
        parts.append(f"\n# ---- {group} ----\n")
        for field in fields:
            sentence = fill(_sentence(field), 105, initial_indent="# ", subsequent_indent="# ")
            parts.append(f"\n{sentence}\n#{line(field)}\n")
    return "".join(parts)


def table() -> str:
    """The settings as a Markdown table for the README."""
    rows = ["| setting | default | meaning |", "|---|---|---|"]
    for group, fields in GROUPS.items():
        rows.append(f"| **{group}** | | |")
        rows += [f"| `{field}` | {_default(field)} | {_cell(_sentence(field))} |" for field in fields]
    return "\n".join(rows) + "\n"


def files(directory: Path = HERE) -> dict[Path, str]:
    """What the generated files of a directory must hold."""
    return {
        directory / "example.toml": example(TOML_HEAD, toml_line),
        directory / "example.env": example(ENV_HEAD, env_line),
    }


def _sentence(field: str) -> str:
    text = Settings.model_fields[field].description or ""
    return f"{text} No flag: it is a secret." if field in SECRETS else text


def _default(field: str) -> str:
    default = Settings.model_fields[field].default
    return "" if default is None else f"`{plain(default)}`"


def _cell(text: str) -> str:
    return text.replace("|", "\\|")


def main(words: list[str], directory: Path = HERE) -> None:
    """Print the table, or write the files."""
    if words == ["--table"]:
        sys.stdout.write(table())
        return
    for path, text in files(directory).items():
        path.write_text(text, encoding="utf-8")


if __name__ == "__main__":
    main(sys.argv[1:])

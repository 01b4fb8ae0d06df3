"""Holds the documents together: links lead somewhere, and no line leads to one machine or package index."""

import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.house.tree import files, name_of, texts

# Put together from pieces, so that this file is judged like any other.
MACHINE_PATH = re.compile(
    r"(?<![\w.$}])/(?:" + "|".join(("ho" + r"me/\w", "Us" + r"ers/\w", "ro" + "ot/", "wo" + "rk/")) + ")"
)
INDEX_HOST = re.compile(
    "|".join(("py" + r"pi\.(?:org|python)", "python" + "hosted", "registry" + r"\.npmjs", "index" + "-url"))
)
INDEX_OPTION_ALLOWED = {"Makefile"}  # It tells pip-compile to leave those lines out.
LINK = re.compile(r"\[[^\]]*\]\(\s*<?([^)\s>]+)>?[^)]*\)|^\[[^\]]+\]:\s*(\S+)", re.MULTILINE)
ELSEWHERE = re.compile(r"[a-z][a-z0-9+.-]*:|#", re.IGNORECASE)
CODE = re.compile(r"^(```|~~~).*?^\1|`[^`\n]*`", re.MULTILINE | re.DOTALL)


def local_links(text: str) -> Iterator[str]:
    """The link targets of a Markdown text that mean a file of the repository."""
    for found in LINK.finditer(CODE.sub("", text)):
        target = found[1] or found[2]
        if not ELSEWHERE.match(target):
            yield target.split("#")[0]


def is_there(document: Path, target: str) -> bool:
    """Whether a link in a document leads to a file or folder."""
    return (document.parent / target).exists()


def test_every_local_link_leads_to_a_file() -> None:
    documents = [path for path in files() if path.suffix == ".md"]
    broken = [
        f"{name_of(path)} -> {target}"
        for path in documents
        for target in local_links(path.read_text("utf-8"))
        if not is_there(path, target)
    ]
    assert broken == []


def test_links_are_told_from_code_and_from_other_sites() -> None:
    text = "[a](docs/a.md#top) `[b](b.md)` [c](https://example.org) [d](#e)\n```\n[f](f.md)\n```\n[g]: g.md\n"
    assert list(local_links(text)) == ["docs/a.md", "g.md"]


def test_no_file_names_a_path_of_one_machine() -> None:
    assert [name_of(path) for path, text in texts() if MACHINE_PATH.search(text)] == []


def test_no_file_names_a_package_index() -> None:
    found = [name_of(path) for path, text in texts() if INDEX_HOST.search(text)]
    assert [name for name in found if name not in INDEX_OPTION_ALLOWED] == []


@pytest.mark.parametrize("path", ["/wo" + "rk/main", "see /ho" + "me/anna/x", "'/ro" + "ot/.cache'"])
def test_a_path_of_a_machine_would_be_found(path: str) -> None:
    assert MACHINE_PATH.search(path)


def test_a_relative_path_is_no_path_of_a_machine() -> None:
    assert not MACHINE_PATH.search("docs/wo" + "rk/a.md")


def test_decision_records_are_numbered_without_doubles_and_name_their_cost() -> None:
    records = [path for path in files() if path.parent.name == "decisions" and path.suffix == ".md"]
    assert [name_of(path) for path in records if not re.match(r"\d{4}-", path.name)] == []
    assert len({path.name[:4] for path in records}) == len(records)
    assert [name_of(path) for path in records if "cost" not in path.read_text("utf-8").lower()] == []

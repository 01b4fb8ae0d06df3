"""A headless browser that opens one file and notes what went wrong: messages, errors, requests.

Where there is none, tests are skipped with the command that brings one; in CI its absence is a failure.
"""

import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Literal

import pytest
from playwright.sync_api import Browser, Page, sync_playwright

FLAGS = (
    *("--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run"),
    *("--disable-background-networking", "--disable-component-update", "--disable-sync"),
)
NAMES = ("chromium", "chromium-browser", "google-chrome")


def program() -> str:
    """Where the browser is; skips the test if there is none, or fails it in CI."""
    found = next((path for name in NAMES if (path := shutil.which(name))), None)
    if found is not None:
        return found
    if os.environ.get("CI"):
        pytest.fail("no browser: .ci/run should have installed chromium")
    pytest.skip("no browser to look at the page with; on Debian: apt-get install chromium")


@dataclass
class Looked:
    """A page as the browser has it, and what it complained of or asked for."""

    page: Page
    complaints: list[str] = field(default_factory=list)
    requests: list[str] = field(default_factory=list)

    def text(self, query: str) -> str:
        return self.page.locator(query).inner_text()

    def rows(self) -> list[list[str]]:
        """The cells of the exceptions in view; a verdict stands with its sentence."""
        lines = self.page.locator(".scroller tr.row").all()
        return [[" ".join(cell.split("\n")) for cell in line.locator("td").all_inner_texts()] for line in lines]

    def found(self) -> str:
        """How many exceptions the search and the choice leave, as the page says it."""
        return self.text("#exceptions output").replace("\u202f", "")


class Viewer:
    """One browser for many looks, each in a page of its own."""

    def __init__(self, browser: Browser) -> None:
        self._browser = browser

    @contextmanager
    def at(self, path: Path, *, width: int = 1200, dark: bool = False) -> Iterator[Looked]:
        """The file, drawn, in a window of this width and under this theme."""
        scheme: Literal["dark", "light"] = "dark" if dark else "light"
        with self._browser.new_page(viewport={"width": width, "height": 900}, color_scheme=scheme) as page:
            looked = Looked(page)
            page.on("console", lambda message: looked.complaints.append(message.text))
            page.on("pageerror", lambda error: looked.complaints.append(str(error)))
            page.on("request", lambda request: looked.requests.append(request.url))
            page.goto(path.as_uri())
            page.wait_for_selector("html[data-drawn]", state="attached")
            yield looked


@contextmanager
def started() -> Iterator[Viewer]:
    """A browser, for as long as it is looked through."""
    path = program()
    with sync_playwright() as playwright, playwright.chromium.launch(executable_path=path, args=list(FLAGS)) as browser:
        yield Viewer(browser)

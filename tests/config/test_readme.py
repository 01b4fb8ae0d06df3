"""The README shows the settings as they are."""

from pathlib import Path

from config.examples import table

README = Path(__file__).parents[2] / "README.md"


def test_the_readme_holds_the_table_of_settings_that_the_model_gives() -> None:
    assert table().strip() in README.read_text("utf-8"), "python -m config.examples --table prints the current one"

"""Where the templates, styles, script and tables of the report are."""

from pathlib import Path

import scanner


def templates_dir() -> Path:
    """Where the templates are: inside the wheel, else beside the package in a checkout."""
    package = Path(scanner.__file__).parent
    shipped = package / "_templates"
    return shipped if shipped.is_dir() else package.parent / "templates"


def asset(name: str) -> str:
    """A style or script that stands in the page."""
    return (templates_dir() / name).read_text(encoding="utf-8")

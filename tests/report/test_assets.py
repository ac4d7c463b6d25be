"""Templates come from the wheel where there are some, else from the checkout."""

import scanner
from scanner.report import assets


def test_templates_come_from_the_wheel_where_there_are_some(tmp_path, monkeypatch):
    package = tmp_path / "scanner"
    package.mkdir()
    monkeypatch.setattr(scanner, "__file__", str(package / "__init__.py"))
    assert tmp_path / "templates" == assets.templates_dir()

    (package / "_templates").mkdir()

    assert package / "_templates" == assets.templates_dir()


def test_an_asset_is_the_whole_file():
    assert assets.asset("page.css") == (assets.templates_dir() / "page.css").read_text(encoding="utf-8")

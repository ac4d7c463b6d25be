"""Who has no server needs none of its packages: the plain program never loads them."""

import subprocess
import sys
import tomllib
from pathlib import Path

ROOT = Path(__file__).parents[2]
PROGRAM = """
import importlib, pkgutil, sys
for name in ("psycopg", "procrastinate"):
    sys.modules[name] = None  # as if they were not installed
import scanner
from scanner.store.store import open_store
skipped = ("scanner.fleet", "scanner.wire.raw", "scanner.__main__", "scanner.store.migrations")
for found in pkgutil.walk_packages(scanner.__path__, "scanner."):
    if not found.name.startswith(skipped):
        importlib.import_module(found.name)
from pathlib import Path
with open_store(Path(sys.argv[1]), "eng-1") as store:
    assert [] == list(store.log())
try:
    open_store("postgresql://scan@127.0.0.1/x", "eng-1")
except Exception as error:
    print(error)
"""


def test_the_plain_program_runs_without_the_extra_and_says_what_is_missing(tmp_path):
    done = subprocess.run(
        [sys.executable, "-c", PROGRAM, str(tmp_path / "x.db")], capture_output=True, text=True, check=False
    )

    assert (0, "") == (done.returncode, done.stderr)
    assert "pip install 'stalehost[server]'" in done.stdout


def test_what_the_extra_needs_is_pinned_for_the_tests():
    extra = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]["optional-dependencies"]["server"]
    pinned = {line.partition("==")[0] for line in (ROOT / "requirements.lock").read_text().splitlines()}

    assert {"psycopg", "procrastinate"} == {one.partition(">=")[0].partition("[")[0] for one in extra}
    assert {"psycopg", "psycopg-binary", "procrastinate"} <= pinned

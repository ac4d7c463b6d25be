"""The build hook: a wheel carries the built base in place of the tables."""

import sqlite3
import subprocess
import sys
import zipfile
from pathlib import Path

ROOT = Path(__file__).parents[2]


def test_a_wheel_carries_the_base_and_not_the_tables(tmp_path):
    command = [sys.executable, "-m", "hatchling", "build", "-t", "wheel", "-d", str(tmp_path)]
    subprocess.run(command, cwd=ROOT, check=True, capture_output=True)

    (wheel,) = tmp_path.glob("*.whl")
    with zipfile.ZipFile(wheel) as content:
        names = content.namelist()
        share = sum(
            one.compress_size for one in content.infolist() if one.filename.startswith("scanner/knowledge/")
        )
        content.extract("scanner/knowledge/kb.sqlite", tmp_path)
    assert not [name for name in names if name.startswith("scanner/knowledge/facts/")]
    assert share < 6_000_000
    base = sqlite3.connect(tmp_path / "scanner" / "knowledge" / "kb.sqlite")
    assert ("ok",) == base.execute("PRAGMA integrity_check").fetchone()
    base.close()

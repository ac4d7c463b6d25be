"""What a user gets: the built wheel, alone in a clean environment, far from the checkout, scans the simulated hospital."""

import json
import os
import subprocess
import sys
import sysconfig
import tarfile
import tomllib
import zipfile
from pathlib import Path

import pytest

from scanner.lab import run

ROOT = Path(__file__).parents[2]
VERSION = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]["version"]


def shell(*command, **how):
    done = subprocess.run([str(word) for word in command], capture_output=True, text=True, check=False, **how)
    assert 0 == done.returncode, done.stdout + done.stderr
    return done.stdout


@pytest.fixture(scope="module")
def built(tmp_path_factory):
    """The folder with the wheel and the source archive, built without a network."""
    folder = tmp_path_factory.mktemp("dist")
    shell(sys.executable, "-m", "hatchling", "build", "-t", "wheel", "-t", "sdist", "-d", folder, cwd=ROOT)
    return folder


@pytest.fixture(scope="module")
def installed(built, tmp_path_factory):
    """Run a program of a clean environment that holds the wheel, in a foreign folder."""
    folder = tmp_path_factory.mktemp("clean")
    shell(sys.executable, "-m", "venv", folder / "venv")
    programs = folder / "venv" / "bin"
    (wheel,) = built.glob("*.whl")
    shell(programs / "pip", "install", "--quiet", "--no-deps", "--no-index", wheel)
    packages = Path(
        shell(programs / "python", "-c", "import sysconfig; print(sysconfig.get_path('purelib'))").strip()
    )
    # A plain path line lends the third-party packages; the .pth files there, one of which leads to this checkout,
    # are read in site-packages proper only.
    (packages / "lent.pth").write_text(f"{sysconfig.get_path('purelib')}\n{sysconfig.get_path('platlib')}\n")
    away = folder / "away"
    away.mkdir()
    bare = {"PATH": f"{programs}:{os.environ['PATH']}", "HOME": str(folder), "LANG": "C.UTF-8"}
    return lambda program, *words: shell(programs / program, *words, cwd=away, env=bare)


def test_the_wheel_holds_everything_the_program_reads(built):
    (wheel,) = built.glob("*.whl")
    with zipfile.ZipFile(wheel) as content:
        names = set(content.namelist())

    for folder, inside in (("templates", "_templates"), ("fixtures", "_fixtures")):
        wanted = [path.relative_to(ROOT / folder) for path in (ROOT / folder).rglob("*") if path.is_file()]
        assert wanted
        assert {f"scanner/{inside}/{path.as_posix()}" for path in wanted} <= names
    data = [path for end in ("toml", "json") for path in (ROOT / "scanner").rglob(f"*.{end}")]
    assert {"never_ports.toml", "ssh.banner.toml", "stalehost-1.schema.json"} <= {path.name for path in data}
    assert {path.relative_to(ROOT).as_posix() for path in data} <= names
    assert "scanner/knowledge/kb.sqlite" in names


def test_the_wheel_holds_the_program_and_its_licences_only(built):
    (wheel,) = built.glob("*.whl")
    with zipfile.ZipFile(wheel) as content:
        names = content.namelist()

    assert {"scanner", f"stalehost-{VERSION}.dist-info"} == {name.partition("/")[0] for name in names}
    assert not [
        name
        for name in names
        if name.endswith((".pyc", ".db")) or (name.endswith(".csv") and "facts" in name)
    ]
    assert {"GPL-2.0-or-later.txt", "MIT.txt"} == {Path(name).name for name in names if "/LICENSES/" in name}


def test_the_source_archive_is_enough_to_build_and_test(built):
    (archive,) = built.glob("*.tar.gz")
    with tarfile.open(archive) as content:
        names = {name.partition("/")[2] for name in content.getnames()}

    assert {
        "pyproject.toml", "hatch_build.py", "requirements.lock", "dev", "README.md", "LICENSES/MIT.txt",
        "templates/page.html", "fixtures/lab/hospital/network.toml", "scanner/knowledge/facts/oui.csv",
        "tests/netns/test_wheel.py", "docs/architecture.md",
    } <= names  # fmt: skip
    assert not [name for name in names if name.startswith((".venv", ".git/", "dist/"))]


def test_the_installed_program_is_the_wheels_and_not_the_checkouts(installed):
    where = installed("python", "-c", "import scanner; print(scanner.__file__)").strip()

    assert Path(where).is_relative_to(
        Path(installed("python", "-c", "import sys; print(sys.prefix)").strip())
    )
    assert not Path(where).is_relative_to(ROOT)


def test_the_installed_program_says_what_it_is_and_what_it_knows(installed):
    assert VERSION in installed("stalehost", "--version")
    assert "hospital: " in installed("stalehost", "lab", "list")
    known = installed("stalehost", "kb", "status").splitlines()
    assert {"branches", "oui", "releases", "exposures"} <= {
        line.split(" rows  ")[1].partition(":")[0] for line in known[1:]
    }


@pytest.mark.skipif(run.possible() is not None, reason=f"no network namespaces: {run.possible()}")
def test_the_installed_program_scans_the_hospital_and_writes_its_report(installed, tmp_path):
    installed("stalehost", "demo", "-o", tmp_path)

    page = (tmp_path / "report.html").read_text()
    told = json.loads((tmp_path / "report.json").read_text())
    assert page.startswith("<!doctype html>")
    assert 50 < len(told["devices"])
    assert all(device["id"] in page for device in told["devices"])

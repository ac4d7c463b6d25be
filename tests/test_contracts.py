"""The fences in pyproject.toml are not painted on: each contract and each banned call is shown to fail when broken."""

import json
import shutil
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
BIN = Path(sys.executable).parent
SETTINGS = tomllib.loads((ROOT / "pyproject.toml").read_text())["tool"]
CONTRACTS = {contract["id"]: contract for contract in SETTINGS["importlinter"]["contracts"]}
BANNED = SETTINGS["ruff"]["lint"]["flake8-tidy-imports"]["banned-api"]
OURS = ("scanner.wire", "scanner.store", "scanner.knowledge")

BREAKS = [
    # contract, the file that gets one line more, the line, what the complaint names
    ("layers", "model/net.py", "import scanner.scope.file", "scanner.model.net -> scanner.scope.file"),
    ("layers", "age/horizon.py", "import scanner.risk.score", "scanner.age.horizon -> scanner.risk.score"),
    ("layers", "wire/dial.py", "import scanner.lab.row", "scanner.wire.dial -> scanner.lab.row"),
    ("layers", "store/store.py", "import scanner.cli.scan", "scanner.store.store -> scanner.cli.scan"),
    ("layers", "unlisted/__init__.py", "", "scanner.unlisted"),
    ("probes", "observe/probes/ftp.py", "import scanner.observe.probes.ssh", "scanner.observe.probes.ftp"),
    ("pure", "scope/file.py", "import subprocess", "scanner.scope.file -> subprocess"),
    *[
        ("pure", f"{package}/__init__.py", f"import {module}", f"scanner.{package} -> {module}")
        for package in ("model", "identify", "age", "risk", "report")
        for module in ("asyncio", "sqlite3", *OURS)
    ],
    *[
        ("pure", "risk/score.py", f"import {module}", f"scanner.risk.score -> {module}")
        for module in ("socket", "subprocess", "sqlalchemy", "scapy", "nmap")
    ],
    ("scapy", "wire/dial.py", "import scapy.layers.l2", "scanner.wire.dial -> scapy"),
    ("scapy", "lab/serve.py", "from scapy.all import sendp", "scanner.lab.serve -> scapy"),
    ("nmap", "discover/nmap.py", "import nmap", "scanner.discover.nmap -> nmap"),
    ("nmap", "wire/raw/link.py", "import nmap", "scanner.wire.raw.link -> nmap"),
    ("sockets", "observe/active.py", "from socket import socket", "scanner.observe.active -> socket"),
    ("sockets", "cli/doctor.py", "import socket", "scanner.cli.doctor -> socket"),
    ("web", "knowledge/base.py", "import urllib.request", "scanner.knowledge.base -> urllib"),
    ("web", "knowledge/updater/raw.py", "import http.client", "scanner.knowledge.updater.raw -> http"),
    ("web", "cli/kb/status.py", "from urllib.request import urlopen", "scanner.cli.kb.status -> urllib"),
    ("web", "tell/mail.py", "import urllib.request", "scanner.tell.mail -> urllib"),
    ("sockets", "tell/mail.py", "import socket", "scanner.tell.mail -> socket"),
    ("layers", "tell/mail.py", "import scanner.report.html", "scanner.tell.mail -> scanner.report.html"),
    ("sql", "pipeline.py", "import sqlalchemy", "scanner.pipeline -> sqlalchemy"),
    ("sql", "cli/kb/status.py", "import alembic", "scanner.cli.kb.status -> alembic"),
    ("server", "store/store.py", "import psycopg", "scanner.store.store -> psycopg"),
    ("server", "cli/doctor.py", "import procrastinate", "scanner.cli.doctor -> procrastinate"),
    ("acyclic", "scope/file.py", "import scanner.scope.gate", "No cycles are allowed in scanner.scope"),
]  # fmt: skip


@pytest.fixture(scope="module")
def copy(tmp_path_factory):
    """A copy of the package and of its contracts, to break."""
    folder = tmp_path_factory.mktemp("copy")
    shutil.copy(ROOT / "pyproject.toml", folder)
    leave = shutil.ignore_patterns("__pycache__", "*.csv", "*.sqlite", "*.json")
    shutil.copytree(ROOT / "scanner", folder / "scanner", ignore=leave)
    return folder


def lint(folder, *words):
    command = [BIN / "lint-imports", "--no-cache", *words]
    done = subprocess.run(command, cwd=folder, capture_output=True, text=True, check=False)
    return done.returncode, " ".join(done.stdout.split())


def test_the_package_keeps_every_contract(copy):
    status, said = lint(copy)

    assert (0, True) == (status, f"Contracts: {len(CONTRACTS)} kept, 0 broken" in said), said


@pytest.mark.parametrize(("contract", "file", "line", "named"), BREAKS)
def test_one_wrong_import_breaks_its_contract(copy, contract, file, line, named):
    victim = copy / "scanner" / file
    before = victim.read_text() if victim.exists() else None
    victim.parent.mkdir(exist_ok=True)
    try:
        victim.write_text(f"{before or ''}\n{line}\n")
        status, said = lint(copy, "--contract", contract)
    finally:
        if before is None:
            shutil.rmtree(victim.parent)
        else:
            victim.write_text(before)

    assert (1, True) == (status, "0 kept, 1 broken" in said), said
    assert named in said


def test_every_contract_is_shown_to_break():
    assert set(CONTRACTS) == {contract for contract, *_ in BREAKS}


def test_every_module_that_judgement_must_not_load_is_shown_to_break():
    lines = {line.removeprefix("import ") for contract, _, line, _ in BREAKS if contract == "pure"}

    assert set(CONTRACTS["pure"]["forbidden_modules"]) == lines
    assert {f"scanner.{file.partition('/')[0]}" for _, file, _, _ in BREAKS if "__init__" in file} >= set(
        CONTRACTS["pure"]["source_modules"]
    )


def banned_calls(place):
    """What ruff says to a file at that place which makes every banned call once."""
    calls = [f"import {name.partition('.')[0]}\n{name}()\n" for name in BANNED]
    command = [BIN / "ruff", "check", "--no-cache", "--select", "TID251", "--output-format", "json"]
    done = subprocess.run(
        [*command, "--stdin-filename", place, "-"],
        input="".join(calls), cwd=ROOT, capture_output=True, text=True, check=False,
    )  # fmt: skip
    return {message["message"].split("`")[1] for message in json.loads(done.stdout)}


@pytest.mark.parametrize(
    "place",
    [
        "observe/probes/new.py",
        "discover/new.py",
        "risk/new.py",
        "cli/new.py",
        "look.py",
        "knowledge/updater/new.py",
    ],
)
def test_sending_and_clock_reading_are_refused_outside_their_rooms(place):
    assert set(BANNED) == banned_calls(f"scanner/{place}")


@pytest.mark.parametrize(
    "place", [
        "scanner/wire/new.py", "scanner/lab/new.py", "scanner/knowledge/updater/fetch.py",
        "tests/observe/test_new.py",
    ],
)  # fmt: skip
def test_the_wire_the_lab_the_updaters_fetch_and_tests_may(place):
    assert set() == banned_calls(place)


def test_only_the_two_rooms_waive_the_ban():
    """A `noqa` elsewhere would be a hole in the fence; reading the clock in cli is the one that is wanted."""
    waived = {
        path.relative_to(ROOT).as_posix()
        for path in (ROOT / "scanner").rglob("*.py")
        if "TID251" in path.read_text() or "noqa\n" in path.read_text()
    }

    assert {"scanner/cli/options.py"} == waived

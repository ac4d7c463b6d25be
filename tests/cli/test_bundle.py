"""From two sites to one report, by the commands that docs/bundles.md shows."""

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest
from click.testing import CliRunner

from scanner.bundle.form import opened
from scanner.cli import stalehost
from scanner.scope.engagement import find
from scanner.store.store import open_store
from tests.bundle.conftest import NOW, OWNER, SCOPE, a_run, seen

DOC = Path(__file__).parents[2] / "docs" / "bundles.md"
BLOCKS = re.findall(r"```sh\n(.*?)```", DOC.read_text(), re.DOTALL)


def site(root, name, log):
    folder = root / name
    folder.mkdir()
    path = folder / "scope.toml"
    path.write_text(SCOPE.format(name=f"{name} audit", owner=OWNER, weight=20))
    if log:
        found = find(folder, path)
        with open_store(found.database, found.id) as store:
            store.save(a_run(scope=path.read_text()))
            store.append(log)
    return path


@pytest.fixture(scope="module")
def world(tmp_path_factory):
    """Two sites, a head office, and the commands of the first three blocks of the page, as a shell runs them."""
    root = tmp_path_factory.mktemp("world")
    for name in ("keys", "stick", "trust"):
        (root / name).mkdir(mode=0o700)
    site(root, "north", [seen(), seen("port.state", "open", source="tcp:connect")])
    site(root, "south", [seen(value="SSH-2.0-dropbear_2012.55")])
    site(root, "centre", [])
    tool = root / "stalehost"
    tool.write_text(f'#!/bin/sh\nexec {sys.executable} -m scanner "$@"\n')
    tool.chmod(0o755)
    said = [
        subprocess.run(
            ["sh", "-euc", block], cwd=root, capture_output=True, text=True, check=False, stdin=subprocess.DEVNULL,
            env={**os.environ, "PATH": f"{root}:{os.environ['PATH']}", "NO_COLOR": "1", "PYTHONPATH": str(DOC.parents[1])},
        )
        for block in BLOCKS
    ]  # fmt: skip
    return root, said


@pytest.fixture
def call(world, monkeypatch):
    root, _ = world
    monkeypatch.chdir(root)

    def run(*words):
        centre = ("-s", "centre/scope.toml", "--allowed-signers", "trust/signers")
        return CliRunner().invoke(stalehost, [*words, *centre], catch_exceptions=True)

    return run


def test_every_command_of_the_page_works(world):
    _, said = world

    assert [0] * 4 == [one.returncode for one in said], [one.stderr for one in said]


def test_head_office_sees_both_and_keeps_them_apart(world):
    root, said = world

    told = said[2].stdout
    assert "signed by north, key SHA256:" in told
    assert "north/ward" in told
    assert "south/ward" in told
    assert "stick/south.bundle: south, signed by south: 1 observations, 1 of them new" in said[2].stderr
    assert "north/ward" in (root / "joint.html").read_text()


def test_openssh_alone_verifies_it(world):
    _, said = world

    assert 'Good "stalehost-bundle" signature for north' in said[3].stdout


def test_one_site_is_listed_alone_and_one_that_never_came_is_said(call):
    only = call("devices", "--json", "--site", "north")

    assert 1 == len(only.output.splitlines())
    assert '"site":"north"' in only.output
    assert "no device is from a site 'west'; sites taken in: north, south" in str(
        call("devices", "--site", "west").exception
    )


def test_again_is_nothing_to_do(call):
    again = call("bundle", "import", "stick/north.bundle")

    assert (0, True) == (again.exit_code, "was taken in before: nothing to do" in again.output)


def test_import_knows_a_bundle_and_says_where_it_belongs(call):
    refused = call("import", "stick/north.bundle")

    assert "stalehost bundle import stick/north.bundle" in str(refused.exception)


def test_two_files_cannot_have_one_name(call):
    refused = call("bundle", "import", "stick/north.bundle", "stick/south.bundle", "--as", "east")

    assert (2, True) == (refused.exit_code, "--as names one site" in refused.output)


def test_a_redacted_bundle_leaves_its_map_at_home(world, tmp_path):
    root, _ = world
    words = [
        "bundle",
        "export",
        "-s",
        str(root / "north" / "scope.toml"),
        "--site",
        "north",
        "--key",
        str(root / "keys" / "north"),
    ]
    to, key = tmp_path / "x.bundle", tmp_path / "secret"

    assert (
        "--redact needs --redact-key"
        in CliRunner().invoke(stalehost, [*words, "-o", str(to), "--redact", "external"]).output
    )
    done = CliRunner().invoke(
        stalehost,
        [
            *words,
            "-o",
            str(to),
            "--redact",
            "external",
            "--redact-key",
            str(key),
            "--since",
            "2026-01-01",
            "--now",
            NOW.isoformat(),
        ],
    )

    assert 0 == done.exit_code, done.output
    assert "external" == opened(to).head.redacted
    assert "10.0.0.5" in key.with_name("secret.map").read_text()


def test_for_a_receiver_the_second_holds_what_came_in_since_and_a_lost_one_is_made_again(
    world, call, tmp_path
):
    root, _ = world
    path = site(tmp_path, "east", [seen(value="SSH-2.0-OpenSSH_6.0")])
    found = find(path.parent, path)

    def export(name, *more):
        words = ["bundle", "export", "-s", str(path), "--site", "east", "--key", str(root / "keys" / "north")]
        return CliRunner().invoke(
            stalehost, [*words, "-o", str(tmp_path / name), "--now", NOW.isoformat(), *more]
        )

    done = [export("1", "--to", "hq")]
    with open_store(found.database, found.id) as store:
        store.append([seen("html_title", "x", at=NOW.replace(month=1))])
    done += [export("2", "--to", "hq"), export("3", "--to", "hq", "--again")]

    assert [0] * 3 == [one.exit_code for one in done], [one.output for one in done]
    assert [1, 1, 1] == [opened(tmp_path / one).head.seen for one in "123"]
    centre = ("-s", str(site(tmp_path, "office", [])), "--allowed-signers", str(root / "trust" / "signers"))
    told = [
        CliRunner()
        .invoke(stalehost, ["bundle", verb, str(tmp_path / "3"), *centre, "--now", NOW.isoformat()])
        .output
        for verb in ("import", "verify")
    ]
    assert "the bundle before it never came, so something is missing" in told[0]
    assert "what came in after bundle" in told[1]
    for words in (("--to", "hq", "--since", "2026-01-01"), ("--again",)):
        assert 2 == export("4", *words).exit_code

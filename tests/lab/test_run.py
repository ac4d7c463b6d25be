"""A running simulated network as its users see it; tests/netns runs real ones."""

import os
import subprocess
import sys
from pathlib import Path

import msgspec
import pytest

from scanner.errors import HostError
from scanner.lab import paperwork, run
from scanner.lab.actor import Tally
from scanner.lab.network import SCANNER
from scanner.lab.run import Lab


@pytest.fixture
def lab(tmp_path: Path) -> Lab:
    return Lab(sector="hospital", folder=tmp_path, pid=os.getpid())


def test_its_papers_lie_in_its_folder_and_the_list_of_signers_beside_it(lab: Lab, tmp_path: Path) -> None:
    assert {lab.scope, lab.leases} == {tmp_path / "scope.toml", tmp_path / "dhcpd.leases"}
    assert lab.signers == paperwork.signers(tmp_path)
    assert tmp_path not in lab.signers.parents


def test_what_was_done_to_each_device_is_read_by_its_id(lab: Lab, tmp_path: Path) -> None:
    tallies = [Tally(device="a", died=True, cause="x"), Tally(device="b")]
    (tmp_path / "tally.json").write_bytes(msgspec.json.encode(tallies))
    (tmp_path / "truth.json").write_bytes(b"[]")

    assert dict(zip("ab", tallies, strict=True)) == lab.tallies()
    assert lab.truth() == []


def test_a_command_runs_where_the_scanner_stands_in_the_current_directory(lab: Lab) -> None:
    words = lab.command(["true"])

    assert words[:3] == ["nsenter", "--target", str(os.getpid())]
    assert words[-8:] == ["ip", "netns", "exec", SCANNER, "env", "-C", str(Path.cwd()), "true"]


def test_a_lab_that_ends_before_it_is_ready_leaves_its_last_words(tmp_path: Path) -> None:
    log = tmp_path / "lab.log"
    with log.open("wb") as words:
        process = subprocess.Popen(
            [sys.executable, "-c", "import sys; sys.exit('no cable long enough')"],
            stdout=subprocess.PIPE,
            stderr=words,
        )

    with pytest.raises(HostError, match="the lab did not start: no cable long enough"):
        run._wait(process, log)


def test_a_lab_ends_when_its_stdin_closes() -> None:
    process = subprocess.Popen(
        [sys.executable, "-c", "import sys; print('ready', flush=True); sys.stdin.read()"],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
    )
    run._wait(process, Path("unused"))

    run._stop(process)
    run._stop(process)  # harmless once more

    assert process.returncode == 0


def test_where_there_is_no_unshare_it_says_what_is_missing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))

    assert "needs Linux with `unshare`" in (run.possible() or "")


def test_where_namespaces_are_forbidden_it_says_what_to_allow(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    unshare = tmp_path / "unshare"
    unshare.write_text("#!/bin/sh\necho 'Operation not permitted' >&2\nexit 1\n", "utf-8")
    unshare.chmod(0o700)
    monkeypatch.setenv("PATH", f"{tmp_path}:{os.environ['PATH']}")

    assert "Operation not permitted" in (run.possible() or "")

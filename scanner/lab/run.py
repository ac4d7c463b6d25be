"""Bring a simulated network up, run commands where the scanner stands in it, and take it down without a trace.

The lab lives in a process of its own, inside network and mount namespaces of its own (and, for an ordinary user, a
user namespace): when that process ends the kernel takes bridges, namespaces and addresses with it.
"""

import os
import subprocess
import sys
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path
from typing import IO, Final

import msgspec
from msgspec import Struct

from scanner.errors import HostError
from scanner.lab import paperwork, serve
from scanner.lab.actor import Tally
from scanner.lab.network import SCANNER
from scanner.lab.paperwork import Expected
from scanner.lab.sector import load

_STOP_WITHIN: Final = 20.0


class Lab(Struct, frozen=True, kw_only=True):
    """A running simulated network."""

    sector: str
    folder: Path
    """Where its papers are: scope.toml, dhcpd.leases, truth.json, and at the end tally.json."""
    pid: int
    """A process inside it."""

    @property
    def scope(self) -> Path:
        """The scope file that allows scanning this lab and nothing else."""
        return self.folder / "scope.toml"

    @property
    def signers(self) -> Path:
        """The list of those who may sign it."""
        return paperwork.signers(self.folder)

    @property
    def leases(self) -> Path:
        """The site's ISC dhcpd lease file."""
        return self.folder / "dhcpd.leases"

    def truth(self) -> list[Expected]:
        """What is so, device by device: for tests and benchmarks, never for the scanner."""
        return msgspec.json.decode((self.folder / "truth.json").read_bytes(), type=list[Expected])

    def tallies(self) -> dict[str, Tally]:
        """What was done to each device, by id; complete once the lab is down."""
        read = msgspec.json.decode((self.folder / "tally.json").read_bytes(), type=list[Tally])
        return {tally.device: tally for tally in read}

    def command(self, command: Sequence[str]) -> list[str]:
        """The command line that runs `command` where the scanner stands, in the current directory."""
        user = [] if os.geteuid() == 0 and not _mapped(self.pid) else ["--user", "--preserve-credentials"]
        enter = ["nsenter", "--target", str(self.pid), *user, "--mount", "--net"]
        return [*enter, "ip", "netns", "exec", SCANNER, "env", "-C", str(Path.cwd()), *command]

    def enter(
        self,
        command: Sequence[str],
        *,
        stdout: int | IO[bytes] | None = None,
        stderr: int | IO[bytes] | None = None,
        env: Mapping[str, str] | None = None,
    ) -> "subprocess.Popen[bytes]":
        """Start a command where the scanner stands: a leg in every zone, and no way to anywhere else."""
        return subprocess.Popen(self.command(command), stdout=stdout, stderr=stderr, env=env)


def _mapped(pid: int) -> bool:
    """True when that process has a user namespace of its own."""
    return (Path("/proc") / str(pid) / "ns/user").readlink() != Path("/proc/self/ns/user").readlink()


@contextmanager
def up(
    sector: str, seed: int | None, folder: Path, now: datetime, cards: Sequence[str] = ()
) -> Iterator[Lab]:
    """Bring a sector up, papers included, and down again; raise HostError where namespaces are not to be had.

    The same seed gives the same network; None gives it as its files write it. `cards` are left out (`device/zone`) or added (`+device/zone`).
    """
    folder.mkdir(parents=True, exist_ok=True)
    paperwork.write(load(sector, seed, cards=cards), folder, now)
    seen = "-" if seed is None else str(seed)
    play = [serve.__name__, sector, seen, now.isoformat(), str(folder.resolve()), *cards]
    command = [*_unshare(), sys.executable, "-m", *play]
    with (folder / "lab.log").open("wb") as log:
        process = subprocess.Popen(
            # a session of its own: Ctrl-C reaches the scan first, and the lab ends when its stdin closes
            command,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=log,
            start_new_session=True,
        )
    try:
        _wait(process, folder / "lab.log")
        yield Lab(sector=sector, folder=folder, pid=process.pid)
    finally:
        _stop(process)


def _wait(process: "subprocess.Popen[bytes]", log: Path) -> None:
    """Return when every port listens; raise HostError with the lab's last words when it ends instead."""
    said = process.stdout.readline() if process.stdout else b""
    if said.decode().strip() != serve.READY:
        process.communicate()
        last = log.read_text("utf-8", "replace").strip().splitlines()[-1:] or ["it said nothing"]
        raise HostError(f"the lab did not start: {last[0]}")


def _stop(process: "subprocess.Popen[bytes]") -> None:
    """Close its stdin, which ends it; kill it should it not end by itself."""
    if process.poll() is None:
        try:
            process.communicate(timeout=_STOP_WITHIN)
        except subprocess.TimeoutExpired:
            process.kill()
            process.communicate()


def possible() -> str | None:
    """Why no lab can run on this machine, in words; None when it can."""
    try:
        _unshare()
    except HostError as error:
        return str(error)
    return None


def _unshare() -> list[str]:
    """The command that gives us namespaces of our own, as root or as an ordinary user."""
    ways = [["unshare", "--net", "--mount"]] if os.geteuid() == 0 else []
    ways.append(["unshare", "--map-root-user", "--net", "--mount"])
    complaint = ""
    for way in ways:
        try:
            done = subprocess.run([*way, "true"], capture_output=True, text=True, check=False)
        except FileNotFoundError as error:
            raise HostError(
                "a simulated network needs Linux with `unshare` and `nsenter` (util-linux) and `ip` (iproute2)"
            ) from error
        if done.returncode == 0:
            return way
        complaint = done.stderr.strip()
    raise HostError(
        f"this machine lets us make no network namespace ({complaint}); allow unprivileged user namespaces, or run as root"
    )

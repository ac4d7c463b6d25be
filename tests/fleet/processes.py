"""What the tests of faults share: sensors and centres as real processes, time as files, a line that can be cut."""

import os
import selectors
import signal
import socket
import subprocess
import sys
import threading
import time
from contextlib import contextmanager, suppress
from datetime import UTC, datetime
from pathlib import Path

import pytest

from scanner.fleet import ingest
from scanner.store.store import open_store

HERE = Path(__file__).parent
NOW = datetime(2026, 11, 2, tzinfo=UTC)
PATIENCE = 90.0
"""Seconds for what must come; how long it takes says nothing."""


def until(holds, said=None):
    """Wait for what must come."""
    end = time.monotonic() + PATIENCE
    while not holds():
        assert time.monotonic() < end, f"it did not happen: {said.read_text() if said else None}"
        time.sleep(0.005)


def change(path, text):
    """A file is old or new, never half."""
    fresh = path.with_suffix(".new")
    fresh.write_text(str(text))
    fresh.rename(path)


def spawn(script, *words, said, before=(), **env):
    """One of our scripts as a process."""
    with said.open("a") as err:
        return subprocess.Popen(
            [*map(str, before), sys.executable, str(HERE / script), *map(str, words)],
            stdin=subprocess.DEVNULL,
            stderr=err,
            env={**os.environ, "PYTHONPATH": str(HERE.parents[1]), **env},
        )


def end(process):
    """Kill it, stopped or not."""
    if process.poll() is None:
        process.kill()
        with suppress(ProcessLookupError):
            process.send_signal(signal.SIGCONT)
    process.wait(PATIENCE)


def stand(process):
    """Stop it, and wait until it stands."""
    process.send_signal(signal.SIGSTOP)
    until(lambda: Path(f"/proc/{process.pid}/stat").read_text().rpartition(")")[2].split()[0] == "T")


ROOM = ["unshare", "--user", "--map-root-user", "--mount", "sh", "-c"]


def may_mount():
    """Leave the test out where no disk of its own can be made."""
    if subprocess.run([*ROOM, "true"], capture_output=True, check=False).returncode:
        pytest.skip("needs a mount namespace: user namespaces are off on this machine")


def with_disk(folder, size):
    """What starts a process with a disk of its own at `folder`, of `size` bytes; nobody else sees it but by `disk`."""
    return [*ROOM, f'mount -t tmpfs -o size={size} none "$0" && exec "$@"', folder]


def disk(process, folder):
    """That disk from outside; it is gone with its process."""
    return Path(f"/proc/{process.pid}/root{folder}")


def fill(place):
    """Write until there is no room, not even for a byte."""
    with (place / "ballast").open("wb", buffering=0) as file:
        for size in (65536, 1):
            with suppress(OSError):
                while True:
                    file.write(bytes(size))


@contextmanager
def stopped(process):
    stand(process)
    try:
        yield
    finally:
        process.send_signal(signal.SIGCONT)


class Ground:
    """Sensor processes around one fleet; every send needs leave, and each sensor's clock is a file."""

    def __init__(self, fleet, folder, sends=4):
        self.fleet, self.folder, self.sends = fleet, folder, sends
        self.sent, self.running = folder / "sent", []
        self.err = folder / "err"
        self.err.touch()

    def start(self, one, where=None, outbox=None, before=(), **env):
        clock = self.folder / f"{one.name}.clock"
        if not clock.exists():
            clock.write_text("0")
        words = (
            where or self.fleet.where(one.role, one.stem),
            outbox or self.folder / one.name,
            self.sent,
            clock,
            one.name,
            self.sends,
        )
        process = spawn("sensor_process.py", *words, said=self.err, before=before, **env)
        self.running.append(process)
        return process

    def leave(self, *numbers):
        for number in numbers:
            Path(f"{self.sent}.leave-{number}").touch()

    def lines(self):
        return [line.split() for line in self.sent.read_text().splitlines()] if self.sent.exists() else []

    def pass_(self, seconds):
        """Time goes by for the centre and for every sensor's clock; a stopped process' clock goes on too."""
        for clock in self.folder.glob("*.clock"):
            change(clock, float(clock.read_text()) + seconds)
        self.fleet.pass_(seconds)

    def rescue(self):
        return self.fleet.rows("SELECT again FROM fleet.rescue()")

    def ended(self):
        """Whether each chunk is done; the centre goes on turning, as in life.

        A sensor that asked before `pass_` and was answered after it gives its chunk back: its right had run out.
        """
        self.rescue()
        return set(self.status()) == {"succeeded"}

    def status(self):
        return [
            row[0] for row in self.fleet.rows("SELECT status::text FROM fleet.procrastinate_jobs ORDER BY id")
        ]

    def batches(self):
        """How many batches the centre has, whether taken in or not."""
        return self.fleet.rows("SELECT count(*)::int FROM fleet.inbox")[0][0]

    def waiting(self, name):
        """How many wait on a sensor's disk."""
        return len(list((self.folder / name).glob("*.batch")))

    def seen(self, now=NOW):
        """The values of the log, as often as they are in it."""
        with open_store(self.fleet.server.url(self.fleet.database), "eng-1") as store:
            ingest.ingest(self.fleet.link, store, now)
            return sorted(row.value for row in store.log(everywhere=True))

    def close(self):
        Path(f"{self.sent}.end").touch()
        for process in self.running:
            end(process)


class Line:
    """The wire between sensor and server, in our hands: `through`, `deaf` (answers are lost) or `still` (nothing moves)."""

    def __init__(self, port, at="127.0.0.1"):
        self._to, self.mode = port, "through"
        self._door = socket.create_server((at, 0))
        self.port = self._door.getsockname()[1]
        self._lock, self._pairs, self._over = threading.Lock(), {}, False
        self._thread = threading.Thread(target=self._serve)
        self._thread.start()

    def _serve(self):
        with selectors.DefaultSelector() as asked:
            asked.register(self._door, selectors.EVENT_READ)
            while not self._over:
                if self.mode == "still":
                    time.sleep(0.005)
                    continue
                for key, _what in asked.select(0.005):
                    self._moves(asked, key.fileobj)

    def _moves(self, asked, one):
        if one is self._door:
            inner, _ = self._door.accept()
            outer = socket.create_connection(("127.0.0.1", self._to))
            with self._lock:
                self._pairs[inner], self._pairs[outer] = (outer, True), (inner, False)
            for each in (inner, outer):
                asked.register(each, selectors.EVENT_READ)
            return
        with self._lock:
            there, asks = self._pairs.get(one, (None, False))
        data = b""
        with suppress(OSError):
            data = one.recv(65536)
        with suppress(OSError):
            if data and there is not None and (asks or self.mode != "deaf"):
                there.sendall(data)
        if not data:
            asked.unregister(one)
            with suppress(OSError):
                there.shutdown(socket.SHUT_WR)

    def cut(self):
        """Every connection ends."""
        with self._lock:
            for one in self._pairs:
                with suppress(OSError):
                    one.shutdown(socket.SHUT_RDWR)

    def close(self):
        self._over = True
        self._thread.join(PATIENCE)
        for one in (self._door, *self._pairs):
            one.close()

"""A shell on the machine of one database server, where the commands of a page are typed."""

import os
import signal
import subprocess
import sys
import time
from contextlib import contextmanager, suppress
from pathlib import Path

HOST, CENTRE = "db.example", "/srv/stalehost/centre"
_PATIENCE = 60.0


def until(holds, log):
    """Wait for what must come; how long it takes says nothing."""
    end = time.monotonic() + _PATIENCE
    while not holds():
        assert time.monotonic() < end, f"it did not happen: {log.read_text()}"
        time.sleep(0.02)


class Machine:
    """Types what a page says, word for word but for the names that the page calls the reader's own."""

    def __init__(self, server, folder):
        self.folder = folder
        programs = f"{server.home}:{Path(sys.executable).parent}:{os.environ['PATH']}"
        self.environment = {
            "PATH": programs, "HOME": str(folder), "PGHOST": str(server.run), "PGPORT": str(server.port),
            "PGUSER": "postgres", "LC_ALL": "C.UTF-8",
        }  # fmt: skip

    def types(self, commands, centre_folder):
        """Until all of them are done: what came of it."""
        done = subprocess.run(
            self._typed(commands, centre_folder), cwd=self.folder, env=self.environment,
            capture_output=True, text=True, check=False,
        )  # fmt: skip
        assert 0 == done.returncode, done.stderr
        return done

    @contextmanager
    def keeps(self, commands, centre_folder, log):
        """In a terminal of its own, until Ctrl-C; what it says comes into `log`."""
        with log.open("w") as said:
            process = subprocess.Popen(
                self._typed(commands, centre_folder), cwd=self.folder, env=self.environment,
                stdout=said, stderr=said, stdin=subprocess.DEVNULL, start_new_session=True,
            )  # fmt: skip
        try:
            yield log
            os.killpg(process.pid, signal.SIGINT)
            until(lambda: process.poll() is not None and not _anybody(process.pid), log)
        finally:
            with suppress(ProcessLookupError):
                os.killpg(process.pid, signal.SIGKILL)
            process.wait(_PATIENCE)

    def _typed(self, commands, centre_folder):
        text = commands.replace(CENTRE, str(centre_folder)).replace(
            str(Path(CENTRE).parent), str(self.folder)
        )
        return ["bash", "-euo", "pipefail", "-c", text.replace(HOST, "127.0.0.1")]


def _anybody(group):
    with suppress(ProcessLookupError):
        os.killpg(group, 0)
        return True
    return False

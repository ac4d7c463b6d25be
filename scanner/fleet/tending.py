"""What the centre does beside its turns: judge when what came in has come to rest, and end when it is told to.

Judging takes up to a minute and all of a processor; it is a process of its own, so the clock of the leases goes on.
"""

import subprocess
import tempfile
from collections.abc import Callable, Mapping, Sequence
from contextlib import AbstractContextManager
from datetime import datetime
from pathlib import Path
from typing import IO, Final

from scanner.errors import StoreError
from scanner.fleet import health
from scanner.fleet.centre import Turn
from scanner.fleet.link import Link, said
from scanner.fleet.restore import Restored
from scanner.fleet.say import Log, Turns

REST_S: Final = 20.0
"""Seconds without anything new after which it is worth judging what came in."""
LONGEST_S: Final = 300.0
"""Seconds after which what came in is judged though more is coming in."""
_WAIT_S: Final = 30.0
"""Seconds that a judgement gets to end in when the centre is told to end."""


class EndedError(Exception):
    """The centre was told to end, or all is done: not an error, but what ends its turns."""


class Due:
    """Whether it is time to judge, by a clock that only goes forward."""

    def __init__(self, rest: float = REST_S, longest: float = LONGEST_S) -> None:
        self._rest, self._longest = rest, longest
        self._first: float | None = None
        self._last = 0.0

    def came(self, at: float) -> None:
        """Something new was taken in."""
        self._first = at if self._first is None else self._first
        self._last = at

    def judged(self) -> None:
        """What was there is being judged: from now on only what comes counts."""
        self._first = None

    @property
    def waits(self) -> bool:
        """Whether there is anything that was not judged."""
        return self._first is not None

    def holds(self, at: float) -> bool:
        """Whether it is time."""
        return self._first is not None and (
            at - self._last >= self._rest or at - self._first >= self._longest
        )


class Judge:
    """One judgement at a time, in a process of its own."""

    def __init__(self, words: Sequence[str], environment: Mapping[str, str]) -> None:
        """`words` is the command that judges and writes the report; what it says last on stderr is why it failed."""
        self._words, self._environment = words, environment
        self._process: subprocess.Popen[bytes] | None = None
        self._said: IO[bytes] | None = None

    @property
    def busy(self) -> bool:
        """Whether one was begun and not asked for yet."""
        return self._process is not None

    def begin(self) -> None:
        """Begin one."""
        self._said = tempfile.TemporaryFile()  # noqa: SIM115 - it lives as long as the process does
        self._process = subprocess.Popen(
            self._words, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=self._said,
            env=self._environment, start_new_session=True,
        )  # fmt: skip

    def over(self) -> str | None:
        """None while it goes on; then once why it failed, empty when it did not."""
        if self._process is None or (status := self._process.poll()) is None:
            return None
        self._process = None
        lines = self._lines()
        return "" if status == 0 else lines[-1] if lines else f"it ended with status {status}"

    def end(self) -> None:
        """End it, and wait until it has ended; a report that it was writing is whole or the one before."""
        if self._process is not None:
            self._process.terminate()
            try:
                self._process.wait(_WAIT_S)
            except subprocess.TimeoutExpired:
                self._process.kill()
                self._process.wait()
            self._process = None
            self._lines()

    def _lines(self) -> list[str]:
        if self._said is None:
            return []
        with self._said as said_:
            said_.seek(0)
            text = said_.read().decode("utf-8", "replace")
        self._said = None
        return [line.removeprefix("stalehost: ") for line in text.splitlines() if line.strip()]


class Tending:
    """The hook of `centre.serve`: tells of each turn, judges in time, and raises EndedError when it is over."""

    def __init__(
        self,
        log: Log,
        judge: Judge | None,
        *,
        opened: Callable[[], AbstractContextManager[Link]],
        now: Callable[[], datetime],
        clock: Callable[[], float],
        over: Callable[[], bool],
        once: bool,
    ) -> None:
        """`judge` None = nobody wants a report. `once`: end when nothing is left to do and all of it is judged."""
        self._log, self._judge, self._opened = log, judge, opened
        self._now, self._clock, self._over, self._once = now, clock, over, once
        self._turns, self._due, self._began, self._asked = Turns(log), Due(), 0.0, False
        self._unserved: tuple[str, ...] = ()

    def __call__(self, what: Turn | Restored | StoreError) -> None:
        """After each turn, or in place of one."""
        if self._over():
            raise EndedError
        if self._once and isinstance(what, StoreError):
            raise what
        self._turns(what)
        if isinstance(what, Turn):
            self._turned(what)

    def _turned(self, what: Turn) -> None:
        self._judged()
        if what.taken.batches or not self._asked:
            with self._opened() as link:
                if what.taken.batches or _unjudged(link, ever=self._once):
                    self._due.came(self._clock())
            self._asked = True
        if not self._once:
            self._begin(at_once=False)
            return
        with self._opened() as link:
            left = what.taken.batches or _left(link)
            self._waiting(_unserved(link))
        if not left:
            self._begin(at_once=True)
            if self._judge is None or not (self._judge.busy or self._due.waits):
                raise EndedError

    def _waiting(self, segments: tuple[str, ...]) -> None:
        """Tell for whom `once` waits, each time that it is somebody else."""
        if segments and segments != self._unserved:
            self._log.say("centre.waiting", segments=" ".join(segments))
        self._unserved = segments

    def end(self) -> None:
        """End what goes on beside the turns."""
        if self._judge is not None:
            self._judge.end()

    def _begin(self, *, at_once: bool) -> None:
        if self._judge is None or self._judge.busy:
            return
        at = self._clock()
        if self._due.holds(at) or (at_once and self._due.waits):
            self._due.judged()
            self._began = at
            self._judge.begin()

    def _judged(self) -> None:
        """Tell how a judgement ended, if one did."""
        why = self._judge.over() if self._judge is not None else None
        if why is None:
            return
        if why:
            self._log.say("centre.unjudged", why=why)
            with self._opened() as link:
                health.unjudged(link, self._now(), why)
            if self._once:
                raise StoreError(f"judging failed: {why}")
            return
        with self._opened() as link, said():
            row = link.execute("SELECT devices FROM fleet.judged").fetchone()
        took = round(self._clock() - self._began, 1)
        self._log.say("centre.judged", devices=row[0] if row else None, seconds=took)


def _unjudged(link: Link, *, ever: bool) -> bool:
    """Whether anything was taken in since the last judgement; with `ever` whether anything was at all."""
    with said():
        row = link.execute(
            "SELECT EXISTS (SELECT 1 FROM fleet.inbox i WHERE i.taken IS NOT NULL"
            " AND (%s OR i.taken > coalesce((SELECT at FROM fleet.judged), '-infinity')))",
            (ever,),
        ).fetchone()
    return bool(row and row[0])


def _left(link: Link) -> int:
    """Jobs that are in the queues or at work, batches that wait, and requests without an answer."""
    with said():
        row = link.execute(
            "SELECT (SELECT count(*) FROM fleet.procrastinate_jobs WHERE status IN ('todo', 'doing'))"
            " + (SELECT count(*) FROM fleet.inbox WHERE taken IS NULL AND refused IS NULL)"
            " + (SELECT count(*) FROM fleet.request WHERE certificate IS NULL AND refused IS NULL)"
        ).fetchone()
    return int(row[0]) if row else 0


def _unserved(link: Link) -> tuple[str, ...]:
    """Segments whose chunks wait though no sensor that may serve them has spoken lately."""
    with said():
        rows = link.execute(
            "SELECT DISTINCT s.id FROM fleet.segment s JOIN fleet.procrastinate_jobs j"
            " ON j.queue_name = 'segment:' || s.id AND j.status = 'todo' WHERE NOT EXISTS ("
            "SELECT 1 FROM fleet.serves v JOIN fleet.sensor n ON n.id = v.sensor WHERE v.segment = s.id"
            " AND n.revoked IS NULL AND n.beat >= fleet.present() - fleet.lasts('alive')) ORDER BY 1"
        ).fetchall()
    return tuple(str(row[0]) for row in rows)


def words(program: str, folder: Path, report: Path) -> tuple[str, ...]:
    """The command that judges: this program's own, with the report and its machine output in their places."""
    return (program, "-m", "scanner", "fleet", "report", "--folder", str(folder), "-o", str(report))

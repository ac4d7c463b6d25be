"""Run by test_hold: a raw helper that is stopped in the middle of a sweep while its sensor lives, and revived too late.

Two namespaces and one cable, no way out; nobody answers. What left is what the kernel counted on our card.
`hold_ground.py silent|told` prints one line of JSON.
"""

import asyncio
import contextlib
import json
import os
import signal
import subprocess
import sys
import tempfile
import time
from datetime import UTC, datetime, timedelta
from pathlib import Path

from scanner.scope.parse import parse
from scanner.wire import grant as grants
from scanner.wire.audit import Audit
from scanner.wire.grant import awake
from scanner.wire.helper import RawHelper
from scanner.wire.pipe import Ask, Method

SCOPE = """
[engagement]
name = "hold"
owner = "test"
authorized_by = "test"
contact = "test"
reference = "test"
valid_from = {}
valid_until = {}
sector = "office"

[[network]]
cidr = "10.77.0.0/24"
zone = "hold"
profile = "lab"
"""
SELECTS = {"x86_64": ("23", "270"), "aarch64": ("72",)}
"""Numbers of the calls in which the helper waits for its next frame's time (arch/*/entry/syscalls of Linux)."""


class Given:
    """A grant that lasts for so long from when it is first asked; then there is none, whatever is asked."""

    def __init__(self, seconds):
        self.seconds, self.end = seconds, None

    def frames(self, _who, wanted):
        if self.end is None:
            self.end = awake() + self.seconds
        return wanted if self.left() else 0.0

    def left(self):
        return max(0.0, self.end - awake())

    def done(self, who):
        pass


def sh(*words):
    subprocess.run(words, check=True, capture_output=True)


def cable(far):
    own = Path("/proc/self/ns/net").readlink()
    while Path(f"/proc/{far}/ns/net").readlink() == own:
        time.sleep(0.01)
    inside = ("nsenter", "--target", str(far), "--net")
    for where in ((), inside):
        sh(
            *where,
            "sysctl",
            "-qw",
            "net.ipv6.conf.all.disable_ipv6=1",
            "net.ipv6.conf.default.disable_ipv6=1",
        )
    sh("ip", "link", "set", "lo", "up")
    sh(*f"ip link add name v0 type veth peer name v1 netns {far}".split())
    sh("ip", "address", "add", "10.77.0.250/24", "dev", "v0")
    sh(*inside, "ip", "link", "set", "v1", "up")
    sh("ip", "link", "set", "v0", "up")


def left():
    """Frames that left our card so far, as the kernel counted them."""
    for line in Path("/proc/self/net/dev").read_text().splitlines():
        name, _, numbers = line.partition(":")
        if name.strip() == "v0":
            return int(numbers.split()[9])
    raise AssertionError("v0 is gone")


def state(pid):
    return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0]


def call(pid):
    return Path(f"/proc/{pid}/syscall").read_text().split()[0]


async def until(holds):
    end = time.monotonic() + 60
    while not holds():
        assert time.monotonic() < end, "it did not happen"
        await asyncio.sleep(0.002)


async def stop(pid):
    """Stop it while it waits for its next frame's time: a frame on its way into the kernel is nobody's to hold back."""
    for _ in range(1000):
        os.kill(pid, signal.SIGSTOP)
        await until(lambda: state(pid) == "T")
        if call(pid) in SELECTS[os.uname().machine]:
            return
        os.kill(pid, signal.SIGCONT)
        await asyncio.sleep(0.003)
    raise AssertionError("it never waited")


async def main(folder, how):
    today = datetime.now(UTC).date()
    scope = parse(SCOPE.format(today, today + timedelta(days=2)), "scope.toml")
    given = Given(2.0)
    if how == "silent":
        # one word at the beginning and then none: the helper has its own clock alone
        grants.EVERY = 3600.0
    wish = Ask(
        method=Method.ARP, interface="v0", targets=("10.77.0.0/24",), source="10.77.0.250", rate=100.0, tries=1, seed=1,
        wait=0.1,
    )  # fmt: skip
    words = []
    with Audit(folder / "audit", lambda: datetime.now(UTC)) as audit:
        async with RawHelper(scope, audit, grant=given) as helper:
            begin = left()
            asking = asyncio.create_task(drain(helper.ask(wish, words.append)))
            await until(lambda: left() >= begin + 20)
            pid = helper._process.pid
            await stop(pid)
            stood = left()
            await until(lambda: awake() > given.end + 0.1)
            os.kill(pid, signal.SIGCONT)
            # two words on its progress: it has gone on, and looked at what it may more than once
            heard = len(words)
            await until(lambda: len(words) >= heard + 2)
            revived = left()
            await helper._held(100.0, awake() + 60.0)
            given.end = awake() + 60.0
            await asking
            return {
                "before": stood - begin,
                "by an old right": revived - stood,
                "all": left() - begin,
                "sent": helper.last.sent,
            }


async def drain(answers):
    async for _one in answers:
        pass


if __name__ == "__main__":
    with (
        subprocess.Popen(["unshare", "--net", "sleep", "120"]) as holder,
        tempfile.TemporaryDirectory() as place,
    ):
        try:
            cable(holder.pid)
            with contextlib.suppress(KeyboardInterrupt):
                print(json.dumps(asyncio.run(main(Path(place), sys.argv[1]))))
        finally:
            holder.kill()

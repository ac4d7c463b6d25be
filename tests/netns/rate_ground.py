"""Run by test_rate: two sensors of one site over one segment, one of them stopped in mid-chunk and revived too late.

Four namespaces, no way out: the centre with its PostgreSQL, from which one cable each leads to two sensors and one to the
site. There every address answers, and each frame is written down with the kernel's stamp. `rate_ground.py JUMP`, where JUMP
is the library that shifts a process' clock, prints one line of JSON.
"""

import contextlib
import json
import os
import signal
import socket
import struct
import subprocess
import sys
import tempfile
import threading
import time
from contextlib import ExitStack
from datetime import UTC, datetime, timedelta
from pathlib import Path

ROOT = Path(__file__).parents[2]
sys.path.insert(0, str(ROOT))

from scanner.cli import stalehost  # noqa: E402 - the tests' server lies beside the package
from scanner.fleet.link import connect  # noqa: E402
from tests import postgres  # noqa: E402

RATE = 240
"""Frames and connections a second that begin in the segment, by all of its sensors together."""
MID = 150
"""So many have begun when the first sensor is stopped, and so many by the second when the first is revived."""
AWAY = 35
"""Seconds that it stands: longer than a sensor's chunk is its own."""
CENTRE = "10.97.0.1"
BARE = ("setpriv", "--bounding-set=-net_raw", "--inh-caps=-net_raw")
"""Sensors without raw sockets look by connections alone, which may have all of a share: so the rate is really reached."""
SENSORS = {"left": "10.96.1.2", "right": "10.96.2.2"}
CIDR, DEVICES = "10.20.0.0/29", 6
OPEN = {22: b"SSH-2.0-OpenSSH_5.3\r\n", 80: b""}
TIMESTAMPS = 35  # SO_TIMESTAMPNS of <asm-generic/socket.h>: 64-bit seconds and nanoseconds of CLOCK_REALTIME
WAITING = {"x86_64": ("0", "7", "23", "232", "270", "271", "281"), "aarch64": ("22", "63", "72", "73")}
"""Numbers of the calls in which a process waits, and sends nothing: epoll, poll, select and read of Linux."""
SCOPE = """
[engagement]
name = "rate"
owner = "test"
authorized_by = "test"
contact = "test"
reference = "test"
valid_from = {}
valid_until = {}
sector = "hospital"

[[network]]
cidr = "{}"
zone = "offices"
profile = "lab"
"""


def sh(line, *before):
    subprocess.run([*before, *line.split()], check=True, capture_output=True)


def until(holds, said=()):
    end = time.monotonic() + 90
    while not holds():
        told = "\n".join(one.read_text() for one in said if one.exists())
        assert time.monotonic() < end, f"it did not happen: {told}"
        time.sleep(0.005)


# the site


def far(heard):
    """Every address answers on two ports; a line for each frame that begins something, until stdin ends."""
    os.write(1, b"up\n")
    sys.stdin.readline()
    for port, greeting in OPEN.items():
        threading.Thread(target=answer, args=(port, greeting), daemon=True).start()
    with (
        socket.socket(socket.AF_PACKET, socket.SOCK_RAW, socket.htons(3)) as tap,
        Path(heard).open("w", buffering=1) as file,
    ):
        tap.setsockopt(263, 23, 1)  # PACKET_IGNORE_OUTGOING
        tap.setsockopt(socket.SOL_SOCKET, 33, 16 << 20)  # SO_RCVBUFFORCE
        tap.setsockopt(socket.SOL_SOCKET, TIMESTAMPS, 1)
        tap.bind(("v1", 3))
        threading.Thread(target=hear, args=(tap, file), daemon=True).start()
        os.write(1, b"ready\n")
        sys.stdin.read()


def answer(port, greeting):
    with socket.create_server(("", port), backlog=1024) as listening:
        while True:
            line, _ = listening.accept()
            threading.Thread(target=speak, args=(line, greeting), daemon=True).start()


def speak(line, greeting):
    with line, contextlib.suppress(OSError):
        line.settimeout(10)
        line.sendall(greeting)
        if line.recv(4096) and not greeting:
            line.sendall(
                b"HTTP/1.0 200 OK\r\nServer: Boa/0.94.14rc21\r\nContent-Type: text/html\r\n\r\n<html></html>"
            )


def hear(tap, file):
    """By the kernel's stamp: on a busy machine we read them late, and several at once."""
    while True:
        frame, beside, *_ = tap.recvmsg(128, socket.CMSG_SPACE(16))
        begun = begins(frame)
        if begun is not None:
            seconds, nanoseconds = struct.unpack("qq", beside[0][2])
            file.write(json.dumps([seconds + nanoseconds / 1e9, *begun]) + "\n")


def begins(frame):
    """Who begins what with whom, and what tells it from the same begun again by a kernel; None for any other frame."""
    if frame[12:14] != b"\x08\0":
        return None
    source, target = (socket.inet_ntoa(frame[at : at + 4]) for at in (26, 30))
    start, kind = 14 + (frame[14] & 15) * 4, frame[23]
    if kind == 6 and frame[start + 13] & 0x12 == 2:
        return source, target, "syn", frame[start : start + 8].hex()
    if kind == 1 and frame[start] == 8:
        return source, target, "echo", frame[start : start + 8].hex()
    if kind == 17:
        return source, target, "udp", frame[start : start + 4].hex() + frame[18:20].hex()
    return None


# the machines


def cables(stack, heard):
    """Lay them; give by the sensor's name what runs a program in its namespace."""
    hold = lambda *words: stack.enter_context(ended(["unshare", "--net", *words]))
    sh(
        "sysctl -qw net.ipv6.conf.all.disable_ipv6=1 net.ipv6.conf.default.disable_ipv6=1 net.ipv4.ip_forward=1"
    )
    sh("ip link set lo up")
    sh(f"ip address add {CENTRE}/32 dev lo")
    site = hold(sys.executable, __file__, "far", str(heard))
    site.stdout.readline()
    inside = cable("v", site.pid, "10.98.0")
    sh(f"ip route add local {CIDR} dev lo", *inside)
    sh(f"ip route add {CIDR} via 10.98.0.2")
    site.stdin.write(b"wired\n")
    site.stdin.flush()
    site.stdout.readline()
    found = {}
    for name, address in SENSORS.items():
        one = hold("sh", "-c", "echo up; exec cat")
        one.stdout.readline()
        found[name] = cable(name[0], one.pid, address.rpartition(".")[0])
    return found


def cable(name, far_pid, net):
    """From us to a namespace whose way to everywhere is through us; give what runs a program there."""
    inside = ("nsenter", f"--net=/proc/{far_pid}/ns/net")
    sh("sysctl -qw net.ipv6.conf.all.disable_ipv6=1 net.ipv6.conf.default.disable_ipv6=1", *inside)
    sh(f"ip link add name {name}0 type veth peer name {name}1 netns {far_pid}")
    sh(f"ip address add {net}.1/30 dev {name}0")
    sh(f"ip link set {name}0 up")
    sh("ip link set lo up", *inside)
    sh(f"ip address add {net}.2/30 dev {name}1", *inside)
    sh(f"ip link set {name}1 up", *inside)
    sh(f"ip route add default via {net}.1", *inside)
    return inside


@contextlib.contextmanager
def ended(words, **more):
    """A process of ours; killed at the end, stopped or not."""
    pipe = {} if "stderr" in more else {"stdin": subprocess.PIPE, "stdout": subprocess.PIPE}
    with subprocess.Popen(words, **pipe, **more) as one:
        try:
            yield one
        finally:
            one.kill()
            with contextlib.suppress(ProcessLookupError):
                one.send_signal(signal.SIGCONT)


# the fleet


def fleet(*words):
    """A command of the fleet, without a process of its own."""
    with (
        Path(os.devnull).open("w") as nobody,
        contextlib.redirect_stdout(nobody),
        contextlib.redirect_stderr(nobody),
    ):
        stalehost.main(["fleet", *map(str, words)], standalone_mode=False)


def works(stack, folder, name, *words, before=(), **env):
    """A command of the fleet as a process that stays; what it tells comes into a file."""
    log = folder / f"{name}.log"
    file = stack.enter_context(log.open("w"))
    process = stack.enter_context(
        ended(
            [*before, sys.executable, "-m", "scanner", "fleet", *words, "--log", "json"],
            cwd=folder / name, env={**os.environ, "PYTHONPATH": str(ROOT), **env},
            stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=file,
        )
    )  # fmt: skip
    until(lambda: any(one.endswith(".started") for one in events(log)), [log])
    return process


def events(log):
    return [json.loads(line)["event"] for line in log.read_text().splitlines() if line.startswith("{")]


def server(stack, folder):
    """PostgreSQL, as a page of ours has it set up: reached by sensors through TLS."""
    one = stack.enter_context(postgres.server())
    one.sql("CREATE DATABASE fleet TEMPLATE template0")
    (folder / "centre").mkdir()
    fleet("init", "--database", one.url("fleet"), "--host", CENTRE, "--folder", folder / "centre")
    made = folder / "centre" / "fleet" / "server"
    one.stop()
    one.start(**one.take(made), listen_addresses="*")
    return one.url("fleet")


class Ground:
    def __init__(self, stack, folder, jump):
        self.folder, self.heard = folder, folder / "heard"
        inside = cables(stack, self.heard)
        url = server(stack, folder)
        self.link = stack.enter_context(connect(url))
        self.logs = [folder / f"{name}.log" for name in ("centre", *SENSORS)]
        self.clocks, self.sensors = {name: folder / f"{name}.clock" for name in SENSORS}, {}
        centre = folder / "centre"
        works(stack, folder, "centre", "centre", "--no-report")
        today = datetime.now(UTC).date()
        text = SCOPE.format(today, today + timedelta(days=2), CIDR)
        (folder / "scope.toml").write_text(text)
        fleet("site", "clinic", "--scope", folder / "scope.toml", "--folder", centre)
        self.link.execute("UPDATE fleet.segment SET rate = %s", (RATE,))
        for name in SENSORS:
            here = folder / name
            here.mkdir()
            (here / "scope.toml").write_text(text)
            fleet("invite", name, "--site", "clinic", "-o", here / "invitation.toml", "--folder", centre)
            fleet("enrol", here / "invitation.toml", "--folder", here)
            self.clocks[name].write_text("0")
            self.sensors[name] = works(
                stack, folder, name, "sensor", before=(*inside[name], *BARE),
                LD_PRELOAD=str(jump), JUMP_ASLEEP=str(self.clocks[name]),
            )  # fmt: skip
        # a sensor's share is as large as it may be while so many are known to be at work
        until(lambda: self.one("SELECT count(beat) FROM fleet.sensor") == len(SENSORS), self.logs)

    def one(self, query):
        return self.link.execute(query).fetchone()[0]

    def taken(self, by):
        """Wait until one of them has the chunk: who, and a moment before it had, so before it can have sent."""
        moments = []

        def held():
            moments.append(time.time())
            rows = self.link.execute("SELECT sensor FROM fleet.held").fetchall()
            return [name for (name,) in rows if name in by]

        until(held, self.logs)
        return held()[0], moments[max(0, len(moments) - 3)]

    def begun(self):
        """What has begun, in the order of the kernel's stamps; once, though a kernel say it again."""
        lines = [
            json.loads(line)
            for line in self.heard.read_text().splitlines(keepends=True)
            if line.endswith("\n")
        ]
        first = {}
        for at, *what in sorted(lines):
            first.setdefault(tuple(what), at)
        return [(at, *what[:3]) for what, at in first.items() if what[0] in SENSORS.values()]

    def shares(self):
        return dict(self.link.execute("SELECT sensor, share::float FROM fleet.rate_lease").fetchall())

    def open(self):
        """The doors that the log knows, as often as it does."""
        return self.link.execute(
            "SELECT address, port FROM observation WHERE field = 'port.state' AND value::text LIKE '%open%' ORDER BY 1, 2"
        ).fetchall()


def family(pid):
    """A process and those that it began: a sensor and its raw helper."""
    found = [pid]
    for task in Path(f"/proc/{pid}/task").iterdir():
        for child in (task / "children").read_text().split():
            found += family(int(child))
    return found


def stand(pid):
    """Stop a sensor while it waits: a frame on its way into the kernel is nobody's to hold back."""
    for _ in range(2000):
        those = family(pid)
        for one in those:
            os.kill(one, signal.SIGSTOP)
        for one in those:
            until(lambda one=one: Path(f"/proc/{one}/stat").read_text().rpartition(")")[2].split()[0] == "T")
        calls = [Path(f"/proc/{one}/syscall").read_text().split()[0] for one in those]
        if all(call in WAITING[os.uname().machine] for call in calls):
            return those
        for one in those:
            os.kill(one, signal.SIGCONT)
        time.sleep(0.003)
    raise AssertionError("it never waited")


def main(folder, jump):
    with ExitStack() as stack:
        ground = Ground(stack, folder, jump)
        fleet("order", "all", "--folder", folder / "centre")
        old, first = ground.taken(SENSORS)
        (new,) = {*SENSORS} - {old}
        until(lambda: len(ground.begun()) >= MID, ground.logs)
        before = ground.shares()
        those = stand(ground.sensors[old].pid)
        # time goes by for the centre and for the sensor that stands
        stood = time.time()
        ground.clocks[old].write_text(str(AWAY))
        for _ in range(AWAY // 5):
            ground.link.execute("SELECT fleet.tick(5)")
        count = len(ground.begun())
        _, second = ground.taken([new])
        until(lambda: len(ground.begun()) >= count + MID, ground.logs)
        after = ground.shares()
        revived = time.time()
        for one in those:
            os.kill(one, signal.SIGCONT)
        until(lambda: "sensor.left" in events(folder / f"{old}.log"), ground.logs)
        until(lambda: "sensor.done" in events(folder / f"{new}.log"), ground.logs)
        until(lambda: len(ground.open()) >= DEVICES * len(OPEN), ground.logs)
        return {
            "rate": RATE, "mid": MID, "first": first, "second": second, "stood": stood, "revived": revived, "begun": ground.begun(),
            "open": ground.open(), "before": before, "after": after, "old": old, "new": new, "sensors": SENSORS,
        }  # fmt: skip


if __name__ == "__main__":
    if sys.argv[1] == "far":
        far(sys.argv[2])
    else:
        with tempfile.TemporaryDirectory() as place:
            print(json.dumps(main(Path(place), sys.argv[1])))

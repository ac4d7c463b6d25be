"""Run by test_raw_ask: two namespaces and one cable, no way out; asks by every method, and keeps what reached the far end.

`raw_ground.py SCENARIO [WORDS]` prints one line of JSON: what the ask heard, and every frame that came over the cable.
"""

import asyncio
import json
import struct
import subprocess
import sys
import tempfile
import time
from contextlib import aclosing
from datetime import UTC, datetime, timedelta
from pathlib import Path

import msgspec

from scanner.errors import ScannerError
from scanner.scope.parse import parse
from scanner.wire.audit import Audit
from scanner.wire.helper import RawHelper
from scanner.wire.pipe import Ask

FAR = str(Path(__file__).with_name("raw_far.py"))
OURS, THEIRS = "02:00:00:00:00:01", "02:00:00:00:00:02"
SCOPE = """
[engagement]
name = "ground"
owner = "test"
authorized_by = "test"
contact = "test"
reference = "test"
valid_from = 2000-01-01
valid_until = 2000-01-31
sector = "office"

"""
NETWORK = """
[[network]]
cidr = "{}"
zone = "zone{}"
profile = "{}"
"""
EXCLUDE = """
[[exclude]]
address = "{}"
reason = "never"
"""
LIVE = ("10.77.0.2", "10.77.0.3", "10.77.1.7", "10.77.2.66", "10.77.3.9", "10.77.3.200")


def sh(*words):
    subprocess.run(words, check=True, capture_output=True)


def scope(networks, excluded=()):
    today = datetime.now(UTC).date()
    text = SCOPE.replace("2000-01-01", str(today)).replace("2000-01-31", str(today + timedelta(days=2)))
    text += "".join(NETWORK.format(cidr, at, profile) for at, (cidr, profile) in enumerate(networks))
    return parse(text + "".join(map(EXCLUDE.format, excluded)), "scope.toml")


def main(scenario, words):
    with subprocess.Popen(["unshare", "--net", "sleep", "120"]) as holder:
        try:
            return ground(scenario, words, holder.pid)
        finally:
            holder.kill()


def ground(scenario, words, far):
    own = Path("/proc/self/ns/net").readlink()
    while Path(f"/proc/{far}/ns/net").readlink() == own:
        time.sleep(0.01)
    inside = ("nsenter", "--target", str(far), "--net")
    cable(inside, far)
    with (
        tempfile.TemporaryDirectory() as folder,
        subprocess.Popen(
            [*inside, sys.executable, FAR, "far", folder], stdin=subprocess.PIPE, stdout=subprocess.PIPE
        ) as peer,
    ):
        peer.stdout.readline()
        place = Path(folder)
        try:
            with Audit(place / "audit", lambda: datetime.now(UTC)) as audit:
                result = asyncio.run(SCENARIOS[scenario](audit, inside, **words))
        finally:
            peer.stdin.close()
            lost = int(peer.stdout.readline())
        frames = [(at, data.hex()) for at, data in taken(place / "frames")]
    return {"ours": result, "frames": frames, "lost": lost}


def cable(inside, far):
    sh("ip", "link", "set", "lo", "up")
    sh(*inside, "ip", "link", "set", "lo", "up")
    words = f"link add v0 address {OURS} type veth peer name v1 address {THEIRS} netns {far}"
    sh("ip", *words.split())
    # of IPv6 only what we give out ourselves: no solicitation of the kernel's own among the frames
    for where, card in (((), "v0"), (inside, "v1")):
        sh(
            *where,
            "sysctl",
            "-qw",
            f"net.ipv6.conf.{card}.addr_gen_mode=1",
            f"net.ipv6.conf.{card}.accept_ra=0",
        )
        sh(*where, "sysctl", "-qw", "net.ipv4.icmp_ratelimit=0")
    sh("ip", "address", "add", "10.77.255.254/16", "dev", "v0")
    sh("ip", "address", "add", "fd77::1/64", "dev", "v0", "nodad")
    sh(*inside, "ip", "address", "add", "10.77.255.253/16", "dev", "v1")
    sh(*inside, "ip", "address", "add", "fd77::7/64", "dev", "v1", "nodad")
    for one in LIVE:
        sh(*inside, "ip", "route", "add", "local", one, "dev", "lo")
    sh("ip", "link", "set", "v0", "up")
    sh(*inside, "ip", "link", "set", "v1", "up")
    # the kernel joins a card's groups, by which it is asked, once it has noticed the carrier: up to a second later
    for where, card in (((), "v0"), (inside, "v1")):
        while (
            b'"UP"'
            not in subprocess.run(
                [*where, "ip", "-json", "link", "show", card], check=True, capture_output=True
            ).stdout.split(b"operstate")[1]
        ):
            time.sleep(0.02)
    # the kernel answers by itself, so that resets need no question of its own by ARP
    sh("ip", "neighbour", "add", "fd77::7", "lladdr", THEIRS, "dev", "v0")
    for one in LIVE:
        sh("ip", "neighbour", "add", one, "lladdr", THEIRS, "dev", "v0")
    sh(*inside, "ip", "neighbour", "add", "10.77.255.254", "lladdr", OURS, "dev", "v1")


def ask_of(**words):
    plain = {
        "interface": "v0", "source": "10.77.255.254", "rate": 5000, "tries": 1, "seed": 1, "wait": 0.3,
    }  # fmt: skip
    return msgspec.convert({**plain, **words}, Ask, strict=False)


async def heard(helper, wish):
    async with aclosing(helper.ask(wish)) as answers:
        found = [[one.address, one.port, one.state, one.mac, one.by, one.again] async for one in answers]
    return sorted(found, key=str)


async def asks(audit, _inside, *, networks, excluded=(), wishes):
    """One ask after another; of each what it heard, and how it ended."""
    said = []
    async with RawHelper(scope(networks, excluded), audit) as helper:
        for words in wishes:
            try:
                found = await heard(helper, ask_of(**words))
                said.append({"heard": found, "done": msgspec.structs.asdict(helper.last)})
            except ScannerError as error:
                said.append({"error": f"{type(error).__name__}: {error}"})
    return said


async def stops(audit, inside, *, rates):
    """How long after the word to stop the last frame arrived, by the far end's own counter."""
    found = []
    async with RawHelper(scope([("10.77.0.0/16", "bench")]), audit) as helper:
        for rate in rates:
            wish = ask_of(
                method="syn", targets=["10.77.0.0/16"], ports=list(range(20000, 20100)), via=THEIRS, rate=rate
            )
            running = asyncio.create_task(heard(helper, wish))
            await asyncio.sleep(0.7)
            words = (*inside, sys.executable, FAR, "watch")
            watch = await asyncio.create_subprocess_exec(*words, stdout=asyncio.subprocess.PIPE)
            await watch.stdout.readline()
            said = time.monotonic()
            running.cancel()
            await asyncio.gather(running, return_exceptions=True)
            last, after = map(float, (await watch.communicate())[0].split())
            found.append({"rate": rate, "after": max(0.0, last - said), "frames": after})
    return found


async def trouble(audit, inside, *, how):
    """Take the cable away in mid-ask, in one way or another; how it is told, and how soon."""
    async with RawHelper(scope([("10.77.0.0/16", "lab")]), audit) as helper:
        wish = ask_of(method="arp", targets=["10.77.0.0/22"], rate=50, wait=30)
        running = asyncio.create_task(heard(helper, wish))
        await asyncio.sleep(0.6)
        began = time.monotonic()
        sh(*(inside if how[0] == "far" else ()), *how[1:])
        try:
            return {"said": await running, "seconds": time.monotonic() - began}
        except ScannerError as error:
            return {"said": f"{type(error).__name__}: {error}", "seconds": time.monotonic() - began}


async def narrow(audit, _inside, *, wish):
    """A card whose queue holds next to nothing and lets through only so much."""
    sh(*["tc", "qdisc", "add", "dev", "v0", "root", "tbf", "rate", "1mbit", "burst", "1600", "limit", "3000"])
    return await asks(audit, (), networks=[("10.77.0.0/16", "lab")], wishes=[wish])


async def flooded(audit, inside, *, wish):
    """Ask while the far end sends answers to what was never asked, as fast as it can."""
    flood = await asyncio.create_subprocess_exec(*inside, sys.executable, FAR, "flood", "4")
    async with RawHelper(scope([("10.77.0.0/16", "lab")]), audit) as helper:
        began = time.monotonic()
        found = await heard(helper, ask_of(**wish))
        seconds = time.monotonic() - began
        memory = high_water(helper._process.pid)
        await flood.wait()
        return {
            "heard": found,
            "seconds": seconds,
            "memory": memory,
            "done": msgspec.structs.asdict(helper.last),
        }


def high_water(pid):
    """The most memory that a process has had, in MiB."""
    lines = Path(f"/proc/{pid}/status").read_text().splitlines()
    return next(int(line.split()[1]) for line in lines if line.startswith("VmHWM")) // 1024


async def killed(audit, _inside, *, wish):
    """The helper is killed in mid-ask; another goes on from the last place that was told."""
    place, told = 0, []
    try:
        async with RawHelper(scope([("10.77.0.0/16", "lab")]), audit) as helper:

            def progress(said):
                told.append(said.place)
                if said.asked > 300:
                    helper._process.kill()

            async with aclosing(helper.ask(ask_of(**wish), progress)) as answers:
                async for _ in answers:
                    pass
    except ScannerError as error:
        place = told[-1]
        said = str(error)
    async with RawHelper(scope([("10.77.0.0/16", "lab")]), audit) as helper:
        await heard(helper, ask_of(**wish, begin=place))
    return {"place": place, "said": said}


async def paced(audit, _inside, *, wish, rates):
    """Another rate each second, while one ask runs."""
    async with RawHelper(scope([("10.77.0.0/16", "lab")]), audit) as helper:
        running = asyncio.create_task(heard(helper, ask_of(**wish)))
        changes = [time.time()]
        for rate in rates:
            await asyncio.sleep(1.2)
            await helper.pace(rate)
            changes.append(time.time())
        await asyncio.sleep(1.2)
        running.cancel()
        await asyncio.gather(running, return_exceptions=True)
        return changes


SCENARIOS = {
    "asks": asks,
    "stops": stops,
    "trouble": trouble,
    "narrow": narrow,
    "flooded": flooded,
    "killed": killed,
    "paced": paced,
}


def taken(path):
    data, at = path.read_bytes(), 0
    while at < len(data):
        seconds, rest, size = struct.unpack_from("ddH", data, at)
        at += 18
        yield seconds + rest / 1e9, data[at : at + size]
        at += size


if __name__ == "__main__":
    print(json.dumps(main(sys.argv[1], json.loads(sys.argv[2]))))

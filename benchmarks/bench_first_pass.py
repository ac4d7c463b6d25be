"""How many connections it takes to know what speaks on an open port: `python benchmarks/bench_first_pass.py`.

All devices of the three simulated sectors are played in memory, each TCP port that a profile may ask: first on their usual
ports, then each on a port that tells nothing, which a lab alone connects to (what speaks first is recognised, what keeps
silent is asked once; a simulated device says nothing to what its script does not foresee, where a real TLS server sends the
alert by which it is recognised). A first-pass connection is one that was opened to learn which protocol speaks: discovery's
own, and the one more after a guess; what a probe opens after that to learn more (TLS's ladder) is counted apart. The peer's
figure is ADR 9's: sixty connections of `nmap -sV` at its gentlest for ten open ports.
"""

import asyncio
import sys
import tempfile
from collections import Counter
from collections.abc import Mapping
from datetime import UTC, datetime
from pathlib import Path

import msgspec

from scanner.lab.device import Behaviour, Device
from scanner.lab.inprocess import InProcess, Pipe
from scanner.lab.sector import load
from scanner.model.kinds import Outcome, Profile, Touch
from scanner.model.net import Address, Port, is_udp, tcp
from scanner.observe.active import exchange, load_probes, probes_for
from scanner.observe.probe import permit
from scanner.scope.gate import Gate
from scanner.scope.parse import parse
from scanner.wire import never
from scanner.wire.audit import Audit
from scanner.wire.dial import Dialer
from scanner.wire.ledger import Ledger
from scanner.wire.pace import Pacer

NOW = datetime(2026, 12, 2, 12, tzinfo=UTC)
SECTORS = ("hospital", "utility", "bank")
PEER = 6.0
ODD = 20001
SCOPE = """
[engagement]
name = "first pass"
owner = "us"
authorized_by = "us"
contact = "us"
reference = "bench"
valid_from = 2026-12-01
valid_until = 2026-12-31
sector = "office"

[[network]]
cidr = "10.0.0.0/8"
zone = "here"
profile = "PROFILE"
"""


class Hurry:
    """A clock that only waiting moves: a pace without its hours."""

    def __init__(self) -> None:
        self.seconds = 0.0

    def now(self) -> float:
        """Seconds that were waited."""
        return self.seconds

    async def sleep(self, seconds: float) -> None:
        """Pass the time."""
        self.seconds += seconds
        await asyncio.sleep(0)


def main() -> int:
    """Measure and print; 1 when an aim is missed."""
    print(f"{'what':<64}{'aim':>8}{'measured':>12}{'peer':>8}{'ratio':>9}")
    missed = False
    for words, profile, odd in (
        ("usual ports, office", Profile.OFFICE, False),
        ("usual ports, lab", Profile.LAB, False),
        ("odd ports, lab", Profile.LAB, True),
    ):
        ports, unknown, first, more = asyncio.run(measure(profile, odd=odd))
        # where no port tells, a guess that meets another protocol costs one connection more; that is the worst there is
        aim = 2.0 if odd else 1.0
        each = first / ports
        good = each <= aim
        missed |= not good
        ratio = f"{PEER / each:.1f}x"
        print(
            f"{f'first-pass connections per open port, {words} ({ports})':<64}{aim:>8.2f}{each:>12.2f}{PEER:>8.1f}{ratio:>9}"
            f"  {'PASS' if good else 'MISS'}"
        )
        right = ports - unknown.total()
        print(
            f"  protocol recognised on {right} of {ports} ({right / ports:.0%}); {more} further connections of probes"
        )
        if unknown:
            print("  not recognised:", ", ".join(f"{name} {count}" for name, count in unknown.most_common()))
    return int(missed)


async def measure(profile: Profile, *, odd: bool) -> tuple[int, Counter[str], int, int]:
    """Open ports asked, those not recognised by protocol, first-pass connections, further ones of probes."""
    devices = [placed(device, odd=odd) for name in SECTORS for device in load(name, 7).devices]
    with tempfile.TemporaryDirectory() as folder:
        at = Path(folder)
        with Audit(at / "audit", lambda: NOW) as audit, Ledger(at / "ledger") as ledger:
            hurry, opened = Hurry(), list[tuple[Address, Port]]()
            play = InProcess([device for device, _ in devices], NOW)

            async def connect(address: Address, port: Port) -> tuple[asyncio.StreamReader, Pipe]:
                opened.append((address, port))
                return await play.connect(address, port)

            gate = Gate(parse(SCOPE.replace("PROFILE", profile), "bench"))
            dialer = Dialer(
                gate, pacer=Pacer(hurry.now, hurry.sleep), audit=audit, ledger=ledger, clock=lambda: NOW,
                transport=connect,
            )  # fmt: skip

            async def ask(device: Device, doors: Mapping[Port, str]) -> list[tuple[str, str, int]]:
                """For each door its probe, the one that spoke last, and how many guesses were wrong."""
                told = []
                for port, name in doors.items():
                    if never.why_not(port, profile) or permit(load_probes()[name], profile) is None:
                        continue
                    conn = await dialer.open(device.nics[0].address, port, Touch.ASK)
                    if isinstance(conn, Outcome):
                        continue
                    talk = exchange(conn, profile, zone=None, vantage=None, clock=lambda: NOW)
                    spoke = [one.value["probe"] async for one in talk if one.field == "probe.outcome"]
                    told.append((name, spoke[-1], len(spoke) - 1))
                return told

            # together, since most of the time is waiting for what never speaks
            asked = [one for told in await asyncio.gather(*(ask(*one) for one in devices)) for one in told]
    first = len(asked) + sum(wrong for _, _, wrong in asked)
    missed = Counter(name for name, spoke, _ in asked if name != spoke)
    return len(asked), missed, first, len(opened) - first


def placed(device: Device, *, odd: bool) -> tuple[Device, dict[Port, str]]:
    """The device without its frailties and with its TCP doors, and which probe fits each."""
    doors = [door for door in device.doors if door.talk and not is_udp(door.at)]
    fitting = {door.at: fits(door.talk, door.at) for door in doors}
    kept = [door for door in doors if fitting[door.at]]
    moved = {door.at: tcp(ODD + at) if odd else door.at for at, door in enumerate(kept)}
    there = tuple(msgspec.structs.replace(door, at=moved[door.at]) for door in kept)
    plain = msgspec.structs.replace(device, behaviour=Behaviour(), doors=there, powered=True)
    return plain, {moved[door.at]: fitting[door.at] for door in kept}


def fits(talk: str | None, port: Port) -> str:
    """The probe of a talk: its folder's name, else that of the port; empty where there is none."""
    name = (talk or "").partition("/")[0]
    usual = probes_for(port)
    return name if name in load_probes() else usual.name if usual else ""


if __name__ == "__main__":
    sys.exit(main())

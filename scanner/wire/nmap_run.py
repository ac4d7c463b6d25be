"""Run nmap itself, when its user asks for it: gated targets, office and lab only, a fixed list of harmless words.

python-nmap reads the result but does not start the program: its own `scan` splits a string into options, cannot be
cancelled, and loses what was seen when it is.
"""

import asyncio
import io
from collections.abc import AsyncGenerator, Callable, Sequence
from datetime import datetime
from ipaddress import IPv4Address, IPv6Address
from typing import Final

from msgspec import Struct

from scanner.errors import DataError, HostError, ScopeError
from scanner.model.kinds import Profile, Touch
from scanner.model.net import Address, Mac, Port, number
from scanner.scope.file import Network
from scanner.scope.gate import Gate
from scanner.scope.profile import LIMITS, Limits
from scanner.wire import nmap
from scanner.wire.audit import Audit
from scanner.wire.ledger import Ledger
from scanner.wire.never import shipped, why_not
from scanner.wire.nmap_host import Host

BATCH: Final = 64
"""Hosts of one nmap process: progress comes batch by batch, and a cancelled run loses one batch at most."""

ALLOWED: Final = frozenset({Profile.OFFICE, Profile.LAB, Profile.BENCH})
"""Even `-sT` opens several connections at once, which a ward or a plant must not see."""

HARMLESS: Final = (
    "-sT",  # whole connections by the kernel; no raw packets
    "--unprivileged",
    "-n",  # no name lookups
    "-Pn",  # no echo, no ACK to port 80: the targets are known already
    "-T3",
    "--max-retries",
    "1",
    "-sV",
    "--version-intensity",
    "2",
    "--host-timeout",
    "10m",
)  # fmt: skip
"""The whole vocabulary but for targets, ports and rates; no script, no OS guess, no odd packet can be asked for."""

_PER_PORT: Final = 3
"""Connections booked for each port: the connect, one retry, one for the version."""


class Batch(Struct, frozen=True, kw_only=True):
    """Hosts of one network that may be asked for the same ports."""

    network: Network
    hosts: tuple[IPv4Address | IPv6Address, ...]
    ports: tuple[Port, ...]


async def scan(
    targets: Sequence[IPv4Address | IPv6Address],
    ports: Sequence[Port],
    *,
    gate: Gate,
    audit: Audit,
    ledger: Ledger,
    clock: Callable[[], datetime],
    card: Callable[[Address], Mac | None] = lambda _address: None,
    program: str = "nmap",
) -> AsyncGenerator[Host, None]:
    """Scan what the gate allows of `targets`; hosts come batch by batch. `card` is as for the dialer.

    Raises ScopeError, before anything is sent, when a target lies in a clinical, ot or passive network;
    HostError when nmap is missing or fails. Cancelling ends the running nmap.
    """
    for batch in plan(targets, ports, gate=gate, audit=audit, now=clock(), card=card):
        able = _book(batch, ledger, audit, clock())
        if not able:
            continue
        argv = words(able, LIMITS[able.network.profile])
        audit.write("nmap", words=" ".join(argv), hosts=" ".join(map(str, able.hosts)))
        out = await _run((program, *argv, *map(str, able.hosts)))
        audit.write("nmapped", hosts=" ".join(map(str, able.hosts)), bytes=len(out))
        try:
            for host in nmap.read(io.BytesIO(out), "nmap", clock()):
                yield host
        except DataError as error:
            raise HostError(f"nmap ended before it was done: {error}") from error


def plan(
    targets: Sequence[IPv4Address | IPv6Address],
    ports: Sequence[Port],
    *,
    gate: Gate,
    audit: Audit,
    now: datetime,
    card: Callable[[Address], Mac | None] = lambda _address: None,
) -> list[Batch]:
    """Group what the gate allows by network and ports, at most BATCH hosts each."""
    groups: dict[tuple[str, int, tuple[Port, ...]], list[IPv4Address | IPv6Address]] = {}
    networks: dict[str, Network] = {}
    for target in targets:
        address = Address(str(target))
        network = gate.network(address)
        if network is not None and network.profile not in ALLOWED:
            raise ScopeError(
                f"{address} is in a network of profile {network.profile}: --engine nmap is for office and lab only"
            )
        able = tuple(
            port for port in ports if network and _may(gate, network, address, port, now, card(address))
        )
        if network is None or not able:
            audit.write("refused", to=address, reason="no port of it may be asked by nmap")
            continue
        networks[str(network.cidr)] = network
        groups.setdefault((str(network.cidr), target.version, able), []).append(target)
    return [
        Batch(network=networks[cidr], hosts=tuple(hosts[at : at + BATCH]), ports=able)
        for (cidr, _, able), hosts in groups.items()
        for at in range(0, len(hosts), BATCH)
    ]


def words(batch: Batch, limits: Limits) -> tuple[str, ...]:
    """The options for one batch: the harmless ones, the rates of its profile, the ports."""
    never = sorted({number(port) for port in shipped() if port.startswith("tcp/")})
    return (
        *(("-6",) if batch.hosts[0].version == 6 else ()),
        *HARMLESS,
        "--max-rate",
        str(max(1, int(min(limits.rate_total, limits.rate_host * len(batch.hosts))))),
        # a delay between two probes of one host also keeps nmap from asking it twice at once
        "--scan-delay",
        f"{max(1, round(1000 / limits.rate_host))}ms",
        "--max-parallelism",
        str(min(limits.per_host * len(batch.hosts), limits.hosts_parallel)),
        "--exclude-ports",
        ",".join(map(str, never)),
        "-p",
        ",".join(str(number(port)) for port in batch.ports),
        "-oX",
        "-",
    )


async def version(program: str = "nmap") -> str:
    """The version of the nmap that is installed; HostError when there is none."""
    out = await _run((program, "--version"))
    return out.decode("utf-8", "replace").partition("\n")[0].strip()


def _may(gate: Gate, network: Network, address: Address, port: Port, now: datetime, mac: Mac | None) -> bool:
    return (
        port.startswith("tcp/")
        and why_not(port, network.profile) is None
        and gate.may(address, port=port, touch=Touch.ASK, now=now, mac=mac).allowed
    )


def _book(batch: Batch, ledger: Ledger, audit: Audit, now: datetime) -> Batch | None:
    """The part of the batch whose budget of the day still holds this."""
    budget, hosts = LIMITS[batch.network.profile].budget, []
    for host in batch.hosts:
        if ledger.spend(Address(str(host)), now, budget, _PER_PORT * len(batch.ports)):
            hosts.append(host)
        else:
            audit.write("refused", to=str(host), reason=f"would exceed its {budget} connections of 24 hours")
    return Batch(network=batch.network, hosts=tuple(hosts), ports=batch.ports) if hosts else None


async def _run(argv: tuple[str, ...]) -> bytes:
    pipe = asyncio.subprocess.PIPE
    try:
        process = await asyncio.create_subprocess_exec(
            *argv, stdin=asyncio.subprocess.DEVNULL, stdout=pipe, stderr=pipe
        )
    except FileNotFoundError as error:
        raise HostError(f"{argv[0]} is not installed; install it, or leave --engine nmap out") from error
    try:
        out, err = await process.communicate()
    except asyncio.CancelledError:
        process.kill()
        await process.wait()
        raise
    if process.returncode != 0:
        last = err.decode("utf-8", "replace").strip().splitlines()[-1:] or ["no word why"]
        raise HostError(f"{argv[0]} failed (status {process.returncode}): {last[0]}")
    return out

"""Who finds everything, how fast, and who says what it missed: `./dev bench bench_discovery` (root; about eight minutes).

Ours and the installed ones of nmap, masscan, zmap, arp-scan and fping do the same work in turn, in networks that this
program builds (`discovery/world.py`): a /16 with 3,001 live addresses, bare, with 1 and 5 % of the frames lost in each
direction, and with 10 ms of delay each way, on-link and behind a router. Nothing has a way out. Prints each command line,
what it found, how long it took, what left our card each second, what the middle carried and lost; then aim, measured,
peer, ratio, PASS or MISS. Words after the command choose parts: `./dev bench` runs all, `bench_discovery.py pair loss` two.
"""

import json
import os
import subprocess
import sys
import tempfile
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

from discovery import peers
from discovery.aims import Aims
from discovery.peers import Meter, Peer, Result
from discovery.world import NETWORK, PORTS, Condition, World, standing

OURS = Path(__file__).parent / "discovery" / "ours.py"
APART = ("unshare", "--net", "--mount", "--fork", "--kill-child")
RUNS = 10
BEST = 5
"""Of so many runs, each tool in its turn, the best counts where seconds are compared: others may use this machine."""
TRIES = 3
"""Where frames are lost, for us as for the others that can."""


def main(wanted: Sequence[str]) -> int:
    """Run the parts asked for, or all; 1 when an aim is missed."""
    if os.geteuid() != 0:
        print("not measured: makes network namespaces, needs root")
        return 1
    if os.environ.get("DISCOVERY_APART") != "yes":
        # nothing of this may ever happen in the namespace that this machine lives in
        words = [*APART, sys.executable, __file__, *wanted]
        return subprocess.run(words, env={**os.environ, "DISCOVERY_APART": "yes"}, check=False).returncode
    aims = Aims()
    for name in wanted or PARTS:
        PARTS[name](aims)
    return aims.tell()


def pair(aims: Aims) -> None:
    """The bare pair: the fastest that each can be."""
    with standing(Condition(middle=False)) as world:
        head(world)
        # arp-scan is told to listen for a tenth of a second after its last frame, and so are we
        turns = [(ours(world, "arp", tries=1, wait=0.1), theirs(world, peers.ARP_SCAN)) for _ in range(BEST)]
        mine, arp = (min(results, key=lambda one: one.seconds) for results in zip(*turns, strict=True))
        nmap = theirs(world, peers.NMAP_PING)
        aims.recall(
            "on-link /16, no loss: devices found", 1.0, mine, world.live, {"arp-scan": arp, "nmap": nmap}
        )
        aims.faster(
            "on-link /16: seconds from the asking to the last word", 1.0, mine.seconds, arp, "arp-scan"
        )
        aims.faster("on-link /16: seconds with our start-up", 1.0, mine.whole, arp, "arp-scan")
        aims.faster("on-link /16: against nmap -sn --min-rate 20000", 8.0, mine.whole, nmap, "nmap")


def rate(aims: Aims) -> None:
    """What leaves the card each second, SYNs to six ports of a /16, on the same pair."""
    with standing(Condition(routed=True, middle=False)) as world:
        head(world)
        others = (peers.MASSCAN, peers.ZMAP_RATE)
        turns = [
            (ours(world, "syn", tries=1), *(theirs(world, peer) for peer in others)) for _ in range(BEST)
        ]
        mine, *best = (max(results, key=lambda one: one.rate) for results in zip(*turns, strict=True))
        for peer, result in zip(others, best, strict=True):
            aims.rate(f"SYNs a second, against {peer.name}", mine, result, peer.name)


def loss(aims: Aims) -> None:
    """On-link, by ARP, with loss and with delay."""
    for condition, aim in (
        (Condition(loss=0.01), 0.999),
        (Condition(loss=0.05), 0.995),
        (Condition(delay=0.01), 1.0),
    ):
        with standing(condition) as world:
            head(world)
            mine = ours(world, "arp", tries=TRIES)
            others = {peer.name: theirs(world, peer) for peer in (peers.ARP_SCAN_THRICE, peers.NMAP_PING)}
            aims.recall(f"{condition}: devices found by ARP", aim, mine, world.live, others)


def routed(aims: Aims) -> None:
    """Behind a router: echo requests, and SYNs to six ports."""
    for condition, aim in (
        (Condition(routed=True), 1.0),
        (Condition(routed=True, loss=0.01), 0.999),
        (Condition(routed=True, loss=0.05), 0.995),
        (Condition(routed=True, delay=0.01), 1.0),
    ):
        with standing(condition) as world:
            head(world)
            tries = 1 if condition == Condition(routed=True) else TRIES
            mine = ours(world, "echo", tries=tries)
            # fping takes 37 seconds: once is enough
            rivals = (peers.ZMAP_ECHO, peers.FPING) if tries == 1 else (peers.ZMAP_ECHO,)
            others = {peer.name: theirs(world, peer) for peer in rivals}
            aims.recall(f"{condition}: devices found by echo", aim, mine, world.live, others)
            mine = ours(world, "syn", tries=tries)
            others = {peers.MASSCAN.name: theirs(world, peers.MASSCAN)}
            aims.recall(f"{condition}: open ports of 6 x /16", aim, mine, world.sockets, others)


def same(aims: Aims) -> None:
    """Ten runs in ten orders: the same answer."""
    with standing(Condition(routed=True)) as world:
        head(world)
        mine = many(world, "syn", tries=2, runs=RUNS)
        others = [theirs(world, peers.MASSCAN) for _ in range(RUNS)]
        aims.identical(
            "different answers in ten runs (6 ports x /16)",
            [one.found for one in mine],
            [one.found for one in others],
            "masscan",
        )


def memory(aims: Aims) -> None:
    """All of 10/8 into a network where nobody is: a slice in time, since memory is what is asked for."""
    with standing(Condition(routed=True, middle=False, count=0)) as world:
        head(world)
        said = call(world, "echo", cidr="10.0.0.0/8", seconds=15.0)
        (run,) = said["runs"]
        print(
            f"  ours     10.0.0.0/8 for {run['seconds']:.0f} s: {run['sent']} of 16,777,214 asked; MB {said['memory_mb']}"
        )
        aims.below("memory of a sweep of 10/8, MB (both processes)", 200, sum(said["memory_mb"]))


def careful(aims: Aims) -> None:
    """A ward and an office at their own pace, or on the lab's clock where that is said."""
    from discovery import pace

    pace.measure(aims, call=call, head=head)


def head(world: World) -> None:
    """A title, and what there is to be found."""
    print(
        f"\n{world.condition}: {len(world.live)} of 65,534 addresses live, {len(world.sockets)} open ports",
        flush=True,
    )


def ours(world: World, method: str, *, tries: int, wait: float = 0.2) -> Result:
    """One run of ours, told."""
    return many(world, method, tries=tries, runs=1, wait=wait)[0]


def many(world: World, method: str, *, tries: int, runs: int, wait: float = 0.2) -> list[Result]:
    """Some runs of ours in one process, told."""
    world.counted()
    used = peers.cpu()
    with Meter() as meter:
        said = call(world, method, tries=tries, runs=runs, wait=wait)
    results = [
        Result(
            found=frozenset(run["found"]),
            seconds=run["seconds"],
            whole=run["seconds"] + said["before"],
            rate=meter.rate,
            sent=run["sent"],
            cpu=(peers.cpu() - used) / runs,
            counted=world.counted(),
            note=f"dropped {run['dropped']}, strays {run['strays']}",
        )
        for run in said["runs"]
    ]
    for result in results:
        told(world, f"ours ({method}, {tries} tries)", result)
    return results


def call(world: World, method: str, **words: object) -> dict[str, Any]:
    """Run our side in a process of its own; what it says, and how long it took beside the asking."""
    wish = {
        "cidr": str(NETWORK),
        "profile": "bench",
        "method": method,
        "source": world.source,
        "ports": PORTS if method == "syn" else (),
        "via": None if method == "arp" else world.next_hop,
        "rate": 1e6,
        "tries": 1,
        "runs": 1,
        "seed": 1,
        "wait": 0.2,
        "seconds": 60.0,
        **words,
    }
    with tempfile.NamedTemporaryFile("w+") as file:
        wall = peers.timed([sys.executable, str(OURS), json.dumps(wish)], file)
        said: dict[str, Any] = json.load(file)
    said["before"] = wall - sum(run["seconds"] for run in said["runs"])
    return said


def theirs(world: World, peer: Peer) -> Result:
    """One run of a peer, told."""
    if not peer.there:
        print(f"  {peer.name}: not installed, not measured")
        return Result(found=frozenset(), seconds=0.0, missing=True)
    print(f"  $ {peer.line(world)}")
    result = peer.run(world)
    told(world, peer.name, result)
    return result


def told(world: World, name: str, result: Result) -> None:
    """One line about a run."""
    wanted = world.sockets if any(":" in one for one in result.found) else world.live
    right, carried = len(result.found & wanted), ""
    if result.counted:
        c = result.counted
        carried = f"; the middle lost {c['asked_lost']} of {c['asked']} out, {c['answered_lost']} of {c['answered']} back"
    print(
        f"  {name:<28} {right:>5} of {len(wanted)}, {len(result.found - wanted)} wrong; {result.seconds:6.2f} s;"
        f" {result.cpu:5.2f} s of processor; {result.sent:>7} frames, {result.rate / 1000:4.0f} k/s{carried}{'; ' + result.note if result.note else ''}",
        flush=True,
    )


PARTS: dict[str, Callable[[Aims], None]] = {
    "pair": pair,
    "rate": rate,
    "loss": loss,
    "routed": routed,
    "same": same,
    "memory": memory,
    "careful": careful,
}

if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))

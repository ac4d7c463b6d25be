"""What lies between: a bridge or a router that loses frames, or a cable that holds them back. Run by world.py."""

import json
import subprocess
import sys
import threading
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent))

import cable
import player

WAYS = {"asked": "m0", "answered": "m1"}
"""What comes in where."""


def carry(*, routed: bool, loss: float, delay: float, near: str, far: str) -> bool:
    """Begin to carry frames."""
    player.settle("net.ipv4.ip_forward=1")
    player.ip("link set lo up", "link set m0 up", "link set m1 up")
    if delay:
        _cables.extend(cable.Cable(*ends, delay) for ends in (("m0", "m1"), ("m1", "m0")))
        threading.Thread(target=cable.run, args=(_cables,), daemon=True).start()
    elif routed:
        player.ip(
            "address add 10.99.0.2/30 dev m0",
            "address add 10.98.0.1/30 dev m1",
            f"neighbour add 10.99.0.1 lladdr {near} dev m0 nud permanent",
            f"neighbour add 10.98.0.2 lladdr {far} dev m1 nud permanent",
            "route add 10.0.0.0/8 via 10.98.0.2 dev m1",
        )
        _lossy("ip", loss)
    else:
        player.ip(
            "link add name b0 type bridge", "link set b0 up", "link set m0 master b0", "link set m1 master b0"
        )
        _lossy("bridge", loss)
    return True


def _lossy(family: str, loss: float) -> None:
    """Count what is carried, and lose some of it, in each direction."""
    rules = [f"table {family} t {{"]
    rules += [f"counter {name} {{ }}\ncounter {name}_lost {{ }}" for name in WAYS]
    rules += ["chain f {", "type filter hook forward priority 0; policy accept;"]
    for name, card in WAYS.items():
        rules.append(f'iifname "{card}" counter name "{name}"')
        if loss:
            rules.append(
                f'iifname "{card}" numgen random mod 10000 < {round(loss * 10000)} counter name "{name}_lost" drop'
            )
    rules += ["}", "}"]
    subprocess.run(["nft", "-f", "-"], input="\n".join(rules) + "\n", text=True, check=True)


def count() -> dict[str, int]:
    """What was carried and lost since the last call."""
    if _cables:
        return {
            key: value
            for name, one in zip(WAYS, _cables, strict=True)
            for key, value in one.counted(name).items()
        }
    said = subprocess.run(["nft", "-j", "reset", "counters"], capture_output=True, check=True).stdout
    counters = [one["counter"] for one in json.loads(said)["nftables"] if "counter" in one]
    return {one["name"]: one["packets"] for one in counters}


_cables: list[cable.Cable] = []

if __name__ == "__main__":
    player.serve({"carry": carry, "count": count})

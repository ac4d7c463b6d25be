"""Is the system of a machine right by what is only heard of it? `./dev bench bench_heard` (a minute).

`heard/world.py` draws machines of known systems, each with one to five facts of NTLM, browser, DHCP or SMB, and liars. Each
is judged alone, as a listener's log is. *Right* is the share of honest machines whose family is named rightly; *wrong* of those
named. A liar counts as marked when no family is named, when the confidence is below SURE, or when it is taken for a decoy.
The peer believes the first fact that names a family, as a fingerprint table does. Prints aim, measured, peer, PASS or MISS.
"""

import sys
from collections import Counter
from datetime import UTC, datetime

from heard.world import Machine, machines

from scanner.identify import claims, merge
from scanner.knowledge.base import Base, open_base
from scanner.model.device import Device
from scanner.model.net import Address
from scanner.model.observation import Observation
from scanner.scope.parse import parse

COUNT, SEEDS = 1500, (3, 71)
SURE = 0.7
"""More than this reads as a fact in a report."""
NOW = datetime(2026, 11, 23, tzinfo=UTC)
PLACE = Address("10.0.0.5")
FAMILIES = {"Windows": "Windows", "Mac OS X": "Mac OS X", "iOS": "iOS", "iPadOS": "iOS", "Android": "Android"}
SCOPE = """
[engagement]
name = "x"
owner = "x"
authorized_by = "x"
contact = "x"
reference = "x"
valid_from = 2026-11-01
valid_until = 2026-11-30
sector = "hospital"

[[network]]
cidr = "10.0.0.0/24"
zone = "x"
profile = "passive"
"""


def main() -> int:
    """Judge both seeds; 1 when an aim is missed."""
    base, missed = open_base(), 0
    print(f"{COUNT} machines a seed and {COUNT // 10} liars, each with one to five facts")
    for seed in SEEDS:
        missed |= judge(seed, base)
    return missed


def judge(seed: int, base: Base) -> int:
    """One world; print its lines."""
    ours: Counter[str] = Counter()
    peer: Counter[str] = Counter()
    marked = liars = lines = 0
    by_family: Counter[tuple[str, str]] = Counter()
    for machine in machines(COUNT, seed):
        device = judged(machine, base)
        if machine.honest:
            said = family(device)
            ours[verdict(said, machine.family)] += 1
            peer[verdict(first(machine, base), machine.family)] += 1
            by_family[machine.family, said or "silent"] += 1
        else:
            liars += 1
            marked += doubted(device)
            lines += bool(device.conflicts)
    print(f"\nseed {seed}: what they are, what they were taken for: " + "; ".join(
        f"{one} as {said} {count}" for (one, said), count in sorted(by_family.items())
    ))  # fmt: skip
    named = COUNT - ours["silent"]
    rows = (
        ("family right, of machines that gave a fact", 0.95, ours["right"] / COUNT, peer["right"] / COUNT),
        ("  right, of those that were named", 0.99, ours["right"] / named, peer["right"] / (COUNT - peer["silent"])),
        ("liars that are marked", 0.95, marked / liars, 0.0),
    )  # fmt: skip
    print(f"{'what':<48}{'aim':>8}{'measured':>10}{'peer':>8}{'ratio':>8}")
    for what, aim, got, other in rows:
        ratio = f"{got / other:.2f}x" if other else "-"
        print(f"{what:<48}{aim:>8.1%}{got:>10.1%}{other:>8.1%}{ratio:>8}  {'PASS' if got >= aim else 'MISS'}")
    print(f"yield: {named} of {COUNT} named, {ours['silent']} silent, {ours['wrong']} wrong; {lines} of {liars} liars with a conflict in words")  # fmt: skip
    return int(any(got < aim for _, aim, got, _ in rows))


def judged(machine: Machine, base: Base) -> Device:
    """The one device that its facts make."""
    seen = [
        Observation(source="passive:x", first=NOW, last=NOW, field=field, value=value, address=PLACE)
        for field, value in machine.facts
    ]
    return merge.devices(seen, base, parse(SCOPE, "scope.toml"), NOW)[0]


def family(device: Device) -> str | None:
    """The family that is named, or that the named product belongs to."""
    product = device.attributes.get("os.product")
    told = device.attributes.get("os.family")
    for one in (product, told):
        if one is not None and (
            known := next((FAMILIES[n] for n in FAMILIES if one.value.startswith(n)), None)
        ):
            return known
    return told.value if told else None


def first(machine: Machine, base: Base) -> str | None:
    """What a table says that believes the first fact."""
    for field, value in machine.facts:
        _, said = claims.identify(field, value, base)
        product = said.get("os.product", "")
        known = next((FAMILIES[one] for one in FAMILIES if product.startswith(one)), said.get("os.family"))
        if known:
            return known
    return None


def verdict(said: str | None, truth: str) -> str:
    """Right, wrong or silent; Android is a Linux."""
    if said is None:
        return "silent"
    return "right" if said == truth or (truth == "Android" and said == "Linux") else "wrong"


def doubted(device: Device) -> bool:
    """Whether nobody would take the liar's system for a fact."""
    told = device.attributes.get("os.family") or device.attributes.get("os.product")
    return (
        told is None
        or told.value == "Linux"
        or told.confidence < SURE
        or "setting.decoy" in device.attributes
    )


if __name__ == "__main__":
    sys.exit(main())

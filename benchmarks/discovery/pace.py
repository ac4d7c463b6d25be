"""A ward and an office: what three spaced tries find where a hundredth is lost, and how long it takes at their pace."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from ipaddress import IPv4Address, IPv4Network
from typing import Any, Final

from discovery.aims import Aims
from discovery.peers import Result
from discovery.world import Condition, World, standing
from scanner.model.kinds import Kind, Profile
from scanner.model.net import Address
from scanner.observe.packets import Known, plan, took
from scanner.scope.file import Scope
from scanner.scope.parse import parse
from scanner.scope.profile import LIMITS

LAB_CLOCK: Final = 20
"""How much faster than in a real ward the requests follow each other here; what is lost does not depend on it."""

TRIES: Final = 3
ROUNDS: Final = 5
CLINICAL: Final = (Profile.CLINICAL, IPv4Network("10.77.8.0/24"), 150)
OFFICE: Final = (Profile.OFFICE, IPv4Network("10.77.16.0/22"), 600)

_SCOPE: Final = """
[engagement]
name = "bench"
owner = "bench"
authorized_by = "bench"
contact = "bench"
reference = "bench"
valid_from = {today}
valid_until = {later}
sector = "hospital"

[[network]]
cidr = "{cidr}"
zone = "bench"
profile = "{profile}"
"""


def measure(aims: Aims, *, call: Callable[..., dict[str, Any]], head: Callable[[World], None]) -> None:
    """Recall at the pace of a ward and of an office, on the lab's clock; then their hours by the plan."""
    for profile, network, count in (CLINICAL, OFFICE):
        with standing(Condition(loss=0.01, among=network, count=count)) as world:
            head(world)
            rate = LIMITS[profile].arp_rate * LAB_CLOCK
            said = call(world, "arp", cidr=str(network), rate=rate, tries=TRIES, runs=ROUNDS, wait=0.2)
            found = [frozenset(run["found"]) & world.live for run in said["runs"]]
            middle = world.counted()
            print(
                f"  ours (arp, {TRIES} tries, {LIMITS[profile].arp_rate:g}/s of {profile} on a lab clock x{LAB_CLOCK}):"
                f" {[len(one) for one in found]} of {len(world.live)} in {ROUNDS} runs; middle {dict(middle)}"
            )
            every = Result(
                found=frozenset(f"{at} {one}" for at, run in enumerate(found) for one in run), seconds=0.0
            )
            wanted = [f"{at} {one}" for at in range(ROUNDS) for one in world.live]
            aims.recall(f"{profile}: devices found, {TRIES} spaced tries, 1% loss", 0.999, every, wanted, {})
    for (profile, network, count), what in (
        (OFFICE, "600 office devices"),
        (CLINICAL, "a clinical /24 of 150"),
    ):
        aims.printed(f"{what}: at most, by the plan", lasts(profile, network, count))


def lasts(profile: Profile, network: IPv4Network, count: int) -> str:
    """How long a whole scan may take, every port silent, as the dry run says it."""
    now = datetime.now(UTC)
    # a ward's devices must be known for what they are before anything is asked of them
    kind = Kind.PATIENT_MONITOR if profile is Profile.CLINICAL else None
    known = [
        Known(address=Address(str(IPv4Address(int(network.network_address) + one))), kind=kind)
        for one in range(1, count + 1)
    ]
    return took(plan(scope(profile, network, now), known, now).seconds)


def scope(profile: Profile, network: IPv4Network, now: datetime) -> Scope:
    """A scope with this one network."""
    text = _SCOPE.format(
        today=now.date(), later=now.date() + timedelta(days=30), cidr=network, profile=profile
    )
    return parse(text, "scope.toml")

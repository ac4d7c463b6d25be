"""What was looked at and what was not: zones, exchanges and limits, read from the log alone."""

from collections import Counter
from collections.abc import Iterator, Sequence

from scanner.model.assessment import Exchange, ZoneView
from scanner.model.device import Device
from scanner.model.knowledge import Confidence, Knowledge
from scanner.model.observation import Observation
from scanner.model.run import Run
from scanner.model.verdict import ZoneReach
from scanner.scope.file import Scope


def zones(scope: Scope, devices: Sequence[Device], log: Sequence[Observation]) -> tuple[ZoneView, ...]:
    """Every zone of the scope, with how it was looked at and what answered there."""
    inside = {seen.zone for seen in log if seen.zone and seen.zone == seen.vantage}
    answered = {leg.address: leg.zone for device in devices for leg in device.legs if leg.live}
    found = []
    for name in sorted({network.zone for network in scope.networks}):
        networks = [network for network in scope.networks if network.zone == name]
        here = sum(1 for device in devices if name in device.zones)
        view = ZoneView(
            name=name,
            cidrs=tuple(str(network.cidr) for network in networks),
            profile=", ".join(sorted({network.profile for network in networks})),
            devices=here,
            addresses_answered=sum(1 for zone in answered.values() if zone == name),
            scanned_from_inside=name in inside,
            notes=tuple(_zone_notes(name, inside, here)),
        )
        found.append(view)
    return tuple(found)


def _zone_notes(name: str, inside: set[str], devices: int) -> Iterator[str]:
    if name not in inside:
        yield "not looked at from inside: devices that only answer their own network are missing"
    if not devices:
        yield "nothing was found here"


def exchanges(log: Sequence[Observation]) -> tuple[Exchange, ...]:
    """How the probes ended, by probe and outcome."""
    ends = Counter(
        (str(seen.value.get("probe")), str(seen.value.get("outcome")))
        for seen in log
        if seen.field == "probe.outcome" and isinstance(seen.value, dict)
    )
    return tuple(
        Exchange(probe=probe, outcome=end, count=count) for (probe, end), count in sorted(ends.items())
    )


def limits(
    scope: Scope,
    devices: Sequence[Device],
    runs: Sequence[Run],
    reach: Sequence[ZoneReach],
    knowledge: Knowledge,
) -> tuple[str, ...]:
    """What this assessment cannot say, in words, most important first."""
    return tuple(_limits(scope, devices, runs, reach, knowledge))


def _limits(
    scope: Scope,
    devices: Sequence[Device],
    runs: Sequence[Run],
    reach: Sequence[ZoneReach],
    knowledge: Knowledge,
) -> Iterator[str]:
    for run in runs[-1:]:
        yield from run.notes
    mute = sum(1 for device in devices if not device.services and any(leg.live for leg in device.legs))
    if mute:
        yield f"{mute} devices answered but offered no open port that was asked: what they run is not known"
    silent = sum(1 for device in devices if not any(leg.live for leg in device.legs))
    if silent:
        yield f"{silent} devices are known from records only and stayed silent during the run"
    guessed = sum(1 for link in reach if link.known == "assumed")
    if guessed:
        yield f"for {guessed} of {len(reach)} pairs of zones nobody has measured or declared who may reach whom: assumed"
    if any(network.cidr.version == 4 for network in scope.networks) and not any(
        network.cidr.version == 6 for network in scope.networks
    ):
        yield "IPv6 was not looked at"
    yield "services over UDP were not asked; devices that were switched off were not seen"
    unsure = sum(1 for fact in knowledge.exposures() if fact.confidence is Confidence.UNVERIFIED)
    if unsure:
        yield f"{unsure} of the {len(knowledge.exposures())} known exposures are not yet verified against a second source"

"""What was looked at and what was not: zones, exchanges and limits, read from the log alone."""

from collections import Counter, defaultdict
from collections.abc import Iterator, Sequence
from datetime import datetime
from typing import Final

from scanner.model.assessment import Exchange, ZoneView
from scanner.model.device import Device
from scanner.model.kinds import Reach
from scanner.model.knowledge import Confidence, Knowledge
from scanner.model.observation import Observation
from scanner.model.run import Run
from scanner.model.verdict import ZoneReach
from scanner.report import recall
from scanner.report.text import plural
from scanner.scope.file import Scope

LOOKS: Final = frozenset({"scan", "discover", "demo"})
"""Runs that look for hosts."""


def zones(
    scope: Scope, devices: Sequence[Device], log: Sequence[Observation], runs: Sequence[Run] = ()
) -> tuple[ZoneView, ...]:
    """Every zone of the scope, with how it was looked at, what answered there, and how much of it that may be."""
    since = max((run.started for run in runs if run.command in LOOKS), default=None)
    silent = Counter(zone for device in devices if not device.live for zone in device.zones)
    recalls = {} if since is None else recall.recall(log, since, silent)
    inside = {seen.zone for seen in log if seen.zone and seen.zone == seen.vantage}
    answered = {leg.address: leg.zone for device in devices for leg in device.legs if leg.live}
    guards = _guards(log, since)
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
            notes=tuple(_zone_notes(name, inside, here, guards[name])),
            recall=recalls.get(name),
        )
        found.append(view)
    return tuple(found)


_FLAGS: Final = {
    "tarpit": "where every port opens and nothing speaks (a tarpit, or a firewall that answers for others)",
    "answers_for_all": "that one firewall answers for, all alike",
    "proxy_arp": "that one card answers for, where nobody answers anything else (proxy ARP)",
    "duplicate": "that two cards answer for",
    "syn_proxy": "before which a SYN proxy stands: an open port there says little",
    "nat": "behind which several machines answer",
}
"""What discovery flags, in words that follow `3 addresses`."""


def _guards(
    log: Sequence[Observation], since: datetime | None
) -> dict[str | None, Counter[tuple[str, bool]]]:
    """By zone: how many addresses the last run flagged as what, and whether a device is there all the same."""
    counts: dict[str | None, Counter[tuple[str, bool]]] = defaultdict(Counter)
    for seen in log:
        if (
            seen.field.startswith("guard.")
            and isinstance(seen.value, dict)
            and (since is None or seen.last >= since)
        ):
            counts[seen.zone][seen.field.removeprefix("guard."), bool(seen.value.get("real"))] += 1
    return counts


def _zone_notes(
    name: str, inside: set[str], devices: int, guards: Counter[tuple[str, bool]]
) -> Iterator[str]:
    for (flag, real), count in sorted(guards.items()):
        counted = "" if real else ": not counted as devices"
        yield f"{plural(count, 'address', 'addresses')} {_FLAGS.get(flag, flag)}{counted}"
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
    # an import after a scan does not mend what the scan could not do
    latest = {(run.site, run.command): run for run in runs}
    yield from dict.fromkeys(
        f"{run.site}: {note}" if run.site else note for run in latest.values() for note in run.notes
    )
    live = [device for device in devices if any(leg.live for leg in device.legs)]
    if mute := sum(not device.services for device in live):
        yield f"{plural(mute, 'device')} answered but offered no open port that was asked: what runs there is not known"
    if silent := len(devices) - len(live):
        yield f"{plural(silent, 'device')} known from records only stayed silent during the run"
    if guessed := sum(link.known is Reach.ASSUMED for link in reach):
        yield f"for {guessed} of {len(reach)} pairs of zones nobody has measured or declared who may reach whom: assumed"
    if {network.cidr.version for network in scope.networks} == {4}:
        yield "IPv6 was not looked at"
    udp = any(service.port.startswith("udp/") for device in devices for service in device.services)
    asked = "asked of some devices only" if udp else "not asked"
    yield f"services over UDP were {asked}; devices that were switched off were not seen"
    known = knowledge.exposures()
    if unsure := sum(fact.confidence is Confidence.UNVERIFIED for fact in known):
        yield f"{unsure} of the {len(known)} known exposures are not yet verified against a second source"

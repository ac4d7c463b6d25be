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
from scanner.report.texts import Named, phrase
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


_FLAGS: Final = Named("guards", ("tarpit", "answers_for_all", "proxy_arp", "duplicate", "syn_proxy", "nat"))
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
        counted = "" if real else phrase("coverage.not_counted_as_devices")
        yield f"{plural(count, 'address')} {_FLAGS.get(flag, flag)}{counted}"
    if name not in inside:
        yield phrase("coverage.not_looked_at_from_inside_devices_that_only")
    if not devices:
        yield phrase("coverage.nothing_was_found_here")


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
        yield phrase("coverage.answered_but_offered_no_open_port_that_was", devices=plural(mute, "device"))
    if silent := len(devices) - len(live):
        yield phrase("coverage.known_from_records_only_stayed_silent", devices=plural(silent, "device"))
    if guessed := sum(link.known is Reach.ASSUMED for link in reach):
        yield phrase("coverage.for_of_pairs_of_zones_nobody_has_measured", guessed=guessed, reach=len(reach))
    if {network.cidr.version for network in scope.networks} == {4}:
        yield phrase("coverage.ipv6_was_not_looked_at")
    udp = any(service.port.startswith("udp/") for device in devices for service in device.services)
    asked = phrase("coverage.asked_of_some_devices_only") if udp else phrase("coverage.not_asked")
    yield phrase("coverage.services_over_udp_were_devices_that_were", asked=asked)
    known = knowledge.exposures()
    if unsure := sum(fact.confidence is Confidence.UNVERIFIED for fact in known):
        yield phrase("coverage.of_the_known_exposures_are_not_yet_verified", unsure=unsure, known=len(known))

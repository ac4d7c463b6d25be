"""Everything that can be done about a network, with what it costs: to one device, to a rule, or to one cause everywhere.

What a maker forbids is left out here, once: nobody patches, reconfigures or replaces a medical device or a controller but
its maker, so for those there are only walls (their switch port, the rules towards them, the leg that is pulled), unless
their maker's form (MDS2) says that the owner may install updates.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Final

from msgspec import Struct

from scanner.model.device import Device
from scanner.model.kinds import Kind, Role, Support
from scanner.model.net import Port
from scanner.risk.exposure import OUTLIVED, Door, Weakness
from scanner.risk.plan.change import Change
from scanner.risk.plan.trial import Trial

MAKERS: Final = frozenset({
    Kind.MODALITY, Kind.PACS, Kind.PATIENT_MONITOR, Kind.INFUSION_GATEWAY, Kind.LAB_ANALYSER, Kind.NURSE_CALL,
    Kind.PLC, Kind.RTU, Kind.HMI, Kind.RELAY, Kind.METER, Kind.BUILDING_CONTROLLER, Kind.ATM,
})  # fmt: skip
"""Kinds that only their maker changes; the maker's own form may say otherwise."""
NEEDED: Final = frozenset({
    Kind.SERVER, Kind.DOMAIN_CONTROLLER, Kind.HYPERVISOR, Kind.NAS, Kind.PACS, Kind.INTERFACE_ENGINE, Kind.MAINFRAME,
    Kind.HSM, Kind.COMPUTE_HOST, Kind.SWITCH, Kind.ROUTER, Kind.FIREWALL, Kind.LOAD_BALANCER, Kind.ACCESS_POINT,
})  # fmt: skip
"""Kinds that others work with: cut off from everything they are of no use, so that is never proposed."""
SERVERS: Final = NEEDED | {Kind.BMC, Kind.UPS, Kind.PDU}
"""Kinds whose change needs a maintenance window."""
PEOPLE: Final = frozenset({Kind.UNKNOWN, Kind.WORKSTATION, Kind.LAPTOP, Kind.PHONE})
"""Kinds that are no group: people work on them with whatever else there is."""
CROWD: Final = 3
"""Devices of one kind that are worth a network of their own."""
SETTINGS: Final = frozenset({"smb1-enabled", "rdp-no-nla", "smb-signing-off", "sslv2-3"})
"""Weaknesses that are a setting although a date stands beside them."""
SMB1: Final = frozenset({"smb1-enabled", "ms17-010"})
"""What goes when SMBv1 is turned off: the hole of 2017 is in that version alone."""
NO_NLA: Final = "rdp-no-nla"
RDP: Final = "rdp-rce"
FORM: Final = "CSUP-2.1"
"""MDS2 (HN 1-2019), on the owner installing updates; the number is common knowledge, recheck against the form."""
_KNOWN: Final = "known:"
_ADVICE: Final = 2
"""Settings of one device that a step spells out; its sheet has them all."""


class Move(Struct, frozen=True, kw_only=True):
    """One thing that can be done."""

    key: tuple[str, ...]
    """What it is, for ties and for finding it again; says nothing about order."""
    action: str
    """`unplug` `patch` `isolate` `replace` `deny` `settings` `campaign` `passwords` `separate` `set` `remove`."""
    text: str
    hosts: tuple[int, ...]
    cost: float
    change: Change


def forbidden(device: Device) -> bool:
    """Whether only the maker may change it."""
    said = [
        one.value.lower() for one in device.facts if one.attr.startswith("mds2") and one.attr.endswith(FORM)
    ]
    if said:
        return "no" in said
    return device.kind in MAKERS


def called(device: Device) -> str:
    """What to call a device in a sentence: its name and what it is."""
    return f"{device.name} ({device.kind})"


def on_device(trial: Trial, host: int) -> tuple[Move, ...]:
    """All that can be done to one device, cheapest first."""
    if trial.on.cast[host].device.role is not Role.NONE:
        return ()
    found = [*_unplug(trial, host), *_patch(trial, host), *_isolate(trial, host), *_replace(trial, host)]
    return tuple(sorted(found, key=lambda one: (one.cost, one.key)))


def cheapest(trial: Trial, host: int) -> Move | None:
    """The cheapest way to keep an intruder from passing this device, whatever else it may leave."""
    passing = [one for one in on_device(trial, host) if one.action != "patch"]
    return passing[0] if passing else None


def together(moves: Sequence[Move], reason: str) -> Move:
    """Several moves as one: each is worth little alone."""
    change = Change()
    for one in moves:
        change |= one.change
    return Move(
        key=("set", *sorted("/".join(one.key) for one in moves)),
        action="set",
        text=f"{reason}: " + "; ".join(one.text for one in moves),
        hosts=tuple(sorted({host for one in moves for host in one.hosts})),
        cost=sum(one.cost for one in moves),
        change=change,
    )


def deny(trial: Trial, source: int, target: int, ports: Iterable[str] = ()) -> Move | None:
    """Forbid one zone to open these ports (none named = any) in another; None where nothing listens there."""
    net, named = trial.on.net, frozenset(ports)
    pairs = [
        at
        for at, (zone, door, _) in enumerate(net.pairs)
        if zone == target and net.opens[at, source] > 0 and _shuts(trial, source, target, door, named)
    ]
    if not pairs:
        return None
    known = not trial.on.assumed[pairs, source].all()
    if known and not named:
        # against what somebody declared or uses, a wall names the ports that matter and spares the rest
        named = frozenset(port for at in pairs for port in _allowed(trial, source, at))
    what = " ".join(sorted(named)) or "everything"
    costs = trial.on.values
    return Move(
        key=("deny", net.zones[source], net.zones[target], what),
        action="deny",
        text=f"Deny {net.zones[source]} -> {net.zones[target]} {what}",
        hosts=(),
        cost=costs["cost.rule_used"] * max(1, len(named)) if known else costs["cost.rule"],
        change=Change(shut=frozenset((pair, source) for pair in pairs)),
    )


def fits(trial: Trial, change: Change, move: Move) -> bool:
    """Whether a move can still be made: a device keeps one leg."""
    pulled = change.unplugged | move.change.unplugged
    return not any(
        all((host, zone) in pulled for zone in trial.wiring.stood[host]) for host, _ in move.change.unplugged
    )


def _allowed(trial: Trial, source: int, pair: int) -> tuple[Port, ...]:
    """The ports of a door that a zone may open."""
    zones = trial.on.net.zones
    target, door, _ = trial.on.net.pairs[pair]
    opens = trial.on.policy.opens
    return tuple(
        port for port in door.ports if opens(zones[source], zones[target], Door(door.gate, (port,))) > 0
    )


def _shuts(trial: Trial, source: int, target: int, door: Door, named: frozenset[str]) -> bool:
    """Whether a door stays shut once these ports are denied: any other port of its that is allowed opens it too."""
    if not named:
        return True
    left = tuple(port for port in door.ports if port not in named)
    if not left:
        return bool(door.ports)
    zones = trial.on.net.zones
    return trial.on.policy.opens(zones[source], zones[target], Door(door.gate, left)) <= 0


def rules(trial: Trial, source: int, target: int) -> Iterator[Move]:
    """Every rule between two zones that is worth a thought: each door that may be open, and all of them."""
    net = trial.on.net
    doors = {
        _allowed(trial, source, at)
        for at, (zone, _, _) in enumerate(net.pairs)
        if zone == target and net.opens[at, source] > 0
    }
    for ports in (*sorted(doors - {()}), ()):
        one = deny(trial, source, target, ports)
        if one is not None:
            yield one


def campaigns(trial: Trial) -> tuple[Move, ...]:
    """One cause mended everywhere, or in one zone: settings, updates of one product, passwords, kinds kept apart."""
    made = [*_causes(trial), *_smb1(trial), *_nla(trial), *_passwords(trial), *_kinds(trial)]
    return tuple({one.key: one for one in made}.values())


def mendable(one: Weakness) -> bool:
    """Whether an update or a setting removes it: holes that no list names have none."""
    return not one.finding.unknown and one.fact.id != OUTLIVED.id


def setting(one: Weakness) -> bool:
    """Whether it is a setting, which costs less than an update."""
    return one.finding.setting or one.fact.fixed is None or one.fact.id in SETTINGS


def _unplug(trial: Trial, host: int) -> Iterator[Move]:
    device = trial.on.cast[host].device
    if not trial.wiring.joining[host]:
        return
    stood = trial.wiring.stood[host]
    for kept in stood:
        pulled = [zone for zone in stood if zone != kept]
        legs = " and ".join(trial.on.net.zones[zone] for zone in pulled)
        yield Move(
            key=("unplug", device.id, trial.on.net.zones[kept]),
            action="unplug",
            text=f"Unplug {called(device)} from {legs}",
            hosts=(host,),
            cost=trial.on.values["cost.unplug"] * len(pulled),
            change=Change(unplugged=frozenset((host, zone) for zone in pulled)),
        )


def _patch(trial: Trial, host: int) -> Iterator[Move]:
    device = trial.on.cast[host].device
    weak = trial.weak_of[host]
    mended = [at for at in weak if mendable(trial.weak[at][1])]
    if forbidden(device) or not mended:
        return
    only = all(setting(trial.weak[at][1]) for at in mended)
    yield Move(
        key=("patch", device.id),
        action="patch",
        text=(_changed(trial, mended, device) if only else f"Update {called(device)}")
        + ("" if len(mended) == len(weak) else ", which leaves what no update mends"),
        hosts=(host,),
        cost=trial.on.values["cost.service"] if only else _update(trial, host),
        change=Change(mended=frozenset(mended)),
    )


def _changed(trial: Trial, mended: Sequence[int], device: Device) -> str:
    """Which settings: the exposures' own advice, those of the likeliest exposures first."""
    likeliest = sorted(mended, key=lambda at: -trial.weak[at][1].finding.present)
    advice = list(dict.fromkeys(fact.remedy for at in likeliest if (fact := trial.weak[at][1].fact).remedy))
    rest = f"; and {len(advice) - _ADVICE} more" if len(advice) > _ADVICE else ""
    told = f": {'; '.join(advice[:_ADVICE])}{rest}" if advice else ""
    return f"Change the settings of {called(device)}{told}"


def _isolate(trial: Trial, host: int) -> Iterator[Move]:
    device = trial.on.cast[host].device
    if device.kind in NEEDED or (trial.on.critical[host] > 0 and device.kind not in MAKERS):
        return
    yield Move(
        key=("isolate", device.id),
        action="isolate",
        text=f"Let the switch port of {called(device)} pass only the servers that it needs",
        hosts=(host,),
        cost=trial.on.values["cost.isolate"],
        change=Change(apart=frozenset({host})),
    )


def _replace(trial: Trial, host: int) -> Iterator[Move]:
    actor = trial.on.cast[host]
    if actor.age.support is not Support.UNSUPPORTED:
        return
    maker = forbidden(actor.device)
    yield Move(
        key=("replace", actor.device.id),
        action="replace",
        text=f"Have its maker renew {called(actor.device)}" if maker else f"Replace {called(actor.device)}",
        hosts=(host,),
        cost=trial.on.values["cost.medical" if maker else "cost.replace"],
        change=Change(replaced=frozenset({host})),
    )


def _update(trial: Trial, host: int) -> float:
    server = trial.on.cast[host].device.kind in SERVERS
    return trial.on.values["cost.patch_server" if server else "cost.patch"]


def _many(trial: Trial, costs: Sequence[float]) -> float:
    """The same work again costs a part of the first time."""
    dearest, *rest = sorted(costs, reverse=True)
    return dearest + trial.on.values["cost.again"] * sum(rest)


def _causes(trial: Trial) -> Iterator[Move]:
    """One exposure, or one product in need of an update, on all who have it, and in each zone."""
    found: dict[tuple[str, str], list[int]] = {}
    for at, (host, one) in enumerate(trial.weak):
        if mendable(one) and not forbidden(trial.on.cast[host].device):
            found.setdefault((_cause(one), ""), []).append(at)
            for zone in trial.on.cast[host].zones:
                found.setdefault((_cause(one), zone), []).append(at)
    for (cause, zone), weak in sorted(found.items()):
        hosts = sorted({trial.weak[at][0] for at in weak})
        if len(hosts) > 1:
            first = trial.weak[weak[0]][1]
            light = setting(first)
            unit = [trial.on.values["cost.service"] if light else _update(trial, host) for host in hosts]
            where = f"in {zone}" if zone else "everywhere"
            yield Move(
                key=("campaign", cause, zone),
                action="settings" if light else "campaign",
                text=f"{first.fact.name}: mend it {where}, on {len(hosts)} devices"
                + (f" ({first.fact.remedy})" if first.fact.remedy else ""),
                hosts=tuple(hosts),
                cost=_many(trial, unit),
                change=Change(mended=frozenset(weak)),
            )


def _cause(one: Weakness) -> str:
    """A product in any version is one update to roll out."""
    return one.fact.id.split("@")[0] if one.fact.id.startswith(_KNOWN) else one.fact.id


def _smb1(trial: Trial) -> Iterator[Move]:
    weak = [
        at
        for at, (host, one) in enumerate(trial.weak)
        if one.fact.id in SMB1 and not forbidden(trial.on.cast[host].device)
    ]
    yield from _setting_everywhere(
        trial, "smb1", "Turn SMBv1 off everywhere", weak, Change(mended=frozenset(weak))
    )


def _nla(trial: Trial) -> Iterator[Move]:
    lacking = {host for host, one in trial.weak if one.fact.id == NO_NLA}
    lacking = {host for host in lacking if not forbidden(trial.on.cast[host].device)}
    weak = [at for at, (host, one) in enumerate(trial.weak) if host in lacking and one.fact.gate == RDP]
    mended = frozenset(at for at in weak if trial.weak[at][1].fact.id == NO_NLA)
    text = "Require network level authentication for remote desktops everywhere"
    yield from _setting_everywhere(
        trial, "nla", text, weak, Change(mended=mended, guarded=frozenset(weak) - mended)
    )


def _setting_everywhere(
    trial: Trial, name: str, text: str, weak: Sequence[int], change: Change
) -> Iterator[Move]:
    hosts = tuple(sorted({trial.weak[at][0] for at in weak}))
    if len(hosts) > 1:
        yield Move(
            key=("settings", name),
            action="settings",
            text=f"{text}, on {len(hosts)} devices",
            hosts=hosts,
            cost=_many(trial, [trial.on.values["cost.service"]] * len(hosts)),
            change=change,
        )


def _passwords(trial: Trial) -> Iterator[Move]:
    labels: Mapping[str, str] = {one.name: one.label for actor in trial.on.cast for one in actor.groups}
    for group, name in enumerate(trial.on.net.groups):
        hosts = [h for h, actor in enumerate(trial.on.cast) if any(one.name == name for one in actor.groups)]
        kept = [h for h in hosts if forbidden(trial.on.cast[h].device)]
        hosts = [h for h in hosts if h not in kept]
        # two that only their maker changes go on sharing theirs
        if hosts and len(hosts) + len(kept) > 1 and len(kept) < 2:
            yield Move(
                key=("passwords", name),
                action="passwords",
                text=f"Give {len(hosts)} devices an administrator password each ({labels[name]}; sharing is assumed)",
                hosts=tuple(hosts),
                cost=_many(trial, [trial.on.values["cost.service"]] * len(hosts)),
                change=Change(unshared=frozenset({group})),
            )


def _kinds(trial: Trial) -> Iterator[Move]:
    found: dict[Kind, list[int]] = {}
    for host, actor in enumerate(trial.on.cast):
        if actor.device.role is Role.NONE and actor.device.kind not in NEEDED | PEOPLE:
            found.setdefault(actor.device.kind, []).append(host)
    for kind, hosts in sorted(found.items()):
        if len(hosts) >= CROWD:
            yield Move(
                key=("separate", kind),
                action="separate",
                text=f"Let the switch ports of all {len(hosts)} of kind {kind} pass only the servers that they need",
                hosts=tuple(hosts),
                cost=_many(trial, [trial.on.values["cost.isolate"]] * len(hosts)),
                change=Change(apart=frozenset(hosts)),
            )

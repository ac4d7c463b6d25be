"""The change request: the packet plan of a dry run as one page that a change board, a vendor and a SOC can read."""

from datetime import datetime
from typing import Final

from markupsafe import Markup
from msgspec import Struct

from scanner.model.kinds import Profile
from scanner.model.packets import NetworkPlan, PacketPlan, Question
from scanner.report import html, text
from scanner.report.assets import asset, templates_dir
from scanner.report.promises import PROMISES

_ABORT: Final = (
    ("Ctrl-C", "whoever started the scan, in its window"),
    ("stalehost abort", "anyone who may write to the engagement folder, from any shell on that machine"),
    (
        "the operator's sign",
        "in clinical and ot networks the scan ends by itself when the operator gives no sign for 30 seconds",
    ),
)
_STOPS: Final = {
    Profile.PASSIVE: "nothing is sent, so nothing has to stop",
    Profile.CLINICAL: "one device that falters ends its kind in that segment; a second one ends the scan",
    Profile.OT: "one device that falters ends the scan",
    Profile.OFFICE: "five devices, or one in a hundred, that falter end the scan",
    Profile.LAB: "no breaker: a lab is there to be broken",
    Profile.BENCH: "no breaker: a bench is there to be broken",
}


class Sent(Struct, frozen=True):
    """What one probe sends."""

    probe: str
    ports: str
    words: str
    size: str
    rows: tuple[tuple[str, str, str], ...]
    """Offset, hex and text of the first message, sixteen bytes a row."""


class Where(Struct, frozen=True):
    """One network."""

    cidr: str
    zone: str
    profile: str
    hosts: str
    ports: str
    connections: str
    arp: str
    pace: str
    lasts: str
    begins: str
    ends: str
    stops: str
    fragile: str
    """Known devices that are on the fragile list, in words; empty where none is."""
    known: tuple[tuple[str, str, str], ...]


class Change(Struct, frozen=True):
    """The page."""

    made: str
    valid: str
    total: str
    lasts: str
    ends: str
    networks: tuple[Where, ...]
    sent: tuple[Sent, ...]
    abort: tuple[tuple[str, str], ...]
    promises: tuple[tuple[str, str], ...]


def render(plan: PacketPlan) -> str:
    """Write the page; equal input, equal bytes."""
    style = asset("page.css") + asset("print.css")
    return (
        html.environment(templates_dir())
        .get_template("change_request.html")
        .render(
            plan=plan,
            view=view(plan),
            policy=html.policy(style, ""),
            style=Markup(style),  # noqa: S704 - our own files
        )
    )


def view(plan: PacketPlan) -> Change:
    """The plan as plain values, in the words of the page."""
    ends = [network.ends for network in plan.networks if network.asks]
    return Change(
        made=text.minute(plan.made),
        valid=f"{text.minute(plan.valid_from)} to {text.minute(plan.valid_until)}",
        total=f"{plan.connections:,} connections and {plan.initiations - plan.connections:,} ARP requests, at most",
        lasts=duration(plan.seconds),
        ends=_when(None if None in ends else max((end for end in ends if end), default=None)),
        networks=tuple(_where(network) for network in plan.networks),
        sent=tuple(_sent(plan, question) for question in plan.questions),
        abort=_ABORT,
        promises=tuple((promise.words, promise.test) for promise in PROMISES),
    )


def duration(seconds: float) -> str:
    """At most so long, in hours and minutes."""
    minutes = max(1, round(seconds / 60 + 0.5))
    return f"{minutes // 60} h {minutes % 60:02d} min" if minutes >= 60 else text.plural(minutes, "minute")


def _where(network: NetworkPlan) -> Where:
    quiet = not network.asks
    hosts = f"{len(network.known):,} known" if network.known else f"at most {network.addresses:,}"
    budget = "no daily limit" if network.budget is None else f"{network.budget} connections a day"
    pace = f"{network.at_once} at a time, {network.rate_host:g} a second, {network.gap:g} s apart, {budget}"
    return Where(
        cidr=network.cidr,
        zone=network.zone,
        profile=network.profile,
        hosts=hosts,
        ports="none" if quiet else _ports(network),
        connections=f"{network.connections:,} ({network.per_host:,} a host)",
        arp="none" if quiet else f"{network.arp:,}, {network.arp_rate:g} a second",
        pace="nothing is sent"
        if quiet
        else f"each host: {pace}; the network: {network.rate_total:g} a second",
        lasts="-" if quiet else duration(network.seconds),
        begins="-" if quiet else _when(network.starts),
        ends="-" if quiet else _when(network.ends),
        stops=_STOPS[network.profile],
        fragile=_fragile(network),
        known=tuple(
            (
                host.address,
                host.kind or "not known yet",
                host.refused
                or f"at most {host.connections} connections{f', {host.care}' if host.care else ''}",
            )
            for host in network.known
        ),
    )


def _ports(network: NetworkPlan) -> str:
    """The ports, and apart from them what the signer of the scope permits by a flag."""
    usual = ", ".join(ask.port for ask in network.asks if not ask.permit)
    asked = ", ".join(f"{ask.port} ({ask.probe})" for ask in network.asks if ask.permit)
    if not asked:
        return usual
    return f"{usual}; by the signer's permit (ot_read_identity) one question to a device at most, by its kind: {asked}"


def _fragile(network: NetworkPlan) -> str:
    listed = [f"{host.address} ({', '.join(host.fragile)})" for host in network.known if host.fragile]
    are = "is" if len(listed) == 1 else "are"
    return f"{text.plural(len(listed), 'device')} {are} on the list: {', '.join(listed)}" if listed else ""


def _when(moment: datetime | None) -> str:
    return text.minute(moment) if moment else "not before the engagement ends"


def _sent(plan: PacketPlan, question: Question) -> Sent:
    ports = {ask.port for network in plan.networks for ask in network.asks if ask.probe == question.probe}
    data = question.opening
    return Sent(
        probe=question.probe,
        ports=", ".join(sorted(ports, key=lambda port: int(port.partition("/")[2]))),
        words=question.words,
        size=f"{len(data)} bytes" if data else "nothing before the device has spoken",
        rows=tuple(_row(data, at) for at in range(0, len(data), 16)),
    )


def _row(data: bytes, at: int) -> tuple[str, str, str]:
    part = data[at : at + 16]
    shown = "".join(chr(byte) if 32 <= byte < 127 else "·" for byte in part)
    return f"{at:04x}", part.hex(" "), shown

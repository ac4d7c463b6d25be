"""The change request: the packet plan of a dry run as one page that a change board, a vendor and a SOC can read."""

from datetime import datetime
from typing import Final

from markupsafe import Markup
from msgspec import Struct

from scanner.model.kinds import Profile
from scanner.model.packets import NetworkPlan, PacketPlan, Question
from scanner.report import html, text, texts
from scanner.report.assets import asset, templates_dir
from scanner.report.promises import PROMISES
from scanner.report.texts import phrase

_ABORT: Final = ("keys", "command", "sign")
_STOPS: Final = texts.Named("stops", Profile)


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
        valid=phrase(
            "change.to", valid_from=text.minute(plan.valid_from), valid_until=text.minute(plan.valid_until)
        ),
        total=phrase(
            "change.connections_and_arp_requests_at_most",
            connections=plan.connections,
            initiations=plan.initiations - plan.connections,
        ),
        lasts=duration(plan.seconds),
        ends=_when(None if None in ends else max((end for end in ends if end), default=None)),
        networks=tuple(_where(network) for network in plan.networks),
        sent=tuple(_sent(plan, question) for question in plan.questions),
        abort=tuple((phrase(f"abort.{way}"), phrase(f"abort.{way}_by")) for way in _ABORT),
        promises=tuple((promise.words, promise.test) for promise in PROMISES),
    )


def duration(seconds: float) -> str:
    """At most so long, in hours and minutes."""
    minutes = max(1, round(seconds / 60 + 0.5))
    return (
        phrase("change.h_min", minutes=minutes // 60, minutes_2=minutes % 60)
        if minutes >= 60
        else text.plural(minutes, "minute")
    )


def _where(network: NetworkPlan) -> Where:
    quiet = not network.asks
    hosts = (
        phrase("change.known", known=len(network.known))
        if network.known
        else phrase("change.at_most", addresses=network.addresses)
    )
    budget = (
        phrase("change.no_daily_limit")
        if network.budget is None
        else phrase("change.connections_a_day", budget=network.budget)
    )
    pace = phrase(
        "change.at_a_time_a_second_s_apart",
        at_once=network.at_once,
        rate_host=network.rate_host,
        gap=network.gap,
        budget=budget,
    )
    return Where(
        cidr=network.cidr,
        zone=network.zone,
        profile=network.profile,
        hosts=hosts,
        ports=phrase("words.none") if quiet else _ports(network),
        connections=phrase("change.a_host", connections=network.connections, per_host=network.per_host),
        arp=phrase("words.none")
        if quiet
        else phrase("change.a_second", arp=network.arp, arp_rate=network.arp_rate),
        pace=phrase("change.nothing_is_sent")
        if quiet
        else phrase("change.each_host_the_network_a_second", pace=pace, rate_total=network.rate_total),
        lasts="-" if quiet else duration(network.seconds),
        begins="-" if quiet else _when(network.starts),
        ends="-" if quiet else _when(network.ends),
        stops=_STOPS[network.profile],
        fragile=_fragile(network),
        known=tuple(
            (
                host.address,
                host.kind or phrase("change.not_known_yet"),
                host.refused
                or phrase(
                    "change.at_most_connections",
                    connections=host.connections,
                    value=f", {host.care}" if host.care else "",
                ),
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
    return phrase("change.by_the_signers_permit_ot_read_identity_one", usual=usual, asked=asked)


def _fragile(network: NetworkPlan) -> str:
    listed = [f"{host.address} ({', '.join(host.fragile)})" for host in network.known if host.fragile]
    return (
        phrase(
            "change.on_the_list", device_ises=text.plural(len(listed), "device_is"), listed=", ".join(listed)
        )
        if listed
        else ""
    )


def _when(moment: datetime | None) -> str:
    return text.minute(moment) if moment else phrase("change.not_before_the_engagement_ends")


def _sent(plan: PacketPlan, question: Question) -> Sent:
    ports = {ask.port for network in plan.networks for ask in network.asks if ask.probe == question.probe}
    data = question.opening
    return Sent(
        probe=question.probe,
        ports=", ".join(sorted(ports, key=lambda port: int(port.partition("/")[2]))),
        words=question.words,
        size=phrase("change.bytes", data=len(data))
        if data
        else phrase("change.nothing_before_the_device_has_spoken"),
        rows=tuple(_row(data, at) for at in range(0, len(data), 16)),
    )


def _row(data: bytes, at: int) -> tuple[str, str, str]:
    part = data[at : at + 16]
    shown = "".join(chr(byte) if 32 <= byte < 127 else "·" for byte in part)
    return f"{at:04x}", part.hex(" "), shown

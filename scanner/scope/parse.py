"""Read scope.toml; every complaint names file, line and what to write instead."""

import difflib
import ipaddress
import re
import tomllib
from collections.abc import Mapping, Sequence
from datetime import UTC, date, datetime, time, timedelta
from enum import StrEnum
from functools import partial
from pathlib import Path
from typing import Final, NoReturn, TypeVar
from zoneinfo import ZoneInfoNotFoundError

from scanner.errors import ScopeError
from scanner.model import net
from scanner.model.kinds import Kind, Profile
from scanner.scope import fragile, peers
from scanner.scope.file import (
    Critical,
    Engagement,
    Exclusion,
    Flags,
    Fragile,
    Group,
    IPNetwork,
    Known,
    Network,
    Peer,
    Scope,
    Segment,
    Window,
)
from scanner.scope.site import called
from scanner.scope.window import window

LONGEST: Final = timedelta(days=90)
"""An authorisation that nobody renews must run out."""

SECTORS: Final = ("hospital", "utility", "bank", "office")
_KEYS: Final[Mapping[str, tuple[str, ...]]] = {
    "": ("engagement", "flags", "safety", "network", "exclude", "known", "group", "fragile", "critical", "segment", "peer"),
    "engagement": (
        "name", "owner", "authorized_by", "contact", "reference", "valid_from", "valid_until", "sector", "site",
    ),
    "flags": (
        "snmp_public", "ftp_anonymous", "smb_null_session", "icmp_echo", "resolve_names", "ot_read_identity",
    ),
    "safety": ("known_first_days",),
    "network": ("cidr", "zone", "profile", "criticality", "entry", "windows", "vlan"),
    "exclude": ("address", "cidr", "mac", "oui", "hostname", "kind", "reason"),
    "known": ("address", "mac", "kind"),
    "group": ("name", "addresses"),
    "fragile": (
        "id", "match", "mac", "oui", "profile", "never", "at_once", "gap", "budget", "reason", "source",
    ),
    "critical": ("name", "address", "weight"),
    "segment": ("from", "to", "allow", "source"),
    "peer": ("site", "cidr", "zone", "profile", "there"),
}  # fmt: skip
_Word = TypeVar("_Word", bound=StrEnum)
_Table = Mapping[str, object]


def read(path: Path) -> Scope:
    """Read a scope file; raise ScopeError with file and line."""
    try:
        # the bytes as they are, line ends included: they are what is signed
        text = path.read_bytes().decode("utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise ScopeError(f"{path}: cannot read it: {error}") from error
    return parse(text, str(path))


def parse(text: str, where: str) -> Scope:
    """Read the text of a scope file; `where` names it in errors."""
    try:
        raw = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        raise ScopeError(f"{where}: {error}") from error
    return _Reader(text, where).scope(raw)


class _Reader:
    """Carries the text along, so that a complaint can name its line."""

    def __init__(self, text: str, where: str) -> None:
        self._text, self._where = text, where

    def scope(self, raw: _Table) -> Scope:
        self._known("", raw)
        engagement = self._engagement(self._table(raw, "engagement"))
        flags = self._table(raw, "flags", optional=True)
        self._known("flags", flags)
        networks = tuple(self._network(at, table) for at, table in self._tables(raw, "network"))
        if not networks:
            raise ScopeError(f"{self._where}: no [[network]]: list the ranges that may be touched")
        others = self._peers(raw, networks)
        return Scope(
            engagement=engagement,
            peers=others,
            flags=Flags(**{key: self._yes(flags, key) for key in _KEYS["flags"]}),
            networks=networks,
            exclusions=tuple(self._exclusion(at, table) for at, table in self._tables(raw, "exclude")),
            known=tuple(self._one_known(at, table) for at, table in self._tables(raw, "known")),
            known_days=self._days_known(self._table(raw, "safety", optional=True)),
            groups=tuple(self._group(at, table) for at, table in self._tables(raw, "group")),
            fragile=tuple(self._fragile(at, table) for at, table in self._tables(raw, "fragile")),
            critical=tuple(self._critical(at, table) for at, table in self._tables(raw, "critical")),
            segments=tuple(
                self._segment(at, table, networks, others) for at, table in self._tables(raw, "segment")
            ),
            text=self._text,
        )

    def _engagement(self, table: _Table) -> Engagement:
        self._known("engagement", table)
        start = self._moment(table, "valid_from", end=False)
        until = self._moment(table, "valid_until", end=True)
        if not start < until:
            self._stop("valid_until", "valid_until must be after valid_from")
        if until - start > LONGEST + timedelta(days=1):
            self._stop("valid_until", f"an authorisation lasts at most {LONGEST.days} days; renew it instead")
        words = {key: self._text_of("engagement", 0, table, key) for key in _KEYS["engagement"][:5]}
        sector = self._text_of("engagement", 0, table, "sector")
        if sector not in SECTORS:
            self._stop(
                "sector", f"sector {sector!r} is not one of {', '.join(SECTORS)}{_near(sector, SECTORS)}"
            )
        site = table.get("site")
        if site is not None and not peers.is_site(site):
            self._stop("site", f"{site!r} is no name of a site: {peers.SITES}")
        return Engagement(
            **words,
            sector=sector,
            valid_from=start,
            valid_until=until,
            site=None if site is None else str(site),
        )

    def _network(self, at: int, table: _Table) -> Network:
        self._known("network", table)
        cidr = self._cidr("network", at, self._text_of("network", at, table, "cidr"))
        if cidr.is_global and cidr.num_addresses > 1:
            self._stop_at(
                "network", at, f"{cidr} is public: list public addresses one by one, as /32 or /128"
            )
        profile = self._word("network", at, Profile, self._text_of("network", at, table, "profile"))
        windows = table.get("windows", [])
        if not isinstance(windows, list):
            self._stop_at("network", at, 'windows is a list such as ["Sat 22:00-04:00 Europe/London"]')
        return Network(
            cidr=cidr,
            zone=self._text_of("network", at, table, "zone"),
            profile=profile,
            criticality=self._positive("network", at, table, "criticality"),
            entry=self._positive("network", at, table, "entry", most=1),
            windows=tuple(self._window(at, str(window)) for window in windows),
            vlan=self._vlan(at, table),
        )

    def _exclusion(self, at: int, table: _Table) -> Exclusion:
        self._known("exclude", table)
        reason = self._text_of("exclude", at, table, "reason")
        named = [key for key in ("address", "cidr", "mac", "oui", "hostname", "kind") if key in table]
        if len(named) != 1:
            self._stop_at("exclude", at, "name exactly one of address, cidr, mac, oui, hostname, kind")
        value = self._text_of("exclude", at, table, named[0])
        match named[0]:
            case "address" | "cidr":
                return Exclusion(reason=reason, cidr=self._cidr("exclude", at, value))
            case "mac" | "oui":
                mac, bits = self._mac("exclude", at, value)
                return Exclusion(reason=reason, mac=mac, mac_bits=bits)
            case "hostname":
                return Exclusion(reason=reason, hostname=value.lower())
            case _:
                return Exclusion(reason=reason, kind=self._word("exclude", at, Kind, value))

    def _one_known(self, at: int, table: _Table) -> Known:
        self._known("known", table)
        if not {"address", "mac"} & set(table):
            self._stop_at("known", at, "name an address, a mac, or both")
        kind = self._word("known", at, Kind, self._text_of("known", at, table, "kind"))
        if kind is Kind.UNKNOWN:
            self._stop_at("known", at, "kind unknown: whoever signs this must know what it is")
        address = self._text_of("known", at, table, "address") if "address" in table else None
        card = self._mac("known", at, self._text_of("known", at, table, "mac")) if "mac" in table else None
        if card is not None and card[1] != 48:
            self._stop_at("known", at, "mac names one card, not a range of them")
        return Known(
            kind=kind,
            address=self._host("known", at, address) if address else None,
            mac=card[0] if card else None,
        )

    def _days_known(self, table: _Table) -> int:
        self._known("safety", table)
        days = table.get("known_first_days", 30)
        if isinstance(days, bool) or not isinstance(days, int) or not 0 < days <= 366:
            self._stop("known_first_days", "known_first_days is a whole number from 1 to 366")
        return days

    def _group(self, at: int, table: _Table) -> Group:
        self._known("group", table)
        listed = table.get("addresses")
        if not isinstance(listed, list) or len(listed) < 2:
            self._stop_at("group", at, "addresses is a list of two addresses or more")
        hosts = tuple(self._host("group", at, str(one)) for one in listed)
        return Group(name=self._text_of("group", at, table, "name"), addresses=hosts)

    def _fragile(self, at: int, table: _Table) -> Fragile:
        self._known("fragile", table)
        match, never = table.get("match", {}), table.get("never", [])
        cards = [key for key in ("mac", "oui") if key in table]
        if not isinstance(match, dict) or not all(
            isinstance(one, str) and one.strip() for one in match.values()
        ):
            self._stop_at("fragile", at, 'match is a table such as { vendor = "Acme", product = "Pump 7" }')
        if unknown := next((key for key in match if key not in fragile.KEYS), None):
            self._stop_at("fragile", at, f"nothing is matched by {unknown!r}{_near(unknown, fragile.KEYS)}")
        if len(cards) > 1 or not (cards or match):
            self._stop_at("fragile", at, "name what it is known by: a match, a mac or an oui")
        if not isinstance(never, list):
            self._stop_at("fragile", at, 'never is a list of ports such as ["tcp/80"]')
        card = self._mac("fragile", at, self._text_of("fragile", at, table, cards[0])) if cards else None
        table = {"id": f"fragile {at + 1}", "source": "the scope file", "profile": "clinical", **table}
        profile = self._word("fragile", at, Profile, self._text_of("fragile", at, table, "profile"))
        if profile not in fragile.PROFILES:
            self._stop_at("fragile", at, f"profile is one of {', '.join(fragile.PROFILES)}")
        return Fragile(
            id=self._text_of("fragile", at, table, "id"),
            reason=self._text_of("fragile", at, table, "reason"),
            source=self._text_of("fragile", at, table, "source"),
            match={key: value.strip() for key, value in match.items()},
            mac=card[0] if card else None,
            mac_bits=card[1] if card else 48,
            profile=profile,
            never=tuple(self._port("fragile", at, str(one)) for one in never),
            at_once=self._count(at, table, "at_once"),
            gap=self._positive("fragile", at, table, "gap"),
            budget=self._count(at, table, "budget"),
            by_owner=True,
        )

    def _count(self, at: int, table: _Table, key: str) -> int | None:
        value = self._positive("fragile", at, table, key)
        if value is not None and value not in range(1, 1001):
            self._stop_at("fragile", at, f"{key} is a whole number from 1 to 1000")
        return None if value is None else int(value)

    def _critical(self, at: int, table: _Table) -> Critical:
        self._known("critical", table)
        weight = self._positive("critical", at, table, "weight")
        if weight is None:
            self._stop_at("critical", at, "weight is missing: what its loss costs, in endpoint equivalents")
        host = self._host("critical", at, self._text_of("critical", at, table, "address"))
        return Critical(name=self._text_of("critical", at, table, "name"), address=host, weight=weight)

    def _peers(self, raw: _Table, networks: Sequence[Network]) -> tuple[Peer, ...]:
        tables = [table for _, table in self._tables(raw, "peer")]
        for table in tables:
            self._known("peer", table)
        return peers.peers(tables, networks, partial(self._stop_at, "peer"))

    def _segment(
        self, at: int, table: _Table, networks: Sequence[Network], others: Sequence[Peer]
    ) -> Segment:
        self._known("segment", table)
        zones = sorted({one.zone for one in networks} | {called(one) for one in others})
        ends = [self._text_of("segment", at, table, key) for key in ("from", "to")]
        for zone in ends:
            if zone not in zones:
                self._stop_at("segment", at, f"no network is in zone {zone!r}{_near(zone, zones)}")
        allow = table.get("allow")
        if not isinstance(allow, list):
            self._stop_at("segment", at, 'allow is a list such as ["tcp/443"]; [] allows nothing')
        known = str(table.get("source", "declared"))
        if known not in ("declared", "imported"):
            self._stop_at("segment", at, "source is declared or imported")
        ports = tuple(self._allowed(at, str(entry)) for entry in allow)
        return Segment(source=ends[0], target=ends[1], allow=ports, known=known)

    def _known(self, table: str, raw: _Table) -> None:
        for key in raw:
            if key not in _KEYS[table]:
                self._stop(key, f"unknown key {key!r} in {table or 'the file'}{_near(key, _KEYS[table])}")

    def _table(self, raw: _Table, key: str, *, optional: bool = False) -> _Table:
        value = raw.get(key, {} if optional else None)
        if not isinstance(value, dict):
            raise ScopeError(f"{self._where}: [{key}] is missing")
        return value

    def _tables(self, raw: _Table, key: str) -> list[tuple[int, _Table]]:
        value = raw.get(key, [])
        if not isinstance(value, list) or not all(isinstance(table, dict) for table in value):
            self._stop(key, f"write [[{key}]], with two brackets, once for each")
        return list(enumerate(value))

    def _text_of(self, table: str, at: int, raw: _Table, key: str) -> str:
        value = raw.get(key)
        if not isinstance(value, str) or not value.strip():
            self._stop_at(table, at, f"{key} is missing or not text")
        return value.strip()

    def _yes(self, raw: _Table, key: str) -> bool:
        value = raw.get(key, False)
        if not isinstance(value, bool):
            self._stop(key, f"{key} is true or false")
        return value

    def _positive(self, table: str, at: int, raw: _Table, key: str, most: float = 1e6) -> float | None:
        value = raw.get(key)
        if value is None:
            return None
        if isinstance(value, bool) or not isinstance(value, int | float) or not 0 <= value <= most:
            self._stop_at(table, at, f"{key} is a number from 0 to {most:,.0f}")
        return float(value)

    def _vlan(self, at: int, raw: _Table) -> int | None:
        value = raw.get("vlan")
        if value is None:
            return None
        if isinstance(value, bool) or not isinstance(value, int) or not 0 < value < 4095:
            self._stop_at("network", at, "vlan is a number from 1 to 4094")
        return value

    def _moment(self, raw: _Table, key: str, *, end: bool) -> datetime:
        value = raw.get(key)
        if isinstance(value, datetime):
            if value.tzinfo is None:
                self._stop(key, f"{key} needs a time zone, such as 2026-12-01T08:00:00+00:00")
            return value.astimezone(UTC)
        if not isinstance(value, date):
            self._stop(key, f"{key} is a date such as 2026-12-01, without quotes")
        day = value + timedelta(days=1) if end else value
        return datetime.combine(day, time(), UTC)

    def _cidr(self, table: str, at: int, text: str) -> IPNetwork:
        try:
            return ipaddress.ip_network(text)
        except ValueError as error:
            self._stop_at(table, at, str(error))

    def _host(self, table: str, at: int, text: str) -> net.Address:
        one = self._cidr(table, at, text)
        if one.num_addresses != 1:
            self._stop_at(table, at, f"{one} is a range; name one address")
        return net.address(str(one.network_address))

    def _mac(self, table: str, at: int, text: str) -> tuple[net.Mac, int]:
        digits, _, bits = text.partition("/")
        plain = re.sub(r"[:.\-]", "", digits)
        width = int(bits) if bits.isdigit() else 4 * len(plain)
        if not 8 <= width <= 48:
            self._stop_at(table, at, f"{text!r} is not a MAC or prefix such as 00:09:fb:00:00:00/24")
        try:
            return net.mac(plain.ljust(12, "0")), width
        except ValueError as error:
            self._stop_at(table, at, str(error))

    def _word(self, table: str, at: int, words: type[_Word], text: str) -> _Word:
        known = [str(word) for word in words]
        if text not in known:
            self._stop_at(table, at, f"{text!r} is not one of {', '.join(known)}{_near(text, known)}")
        return words(text)

    def _window(self, at: int, text: str) -> Window:
        try:
            return window(text)
        except (ValueError, ZoneInfoNotFoundError) as error:
            self._stop_at(
                "network", at, f"window {text!r}: {error}; write it as Sat 22:00-04:00 Europe/London"
            )

    def _allowed(self, at: int, text: str) -> str:
        return text if text == "*" else self._port("segment", at, text, ", nor * for anything")

    def _port(self, table: str, at: int, text: str, more: str = "") -> net.Port:
        try:
            return net.port(text)
        except ValueError as error:
            self._stop_at(table, at, f"{error}{more}")

    def _stop(self, key: str, complaint: str) -> NoReturn:
        line = next(
            (n for n, t in enumerate(self._text.splitlines(), 1) if re.match(rf"\s*\[*{key}\b", t)), 0
        )
        raise ScopeError(f"{self._where}:{line}: {complaint}")

    def _stop_at(self, table: str, at: int, complaint: str) -> NoReturn:
        heads = [n for n, t in enumerate(self._text.splitlines(), 1) if re.match(rf"\s*\[+{table}\]+", t)]
        line = heads[at] if at < len(heads) else 0
        raise ScopeError(f"{self._where}:{line}: {table}: {complaint}")


def _near(word: str, known: Sequence[str]) -> str:
    close = difflib.get_close_matches(word, known, 1, 0.5)
    return f"; did you mean {close[0]}?" if close else ""

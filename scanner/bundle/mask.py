"""The rows of a bundle without names: whoever reads them sees the same picture of other addresses, cards and names.

The words, stand-ins and map are those of redacted reports (`scanner.report.redact`); what differs is that rows are
judged again where they are read, so a stand-in must be what it stands for: an address lies in the stand-in of its
network, and equal things stay equal. Each network becomes a /64 of the range for documentation (RFC 3849). `internal`
keeps the maker's half of a card and what devices say, without names; `external` keeps only fields that describe makes
of things. What has no safe form is left out, and counted.
"""

import hashlib
import hmac
import ipaddress
import re
from collections.abc import Iterable, Iterator, Sequence
from datetime import datetime
from typing import Final

import msgspec

from scanner.bundle.form import Days, Made, Row, Seen
from scanner.identify import keys
from scanner.model.net import Address, Mac
from scanner.model.observation import Observation, Scalar, Value
from scanner.model.run import Run
from scanner.report.issue import FIELDS, scrub
from scanner.report.redact import WITHHELD, Level, Words
from scanner.scope.file import IPNetwork, Scope
from scanner.scope.parse import parse

OUTSIDE: Final = FIELDS | {
    "port.state", "probe.outcome", "icmp.echo", "discover.tries", "tcp.syn", "smb2.dialect", "tls.client",
    "link.mac", "arp.mac",
}  # fmt: skip
"""What leaves the house: what describes a make of thing, and whether anything answered."""
_NAMING: Final = re.compile(
    r"(?i)name|serial|uuid|guid|asset|host|domain|realm|owner|user|mac|location|description|contact|place|person|chaddr|hardware"
)
"""Parts of a value that name somebody or something."""
_NAMES: Final = re.compile(
    r"(?i)name|host|ptr|owner|location|certificate|x509|guid|person|serial|kerberos|register|lease|sys_contact|sys_location"
)
"""Fields that do, by their names."""
_PREFIX: Final = 0x20010DB8
_change = msgspec.structs.replace


class Mask:
    """Replaces, under one key, and remembers what stands for what."""

    def __init__(self, level: Level, key: bytes) -> None:
        """Begin with an empty map; the same key gives the same stand-ins in every bundle."""
        self.level, self._key = level, key
        self.stands_for: dict[str, str] = {}
        """Stand-in to original; whoever holds it holds the names."""
        self.dropped = 0
        self._known: dict[str, str] = {}
        self._networks: list[IPNetwork] = []
        self._words = Words({})

    def learn(self, runs: Sequence[Run], log: Iterable[Observation]) -> None:
        """Find out what names somebody or something, before any row is written."""
        scopes = [parse(run.scope, f"scope of {run.id}") for run in runs]
        held = {network.cidr for scope in scopes for network in scope.networks}
        self._networks = sorted(held, key=lambda one: (-one.prefixlen, str(one)))
        for scope in scopes:
            job = scope.engagement
            for text in (job.name, job.owner, job.authorized_by, job.contact, job.reference):
                self.word("owner", text)
            for one in scope.critical:
                self.word("name", one.name)
                self.address(one.address)
        for seen in log:
            self._meet(seen)
        self._words = Words(self._known)

    def rows(self, rows: Iterable[Row]) -> Iterator[Row]:
        """The rows as they may leave; what may not is counted in `dropped`."""
        for row in rows:
            match row:
                case Made():
                    yield Made(run=self._run(row.run))
                case Days():
                    address, mac = self.address(row.address), self.mac(row.mac)
                    yield Days(row.source, address, mac, row.zone, row.month, row.days)
                case Seen():
                    if self.level is Level.EXTERNAL and row.field not in OUTSIDE:
                        self.dropped += 1
                    else:
                        yield self._seen(row)

    def word(self, sort: str, of: str) -> str:
        """The stand-in of a name."""
        masked = f"{sort}-{self._digest(sort, of.lower())[:8]}"
        label = of.partition(".")[0]
        if label != of and not label.isdigit():
            self._known.setdefault(label.lower(), f"{sort}-{self._digest(sort, label.lower())[:8]}")
        return self._keep(of, masked)

    def address(self, of: Address | None) -> Address | None:
        """The stand-in of an address, in the stand-in of its network."""
        if of is None:
            return None
        number = ipaddress.ip_address(of.partition("%")[0])
        network = next((one for one in self._networks if number in one), None)
        place = int(self._digest("address", str(number))[:16], 16)
        return Address(self._keep(of, str(ipaddress.ip_address(self._start(network) + place))))

    def mac(self, of: Mac | None) -> Mac | None:
        """The stand-in of a card; `internal` keeps who made it."""
        if of is None:
            return None
        digest = self._digest("mac", of)
        own = ":".join(digest[at : at + 2] for at in range(0, 10, 2))
        masked = f"02:{own}" if self.level is Level.EXTERNAL else f"{of[:8]}:{own[:8]}"
        bare = of.replace(":", "")
        for spelt in (of.replace(":", "-"), bare, ".".join(bare[at : at + 4] for at in (0, 4, 8))):
            self._known[spelt] = masked
        return Mac(self._keep(of, masked))

    def _meet(self, seen: Observation) -> None:
        self.address(seen.address)
        self.mac(seen.mac)
        self.mac(keys.card(seen))
        for key in keys.keys(seen):
            if key.family == "name":
                self.word("name", key.value)
        whole = bool(_NAMES.search(seen.field))
        for name, text in _texts(seen.value):
            if whole or _NAMING.search(name):
                self.word("name", text)

    def _seen(self, row: Seen) -> Seen:
        source = f"person:{WITHHELD}" if row.source.startswith("person:") else row.source
        address, mac = self.address(row.address), self.mac(row.mac)
        return Seen(
            source, row.field, self._value(row.value), address, mac, row.port, row.zone, row.vantage, row.first, row.last
        )  # fmt: skip

    def _value(self, of: Value) -> Value:
        if isinstance(of, str):
            return self._text(of)
        return {self._text(name): self._part(part) for name, part in of.items()}

    def _part(self, of: Scalar | list[str]) -> Scalar | list[str]:
        if isinstance(of, str):
            return self._text(of)
        return [self._text(one) for one in of] if isinstance(of, list) else of

    def _text(self, of: str) -> str:
        whole = self._known.get(of.lower())
        return whole if whole is not None else self._words.replaced(scrub(self._words.replaced(of)))

    def _run(self, of: Run) -> Run:
        """A run with a scope file in which nobody is named; what was done to whom stays here."""
        outside = self.level is Level.EXTERNAL
        notes = () if outside else tuple(self._text(one) for one in of.notes)
        return _change(
            of, engagement=self.word("audit", of.engagement), scope=self._scope(parse(of.scope, f"scope of {of.id}")),
            notes=notes, authority="", harm=(), trips=(), cared=(), stopped=None, names={}, decisions=(),
        )  # fmt: skip

    def _scope(self, of: Scope) -> str:
        job = of.engagement
        lines = ["[engagement]"]
        for name, text in (
            ("name", job.name), ("owner", job.owner), ("authorized_by", job.authorized_by), ("contact", job.contact),
            ("reference", job.reference),
        ):  # fmt: skip
            lines.append(f"{name} = {_quoted(self.word('owner', text))}")
        lines += [f"valid_from = {_day(job.valid_from)}", f"valid_until = {_day(job.valid_until)}"]
        lines.append(f"sector = {_quoted(job.sector)}")
        for one in of.networks:
            start = ipaddress.ip_address(self._start(one.cidr))
            lines += ["[[network]]", f'cidr = "{start}/64"', f"zone = {_quoted(one.zone)}"]
            lines += [f'profile = "{one.profile}"']
            lines += [f"criticality = {one.criticality}"] if one.criticality is not None else []
        for asset in of.critical:
            lines += ["[[critical]]", f"name = {_quoted(self.word('name', asset.name))}"]
            lines += [f'address = "{self.address(asset.address)}"', f"weight = {asset.weight}"]
        for rule in of.segments:
            lines += ["[[segment]]", f"from = {_quoted(rule.source)}", f"to = {_quoted(rule.target)}"]
            lines += [f"allow = [{', '.join(map(_quoted, rule.allow))}]", f'source = "{rule.known}"']
        return "\n".join((*lines, ""))

    def _start(self, network: IPNetwork | None) -> int:
        digits = self._digest("network", str(network))[:8]
        return (_PREFIX << 96) + (int(digits, 16) << 64)

    def _keep(self, of: str, masked: str) -> str:
        self.stands_for[masked] = of
        self._known[of.lower()] = masked
        return masked

    def _digest(self, sort: str, of: str) -> str:
        return hmac.new(
            self._key, f"{sort}\0{of}".encode("utf-8", "surrogatepass"), hashlib.sha256
        ).hexdigest()


def _texts(of: Value) -> Iterator[tuple[str, str]]:
    """Every text of a value with the name under which it stands."""
    parts = {"": of} if isinstance(of, str) else of
    for name, part in parts.items():
        for text in part if isinstance(part, list) else [part]:
            if isinstance(text, str) and text:
                yield name, text


def _quoted(text: str) -> str:
    return msgspec.json.encode(text).decode()


def _day(moment: datetime) -> str:
    return moment.isoformat()

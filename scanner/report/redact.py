"""The redacted twin of an assessment, to hand to a vendor, an insurer or a board: same verdicts, nobody's names.

`full` leaves everything. `internal` masks the host part of addresses and the card's own half of MACs, and replaces
names and owners. `external` replaces every identifier and leaves zones, kinds, products and verdicts only; free text
in which a device, a person or a file may have put anything is withheld. The same text always gets the same stand-in
under one key (HMAC-SHA-256), so twins of two months can be compared; without the key nothing leads back.
"""

import enum
import hashlib
import hmac
import ipaddress
import re
from collections.abc import Iterable, Iterator, Mapping
from typing import Final

import msgspec

from scanner.model.assessment import Assessment, Judged
from scanner.model.device import Claim, Device, Leg, Service
from scanner.model.net import Address, Mac
from scanner.model.observation import Observation
from scanner.model.run import Run
from scanner.model.since import Since
from scanner.model.verdict import Why
from scanner.report.issue import scrub

WITHHELD: Final = "withheld"
"""What stands in place of a text that may hold anything."""
KEPT: Final = ("os.", "hw.", "service.")
"""Attributes that describe a make of thing, by how their names begin."""

_NO_NAME: Final = ("device.", "setting.", "presence.")
"""Attributes whose values are words of ours."""
_IDS: Final = re.compile(rb"\b(dev|ev)-([0-9a-f]{10,12})\b")
_DROPPED: Final = re.compile(
    r"serial|certificate|\.id$|\.key|uuid|asset|host|domain|owner|mac|location|contact"
)
_change = msgspec.structs.replace


class Level(enum.StrEnum):
    """How much is replaced."""

    FULL = "full"
    INTERNAL = "internal"
    EXTERNAL = "external"


class Twin:
    """Makes the redacted twin of one assessment, and remembers what stands for what."""

    def __init__(self, level: Level, key: bytes) -> None:
        self._level, self._key = level, key
        self.stands_for: dict[str, str] = {}
        """Stand-in to original, to read a twin back; whoever holds it holds the names."""
        self._known: dict[str, str] = {}
        self._words = Words({})

    def of(self, found: Assessment) -> Assessment:
        """The twin; at `full` the assessment itself."""
        if self._level is Level.FULL:
            return found
        self._learn(found)
        twin = self._twin(found)
        if self._level is Level.INTERNAL:
            return twin
        # ids are hashes of cards and names, which can be tried out: outside they are others
        return msgspec.json.decode(_IDS.sub(self._id, msgspec.json.encode(twin)), type=Assessment)

    def _id(self, found: re.Match[bytes]) -> bytes:
        sort, digits = (part.decode() for part in found.groups())
        masked = f"{sort}-{self._digest(sort, digits)[: len(digits)]}"
        self.stands_for[masked] = found[0].decode()
        return masked.encode()

    def _twin(self, found: Assessment) -> Assessment:
        devices = tuple(self._judged(one) for one in found.devices)
        return _change(
            found,
            title=self._name("audit", found.title),
            owner=self._name("owner", found.owner),
            authority=self._free(found.authority),
            runs=tuple(self._run(run) for run in found.runs),
            devices=devices,
            cohorts=tuple(
                _change(one, cause=self._text(one.cause), remedy=self._text(one.remedy)) for one in found.cohorts
            ),
            zones=tuple(
                _change(
                    one,
                    cidrs=tuple(self._cidr(part) for part in one.cidrs),
                    notes=self._all(one.notes),
                    recall=_change(one.recall, doubts=self._all(one.recall.doubts), advice=self._all(one.recall.advice))
                    if one.recall
                    else None,
                )
                for one in found.zones
            ),
            limits=tuple(self._text(one) for one in found.limits),
            evidence={name: self._seen(one) for name, one in found.evidence.items()},
            versions={name: self._text(one) for name, one in found.versions.items()},
            plan=_change(
                found.plan,
                steps=tuple(_change(one, text=self._text(one.text)) for one in found.plan.steps),
                curve=tuple(_change(one, what=self._text(one.what)) for one in found.plan.curve),
                front=tuple(_change(one, what=self._text(one.what)) for one in found.plan.front),
            ),
            since=self._since(found.since) if found.since else None,
        )  # fmt: skip

    def _learn(self, found: Assessment) -> None:
        """Find out what names somebody or something, before any text is looked at."""
        self._name("owner", found.owner)
        self._name("audit", found.title)
        for judged in found.devices:
            device = judged.device
            for leg in device.legs:
                self._address(leg.address)
                self._mac(leg.mac)
            for one in device.names:
                self._name("name", one)
            for one in _said(device):
                self._name("word", one)
            if device.owner:
                self._name("owner", device.owner)
        for run in found.runs:
            for host in run.names:
                self._name("name", host)
        self._words = Words(self._known)

    def _judged(self, of: Judged) -> Judged:
        age = of.age
        horizon = _change(age.horizon, because=self._all(age.horizon.because))
        return _change(
            of,
            device=self._device(of.device),
            age=_change(
                age,
                subject=self._text(age.subject) if age.subject else None,
                settle=self._text(age.settle) if age.settle else None,
                because=self._all(age.because),
                horizon=horizon,
                hypotheses=tuple(
                    _change(one, label=self._text(one.label), source=self._text(one.source)) for one in age.hypotheses
                ),
                programs=tuple(
                    (self._text(name), _change(part, because=self._all(part.because))) for name, part in age.programs
                ),
            ),
            exposures=tuple(
                _change(one, name=self._text(one.name), remedy=self._text(one.remedy), because=self._all(one.because))
                for one in of.exposures
            ),
            risk=_change(of.risk, why=tuple(self._why(one) for one in of.risk.why)),
        )  # fmt: skip

    def _device(self, of: Device) -> Device:
        outside = self._level is Level.EXTERNAL
        return _change(
            of,
            names=tuple(dict.fromkeys(self._name("name", one) for one in of.names)),
            legs=tuple(self._leg(one) for one in of.legs),
            attributes={
                name: _change(one, value=self._attribute(name, one.value))
                for name, one in of.attributes.items()
                if not outside or _is_make(name)
            },
            services=tuple(self._service(one) for one in of.services),
            location=None if outside else of.location,
            owner=self._name("owner", of.owner) if of.owner else None,
            inventories=of.inventories if not outside else tuple(_sort(one) for one in of.inventories),
            joined_by=self._all(of.joined_by),
            conflicts=self._all(of.conflicts),
            facts=tuple(self._claim(one) for one in of.facts if not outside or _is_make(one.attr)),
        )

    def _leg(self, of: Leg) -> Leg:
        return _change(of, address=self._address(of.address), mac=self._mac(of.mac))

    def _service(self, of: Service) -> Service:
        product, version = (self._text(one) if one else one for one in (of.product, of.version))
        return _change(of, address=self._address(of.address), product=product, version=version)

    def _claim(self, of: Claim) -> Claim:
        return _change(of, value=self._attribute(of.attr, of.value), seen=self._seen(of.seen))

    def _seen(self, of: Observation) -> Observation:
        """An observation keeps its field, source and time; what was said is withheld outside, blotted out inside."""
        value: str = WITHHELD
        if self._level is Level.INTERNAL and isinstance(of.value, str):
            value = self._text(scrub(of.value))
        return _change(
            of,
            source=_sort(of.source),
            value=value,
            address=self._address(of.address) if of.address else None,
            mac=self._mac(of.mac),
        )

    def _why(self, of: Why) -> Why:
        return _change(of, text=self._text(of.text), removes=self._text(of.removes))

    def _run(self, of: Run) -> Run:
        """A run without its scope file, which names everything."""
        where = self._address
        return _change(
            of,
            engagement=WITHHELD,
            scope="",
            authority=self._free(of.authority),
            notes=self._all(of.notes),
            harm=tuple(_change(one, address=where(one.address)) for one in of.harm),
            trips=tuple(
                _change(
                    one, address=where(one.address), network=self._cidr(one.network), why=self._text(one.why),
                    resumed_by=WITHHELD if one.resumed_by else None, reason=WITHHELD if one.reason else None,
                )
                for one in of.trips
            ),
            cared=tuple(
                _change(one, address=where(one.address), rows=self._all(one.rows), why=self._all(one.why), source=self._all(one.source))
                for one in of.cared
            ),
            stopped=self._free(of.stopped) if of.stopped else None,
            names={self._name("name", host): tuple(map(where, those)) for host, those in of.names.items()},
            decisions=tuple(_change(one, by=self._name("owner", one.by), reason=self._free(one.reason)) for one in of.decisions),
        )  # fmt: skip

    def _since(self, of: Since) -> Since:
        return _change(
            of,
            findings=tuple(
                _change(one, title=self._text(one.title), cause=self._text(one.cause), remedy=self._text(one.remedy), said=self._free(one.said))
                for one in of.findings
            ),
            devices=tuple(
                _change(one, name=self._name("name", one.name), before=self._free(one.before), after=self._free(one.after))
                for one in of.devices
            ),
        )  # fmt: skip

    def _attribute(self, name: str, value: str) -> str:
        if _is_make(name) or name.startswith(_NO_NAME):
            return self._text(value)
        return self._name("word", value)

    def _address(self, of: Address) -> Address:
        """Outside: of the range for documentation (RFC 3849); inside: the network stays."""
        number = ipaddress.ip_address(of.partition("%")[0])
        if self._level is Level.EXTERNAL:
            masked = str(
                ipaddress.ip_address((0x20010DB8 << 96) + int(self._digest("address", str(number))[:16], 16))
            )
        elif number.version == 4:
            masked = str(number).rpartition(".")[0] + ".x"
        else:
            masked = str(ipaddress.ip_network((number, 64), strict=False).network_address) + "x"
        return Address(self._keep(of, masked))

    def _mac(self, of: Mac | None) -> Mac | None:
        """Outside: one that nobody's factory gives out; inside: its maker's half stays."""
        if of is None:
            return None
        digest = self._digest("mac", of)
        own = ":".join(digest[at : at + 2] for at in range(0, 10, 2))
        masked = f"02:{own}" if self._level is Level.EXTERNAL else f"{of[:8]}:{own[:8]}"
        for spelt in (
            of.replace(":", "-"),
            of.replace(":", ""),
            ".".join(of.replace(":", "")[n : n + 4] for n in (0, 4, 8)),
        ):
            self._known[spelt.lower()] = masked
        return Mac(self._keep(of, masked))  # fmt: skip

    def _cidr(self, of: str) -> str:
        return self._free(of)

    def _name(self, sort: str, of: str) -> str:
        masked = f"{sort}-{self._digest(sort, of.lower())[:8]}"
        if sort == "name":
            # the first label of a DNS name is what people say
            label = of.partition(".")[0]
            if len(label) > 2 and label != of and not label.isdigit():
                self._known.setdefault(label.lower(), f"{sort}-{self._digest(sort, label.lower())[:8]}")
        return self._keep(of, masked)

    def _keep(self, of: str, masked: str) -> str:
        self.stands_for[masked] = of
        self._known[of.lower()] = masked
        return masked

    def _text(self, of: str) -> str:
        """A sentence of ours with a device's words in it: known names are replaced, what looks like one is blotted out."""
        return scrub(self._words.replaced(of.encode("utf-8", "backslashreplace").decode()))

    def _free(self, of: str) -> str:
        """A text that a person or device wrote."""
        if self._level is Level.EXTERNAL:
            return WITHHELD if of else ""
        return self._text(of)

    def _all(self, of: Iterable[str]) -> tuple[str, ...]:
        return tuple(dict.fromkeys(self._free(one) for one in of))

    def _digest(self, sort: str, of: str) -> str:
        whole = f"{sort}\0{of}".encode("utf-8", "surrogatepass")
        return hmac.new(self._key, whole, hashlib.sha256).hexdigest()


class Words:
    """Replaces many texts at once in time that grows with the text, not with their number."""

    def __init__(self, known: Mapping[str, str]) -> None:
        self._known = {key: value for key, value in known.items() if len(key) > 2}
        sizes: dict[str, set[int]] = {}
        for key in self._known:
            sizes.setdefault(key[:3], set()).add(len(key))
        self._sizes = {start: tuple(sorted(those, reverse=True)) for start, those in sizes.items()}

    def replaced(self, text: str) -> str:
        """The text with each known one in it, in any case, replaced by its stand-in; the longest first."""
        low, parts, at, begin = text.lower(), list[str](), 0, 0
        if len(low) != len(text):  # a letter whose small form is two: places would not agree
            text = low
        while at < len(low):
            found = self._at(low, at)
            if found is None:
                at += 1
                continue
            parts += [text[begin:at], self._known[found]]
            at = begin = at + len(found)
        return "".join((*parts, text[begin:]))

    def _at(self, low: str, at: int) -> str | None:
        sizes = self._sizes.get(low[at : at + 3], ())
        return next((low[at : at + size] for size in sizes if low[at : at + size] in self._known), None)


def _said(device: Device) -> Iterator[str]:
    """Words of a device that may name it, a person or a place."""
    told = (
        *((name, one.value) for name, one in device.attributes.items()),
        *((one.attr, one.value) for one in device.facts),
    )
    yield from (value for name, value in told if not _is_make(name) and not name.startswith(_NO_NAME))
    if (place := device.location) is not None:
        yield from (one for one in (place.switch, place.description, place.access_point) if one)


def _is_make(attr: str) -> bool:
    return attr.startswith(KEPT) and not _DROPPED.search(attr)


def _sort(source: str) -> str:
    """A source without the person or file in it."""
    head = source.partition(":")[0]
    return f"{head}:{WITHHELD}" if head == "person" else source

"""Makers of small networks: devices, ages, a scope and a knowledge base that fit in a test's head."""

from collections.abc import Mapping, Sequence
from datetime import UTC, date, datetime
from ipaddress import ip_network

import msgspec
import pytest

from scanner.age.estimate import Row, Shape, believe
from scanner.age.habits import HABITS
from scanner.knowledge import order
from scanner.knowledge.holes import holds
from scanner.knowledge.schemes import scheme
from scanner.model.device import Attribute, Claim, Device, DeviceId, Leg, Service
from scanner.model.kinds import Kind, Profile, Role, Support
from scanner.model.knowledge import (
    Advisory,
    Affected,
    Confidence,
    DataSource,
    Decision,
    DistroRelease,
    Exploited,
    ExposureFact,
    Fix,
    Likelihood,
    PackageRevision,
    Update,
)
from scanner.model.net import Address, Port
from scanner.model.observation import EvidenceId, Observation, evidence_id
from scanner.model.verdict import Age, Forgotten, Horizon
from scanner.risk import cves
from scanner.risk.exposure import OUTLIVED
from scanner.risk.facts import facts_of
from scanner.risk.finding import Case
from scanner.risk.parameters import resolve
from scanner.scope.file import Critical, Engagement, Flags, Network, Scope, Segment

NOW = datetime(2026, 11, 23, 12, tzinfo=UTC)

FACTS = (
    ("ms17-010", "EternalBlue", "smb-rce", 3, ("tcp/445", "tcp/139"), date(2017, 3, 14), True),
    ("smb1-enabled", "SMBv1 accepted", "smb-rce", 3, ("tcp/445", "tcp/139"), date(2017, 3, 14), True),
    ("win-vista-7-2008", "Windows 7 out of support", "smb-rce", 3, ("tcp/445", "tcp/3389"), date(2020, 1, 14), False),
    ("win-xp-2003", "Windows XP out of support", "smb-rce", 3, ("tcp/445", "tcp/3389"), date(2014, 4, 8), False),
    ("ms08-067", "Server service", "smb-rce", 3, ("tcp/445",), date(2008, 10, 23), False),
    ("bluekeep", "BlueKeep", "rdp-rce", 2, ("tcp/3389",), date(2019, 5, 14), True),
    ("rdp-no-nla", "RDP without NLA", "rdp-rce", 0, ("tcp/3389",), None, False),
    ("telnet", "Telnet login", "default-cred", 3, ("tcp/23", "tcp/2323"), None, False),
    ("vnc-noauth", "VNC without a password", "remote-ctl", 2, ("tcp/5900",), None, False),
    ("eternal-samba", "SambaCry", "smb-rce", 3, ("tcp/445",), date(2017, 5, 24), True),
    ("dropbear-2016", "Old Dropbear", "mgmt-rce", 1, ("tcp/22",), date(2016, 7, 21), False),
    ("sslv2-3", "SSLv3 accepted", "data-exposure", 0, ("tls",), date(2016, 3, 1), False),
    ("dicom-plain", "DICOM without TLS", "clinical-app", 0, ("tcp/104", "tcp/11112"), None, False),
    ("hikvision", "Hikvision command injection", "iot-cam", 3, ("tcp/80",), date(2021, 9, 18), True),
    ("zerologon", "Zerologon", "dc-takeover", 2, ("tcp/135", "tcp/445"), date(2020, 8, 11), True),
    ("docker-api", "Docker API open", "mgmt-rce", 3, ("tcp/2375",), None, False),
    ("not-judged-from-outside", "Nobody can see this", "web-rce", 3, ("tcp/80",), date(2014, 9, 24), False),
)  # fmt: skip


def horizon(before: date | None, after: date | None, ends: date | None) -> Horizon:
    """What the estimator believes of a device that came out `before`, started on `after`, and had updates until `ends`."""
    if before is after is ends is None:
        return Horizon(not_before=None, not_after=None, because=(), evidence=(EvidenceId("ev-boot"),))
    rows = [
        Row(
            source="x", component="system", not_before=low, not_after=high, eps=0.01, system=True, grade="E4", text="",
            evidence=(), seen=NOW.date(), shape=shape,
        )
        for low, high, shape in ((before, None, Shape.BOX), (None, after, Shape.START))
        if low or high
    ]  # fmt: skip
    belief = believe(rows, HABITS[Kind.UNKNOWN], [(ends or NOW.date(), 1.0)], before, NOW.date())
    shown = (EvidenceId("ev-boot"),)
    return Horizon(not_before=before, not_after=after, because=(), evidence=shown, knots=belief.knots)


class Known:
    """A knowledge base that knows a few exposures and nothing else."""

    version = "test"

    def __init__(self, facts: Sequence[ExposureFact]) -> None:
        self._facts = tuple(facts)

    def exposures(self) -> Sequence[ExposureFact]:
        return self._facts

    def sources(self) -> tuple[DataSource, ...]:
        return ()

    def product(self, _name: str, _vendor: str | None = None) -> str | None:
        return None

    def exploited(self) -> tuple[Exploited, ...]:
        return ()

    def kev(self, cve: str) -> Exploited | None:
        return next((one for one in self.exploited() if one.cve == cve), None)

    def nothing(self, _cve: str) -> None:
        return None

    epss = cvss = ssvc = nothing

    def affected(self, _product: str, _version: str | None = None) -> tuple[Affected, ...]:
        return ()

    def advisories(self, _vendor: str, _product: str) -> tuple[Advisory, ...]:
        return ()


class Book(Known):
    """A knowledge base out of plain tables, ordered as the shipped one orders."""

    def __init__(self, facts: Sequence[ExposureFact] = (), **tables: object) -> None:
        super().__init__(facts)
        self.products: Mapping[str, str] = {"OpenSSH": "openbsd:openssh", "RouterOS": "mikrotik:routeros"}
        self.packages: Mapping[str, str] = {"openbsd:openssh": "openssh"}
        self.ranges: Sequence[Affected] = ()
        self.listed: Sequence[Exploited] = ()
        self.decided: Mapping[str, Decision] = {}
        self.likely: Mapping[str, float] = {}
        self.mended: Sequence[Fix] = ()
        self.suites: Mapping[str, str] = {}
        self.windows_updates: Sequence[Update] = ()
        self.warned: Mapping[tuple[str, str], Sequence[Advisory]] = {}
        for name, table in tables.items():
            assert hasattr(self, name), name
            setattr(self, name, table)

    def product(self, name: str, _vendor: str | None = None) -> str | None:
        return self.products.get(name)

    def source_package(self, product: str) -> str | None:
        return self.packages.get(product)

    def exploited(self) -> tuple[Exploited, ...]:
        return tuple(self.listed)

    def epss(self, cve: str) -> Likelihood | None:
        score = self.likely.get(cve)
        return None if score is None else Likelihood(cve=cve, score=score, percentile=score, day=NOW.date())

    def ssvc(self, cve: str) -> Decision | None:
        return self.decided.get(cve)

    def compare(self, product: str, one: str, other: str) -> int | None:
        return order.compare(one, other, scheme(product))

    def affected(self, product: str, version: str | None = None) -> tuple[Affected, ...]:
        own = [one for one in self.ranges if one.product == product]
        return tuple(one for one in own if version is None or holds(one, version, scheme(product)))

    def fixes(self, package: str) -> tuple[Fix, ...]:
        return tuple(self.mended) if package == "openssh" else ()

    def package(self, package: str, version: str, _suite: str | None = None) -> PackageRevision | None:
        found = self.suites.get(version)
        if found is None:
            return None
        return PackageRevision(
            package=package, version=version, suite=found, day=NOW.date(), following=None, next_day=None
        )

    def distro(self, series: str) -> DistroRelease | None:
        code = {"9": "stretch", "8": "jessie"}.get(series, series)
        if code not in {"stretch", "jessie", "xenial"}:
            return None
        return DistroRelease(
            distro="debian", series=code, version=series, created=date(2015, 1, 1), released=None, ends=None
        )

    def advisories(self, vendor: str, product: str) -> tuple[Advisory, ...]:
        return tuple(self.warned.get((vendor, product), ()))

    def updates(self, build: str) -> tuple[Update, ...]:
        return tuple(one for one in self.windows_updates if one.build == build)


def fact(row: tuple[object, ...]) -> ExposureFact:
    name = str(row[0])
    return ExposureFact(
        id=name, name=row[1], gate=row[2], tier=row[3], cves=(), ports=row[4], fixed=row[5], in_kev=row[6],
        malware=(), default_present=0.5, default_success=0.5, never_do="", pitfalls="", remedy=f"mend {name}",
        source="test", confidence=Confidence.HIGH,
    )  # fmt: skip


class Make:
    """Makes everything a risk test needs."""

    now = NOW
    known = Known([fact(row) for row in FACTS])

    def book(self, **tables: object) -> Book:
        """A knowledge base of a few tables of its own."""
        return Book(**tables)

    def affected(self, cve: str, product: str, **more: object) -> Affected:
        whole = dict.fromkeys(("start", "below", "upto"))
        named = {
            "cve": cve,
            "product": product,
            "condition": "",
            "source": "test",
            "confidence": Confidence.HIGH,
        }
        return Affected(**(whole | named | more))

    def listed(self, cve: str, readable: str = "V", **more: object) -> Exploited:
        usual = {
            "vendor": "Acme",
            "product": "Thing",
            "added": date(2022, 5, 1),
            "due": None,
            "ransomware": False,
        }
        return Exploited(**(usual | {"cve": cve, "readable": readable} | more))

    def decision(self, cve: str, *, automatable: bool, total: bool) -> Decision:
        return Decision(
            cve=cve, exploitation="active", automatable=automatable, total=total, day=date(2024, 1, 1)
        )

    def fact(self, name: str) -> ExposureFact:
        return next(one for one in self.known.exposures() if one.id == name)

    def seen(self, field: str, value: str, port: str = "tcp/445", zone: str | None = None) -> Observation:
        return Observation(
            source="probe:test", first=NOW, last=NOW, field=field, value=value, port=Port(port),
            address=Address("10.0.0.1"), zone=zone,
        )  # fmt: skip

    def claim(self, field: str, value: str, port: str = "tcp/445", zone: str | None = None) -> Claim:
        seen = self.seen(field, value, port, zone)
        return Claim(
            attr=field, value=value, confidence=0.9, rule=None, seen=seen, evidence=evidence_id(seen)
        )

    def device(
        self,
        name: str,
        *zones: str,
        kind: Kind = Kind.WORKSTATION,
        role: Role = Role.NONE,
        ports: Sequence[str] = (),
        attributes: Mapping[str, str] | None = None,
        readings: Sequence[tuple[str, str, str]] = (),
        products: Mapping[str, tuple[str, str]] | None = None,
        dead: Sequence[str] = (),
        address: str = "",
        names: tuple[str, ...] = (),
    ) -> Device:
        services = [
            Service(
                port=Port(port), address=Address("10.0.0.1"), protocol=None,
                product=(products or {}).get(port, (None, None))[0], version=(products or {}).get(port, (None, None))[1],
                evidence=(EvidenceId(f"ev-{port}"),),
            )
            for port in ports
        ]  # fmt: skip
        legs = [
            Leg(address=Address(address or f"10.{at}.0.1"), mac=None, zone=zone, live=live)
            for at, (zone, live) in enumerate([*((z, True) for z in zones), *((z, False) for z in dead)])
        ]
        return Device(
            id=DeviceId(name), names=names or (name,), legs=tuple(legs), kind=kind, kind_confidence=0.9, role=role,
            attributes={
                attr: Attribute(value=value, confidence=0.9, evidence=(EvidenceId(f"ev-{attr}"),))
                for attr, value in (attributes or {}).items()
            },
            services=tuple(services), first_seen=NOW, last_seen=NOW, presence="seen", location=None, owner=None,
            inventories=(), joined_by=(), conflicts=(),
            facts=tuple(self.claim(field, value, port) for field, value, port in readings),
        )  # fmt: skip

    def age(
        self,
        support: Support = Support.SUPPORTED,
        ends: date | None = None,
        before: date | None = None,
        after: date | None = None,
    ) -> Age:
        return Age(
            support=support, subject=None, ends=ends, hypotheses=(), median=None, settle=None,
            horizon=horizon(before, after, ends), evidence=(EvidenceId("ev-build"),),
        )  # fmt: skip

    def kept(self, probability: float = 0.0) -> Forgotten:
        return Forgotten(unknown=False, unmanaged=False, stale=False, probability=probability, signals=())

    def patched(self, name: str, *zones: str, kind: Kind = Kind.WORKSTATION, **more: object):
        device = self.device(
            name, *zones, kind=kind, ports=("tcp/445", "tcp/3389"),
            attributes={"os.family": "Windows", "os.product": "Windows 11", "os.build": "10.0.22631"},
            readings=(("smb1.accepted", "no", "tcp/445"), ("rdp.security", "nla", "tcp/3389")), **more,
        )  # fmt: skip
        return device, self.age(before=date(2026, 10, 1)), self.kept()

    def windows7(self, name: str, *zones: str, kind: Kind = Kind.WORKSTATION, **more: object):
        device = self.device(
            name, *zones, kind=kind, ports=("tcp/445",),
            attributes={"os.family": "Windows", "os.product": "Windows 7", "os.build": "6.1.7601"},
            readings=(("smb1.accepted", "yes", "tcp/445"),), **more,
        )  # fmt: skip
        age = self.age(
            Support.UNSUPPORTED, date(2020, 1, 14), before=date(2011, 2, 9), after=date(2016, 11, 3)
        )
        return device, age, self.kept()

    def said(
        self,
        said: Mapping[str, str],
        *,
        attributes: Mapping[str, str] | None = None,
        ports: Sequence[str] = ("tcp/22",),
    ) -> Device:
        """A device that said all this in one observation."""
        seen = self.seen("ssh.banner", repr(said), "tcp/22")
        facts = tuple(
            Claim(attr=attr, value=value, confidence=0.9, rule="r", seen=seen, evidence=evidence_id(seen))
            for attr, value in said.items()
        )
        return msgspec.structs.replace(self.device("d", "a", ports=ports, attributes=attributes), facts=facts)

    def router(self, **more: object) -> Affected:
        """A range that holds RouterOS 6.42."""
        return self.affected("CVE-2018-14847", "mikrotik:routeros", start="6.29", below="6.43", **more)

    def case(self, device: Device, age: Age | None = None) -> Case:
        return Case(
            device=device,
            age=age or self.age(),
            facts=facts_of(device),
            fact=OUTLIVED,
            values=resolve({}),
            now=NOW,
        )

    def holes(
        self, device: Device, book: object, *, age: Age | None = None, judged: Sequence[str] = ()
    ) -> list:
        """The known holes of a device."""
        return list(cves.known(self.case(device, age), book, frozenset(judged)))

    def xp(self, name: str, *zones: str, kind: Kind = Kind.WORKSTATION, **more: object):
        device = self.device(
            name, *zones, kind=kind, ports=("tcp/445", "tcp/139"),
            attributes={"os.family": "Windows", "os.product": "Windows XP", "os.build": "5.1.2600"},
            readings=(("smb1.accepted", "yes", "tcp/445"),), **more,
        )  # fmt: skip
        return device, self.age(Support.UNSUPPORTED, date(2014, 4, 8), after=date(2014, 4, 8)), self.kept()

    def plain(self, name: str, *zones: str, kind: Kind = Kind.PHONE, **more: object):
        return self.device(name, *zones, kind=kind, **more), self.age(), self.kept()

    def scope(
        self,
        *zones: str,
        segments: Sequence[tuple[str, str, Sequence[str], str]] = (),
        critical: Sequence[tuple[str, str, float]] = (),
        criticality: Mapping[str, float] | None = None,
    ) -> Scope:
        networks = [
            Network(
                cidr=ip_network(f"10.{at}.0.0/16"), zone=zone, profile=Profile.OFFICE,
                criticality=(criticality or {}).get(zone), windows=(), vlan=None,
            )
            for at, zone in enumerate(zones)
        ]  # fmt: skip
        return Scope(
            engagement=Engagement(
                name="t", owner="o", authorized_by="a", contact="c", reference="r", valid_from=NOW, valid_until=NOW,
                sector="hospital",
            ),
            flags=Flags(), networks=tuple(networks), exclusions=(),
            critical=tuple(Critical(name=n, address=Address(a), weight=w) for n, a, w in critical),
            segments=tuple(Segment(source=s, target=t, allow=tuple(p), known=k) for s, t, p, k in segments), text="",
        )  # fmt: skip

    def judge(self, devices, scope: Scope, *, seed: int = 7, reach=(), parameters=None):
        from scanner.risk.judge import judge

        return judge(devices, scope, self.known, parameters or {}, seed, NOW, reach)


@pytest.fixture
def make() -> Make:
    """The makers."""
    return Make()


@pytest.fixture(scope="module")
def make_once() -> Make:
    """The makers for properties, which Hypothesis runs many times in one test."""
    return Make()

"""Makes realistic assessments for the tests of the report; knows nothing of how they are judged or printed."""

import random
from datetime import UTC, date, datetime, timedelta

import msgspec

from scanner.model.assessment import Assessment, Exchange, Judged, Network, ZoneView
from scanner.model.device import Attribute, Claim, Device, DeviceId, Leg, Location, Service
from scanner.model.kinds import Kind, Reach, Role, Support, band
from scanner.model.knowledge import DataSource
from scanner.model.net import Address, Mac, tcp
from scanner.model.observation import EvidenceId, Observation, evidence_id
from scanner.model.run import Run
from scanner.model.verdict import (
    Age,
    Cohort,
    Exposure,
    Forgotten,
    Hole,
    Horizon,
    Hypothesis,
    Interval,
    Risk,
    Signal,
    Why,
    ZoneReach,
)

NOW = datetime(2026, 12, 3, 9, 30, tzinfo=UTC)
ZONES = ("office", "radiology", "wards", "laboratory", "servers", "management")

# kind, subject, support, end of support, zones, score, how many
Sort = tuple[Kind, str | None, Support, date | None, tuple[str, ...], int, int]
HOSPITAL: tuple[Sort, ...] = (
    (Kind.LAPTOP, "Windows 7 SP1", Support.UNSUPPORTED, date(2020, 1, 14), ("management", "office"), 91, 1),
    (Kind.NAS, "Samba 3.6 storage box", Support.UNSUPPORTED, date(2015, 3, 4), ("servers",), 64, 1),
    (Kind.SERVER, "Windows Server 2008 R2", Support.UNSUPPORTED, date(2023, 1, 10), ("servers",), 58, 2),
    (Kind.MODALITY, "Windows XP Embedded", Support.UNSUPPORTED, date(2016, 1, 12), ("radiology",), 47, 3),
    (Kind.LAPTOP, None, Support.UNKNOWN, None, ("office",), 41, 1),
    (Kind.CAMERA, "Camera firmware 5.2", Support.UNKNOWN, None, ("wards",), 33, 12),
    (Kind.SWITCH, "Switch software 12.2", Support.UNSUPPORTED, date(2013, 8, 1), ("management",), 31, 1),
    (Kind.LAB_ANALYSER, None, Support.UNKNOWN, None, ("laboratory",), 28, 3),
    (Kind.PATIENT_MONITOR, None, Support.UNKNOWN, None, ("wards",), 22, 4),
    (Kind.PACS, "Windows Server 2019", Support.SUPPORTED, date(2029, 1, 9), ("radiology",), 19, 1),
    (Kind.PRINTER, "Printer firmware 2019", Support.UNKNOWN, None, ("office",), 15, 2),
    (Kind.SWITCH, "Core switch software 17.9", Support.SUPPORTED, date(2027, 3, 31), ZONES, 12, 1),
    (
        Kind.DOMAIN_CONTROLLER,
        "Windows Server 2022",
        Support.SUPPORTED,
        date(2031, 10, 14),
        ("servers",),
        11,
        1,
    ),
    (Kind.WORKSTATION, "Windows 11 24H2", Support.SUPPORTED, date(2027, 10, 12), ("office",), 6, 12),
)


def hole(number: int) -> Hole:
    """One of the holes of March 2017: the first is known best, the last two only by name."""
    known, best = number < 6, number == 4
    return Hole(
        cve=f"CVE-2017-014{number}", grade="E2", exploited=date(2022, 2, 10) if known else None, ransomware=best,
        epss=0.94 if best else None, cvss=8.8 if best else None, ssvc="active, automatable, total" if best else "",
        condition="" if best else "smbv1", deadline=date(2026, 12, 17) if known else None,
    )  # fmt: skip


class Maker:
    """Makes assessments; the same seed makes the same one."""

    def __init__(self, seed: int = 1) -> None:
        self.random = random.Random(seed)
        self.evidence: dict[EvidenceId, Observation] = {}
        self.count = 0

    def saw(self, field: str, value, address: str, port: int | None = None, days: int = 0) -> EvidenceId:
        seen = Observation(
            source="probe:" + field.partition(".")[0],
            first=NOW - timedelta(hours=2, days=days),
            last=NOW - timedelta(hours=2),
            field=field,
            value=value,
            address=Address(address),
            port=tcp(port) if port else None,
            zone="office",
            vantage="office",
        )
        name = evidence_id(seen)
        self.evidence[name] = seen
        return name

    def judged(self, sort: Sort, *, name: str | None = None, score: int | None = None) -> Judged:
        kind, subject, support, ends, zones, usual, _ = sort
        self.count += 1
        number = self.count
        points = usual if score is None else score
        text = name if name is not None else f"{kind.value}-{number:02d}"
        address = f"10.{20 + number // 200}.{ZONES.index(zones[0])}.{number % 200 + 10}"
        banner = self.saw(
            "smb.native_os", f"{subject or 'a banner that nobody knows'} #{number}", address, 445, 30
        )
        named = self.saw("ntlm.names", {"computer": text, "domain": "HOSPITAL"}, address, 445)
        return Judged(
            device=self.device(sort, number, text, address, banner, named),
            age=self.age(subject, support, ends, banner),
            forgotten=self.forgotten(points, named),
            exposures=self.exposures(support, banner),
            risk=self.risk(points, zones, banner, named),
        )

    def device(
        self, sort: Sort, number: int, name: str, address: str, banner: EvidenceId, named: EvidenceId
    ) -> Device:
        kind, subject, _, _, zones, _, _ = sort
        legs = tuple(
            Leg(
                address=Address(address if at == 0 else f"10.{90 + at}.{number // 250}.{number % 250}"),
                mac=Mac(f"00:1b:21:00:{number // 256:02x}:{number % 256:02x}"),
                zone=zone,
                live=number % 7 != 5,
            )
            for at, zone in enumerate(zones)
        )
        claim = Claim(
            attr="os.product",
            value=subject or "",
            confidence=0.9,
            rule="made-up",
            seen=self.evidence[banner],
            evidence=banner,
        )
        return Device(
            id=DeviceId(f"dev-{number:010x}"),
            names=(name, f"{name}.hospital.example"),
            legs=legs,
            kind=kind,
            kind_confidence=0.93,
            role=Role.GATEWAY if len(zones) > 2 else Role.NONE,
            attributes={
                "os.product": Attribute(value=subject or "not told", confidence=0.9, evidence=(banner,)),
                "host.name": Attribute(value=name, confidence=0.99, evidence=(named,)),
            },
            services=(
                Service(
                    port=tcp(445),
                    address=Address(address),
                    protocol="smb",
                    product="SMB",
                    version="1.0",
                    evidence=(banner,),
                ),
                Service(
                    port=tcp(9100),
                    address=Address(address),
                    protocol=None,
                    product=None,
                    version=None,
                    evidence=(),
                ),
            ),
            first_seen=NOW - timedelta(days=400),
            last_seen=NOW - timedelta(days=9 if number % 7 == 5 else 0),
            presence="silent" if number % 7 == 5 else "seen",
            location=Location(switch="sw-basement", port="Gi1/0/14", description="store room B2", seen=NOW)
            if number % 3
            else None,
            owner="radiology" if number % 4 == 0 else None,
            inventories=("import:dhcp-isc",) if number % 2 else (),
            joined_by=("ssh host key SHA256:ab12",) if len(zones) > 1 else (),
            conflicts=("HTTP says Windows 10, SMB says Windows 7",) if number % 11 == 0 else (),
            facts=(claim,),
            days=tuple((NOW - timedelta(days=ago)).date() for ago in (400, 40, 39, 9 + number % 5, 9)),
        )

    def age(self, subject: str | None, support: Support, ends: date | None, banner: EvidenceId) -> Age:
        known = support is not Support.UNKNOWN
        last = self.random.choice(
            [date(2013, 5, 1), date(2018, 2, 13), date(2023, 9, 9), date(2026, 1, 2), date(2026, 11, 20)]
        )
        first = self.random.choice([None, last - timedelta(days=500)])
        reading = Hypothesis(
            label=subject or "unknown product",
            edition="standard",
            ends=ends,
            open_ended=False,
            ended=(ends < NOW.date()) if ends else None,
            source="maker's lifecycle page",
            evidence=(banner,),
        )
        return Age(
            support=support,
            subject=subject,
            ends=ends,
            hypotheses=(reading,),
            horizon=Horizon(
                not_before=first,
                not_after=last if known else None,
                because=("no restart since that day",) if known else (),
                evidence=(banner,) if known else (),
            ),
            median=last if known else None,
            evidence=(banner,),
            settle=None if known else f"Ask the owner which version the {subject or 'device'} runs",
        )

    def forgotten(self, points: int, named: EvidenceId) -> Forgotten:
        lost = points in {91, 41}
        signals = (
            Signal(name="in no directory, register or lease", points=0.9, evidence=(named,)),
            Signal(name="last update lies more than 5 years back", points=1.8, evidence=(named,)),
        )
        return Forgotten(
            unknown=lost,
            unmanaged=lost,
            stale=points > 40,
            probability=0.87 if lost else 0.08,
            signals=signals if lost else (),
        )

    def exposures(self, support: Support, banner: EvidenceId) -> tuple[Exposure, ...]:
        if support is not Support.UNSUPPORTED:
            return ()
        return (
            Exposure(
                id="smb1-rce",
                name="SMBv1 accepted, update of March 2017 missing",
                gate="smb-rce",
                cves=("CVE-2017-0144", "CVE-2017-0145"),
                probability=0.93,
                grade="E4",
                evidence=(banner,),
                remedy="Switch SMBv1 off, or block tcp/445 on its switch port",
                deadline=date(2026, 12, 17),
                holes=tuple(hole(number) for number in range(4, 10)),
                because=("9 exploited holes in Windows were numbered after 2020, when its support ended",),
            ),
        )

    def risk(self, points: int, zones: tuple[str, ...], banner: EvidenceId, named: EvidenceId) -> Risk:
        joins = points // 2 if len(zones) == 2 else 0
        rest = points - joins
        whys = [
            (joins, f"only device that joins {zones[0]} and {zones[-1]}", "Unplug one of its two legs"),
            (rest - rest // 3, "SMBv1 accepted and no restart since 2016-11-03", "Switch SMBv1 off on it"),
            (
                rest // 3,
                "reaches the image archive in two steps",
                "Allow only the image archive's own port from its zone",
            ),
        ]
        return Risk(
            score=points,
            interval=Interval(lo=float(max(points - 5, 0)), hi=float(min(points + 4, 100))),
            band=band(points),
            grade="B" if points > 40 else "C",
            compromised=points / 150,
            blast=points * 5.3,
            critical=points / 120,
            fix_value=points * points / 40,
            top_ten=min(points / 90, 1.0),
            by_adversary={
                "commodity": points,
                "adaptive": min(points + 3, 100),
                "intruder": max(points - 8, 0),
            },
            why=tuple(
                Why(points=many, text=text, evidence=(banner, named), removes=removes)
                for many, text, removes in whys
                if many
            ),
        )

    def assessment(self, devices: list[Judged], **changes: object) -> Assessment:
        ordered = sorted(devices, key=lambda one: (-one.risk.score, one.device.id))
        counts = {zone: sum(zone in one.device.zones for one in ordered) for zone in ZONES}
        found = Assessment(
            now=NOW,
            title="St Example winter audit",
            owner="St Example Hospital",
            sector="hospital",
            authority="signed by J. Doe, CISO (CHG-1234)",
            runs=(
                Run(
                    id="run-1",
                    engagement="St Example winter audit",
                    started=NOW - timedelta(hours=3),
                    ended=NOW - timedelta(hours=1),
                    command="scan",
                    scope="[engagement]\n",
                    seed=7,
                    parameters={"rho": 0.4},
                    versions={"program": "0.1.0"},
                    notes=("laboratory: closed at 22:00, two addresses left",),
                ),
            ),
            devices=tuple(ordered),
            cohorts=self.cohorts(ordered),
            zones=tuple(
                ZoneView(
                    name=zone,
                    cidrs=(f"10.20.{at}.0/24",),
                    profile="clinical" if zone in {"radiology", "wards", "laboratory"} else "office",
                    devices=counts[zone],
                    addresses_answered=counts[zone],
                    scanned_from_inside=zone != "laboratory",
                    notes=() if zone != "laboratory" else ("no leg in this zone",),
                )
                for at, zone in enumerate(ZONES)
            ),
            reach=reach(),
            network=Network(
                expected_loss=312.4,
                interval=Interval(lo=248.0, hi=371.0),
                total_weight=1479.0,
                critical_reached=1.7,
                critical_assets=4,
                after_top_fixes=61.2,
            ),
            exchanges=(
                Exchange(probe="ssh", outcome="ok", count=9),
                Exchange(probe="smb", outcome="ok", count=21),
                Exchange(probe="smb", outcome="reset", count=1),
                Exchange(probe="http", outcome="silent", count=4),
                Exchange(probe="raw-print", outcome="refused", count=2),
            ),
            sources=(
                DataSource(
                    name="Windows lifecycle",
                    rows=212,
                    dated=date(2026, 10, 1),
                    source="maker",
                    licence="facts",
                ),
                DataSource(
                    name="Medical advisories",
                    rows=2385,
                    dated=date(2024, 10, 20),
                    source="CISA",
                    licence="public",
                ),
                DataSource(
                    name="Card makers", rows=38000, dated=date(2026, 8, 2), source="IEEE", licence="facts"
                ),
            ),
            limits=(
                "The laboratory was not scanned from inside.",
                "IPv6 was not looked at.",
                "Devices switched off during the run show only where a lease or register names them.",
            ),
            evidence=self.evidence,
            versions={"program": "0.1.0", "knowledge": "kb-2026-11-20"},
        )
        return msgspec.structs.replace(found, **changes)

    def cohorts(self, devices: list[Judged]) -> tuple[Cohort, ...]:
        modalities = tuple(one.device.id for one in devices if one.device.kind is Kind.MODALITY)
        if not modalities:
            return ()
        return (
            Cohort(
                cause="SMBv1 accepted",
                gate="smb-rce",
                zone="radiology",
                devices=modalities,
                score=66,
                band=band(66),
                fix_value=88.0,
                remedy="Block tcp/445 into radiology but from the image archive",
            ),
        )


def reach() -> tuple[ZoneReach, ...]:
    """Rules of every sort: measured, declared, inferred, assumed, and one that allows nothing."""
    return (
        ZoneReach(
            source="office",
            target="servers",
            gates=("tcp/443", "tcp/445"),
            known=Reach.MEASURED,
            probability=1.0,
        ),
        ZoneReach(source="management", target="servers", gates=("*",), known=Reach.DECLARED, probability=1.0),
        ZoneReach(
            source="servers", target="radiology", gates=("tcp/104",), known=Reach.DECLARED, probability=1.0
        ),
        ZoneReach(source="office", target="radiology", gates=(), known=Reach.DECLARED, probability=1.0),
        ZoneReach(
            source="wards", target="servers", gates=("tcp/445",), known=Reach.INFERRED, probability=0.7
        ),
        ZoneReach(
            source="management", target="radiology", gates=("*",), known=Reach.ASSUMED, probability=0.5
        ),
        ZoneReach(source="office", target="laboratory", gates=("*",), known=Reach.ASSUMED, probability=0.5),
        ZoneReach(source="office", target="office", gates=("*",), known=Reach.ASSUMED, probability=1.0),
    )

"""Many sites for `bench_fleet.py`: hospitals, utilities and branches with overlapping address spaces, and what their sensors saw.

Kinds, ports and fields are those of the three labs; how many there are of each, what they are called, which builds they run
and how the sites differ in size is drawn here, by nothing that the code under measurement knows.
"""

import random
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from hashlib import sha256
from typing import Any

from scanner.model.net import Address, Mac, Port
from scanner.model.observation import Observation
from scanner.model.run import Run

START = datetime(2026, 11, 2, 6, tzinfo=UTC)
NOW = datetime(2026, 11, 23, 12, tzinfo=UTC)
ENGAGEMENT = "eng-group"
SECTORS = {
    "hospital": ("office", "servers", "imaging", "ward", "building"),
    "utility": ("enterprise", "control", "field"),
    "bank": ("counter", "backoffice", "machines"),
}
SHARES = {"hospital": 0.4, "utility": 0.25, "bank": 0.35}
PROFILES = {"imaging": "clinical", "ward": "clinical", "control": "ot", "field": "ot"}
MIX = {
    "office": {"pc": 60, "old-pc": 8, "printer": 12, "phone": 20},
    "servers": {"server": 45, "old-server": 10, "linux": 35, "nas": 10},
    "imaging": {"modality": 70, "old-pc": 20, "switch": 10},
    "ward": {"monitor": 75, "nurse-call": 10, "switch": 15},
    "building": {"controller": 60, "camera": 40},
    "enterprise": {"pc": 70, "server": 12, "old-pc": 8, "printer": 10},
    "control": {"hmi": 40, "plc": 35, "linux": 15, "switch": 10},
    "field": {"plc": 60, "rtu": 40},
    "counter": {"pc": 55, "phone": 25, "printer": 15, "old-pc": 5},
    "backoffice": {"pc": 50, "server": 30, "linux": 20},
    "machines": {"atm": 70, "camera": 30},
}
BUILDS = {
    "pc": ("10.0.19045", "10.0.19045", "10.0.22621", "10.0.22631", "10.0.26100", "10.0.17763"),
    "old-pc": ("6.1.7601", "5.1", "6.3.9600"),
    "server": ("10.0.17763", "10.0.20348", "10.0.14393"),
    "old-server": ("6.1.7601", "6.3.9600", "5.2"),
    "hmi": ("6.1.7601", "10.0.17763", "5.1"),
    "atm": ("10.0.19044", "6.1.7601"),
}
SSH = ("OpenSSH_8.2p1 Ubuntu-4ubuntu0.11", "OpenSSH_7.4", "OpenSSH_9.2p1 Debian-2+deb12u2", "OpenSSH_5.3", "dropbear_2012.55")  # fmt: skip
PAGES = {
    "printer": (("HP LaserJet 400 M401dn", "HP HTTP Server; HP LaserJet"), ("Brother HL-L2340D series", "debut/1.20")),
    "camera": (("WEB SERVICE", "App-webs/"), ("AXIS M3045-V", "Apache/2.4.39 (Unix)")),
    "controller": (("Niagara Web Supervisor", "Niagara Web Server/3.8.38"), ("Tridium NiagaraAX", "Niagara Web Server/3.5.25")),
    "nurse-call": (("Nurse call gateway", "GoAhead-Webs"), ("Rauland Responder", "Microsoft-IIS/6.0")),
    "plc": (("MiniWeb Start Page", "SIMATIC NET"), ("1766-L32BWA B/15.00", "A-B WWW/0.1")),
    "rtu": (("RTU web", "GoAhead-Webs"), ("SICAM A8000", "lighttpd/1.4.35")),
    "phone": (("SIP-T28P", "SIP-T28P 2.72.0.1"), ("Cisco Systems, Inc. CP-7942G", "Allegro-Software-RomPager/2.10")),
    "switch": (("Cisco Systems Login", "cisco-IOS"), ("ProCurve Switch 2510G", "eHTTP v2.0")),
    "nas": (("DiskStation", "nginx"), ("QNAP Turbo NAS", "http server 1.0")),
}  # fmt: skip
CARDS = {
    "pc": "a4:11:94", "old-pc": "00:1e:37", "server": "00:15:17", "old-server": "00:15:17", "linux": "d4:1b:21", "hmi": "00:15:17",
    "atm": "00:1b:21", "printer": "00:17:c8", "phone": "80:96:21", "camera": "00:40:8c", "controller": "00:01:f0",
    "nurse-call": "00:90:5e", "plc": "00:0e:8c", "rtu": "00:0a:dc", "switch": "00:1b:67", "nas": "00:11:32",
    "modality": "08:00:06", "monitor": "00:09:fb",
}  # fmt: skip
CLOSED = (22, 23, 80, 443, 445, 3389, 8080)
Said = tuple[str, str, Any, int]
"""Probe, field, value and port."""


@dataclass(frozen=True)
class Site:
    """One site: its name, its sector, and how many devices each of its zones has."""

    name: str
    sector: str
    zones: tuple[tuple[str, int], ...]

    @property
    def cidrs(self) -> dict[str, str]:
        """A /18 for each zone, out of the space that every site of the sector has too."""
        second = {"hospital": 20, "utility": 40, "bank": 50}[self.sector]
        return (
            {zone: f"10.{second}.{at * 64}.0/18" for at, (zone, _) in enumerate(self.zones)}
            if len(self.zones) < 5
            else {zone: f"10.{second}.{at * 32}.0/19" for at, (zone, _) in enumerate(self.zones)}
        )

    @property
    def scope(self) -> str:
        """Its scope file; two in three declare who may reach whom."""
        nets = "".join(
            f'[[network]]\ncidr = "{cidr}"\nzone = "{zone}"\nprofile = "{PROFILES.get(zone, "office")}"\n'
            for zone, cidr in self.cidrs.items()
        )
        names = [zone for zone, _ in self.zones]
        declared = sha256(self.name.encode()).digest()[0] % 3
        rules = "".join(
            f'[[segment]]\nfrom = "{one}"\nto = "{other}"\nallow = {["tcp/443"] if one == names[0] else []!r}\n'.replace("'", '"')
            for one in names
            for other in names
            if one != other and declared
        )  # fmt: skip
        return (
            f'[engagement]\nname = "{self.name}"\nowner = "Group"\nauthorized_by = "A"\ncontact = "B"\nreference = "C"\n'
            f'valid_from = 2026-11-01\nvalid_until = 2026-12-01\nsector = "{self.sector}"\n{nets}{rules}'
        )

    @property
    def run(self) -> Run:
        """Its last scan."""
        return Run(
            id=f"run-{self.name}", engagement=ENGAGEMENT, started=START, ended=NOW, command="scan", scope=self.scope, seed=1,
            parameters={}, versions={"stalehost": "1"},
        )  # fmt: skip


def sites(devices: int, count: int, seed: int) -> tuple[Site, ...]:
    """So many sites with so many devices in all; one site in ten is large, as in a group of hospitals."""
    dice = random.Random(seed)
    sizes = [dice.lognormvariate(0, 0.8) for _ in range(count)]
    whole = sum(sizes)
    counts = [max(12, round(devices * size / whole)) for size in sizes]
    counts[counts.index(max(counts))] += devices - sum(counts)
    made = []
    for at, many in enumerate(counts):
        sector = dice.choices(tuple(SHARES), tuple(SHARES.values()))[0]
        zones = SECTORS[sector]
        parts = [dice.uniform(0.5, 2) for _ in zones]
        split = [int(many * part / sum(parts)) for part in parts]
        split[0] += many - sum(split)
        made.append(Site(name=f"s{at:03}", sector=sector, zones=tuple(zip(zones, split, strict=True))))
    return tuple(made)


def seen(site: Site, seed: int, *, share: float = 1.0, later: timedelta = timedelta()) -> Iterator[Observation]:  # fmt: skip
    """What a scan of the site saw; with a `share` below 1 only of so many devices, the first ones of each zone.

    `later` moves the scan: what is said again is the same and only widens its interval, but a third of what
    repeats itself (a counter, a title) says something new.
    """
    for at, (zone, many) in enumerate(site.zones):
        kinds, weights = tuple(MIX[zone]), tuple(MIX[zone].values())
        base = int(site.cidrs[zone].split(".")[2])
        for number in range(max(1, round(many * share)) if many else 0):
            dice = random.Random(f"{seed}/{site.name}/{zone}/{number}")
            kind = dice.choices(kinds, weights)[0]
            host = f"10.{site.cidrs[zone].split('.')[1]}.{base + (number + 10) // 256}.{(number + 10) % 256}"
            mark = f"{site.name}-{at}{number:05}"
            yield from _device(site, zone, host, kind, mark, dice, later)
            if kind in {"pc", "server"} and dice.random() < 0.01:
                # a second leg: the same card and name in the next zone
                other = site.zones[(at + 1) % len(site.zones)][0]
                there = f"10.{site.cidrs[other].split('.')[1]}.{int(site.cidrs[other].split('.')[2]) + 31}.{number % 250 + 1}"
                yield from _device(site, other, there, kind, mark, random.Random(f"{mark}/leg"), later)


def _device(
    site: Site, zone: str, host: str, kind: str, mark: str, dice: random.Random, later: timedelta
) -> Iterator[Observation]:
    at = START + timedelta(seconds=dice.randrange(86400)) + later
    digest = sha256(mark.encode()).digest()
    card = Mac(f"{CARDS[kind]}:{digest[0]:02x}:{digest[1]:02x}:{digest[2]:02x}")
    told = list(_says(site, kind, mark, dice, digest))
    ports = sorted({port for *_, port in told})
    shut = [port for port in CLOSED if port not in ports][:3]
    rows: list[tuple[str, str, Any, Port | None, Mac | None]] = [
        ("raw:arp", "link.mac", str(card), None, card)
    ]
    rows += [("tcp:connect", "port.state", "open", Port(f"tcp/{port}"), None) for port in ports]
    rows += [("tcp:connect", "port.state", "closed", Port(f"tcp/{port}"), None) for port in shut]
    rows += [(f"probe:{probe}", field, value, Port(f"tcp/{port}"), None) for probe, field, value, port in told]  # fmt: skip
    for source, field, value, port, mac in rows:
        yield Observation(
            source=source, field=field, value=value, port=port, address=Address(host), mac=mac, zone=zone, vantage=zone,
            first=at, last=at + timedelta(seconds=dice.randrange(600)),
        )  # fmt: skip


def _says(site: Site, kind: str, mark: str, dice: random.Random, digest: bytes) -> Iterator[Said]:
    if kind in BUILDS:
        yield from _windows(site, kind, mark, dice, digest)
    if kind in PAGES:
        title, server = dice.choice(PAGES[kind])
        yield "http", "http.status", "200", 80
        yield "http", "http_header.server", server, 80
        yield "http", "html_title", title, 80
        yield "http", "http.last_modified", f"Tue, {digest[3] % 28 + 1:02} May {2006 + digest[4] % 18} 09:10:28 GMT", 80  # fmt: skip
    if kind in {"linux", "nas", "switch"}:
        yield "ssh", "ssh.banner", dice.choice(SSH), 22
        yield "ssh", "ssh.protocol", "2.0", 22
        key = {"algorithm": "ssh-rsa", "bits": 2048, "fingerprint": f"SHA256:{digest.hex()[:43]}"}
        yield "ssh", "ssh.host_key", key, 22
    if kind in {"printer", "controller", "camera", "linux"}:
        yield from _tls(mark, dice, digest)
    if kind == "modality":
        uid = {"class_uid": "1.2.40.0.13.1.3", "result": "accepted", "version_name": dice.choice(("dcm4che-5.23.3", "OFFIS_DCMTK_360"))}  # fmt: skip
        yield "dicom", "dicom.implementation", uid, 104
        yield from _windows(site, "old-pc", mark, dice, digest)
    if kind == "monitor":
        text = f"*** Bedside Monitor Service Console ***\r\nSoftware Rev. F.01.{digest[5] % 60}\r\nHost MON-{mark}\r\n\r\nEnter service login: "
        yield "telnet", "telnet.banner", text, 23
        yield "telnet", "telnet.options", "will 1, will 3", 23


def _windows(site: Site, kind: str, mark: str, dice: random.Random, digest: bytes) -> Iterator[Said]:
    build, name = dice.choice(BUILDS[kind]), f"{kind[:3].upper()}-{mark}".upper()[:15]
    domain = f"{site.name}.group.example"
    names = {"dns_domain": domain, "dns_name": f"{name.lower()}.{domain}", "netbios_domain": site.name.upper(), "netbios_name": name}  # fmt: skip
    yield "smb", "ntlm.names", names, 445
    yield "smb", "ntlm.version", build, 445
    yield "smb", "smb1.accepted", "yes" if build.startswith(("5.", "6.1")) else "no", 445
    if not build.startswith("5."):
        yield "smb", "smb2.dialect", "2.1" if build.startswith("6.") else "3.1.1", 445
        yield "smb", "smb2.signing", dice.choice(("enabled", "required")), 445
        yield "smb", "smb2.guid", f"{digest.hex()[:8]}-{digest.hex()[8:12]}-{digest.hex()[12:16]}-{digest.hex()[16:20]}-{digest.hex()[20:32]}", 445  # fmt: skip
    if kind in {"server", "old-server"} or dice.random() < 0.3:
        yield "rdp", "rdp.security", {"flags": ["extended-client-data"], "selected": "credssp"}, 3389


def _tls(mark: str, dice: random.Random, digest: bytes) -> Iterator[Said]:
    year = 2010 + digest[6] % 14
    yield "tls", "tls.certificate", {"bits": 1024 if year < 2014 else 2048, "key": "rsa", "self_signed": True, "serial": digest.hex()[:8],
                                     "sha256": digest.hex(), "signature": "sha1" if year < 2016 else "sha256"}, 443  # fmt: skip
    yield "tls", "tls.not_before", f"{year}-05-01T00:00:00Z", 443
    yield "tls", "tls.versions", {"accepted": ["TLSv1.2"], "refused": ["TLSv1.3"]}, 443
    yield "tls", "x509.subject", f"CN={mark},O={dice.choice(('HP', 'Tridium', 'Example'))},C=US", 443


def counted(of: Sequence[Site]) -> int:
    """How many devices the sites have."""
    return sum(many for site in of for _, many in site.zones)

"""How long imports take and what they hold in memory: `python benchmarks/bench_import.py`.

Files are made here, apart from the code that reads them, and sent nowhere. Each is read in a process of its own, whose
largest resident size is the memory it took. The peer of nmap's XML is python-nmap by itself, handed the whole file, as its
own documentation does. Seconds are the processor's own: whatever else runs beside it does not count. Prints aim, measured, peer, ratio, and PASS or MISS.
"""

import json
import random
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from pathlib import Path

HOSTS = 10_000
SECONDS, MEGABYTES = 5.0, 150.0
SEED = 7
SERVICES = (
    (22, "ssh", "OpenSSH", "5.3"), (80, "http", "Apache httpd", "2.2.15"), (443, "https", "nginx", "1.10.3"),
    (445, "microsoft-ds", "Samba smbd", "3.6.23"), (3389, "ms-wbt-server", "Microsoft Terminal Services", ""),
    (161, "snmp", "net-snmp", ""), (9100, "jetdirect", "", ""), (21, "ftp", "vsftpd", "2.3.4"),
)  # fmt: skip

OURS = """
import resource, sys, time
from datetime import UTC, datetime
from pathlib import Path
from scanner.observe.importing import detect
path = Path(sys.argv[1])
form = detect(path)
began = time.process_time()
count = sum(1 for _ in form.read(path, datetime(2026, 11, 24, tzinfo=UTC)))
took = time.process_time() - began
print(form.name, count, took, resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024)
"""
PEER = """
import resource, sys, time
from pathlib import Path
import nmap
parser = nmap.PortScanner.__new__(nmap.PortScanner)
began = time.process_time()
result = parser.analyse_nmap_xml_scan(Path(sys.argv[1]).read_text())
took = time.process_time() - began
print("python-nmap", len(result["scan"]), took, resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024)
"""


def main() -> int:
    """Make the files, read them, print the table; 1 when an aim is missed."""
    rng = random.Random(SEED)
    print(f"{'file':<34}{'read':>10}  {'aim':>15}{'measured':>17}{'peer':>17}{'ratio':>13}")
    with tempfile.TemporaryDirectory() as folder:
        missed = nmap_xml(Path(folder), rng)
        for name, lines in MAKERS.items():
            path = Path(folder) / name
            path.write_text("".join(f"{line}\n" for line in lines(rng)))
            form, count, took, held = run(OURS, path)
            size = path.stat().st_size / 1e6
            print(
                f"{form + f' ({size:.0f} MB)':<34}{count:>10,}  {f'<= {MEGABYTES:.0f} MB':>15}{f'{took:.1f} s, {held:.0f} MB':>17}"
                f"{'-':>17}{f'{size / took:.1f} MB/s':>13}  {verdict(held <= MEGABYTES)}"
            )
            missed |= held > MEGABYTES
    return int(missed)


def nmap_xml(folder: Path, rng: random.Random) -> bool:
    """The aim of the issue: 10,000 hosts within 5 seconds and 150 MB."""
    path = folder / "scan.xml"
    path.write_text("".join(xml(rng)))
    form, count, took, held = run(OURS, path)
    _, _, theirs, memory = run(PEER, path)
    size = path.stat().st_size / 1e6
    good = took <= SECONDS and held <= MEGABYTES
    print(
        f"{f'{form}, {HOSTS:,} hosts ({size:.0f} MB)':<34}{count:>10,}  {'<= 5 s, 150 MB':>15}{f'{took:.1f} s, {held:.0f} MB':>17}"
        f"{f'{theirs:.1f} s, {memory:.0f} MB':>17}{f'{took / theirs:.2f}, {held / memory:.2f}':>13}  {verdict(good)}"
    )
    return not good


def run(code: str, path: Path) -> tuple[str, int, float, float]:
    """Read a file in a process of its own: what read it, how much it gave, seconds, megabytes."""
    done = subprocess.run([sys.executable, "-c", code, str(path)], check=True, capture_output=True, text=True)
    name, count, took, held = done.stdout.split()
    return name, int(count), float(took), float(held)


def xml(rng: random.Random) -> Iterator[str]:
    """The XML of a site with eight ports a host, as `-sV -p LIST` writes it."""
    yield '<?xml version="1.0" encoding="UTF-8"?>\n<!DOCTYPE nmaprun>\n<nmaprun scanner="nmap" args="nmap -sV" start="1795434033" version="7.93" xmloutputversion="1.05">\n'
    for number in range(HOSTS):
        address = host(number)
        yield f'<host starttime="1795434034" endtime="1795434094"><status state="up" reason="arp-response" reason_ttl="0"/>\n<address addr="{address}" addrtype="ipv4"/>\n<address addr="{card(number)}" addrtype="mac" vendor="Example"/>\n<hostnames><hostname name="host-{number}.example" type="PTR"/></hostnames>\n<ports>'
        for port, name, product, version in SERVICES:
            state = "open" if rng.random() < 0.6 else "closed"
            said = (
                f' product="{product}" version="{version}" method="probed" conf="10"'
                if state == "open"
                else ' method="table" conf="3"'
            )
            yield f'<port protocol="tcp" portid="{port}"><state state="{state}" reason="syn-ack" reason_ttl="64"/><service name="{name}"{said}/></port>\n'
        yield '</ports>\n<times srtt="200" rttvar="50" to="100000"/>\n</host>\n'
    yield f'<runstats><finished time="1795435000" timestr="x" elapsed="900" summary="x" exit="success"/><hosts up="{HOSTS}" down="0" total="{HOSTS}"/></runstats>\n</nmaprun>\n'


def leases(rng: random.Random) -> Iterator[str]:
    """An ISC lease file of 100,000 renewals."""
    for number in range(100_000):
        day = rng.randint(1, 23)
        yield f'lease {host(number % 20_000)} {{\n  starts 1 2026/11/{day:02d} 08:00:00;\n  ends 1 2026/11/{day:02d} 16:00:00;\n  cltt 1 2026/11/{day:02d} 08:00:00;\n  binding state free;\n  hardware ethernet {card(number % 20_000)};\n  client-hostname "pc-{number % 20_000}";\n}}'


def conn(rng: random.Random) -> Iterator[str]:
    """A Zeek conn.log of 200,000 conversations."""
    yield "#separator \\x09\n#path\tconn\n#fields\tts\tuid\tid.orig_h\tid.orig_p\tid.resp_h\tid.resp_p\tproto\tconn_state\tresp_bytes"
    for number in range(200_000):
        ends = f"{host(rng.randrange(5000))}\t{rng.randint(1024, 65535)}\t{host(rng.randrange(50))}\t{rng.choice((80, 443, 445))}"
        yield f"17954{number:08d}.1\tC{number}\t{ends}\ttcp\t{rng.choice(('SF', 'S0', 'RSTO'))}\t{rng.randrange(9000)}"


def computers(rng: random.Random) -> Iterator[str]:
    """A directory of 100,000 computers."""
    yield '"DNSHostName","Enabled","IPv4Address","LastLogonTimestamp","Name","OperatingSystem","OperatingSystemVersion"'
    for number in range(100_000):
        yield f'"pc-{number}.example","True","{host(number)}","{134_000_000_000_000_000 + rng.randrange(10**15)}","pc-{number}","Windows 10 Enterprise","10.0 (19045)"'


def clients(rng: random.Random) -> Iterator[str]:
    """One JSON array of 100,000 clients of a UniFi controller."""
    yield '{"meta":{"rc":"ok"},"data":['
    for number in range(100_000):
        comma = "," if number else ""
        one = {"_id": str(number), "mac": card(number), "ip": host(number), "hostname": f"pc-{number}", "is_wired": True,
               "sw_mac": card(rng.randrange(40)), "sw_port": rng.randint(1, 48), "last_seen": 1_795_000_000 + number, "oui": "x"}  # fmt: skip
        yield comma + json.dumps(one)
    yield "]}"


MAKERS: dict[str, Callable[[random.Random], Iterator[str]]] = {
    "dhcpd.leases": leases,
    "conn.log": conn,
    "computers.csv": computers,
    "clients.json": clients,
}


def host(number: int) -> str:
    """An address of a site, by number."""
    return f"10.{number >> 16 & 255}.{number >> 8 & 255}.{number & 255}"


def card(number: int) -> str:
    """A network card, by number."""
    return f"02:00:00:{number >> 16 & 255:02x}:{number >> 8 & 255:02x}:{number & 255:02x}"


def verdict(good: bool) -> str:
    """The last word of a line."""
    return "PASS" if good else "MISS"


if __name__ == "__main__":
    began = time.monotonic()
    code = main()
    print(f"all in {time.monotonic() - began:.0f} s; Python {sys.version.split()[0]}")
    sys.exit(code)

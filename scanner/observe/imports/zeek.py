"""Zeek's logs, as tab-separated text and as JSON lines: conn, dhcp, dns, http, software, ssh, ssl and x509.

Only hosts of the site itself are told of: Zeek's own `local_orig`/`local_resp` where it says so, else private addresses.
"""

import ipaddress
import re
from collections.abc import Callable, Iterator, Mapping
from datetime import datetime
from typing import Final

import msgspec

from scanner.model import net
from scanner.model.net import Address
from scanner.model.observation import Observation, Scalar
from scanner.observe.files.opened import Source, beginning, reading
from scanner.observe.files.records import each_line
from scanner.observe.files.told import Teller, address, card, clean, moment
from scanner.observe.format import Format

SOURCE: Final = "import:zeek"
Row = Mapping[str, str]
Said = Iterator[Observation]

TALKED: Final = frozenset({"SF", "S1", "S2", "S3", "RSTO", "RSTR"})
"""conn_state: the handshake was completed."""
SOFTWARE: Final = {
    "HTTP::SERVER": "http_header.server",
    "HTTP::APPSERVER": "http_header.x_powered_by",
    "HTTP::BROWSER": "http_header.user_agent",
    "SSH::SERVER": "ssh.banner",
    "SMTP::MAIL_CLIENT": "smtp.user_agent",
    "FTP::CLIENT": "ftp.user_agent",
    "MYSQL::SERVER": "mysql.banners",
    "DHCP::CLIENT": "dhcp_vendor_class",
}
VERSIONS: Final = {
    "SSLv3": "SSLv3",
    "TLSv10": "TLSv1.0",
    "TLSv11": "TLSv1.1",
    "TLSv12": "TLSv1.2",
    "TLSv13": "TLSv1.3",
}
"""Zeek's spelling of TLS versions and ours."""


def parse(source: Source, now: datetime) -> Iterator[Observation]:
    """Every line of whichever log it is."""
    teller = Teller(source=SOURCE, now=now)
    form = _json if beginning(source.path, 64).lstrip().startswith(b"{") else _table
    for place, path, row in form(source):
        try:
            yield from READERS[path](row, teller)
        except KeyError:
            source.skip(place, f"no log that tells of hosts: {path or 'unnamed'}")
        except ValueError as error:
            source.skip(place, error)


def _table(source: Source) -> Iterator[tuple[str, str, Row]]:
    divider, fields, path = "\t", list[str](), ""
    for number, line in source.lines():
        if line.startswith("#separator"):
            found = re.search(r"\\x([0-9a-fA-F]{2})", line)
            divider = chr(int(found[1], 16)) if found else "\t"
        elif line.startswith("#path"):
            path = line[6:].strip()
        elif line.startswith("#fields"):
            fields = line[8:].split(divider)
        elif line.startswith("#") or not line:
            continue
        else:
            cells = line.split(divider)
            if len(cells) != len(fields):
                source.skip(f"line {number}", f"{len(cells)} cells where the heading has {len(fields)}")
                continue
            row = {
                name: cell for name, cell in zip(fields, cells, strict=True) if cell not in {"-", "(empty)"}
            }
            yield f"line {number}", path or _log(row), row


def _json(source: Source) -> Iterator[tuple[str, str, Row]]:
    for number, record in each_line(source):
        row = {
            name: ",".join(map(str, cell)) if isinstance(cell, list) else str(cell)
            for name, cell in record.items()
        }
        yield f"line {number}", row.get("_path") or _log(row), row


MARKS: Final = (
    ("conn_state", "conn"), ("assigned_addr", "dhcp"), ("client_addr", "dhcp"), ("host_name", "dhcp"),
    ("software_type", "software"), ("certificate.subject", "x509"), ("qtype_name", "dns"), ("rcode", "dns"),
    ("query", "dns"), ("host_key_alg", "ssh"), ("auth_attempts", "ssh"), ("direction", "ssh"), ("cipher", "ssl"),
    ("server_name", "ssl"), ("established", "ssl"), ("method", "http"), ("user_agent", "http"), ("status_code", "http"),
    ("duration", "conn"), ("history", "conn"),
)  # fmt: skip
"""Fields that only one of the logs has: JSON lines bear no name of their log."""


def _log(row: Row) -> str:
    return next((log for field, log in MARKS if field in row), "")


def _local(text: str, said: str = "") -> Address | None:
    """The address if it is the site's own: as Zeek says, else if it is private."""
    found = address(text)
    if found is None or said in {"F", "false", "False"}:
        return None
    return found if said or ipaddress.ip_address(found).is_private else None


def _conn(row: Row, teller: Teller) -> Said:
    when, state = moment(row.get("ts", "")), row.get("conn_state", "")
    source = _local(row.get("id.orig_h", ""), row.get("local_orig", ""))
    target = _local(row.get("id.resp_h", ""), row.get("local_resp", ""))
    protocol = row.get("proto", "")
    if target is None or state not in TALKED or protocol not in {"tcp", "udp"}:
        return
    port = net.port(f"{protocol}/{row.get('id.resp_p', '')}")
    if int(row.get("resp_bytes", "0")) or protocol == "tcp":
        yield teller.say(
            "port.state", "open", address=target, port=port, mac=_card(row, "resp_l2_addr"), last=when
        )
    if source is not None:
        # in the words of the capture: at the server, from whom
        value: dict[str, Scalar | list[str]] = {"from": source}
        yield teller.say("flow.seen", value, address=target, port=port, last=when)


def _card(row: Row, name: str) -> net.Mac | None:
    return card(row.get(name, ""))


def _dhcp(row: Row, teller: Teller) -> Said:
    held = address(row.get("assigned_addr", "")) or address(row.get("client_addr", ""))
    mac, when = card(row.get("mac", "")), moment(row.get("ts", ""))
    value: dict[str, Scalar | list[str]] = {"state": "active"}
    if name := row.get("host_name") or row.get("client_fqdn", "").rstrip("."):
        value["hostname"] = clean(name)
    if held or mac:
        yield teller.say("dhcp.lease", value, address=held, mac=mac, last=when)


def _dns(row: Row, teller: Teller) -> Said:
    """Names of the site's own hosts: what a name was answered with, and what an address was."""
    when, query = moment(row.get("ts", "")), row.get("query", "")
    kind = row.get("qtype_name", "")
    answers = row.get("answers", "").split(",")
    if kind in {"A", "AAAA"} and query:
        for answer in answers:
            held = _local(answer)
            if held and "." in query and not query.endswith(".arpa"):
                yield teller.say("dns.name", clean(query), address=held, last=when)
    elif kind == "PTR" and query.lower().endswith(".in-addr.arpa"):
        held = _local(".".join(reversed(query.lower().removesuffix(".in-addr.arpa").split("."))))
        if held and answers[0]:
            yield teller.say("dns.ptr", clean(answers[0]), address=held, last=when)


def _http(row: Row, teller: Teller) -> Said:
    when, source = moment(row.get("ts", "")), _local(row.get("id.orig_h", ""))
    if source and (agent := row.get("user_agent")):
        yield teller.say("http_header.user_agent", clean(agent), address=source, last=when)


def _software(row: Row, teller: Teller) -> Said:
    held, field = _local(row.get("host", "")), SOFTWARE.get(row.get("software_type", ""))
    said = row.get("unparsed_version") or " ".join(
        part for part in (row.get("name"), row.get("version.major")) if part
    )
    if held and field and said:
        number = row.get("host_p", "")
        yield teller.say(
            field, clean(said), address=held, port=net.port(f"tcp/{number}") if number.isdecimal() else None,
            last=moment(row.get("ts", "")),
        )  # fmt: skip


def _ssh(row: Row, teller: Teller) -> Said:
    when, target = moment(row.get("ts", "")), _local(row.get("id.resp_h", ""))
    if target and (server := row.get("server")):
        port = net.port(f"tcp/{row.get('id.resp_p', '')}")
        banner = re.sub(r"^SSH-\d\.\d+-", "", server)
        yield teller.say("ssh.banner", clean(banner), address=target, port=port, last=when)
    source = _local(row.get("id.orig_h", ""))
    if source and (client := row.get("client")):
        yield teller.say("ssh.client", clean(re.sub(r"^SSH-\d\.\d+-", "", client)), address=source, last=when)


def _ssl(row: Row, teller: Teller) -> Said:
    when, target = moment(row.get("ts", "")), _local(row.get("id.resp_h", ""))
    if target is None:
        return
    port = net.port(f"tcp/{row.get('id.resp_p', '')}")
    if version := VERSIONS.get(row.get("version", "")):
        yield teller.say("tls.versions", {"accepted": [version]}, address=target, port=port, last=when)
    for name in ("subject", "issuer"):
        if said := row.get(name):
            yield teller.say(f"x509.{name}", clean(said), address=target, port=port, last=when)


def _x509(row: Row, _teller: Teller) -> Said:
    """A certificate alone: the log names no host; ssl.log does, and repeats subject and issuer."""
    if "certificate.subject" not in row and "id" not in row and "fingerprint" not in row:
        raise ValueError("no certificate")
    yield from ()


READERS: Final[Mapping[str, Callable[[Row, Teller], Said]]] = {
    "conn": _conn,
    "dhcp": _dhcp,
    "dns": _dns,
    "http": _http,
    "software": _software,
    "ssh": _ssh,
    "ssl": _ssl,
    "x509": _x509,
}


def fits(head: bytes) -> bool:
    """Whether it begins as Zeek's tables do, or with a JSON line of one of its logs."""
    if head.startswith(b"#separator \\x"):
        return True
    first = head.splitlines()[0] if head else b""
    if not first.startswith(b"{"):
        return False
    try:
        row = msgspec.json.decode(first)
    except msgspec.DecodeError:
        return False
    return isinstance(row, dict) and "ts" in row and ("uid" in row or "_path" in row or bool(_log(row)))


FORMAT: Final = Format(
    name="zeek",
    checked_against="memory",
    export="zcat /opt/zeek/logs/*/{conn,dhcp,dns,http,software,ssh,ssl}.*.log.gz > zeek.log  (or give each file as it is, packed too)",
    says="who speaks with whom, names, leases, programs",
    fits=fits,
    read=reading(parse),
)

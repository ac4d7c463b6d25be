"""What is ready to be sent to the project names no device, place or person."""

import re
import string
from datetime import UTC, datetime
from ipaddress import IPv4Address, IPv6Address

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from scanner.model.device import Claim, Location
from scanner.model.kinds import Kind
from scanner.model.observation import Observation, evidence_id
from scanner.report import issue

NOW = datetime(2026, 11, 23, tzinfo=UTC)
LABEL = st.text(string.ascii_lowercase + string.digits, min_size=4, max_size=12).filter(
    lambda one: one[0].isalpha()
)
HALF = st.integers(0x800000, 0xFFFFFF)
SECRETS = st.fixed_dictionaries({
    "host": LABEL.map(lambda one: f"q{one}7"),
    "domain": LABEL.map(lambda one: f"{one}q.example"),
    "v4": st.integers(0x01000000, 0xDFFFFFFF).map(lambda one: str(IPv4Address(one))),
    "v6": st.integers(1 << 124, (1 << 128) - 1).map(lambda one: str(IPv6Address(one))),
    "card": HALF.map(lambda half: f"00:1b:21:{half.to_bytes(3, 'big').hex(':')}"),
    "bare": HALF.map(lambda half: f"001B21{half:06X}"),
    "serial": st.text(string.digits, min_size=6, max_size=9).map(lambda one: f"ZK{one}"),
    "person": LABEL.map(lambda one: f"j.{one}q"),
})  # fmt: skip
TEMPLATES = (
    ("telnet.banner", "\r\nWelcome to {host}\r\n{host} login: "),
    ("telnet.banner", "Gizmo 7 ({v4}) serial number: {serial}\r\nUser Name : "),
    ("ftp.banner", "{host}.{domain} FTP server ready for {v4}"),
    ("smtp.banner", "{host} ESMTP ready, mail {person}@{domain}"),
    ("snmp.sys_description", "Linux {host} 2.6.32-5 #1 {card}"),
    ("snmp.sys_description", "Gizmo 7, S/N {serial}, contact: {person}; at [{v6}]"),
    ("html_title", "Gizmo {bare} - {host}.{domain}"),
    ("http_header.wwwauth", 'Basic realm="GZ{bare} {v6}"'),
    ("upnp.server", "Gizmo/7 user={person}; MAC {card}"),
)


def seen(field, value, port="tcp/9"):
    return Observation(
        source="probe:x", first=NOW, last=NOW, field=field, value=value, port=port, address="10.0.0.9"
    )


@pytest.mark.parametrize(("field", "template"), TEMPLATES)
@given(secrets=SECRETS)
def test_no_secret_of_a_device_or_a_person_is_in_the_body(field, template, secrets):
    names = {secrets["host"], f"{secrets['host']}.{secrets['domain']}"}

    body = issue.body([seen(field, template.format(**secrets))], names)

    said = body.partition("send it:")[2]
    hidden = {name: secrets[name] for name in ("host", "domain", "v4", "v6", "serial", "person")}
    hidden |= {"card": secrets["card"][9:], "bare": secrets["bare"][6:]}
    told = {
        name
        for name, secret in hidden.items()
        if f"{{{name}}}" in template and secret.lower() in said.lower()
    }
    assert set() == told


@given(secrets=SECRETS)
def test_fields_that_are_names_are_left_out(secrets):
    fields = (
        "netbios.name",
        "x509.subject",
        "ssh.host_key",
        "smb2.guid",
        "mdns.host",
        "ldap.root",
        "signon.screen",
    )

    body = issue.body([seen(field, secrets["host"]) for field in fields])

    assert secrets["host"] not in body
    assert "nothing that describes a make of thing" in body


@pytest.mark.parametrize(
    ("text", "want"),
    [
        ("OpenSSH_7.4p1 Debian-10+deb9u7", "OpenSSH_7.4p1 Debian-10+deb9u7"),
        ("Microsoft-IIS/6.0, ASP.NET", "Microsoft-IIS/6.0, ASP.NET"),
        ("XM.ar7240.v5.5.6.17762.130528.1755", "XM.ar7240.v5.5.6.17762.130528.1755"),
        ("(none) login: ", "(none) login: "),
        ("oldbox login: ", "<host> login: "),
        ("SunOS xray 5.8", "SunOS <host> 5.8"),
        ("Linux 2.6.32", "Linux 2.6.32"),
        ("at 10:23:45", "at 10:23:45"),
        ("card 00:40:8c:12:34:56", "card 00:40:8c:*"),
        ("card 0040.8c12.3456", "card 0040.8c*"),
        ("AXIS-00408C123456", "AXIS-00408C*"),
        ("NPI8C1D42", "NPI*"),
        ("BRN001BA9123456", "BRN001BA9*"),
        ("id CN1234567890", "id <serial>"),
        ("ask it@hosp.example", "ask <mail>"),
    ],
)
def test_what_tells_makes_apart_is_kept(text, want):
    assert want == issue.scrub(text)


def test_an_object_identifier_is_no_address():
    assert "1.3.6.1.4.1.9.1.516" in issue.body([seen("snmp.sys_object_id", "1.3.6.1.4.1.9.1.516")])


def test_a_row_is_short_and_there_are_not_too_many():
    many = [seen("ftp.banner", f"gizmo {number} " + "x" * 2000, f"tcp/{number}") for number in range(1, 100)]

    rows = [line for line in issue.body(many).splitlines() if line.startswith("    tcp/")]

    assert 60 == len(rows)
    assert max(map(len, rows)) < 500
    assert "and 39 more" in issue.body(many)


def test_parts_of_a_value_and_bytes_that_no_terminal_shows_are_one_line():
    body = issue.body([seen("dicom.implementation", {"class_uid": "x", "version_name": "A\x1b[2J\nB"})])

    assert "class_uid=x; version_name=A [2J B" in body


def answering(maker, sorts):
    return next(judged for judged in map(maker.judged, sorts) if judged.device.services)


def test_all_that_names_a_device_is_known(maker, sorts):
    judged = maker.judged(sorts[0])
    claim = Claim(
        attr="host.name", value="pump7", confidence=1, rule=None, seen=seen("x", "y"), evidence="ev-0"
    )
    device = msgspec.structs.replace(
        judged.device,
        names=("front",),
        facts=(claim,),
        owner="Jane Doe",
        location=Location(switch="sw-3", description="ward 3", access_point="ap-1"),
    )

    got = issue.names_of(device)

    assert "ward 3" not in issue.names_of(msgspec.structs.replace(device, location=None))
    assert {"front", "pump7", "Jane Doe", "sw-3", "ward 3", "ap-1", device.legs[0].address} <= got


def test_only_what_answers_and_nobody_knows_is_unrecognised(maker, sorts):
    judged = answering(maker, sorts)
    unknown = msgspec.structs.replace(judged.device, kind=Kind.UNKNOWN, attributes={})

    def held(device):
        return issue.unrecognised(msgspec.structs.replace(judged, device=device))

    assert held(unknown)
    assert not held(msgspec.structs.replace(unknown, services=()))
    assert not held(msgspec.structs.replace(unknown, kind=Kind.PRINTER))
    assert not held(judged.device) or not judged.device.attributes


def test_the_body_of_a_device_has_what_was_seen_on_its_ports(maker, sorts):
    judged = answering(maker, sorts)
    said = seen("ftp.banner", "Gizmo of St Example Hospital")
    services = (msgspec.structs.replace(judged.device.services[0], evidence=(evidence_id(said), "ev-gone")),)
    judged = msgspec.structs.replace(judged, device=msgspec.structs.replace(judged.device, services=services))
    found = msgspec.structs.replace(
        maker.assessment([judged]), owner="St Example Hospital", evidence={evidence_id(said): said}
    )

    assert "tcp/9 ftp.banner = Gizmo of <name>" in issue.of_device(found, judged)


def test_every_field_of_the_list_is_spelt_as_fields_are():
    assert all(re.fullmatch(r"[a-z0-9_]+([.][a-z0-9_]+)*", field) for field in issue.FIELDS)

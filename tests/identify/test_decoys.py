"""What gives a decoy away, and what an honest device may do without being called one."""

from itertools import permutations

import pytest

from scanner.identify import decoys, merge
from scanner.model.device import Attribute, Claim
from scanner.model.net import Port
from scanner.model.observation import evidence_id
from scanner.model.rule import Rule

GROWN = ("tcp/22", "tcp/25", "tcp/3306", "tcp/445", "tcp/631", "tcp/5060")


@pytest.fixture
def claim(saw):
    def make(attr, value, field, text="", port="tcp/22"):
        seen = saw(field, text or f"{field} {value}", "10.0.0.1", port=port)
        return Claim(attr=attr, value=value, confidence=0.9, rule="r", seen=seen, evidence=evidence_id(seen))

    return make


@pytest.mark.parametrize(
    ("name", "field", "text"),
    [
        ("Dionaea", "x509.subject", "CN=Nepenthes Development Team,O=dionaea.carnivore.it"),
        ("Nepenthes", "ftp.banner", "---freeFTPd 1.0---warFTPd 1.65---"),
        ("Conpot", "snmp.sys_name", "Technodrome"),
        ("OpenCanary", "http_header.server", "OpenCanary"),
    ],
)
def test_a_greeting_that_only_a_decoy_gives_names_it(name, field, text, claim):
    found = decoys.find([claim("service.product", "x", field, text)], [])

    assert found is not None
    assert (name, 0.95) == (found.name, found.weight)
    assert f"{field} greets as {name} does out of the box" in found.why
    assert 1 == len(found.evidence)


@pytest.mark.parametrize(
    ("field", "text"),
    [
        ("ssh.banner", "OpenSSH_6.0p1 Debian-4+deb7u2"),
        ("ftp.banner", "Welcome to the ftp service"),
        ("ftp.banner", "dionaea"),
        ("ssh.banner", "OpenSSH_9.2p1 Debian-2"),
    ],
)
def test_what_honest_machines_say_too_makes_no_decoy_alone(field, text, claim):
    assert decoys.find([claim("service.product", "x", field, text)], []) is None


def test_two_faint_greetings_add_up_and_the_same_on_two_ports_does_not(claim):
    ssh = claim("service.product", "x", "ssh.banner", "OpenSSH_6.0p1 Debian-4+deb7u2")
    again = claim("service.product", "x", "ssh.banner", "OpenSSH_6.0p1 Debian-4+deb7u2", port="tcp/2222")
    ftp = claim("service.product", "x", "ftp.banner", "Welcome to the ftp service")

    found = decoys.find([ssh, ftp], [])

    assert found is not None
    assert "Cowrie or Dionaea" == found.name
    assert decoys.find([ssh, again], []) is None


def test_services_that_speak_for_three_systems_are_told(claim):
    said = [("Windows", "smb.native_os"), ("Linux", "ssh.banner"), ("VxWorks", "ftp.banner")]
    facts = [claim("os.family", family, field) for family, field in said]

    found = {decoys.find(order, []) for order in permutations(facts)}

    assert 1 == len(found)
    decoy = found.pop()
    assert decoy is not None
    assert ("unknown decoy", 0.7, 3) == (decoy.name, decoy.weight, len(decoy.evidence))
    assert "Linux (ssh), VxWorks (ftp), Windows (smb)" in decoy.why[0]


def test_two_systems_or_faint_words_make_no_decoy(claim):
    two = [claim("os.family", "Windows", "smb.native_os"), claim("os.family", "Linux", "ssh.banner")]
    faint = claim("os.family", "VxWorks", "dhcp_vendor_class")

    assert decoys.find(two, []) is None
    assert decoys.find([*two, Claim(**{**_parts(faint), "confidence": 0.4})], []) is None


@pytest.mark.parametrize(
    ("ports", "arranged"),
    [
        (GROWN[:5], False),
        ((*GROWN[:5], "tcp/80", "tcp/443"), False),
        (GROWN, True),
        ((*GROWN[:3], "tcp/502"), False),
        ((*GROWN[:4], "tcp/502"), True),
        (("tcp/102", "tcp/502", "tcp/44818"), False),
    ],
)
def test_no_device_does_the_work_of_so_many_trades(ports, arranged):
    found = decoys.find([], [Port(port) for port in ports])

    assert arranged == (found is not None)


def test_doubt_lowers_every_attribute_and_keeps_it():
    decoy = decoys.Decoy(name="Conpot", weight=1.0, why=("w",), evidence=())
    held = {"os.product": Attribute(value="S7", confidence=0.9, evidence=())}

    found = decoys.doubt(held, decoy)

    assert ("S7", round(0.9 * decoys.LEFT, 4)) == (found["os.product"].value, found["os.product"].confidence)
    assert ("Conpot", 1.0) == (found["setting.decoy"].value, found["setting.decoy"].confidence)


def test_a_decoy_stays_a_device_that_says_why_it_is_doubted(saw, knowledge, scope, now):
    knowledge.tables["ftp.banner"] = (
        Rule(id="f", re="FTPd", set={"service.product": "FTPd", "device.kind": "server"}, eg={"FTPd": {}}),
    )
    honest = saw("ftp.banner", "FTPd ready", "10.0.0.1", port="tcp/21")
    arranged = saw("ftp.banner", "---freeFTPd 1.0---warFTPd 1.65---", "10.0.0.2", port="tcp/21")

    one, other = merge.devices([honest, arranged], knowledge, scope, now)

    assert one.kind == other.kind
    assert one.kind_confidence > other.kind_confidence
    assert one.attributes["service.product"].confidence > other.attributes["service.product"].confidence
    assert ((), "Nepenthes") == (one.conflicts, other.attributes["setting.decoy"].value)
    assert ("looks arranged: ftp.banner greets as Nepenthes does out of the box",) == other.conflicts


def _parts(claim):
    return {name: getattr(claim, name) for name in claim.__struct_fields__}


def test_a_greeting_that_no_rule_knows_is_a_sign_too(saw, knowledge, scope, now):
    seen = [
        saw("ssh.banner", "OpenSSH_6.0p1 Debian-4+deb7u2", "10.0.0.1", port="tcp/22"),
        saw("ftp.banner", "Welcome to the ftp service", "10.0.0.1", port="tcp/21"),
    ]
    (device,) = merge.devices(seen, knowledge, scope, now)

    assert "Cowrie or Dionaea" == device.attributes["setting.decoy"].value
    assert "setting.decoy" not in merge.devices(seen[:1], knowledge, scope, now)[0].attributes

"""What sort of thing it is: one row a device."""

import pytest

from scanner.identify import kinds, trust
from scanner.model.device import Claim
from scanner.model.kinds import Kind
from scanner.model.observation import evidence_id

ROWS = [
    ("nothing speaks", {}, [], [], Kind.UNKNOWN),
    ("a device word of a rule", {"hw.device": "Printer"}, [], [], Kind.PRINTER),
    ("a kind that a rule names", {"device.kind": "hmi"}, [], [], Kind.HMI),
    ("a word nobody knows", {"hw.device": "Toaster"}, [], [], Kind.UNKNOWN),
    ("a kind nobody knows", {"device.kind": "toaster"}, [], [], Kind.UNKNOWN),
    ("Windows client", {"os.product": "Windows 7"}, [], [], Kind.WORKSTATION),
    ("Windows with no name", {"os.product": "Windows"}, [], [], Kind.WORKSTATION),
    ("Windows server", {"os.product": "Windows Server 2008 R2"}, [], [], Kind.SERVER),
    ("Windows CE", {"os.product": "Windows CE"}, [], [], Kind.HMI),
    ("laptop by name", {"os.product": "Windows 7", "os.family": "Windows"}, [], ["RAD-LT-014"], Kind.LAPTOP),
    (
        "cash machine by name",
        {"os.product": "Windows 7", "os.family": "Windows"},
        [],
        ["ATM0412-1"],
        Kind.ATM,
    ),
    ("a name with atm in a word", {"os.product": "Windows 7"}, [], ["TREATMENT-3"], Kind.WORKSTATION),
    ("laptop by name alone", {}, [], ["OLD-LAPTOP-07"], Kind.LAPTOP),
    ("workstation by name", {}, [], ["WS-4471"], Kind.WORKSTATION),
    ("server by name", {"os.family": "Windows", "os.product": "Windows"}, [], ["SRV-SQL-1"], Kind.SERVER),
    ("controller by name and ports", {}, ["tcp/88", "tcp/389", "tcp/445"], ["DC01"], Kind.DOMAIN_CONTROLLER),
    ("hypervisor", {"os.product": "ESXi"}, ["tcp/902", "tcp/443"], [], Kind.HYPERVISOR),
    ("Linux alone", {"os.product": "Linux"}, [], [], Kind.SERVER),
    ("Linux with a small DHCP client", {"os.product": "Linux", "service.product": "udhcp"}, [], [], Kind.IOT),
    (
        "Linux with a small shell",
        {"os.product": "Linux", "service.component.product": "BusyBox"},
        [],
        [],
        Kind.IOT,
    ),
    (
        "a camera with a small SSH server",
        {"os.product": "Linux", "service.product": "Dropbear SSH"},
        ["tcp/554"],
        [],
        Kind.CAMERA,
    ),
    (
        "a small distribution with a name",
        {"os.product": "OpenWrt", "service.product": "Dropbear SSH"},
        [],
        [],
        Kind.ROUTER,
    ),
    ("a Mac", {"os.product": "Mac OS X"}, [], [], Kind.WORKSTATION),
    ("print ports", {}, ["tcp/9100", "tcp/515"], [], Kind.PRINTER),
    ("camera port", {}, ["tcp/554"], [], Kind.CAMERA),
    ("phone port", {}, ["tcp/5060"], [], Kind.PHONE),
    ("control port", {}, ["tcp/502"], [], Kind.PLC),
    ("server ports", {}, ["tcp/1433", "tcp/25"], [], Kind.SERVER),
    ("interface engine port", {"os.product": "X"}, ["tcp/6661"], [], Kind.INTERFACE_ENGINE),
    ("dicom on XP", {"os.product": "Windows XP", "dicom": "x"}, ["tcp/104"], [], Kind.MODALITY),
    ("dicom on a server", {"os.product": "Windows Server 2012", "dicom": "x"}, [], [], Kind.PACS),
    ("dicom on Linux", {"os.product": "Linux", "dicom": "x"}, [], [], Kind.PACS),
    ("dicom alone", {"dicom": "x"}, [], [], Kind.MODALITY),
    ("a Cisco that says no more", {"os.product": "IOS", "os.vendor": "Cisco"}, [], [], Kind.SWITCH),
    ("an Apple phone is no switch", {"os.product": "iOS", "os.vendor": "Apple"}, [], [], Kind.UNKNOWN),
    ("a card's maker", {"hw.vendor": "Axis"}, [], [], Kind.CAMERA),
]


@pytest.mark.parametrize(("what", "said", "ports", "names", "want"), ROWS, ids=[row[0] for row in ROWS])
def test_the_best_supported_kind_wins(saw, what, said, ports, names, want):
    facts = []
    for attr, value in said.items():
        field = "dicom.implementation" if attr == "dicom" else "ssh.banner"
        seen = saw(field, f"{attr} {value}", "10.0.0.1")
        rule = None if attr == "hw.vendor" else "r"
        name = "service.product" if attr == "dicom" else attr
        facts.append(
            Claim(attr=name, value=value, confidence=0.9, rule=rule, seen=seen, evidence=evidence_id(seen))
        )

    assert want == kinds.decide(facts, trust.choose(facts)[0], ports, names)[0]


def test_votes_of_one_voice_count_once_and_a_rival_lowers_confidence():
    one = [(Kind.NAS, "a", 0.5)]

    assert kinds.tally(one) == kinds.tally(one * 3)
    assert kinds.tally(one)[1] > kinds.tally([*one, (Kind.SERVER, "b", 0.4)])[1]
    assert (Kind.NAS, 0.75) == kinds.tally([*one, (Kind.NAS, "b", 0.5)])


def test_too_faint_a_vote_is_unknown():
    assert (Kind.UNKNOWN, 0.0) == kinds.tally([(Kind.NAS, "a", 0.1)])

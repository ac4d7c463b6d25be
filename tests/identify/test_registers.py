"""What rows of registers and other scanners' findings say."""

import pytest

from scanner.identify import readings
from scanner.knowledge.base import open_base


@pytest.fixture(scope="module")
def shipped():
    return open_base()


ENTRIES = [
    (
        {"name": "RAD-LT-014", "domain": "clinic.example", "product": "Windows 7 Professional", "build": "6.1 (7601)"},
        {"host.name": "RAD-LT-014", "host.domain": "clinic.example", "os.product": "Windows 7", "os.edition": "Professional",
         "os.build": "6.1.7601", "os.family": "Windows", "os.vendor": "Microsoft"},
    ),
    ({"product": "Windows", "build": "10.0.19045.4291"}, {"os.product": "Windows", "os.build": "10.0.19045.4291", "os.family": "Windows", "os.vendor": "Microsoft"}),
    ({"product": "Microsoft Windows Server 2012 R2 Standard"}, {"os.product": "Windows Server 2012 R2", "os.edition": "Standard", "os.family": "Windows", "os.vendor": "Microsoft"}),
    ({"product": "Windows Server® 2008 Standard"}, {"os.product": "Windows Server 2008", "os.edition": "Standard", "os.family": "Windows", "os.vendor": "Microsoft"}),
    ({"product": "Windows XP Professional"}, {"os.product": "Windows XP", "os.edition": "Professional", "os.family": "Windows", "os.vendor": "Microsoft"}),
    ({"product": "Windows 2000 Professional"}, {"os.product": "Windows 2000", "os.edition": "Professional", "os.family": "Windows", "os.vendor": "Microsoft"}),
    ({"product": "Windows10"}, {"os.product": "Windows 10", "os.family": "Windows", "os.vendor": "Microsoft"}),
    ({"product": "Windows 10 Enterprise LTSC 2019"}, {"os.product": "Windows 10", "os.edition": "Enterprise LTSC 2019", "os.family": "Windows", "os.vendor": "Microsoft"}),
    ({"product": "Microsoft Windows NT Workstation 10.0"}, {"os.product": "Windows", "os.family": "Windows", "os.vendor": "Microsoft"}),
    ({"product": "Ubuntu 18.04"}, {"os.product": "Ubuntu", "os.version": "18.04"}),
    ({"product": "Android", "version": "9.0"}, {"os.product": "Android", "os.version": "9.0"}),
    ({"product": "Android"}, {"os.product": "Android"}),
    ({"product": "Nobody Has It 3"}, {}),
    ({"product": "???"}, {}),
    ({"build": "99.0.1"}, {}),
    ({"build": "none"}, {}),
    ({"edition": "Pro"}, {"os.edition": "Pro"}),
    ({"kind": "Infusion gateway"}, {"device.kind": "infusion-gateway"}),
    ({"kind": "Desktop"}, {"device.kind": "workstation"}),
    ({"kind": "Thing"}, {}),
    (
        {"vendor": "HP", "model": "Z420", "serial": "S1", "patched": "2020-01-01T00:00:00+00:00", "enabled": "False",
         "last_active": "2020-01-02T00:00:00+00:00", "laps": "2020-01-03T00:00:00+00:00", "owner": "Radiology"},
        {"hw.vendor": "HP", "hw.model": "Z420", "hw.serial": "S1", "patch.last": "2020-01-01T00:00:00+00:00",
         "register.enabled": "False", "register.last_active": "2020-01-02T00:00:00+00:00", "setting.laps": "2020-01-03T00:00:00+00:00"},
    ),
]  # fmt: skip


@pytest.mark.parametrize(("value", "want"), ENTRIES, ids=lambda one: str(one)[:40])
def test_a_row_says_what_it_says_and_nothing_more(value, want, shipped):
    said = {attr: text for attr, text, _ in readings.read("register.entry", value, shipped)}

    assert want == said


@pytest.mark.parametrize(
    ("field", "value", "want"),
    [
        ("scanner.os", "Microsoft Windows 7 Professional 7601 Service Pack 1", ("os.product", "Windows 7")),
        ("p0f.os", "Linux 2.6.x", ("os.family", "Linux")),
        ("p0f.os", "Windows 7 or 8", ("os.family", "Windows")),
    ],
)
def test_another_scanners_word_counts_less(field, value, want, shipped):
    said = list(readings.read(field, value, shipped))

    assert want in [one[:2] for one in said]
    assert all(
        sureness <= 0.6
        for attr, _, sureness in said
        if attr in {"os.product", "os.edition"} or field == "p0f.os"
    )


def test_a_stack_that_looks_like_nothing_says_nothing(shipped):
    assert [] == list(readings.read("p0f.os", "???", shipped))


def test_nmaps_service_names_program_system_and_device(shipped):
    value = {
        "name": "ssh",
        "product": "OpenSSH",
        "version": "5.3",
        "ostype": "Linux",
        "devicetype": "printer",
        "hostname": "old-unix",
        "cpe": [
            "cpe:/a:openbsd:openssh:5.3",
            "cpe:/o:linux:linux_kernel",
            "cpe:/x:odd",
            "no cpe",
            "cpe:/h:hp",
        ],
    }

    said = {attr: text for attr, text, _ in readings.read("nmap.service", value, shipped)}

    assert {
        "service.product": "OpenSSH",
        "service.version": "5.3",
        "hw.device": "printer",
        "host.name": "old-unix",
        "os.family": "Linux",
        "service.cpe23": "cpe:2.3:a:openbsd:openssh:5.3:*:*:*:*:*:*:*",
        "os.cpe23": "cpe:2.3:o:linux:linux_kernel:*:*:*:*:*:*:*:*",
    } == said
    assert {} == {attr: text for attr, text, _ in readings.read("nmap.service", {"ostype": "Odd"}, shipped)}

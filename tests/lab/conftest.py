"""A two-zone sector of its own for the lab's tests: they must not move when the hospital grows."""

from collections.abc import Callable
from pathlib import Path

import pytest

PLAN = """
title = "Test"
[[zones]]
name = "office"
cidr = "10.9.1.0/24"
[[zones]]
name = "plant"
cidr = "10.9.2.0/28"
"""
TALK = """
# origin = synthetic
@ tcp/22
$ version = "7.4"
$ guid = "0d9b2a44-5b1c-4f4e-9d35-6a3f1c2b7e90"
< "SSH-2.0-Test_${version}\\r\\n"
> "SSH-2.0-" * "\\r\\n"
< g"${guid}"
"""
LAPTOP = """
kind = "laptop"
names = ["${host}"]
[set]
host = "LT-0001"
version = "7.4"
[vary]
host = "LT-####"
[[variant]]
version = "7.5"
[[variant]]
version = "7.6"
[[nic]]
zone = "office"
address = "10.9.1.20"
mac = "00:1b:67:00:00:01"
lease = { hostname = "${host}", vendor_class = "MSFT 5.0", days_ago = 3.0 }
[[nic]]
zone = "plant"
address = "10.9.2.3"
mac = "00:1b:67:00:00:02"
[[port]]
at = "tcp/22"
talk = "ssh/test.talk"
[truth]
knowable = ["kind", "support"]
because = "its banner says so"
support = "unsupported"
subject = "Test 7"
ends = 2020-01-01
source = "made up"
asof = 2020-01-02
[truth.attributes]
"host.name" = "${host}"
"service.version" = "${version}"
"""
ASKED = """
# origin = synthetic
@ udp/161
> "who?"
< "a camera"
"""
CROWD = """
kind = "camera"
names = ["CAM-${n}"]
count = 3
[[nic]]
zone = "plant"
address = "10.9.2.5"
mac = "00:40:8c:00:00:fe"
[[port]]
at = "tcp/9100"
does = "record"
[[port]]
at = "tcp/1000"
does = "garbage"
[[port]]
at = "tcp/1001"
does = "endless"
[[port]]
at = "tcp/1002"
does = "reset"
[[port]]
at = "tcp/1003"
does = "silent"
[[port]]
at = "udp/161"
talk = "snmp/test.talk"
[[port]]
at = "udp/123"
does = "silent"
[truth]
knowable = []
because = "test"
"""
SCOPE = """
[engagement]
name = "Test"
owner = "Test"
authorized_by = "Test"
contact = "Test"
reference = "Test"
valid_from = ${from}
valid_until = ${until}
sector = "office"
[[network]]
cidr = "10.9.1.0/24"
zone = "office"
profile = "office"
[[critical]]
name = "laptop"
address = "${address:laptop}"
weight = 5
"""


@pytest.fixture
def sector_folder(tmp_path: Path) -> Path:
    """A folder as fixtures/lab/<sector>, with its talks in `ssh/` beside it."""
    folder = tmp_path / "sector"
    for protocol in ("ssh", "snmp"):
        (folder / protocol).mkdir(parents=True)
    files = {
        "network.toml": PLAN,
        "ssh/test.talk": TALK,
        "snmp/test.talk": ASKED,
        "laptop.toml": LAPTOP,
        "crowd.toml": CROWD,
        "scope.toml.in": SCOPE,
    }
    for name, text in files.items():
        (folder / name).write_text(text.lstrip(), "utf-8")
    return folder


@pytest.fixture
def device_file(tmp_path: Path) -> Callable[..., Path]:
    """Function that writes the laptop's file with one text replaced."""

    def write(old: str = "", new: str = "") -> Path:
        assert old in LAPTOP
        path = tmp_path / "laptop.toml"
        path.write_text(LAPTOP.replace(old, new, 1) if old else LAPTOP, "utf-8")
        return path

    return write

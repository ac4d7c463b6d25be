"""What a thing is, from whatever has been seen of it so far."""

from datetime import UTC, datetime

import pytest

from scanner.identify.early import kind, names
from scanner.knowledge.base import open_base
from scanner.model.kinds import Kind
from scanner.model.net import Address, Mac, tcp
from scanner.model.observation import Observation
from scanner.scope.parse import parse

NOW = datetime(2026, 12, 2, 12, tzinfo=UTC)
SCOPE = """
[engagement]
name = "n"
owner = "o"
authorized_by = "a"
contact = "c"
reference = "r"
valid_from = 2026-12-01
valid_until = 2026-12-31
sector = "hospital"
[[network]]
cidr = "10.1.0.0/24"
zone = "ward"
profile = "clinical"
"""


def seen(field, value, port=None, mac=None):
    return Observation(
        source="probe:x",
        first=NOW,
        last=NOW,
        field=field,
        value=value,
        address=Address("10.1.0.5"),
        port=port,
        mac=mac,
    )


MAC = Mac("00:09:fb:11:22:33")


@pytest.mark.parametrize(
    ("log", "want"),
    [
        ([], None),
        ([seen("port.state", "open", tcp(22))], None),
        ([seen("link.mac", MAC, mac=MAC)], Kind.PATIENT_MONITOR),
        ([seen("port.state", "open", tcp(515)), seen("port.state", "open", tcp(631))], Kind.PRINTER),
    ],
)
def test_a_kind_is_told_as_soon_as_the_signs_carry_it(log, want):
    assert want is kind(log, open_base(), parse(SCOPE, "scope.toml"), NOW)


@pytest.mark.parametrize(
    ("log", "want"),
    [
        ([], ()),
        ([seen("port.state", "open", tcp(22))], ()),
        ([seen("netbios.name", "PC-7"), seen("mdns.host", "pc-7")], ("pc-7",)),
    ],
)
def test_names_are_told_as_soon_as_they_are_shown(log, want):
    told = names(log, open_base(), parse(SCOPE, "scope.toml"), NOW)

    assert want == tuple(dict.fromkeys(name.lower() for name in told))

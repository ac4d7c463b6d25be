import pytest

from scanner.discover.ports import listed, ports, read, swept
from scanner.errors import DataError
from scanner.model.kinds import Profile
from scanner.scope.file import Flags
from scanner.scope.profile import LIMITS

from .ground import network  # noqa: TID252 - the network that these tests look at


@pytest.mark.parametrize(
    ("text", "want"),
    [
        ("22", ("tcp/22",)), ("80,22, 80", ("tcp/80", "tcp/22")), ("8000-8002,22", ("tcp/8000", "tcp/8001", "tcp/8002", "tcp/22")),
        ("65535", ("tcp/65535",)),
    ],
)  # fmt: skip
def test_a_list_is_read_in_its_order_each_port_once(text, want):
    assert want == read(text)


def test_all_are_all():
    assert (65535, "tcp/1", "tcp/65535") == (len(read("all")), read("all")[0], read("all")[-1])


@pytest.mark.parametrize("text", ["", "x", "0", "65536", "9-3", "22,,80", "1-99999", "-5", "22;80", "tcp/22"])
def test_what_is_no_port_is_said(text):
    with pytest.raises(DataError, match="--ports"):
        read(text)


def test_a_profile_allows_what_it_lists_and_a_lab_anything():
    wished = read("22,81,443")
    assert ("tcp/443", "tcp/22") == tuple(
        sorted(ports(network(profile=Profile.CLINICAL), wished), reverse=True)
    )
    assert wished == ports(network(profile=Profile.LAB), wished)
    assert LIMITS[Profile.OFFICE].ports == ports(network(), None)


def test_control_ports_are_asked_by_permit_alone_and_first_where_a_day_has_few_connections():
    plant, permit = network("10.1.0.0/24", Profile.OT), Flags(ot_read_identity=True)

    assert LIMITS[Profile.OT].ports == ports(plant, None)
    asked = ports(plant, None, permit)
    assert ("tcp/102", "tcp/502") == asked[:2]
    assert LIMITS[Profile.OT].ports == asked[-4:]
    assert not [port for port in asked if port.startswith("udp/")]
    assert ("tcp/502",) == ports(plant, read("502,3389"), permit)
    assert () == ports(plant, read("502"))
    lab = ports(network("10.1.0.0/24", Profile.LAB), None, permit)
    assert LIMITS[Profile.LAB].ports == lab[: len(LIMITS[Profile.LAB].ports)]


@pytest.mark.parametrize(
    ("profile", "count", "hosts", "want"),
    [
        (Profile.BENCH, 20, 400, True), (Profile.LAB, 20, 400, True), (Profile.LAB, 65535, 1, True),
        (Profile.LAB, 97, 2, False), (Profile.OFFICE, 65535, 400, False), (Profile.CLINICAL, 65535, 400, False),
        (Profile.OT, 65535, 400, False), (Profile.PASSIVE, 65535, 400, False),
    ],
)  # fmt: skip
def test_many_knocks_are_swept_first_where_no_day_is_counted_and_nowhere_else(profile, count, hosts, want):
    assert want == swept(count, hosts, LIMITS[profile])


@pytest.mark.parametrize(("wished", "want"), [(None, False), (read("all"), False), (read("22,80"), True)])
def test_a_list_names_all_that_is_asked(wished, want):
    assert want == listed(wished)

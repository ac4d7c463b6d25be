import pytest

from scanner.errors import DataError
from scanner.model.kinds import Profile
from scanner.model.net import Port
from scanner.scope.profile import LIMITS
from scanner.wire.never import read, shipped, why_not

EVERYWHERE = ["tcp/9100", "tcp/9107", "tcp/515", "tcp/2000", "tcp/2002", "tcp/2501", "udp/50000", "udp/30718"]
EVERYWHERE += ["tcp/2575", "tcp/6661", "tcp/5010"]
PLANT = ["tcp/102", "tcp/502", "tcp/20000", "tcp/2404", "tcp/44818", "tcp/47808", "tcp/1911", "tcp/20256"]


@pytest.mark.parametrize("port", EVERYWHERE)
@pytest.mark.parametrize("profile", Profile)
def test_some_ports_are_never_touched_anywhere(port, profile):
    assert why_not(Port(port), profile)


@pytest.mark.parametrize("port", PLANT)
def test_control_ports_are_touched_in_ot_only(port):
    assert {Profile.OT} == {profile for profile in Profile if why_not(Port(port), profile) is None}


def test_an_operator_may_open_a_port_in_a_lab_only():
    opened = frozenset({Port("tcp/9100")})
    assert {Profile.LAB, Profile.BENCH} == {
        p for p in Profile if why_not(Port("tcp/9100"), p, opened) is None
    }


def test_sip_is_never_spoken_to_a_ward():
    assert why_not(Port("tcp/5060"), Profile.CLINICAL)
    assert why_not(Port("tcp/5060"), Profile.OFFICE) is None


def test_ordinary_ports_are_not_on_the_list():
    assert why_not(Port("tcp/443"), Profile.CLINICAL) is None


def test_no_profile_knocks_on_what_it_may_never_touch():
    for profile, limits in LIMITS.items():
        assert [port for port in limits.ports if why_not(port, profile)] == []


def test_every_line_gives_its_reason():
    assert all(len(line.reason) > 20 for line in shipped().values())


@pytest.mark.parametrize(
    "text",
    [
        "never = 3",
        '[[never]]\nports = "tcp/1-x"\nreason = "r"',
        '[[never]]\nports = "tcp/9-8"\nreason = "r"',
        '[[never]]\nports = "tcp/70000"\nreason = "r"',
        '[[never]]\nports = "tcp/9"',
        '[[never]]\nports = "tcp/9"\nreason = "r"\nmay = ["garden"]',
        "[[never",
    ],
)
def test_a_wrong_list_is_refused_by_name(text):
    with pytest.raises(DataError, match=r"^never\.toml: "):
        read(text, "never.toml")

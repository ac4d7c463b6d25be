import pytest

from scanner.discover.how import Fact
from scanner.discover.syn import HOW, PORTS, ports
from scanner.model.kinds import Profile
from scanner.scope.file import Flags
from scanner.scope.profile import LIMITS
from scanner.wire.pipe import Heard


@pytest.mark.parametrize(
    ("heard", "want"),
    [
        (
            Heard(address="10.0.0.3", port=22, state="open"),
            [Fact(field="port.state", value="open", port="tcp/22")],
        ),
        (
            Heard(address="10.0.0.3", port=22, state="closed"),
            [Fact(field="port.state", value="closed", port="tcp/22")],
        ),
        (Heard(address="10.0.0.3", port=22, state="unreachable", by="10.0.0.254"), []),
        (Heard(address="10.0.0.3", state="there"), []),
    ],
)
def test_open_and_closed_ports_are_states_and_errors_are_none(heard, want):
    assert want == list(HOW.facts(heard))


def test_a_few_ports_of_the_profile_are_asked_and_no_ward_is():
    asked = ports(LIMITS[Profile.OFFICE])
    assert PORTS == len(asked)
    assert {22, 80, 443, 445} <= set(asked)
    serves = [one for one in Profile if HOW.serves(LIMITS[one], Flags(icmp_echo=True), 4, near=False)]
    assert [Profile.OFFICE, Profile.LAB, Profile.BENCH] == serves

"""Where nothing is asked: the never-list of bytes, the probes and this table agree."""

from scanner.model.kinds import Profile, Touch
from scanner.model.net import is_udp
from scanner.observe import unasked
from scanner.observe.active import load_probes, probes_for
from scanner.scope.profile import LIMITS
from scanner.wire import never_bytes

# asked as any web server is, and in a lab alone
ASKED_ELSEWISE = {"tcp/631", "tcp/1883"}


def test_where_no_byte_of_ours_may_go_an_office_is_told_that_nothing_is_asked():
    shut = {
        port
        for rule in never_bytes.shipped()
        if rule.line.re == "." and rule.ports
        for port in rule.ports
        if not is_udp(port)
    }

    assert shut
    assert set() == (shut & set(LIMITS[Profile.OFFICE].ports)) - unasked.PORTS


def test_a_probe_on_such_a_port_only_reads():
    asking = {
        port
        for port in unasked.PORTS - ASKED_ELSEWISE
        if (probe := probes_for(port)) is not None and probe.touch is Touch.ASK
    }

    assert set() == asking


def test_mqtt_is_asked_in_labs_alone():
    assert {Profile.LAB, Profile.BENCH} == set(load_probes()["mqtt"].connections)


def test_no_port_stands_twice_and_each_says_why():
    listed = [port for one in unasked.TABLE for port in one.ports]

    assert sorted(set(listed)) == sorted(listed)
    assert all(one.why for one in unasked.TABLE)

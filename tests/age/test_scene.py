"""Which observations belong to which device, and what is read of them."""

from datetime import timedelta

from scanner.age.scene import Scene, belonging, text, words
from scanner.model.device import DeviceId, Leg
from scanner.model.observation import Observation, evidence_id


def seen(now, field, value, *, address="10.0.0.1", mac=None, port=None, source="probe:x"):
    return Observation(
        source=source, first=now, last=now, field=field, value=value, address=address, mac=mac, port=port
    )


def leg(address, mac=None):
    return Leg(address=address, mac=mac, zone="office", live=True)


def test_an_observation_belongs_to_the_device_at_its_address(device, now):
    one = device(legs=(leg("10.0.0.1"),))
    other = device(id=DeviceId("dev-2222222222"), legs=(leg("10.0.0.2"),))
    mine, his = (seen(now, "http.etag", "x", address=f"10.0.0.{n}") for n in (1, 2))
    unread, nowhere = seen(now, "http.status", "200"), seen(now, "http.etag", "x", address=None)

    got = belonging([one, other], [mine, his, unread, nowhere])

    assert {one.id: (mine,), other.id: (his,)} == got


def test_two_devices_at_one_address_are_told_apart_by_their_cards_or_not_at_all(device, now):
    cards = ("00:11:22:00:00:01", "00:11:22:00:00:02")
    one = device(legs=(leg("10.0.0.1", cards[0]),))
    other = device(id=DeviceId("dev-2222222222"), legs=(leg("10.0.0.1", cards[1]),))
    mine = seen(now, "snmp.sys_description", "x", mac=cards[0])
    whose = seen(now, "snmp.sys_description", "y")

    assert {one.id: (mine,)} == belonging([one, other], [mine, whose])


def test_a_device_with_one_leg_also_gets_what_was_seen_without_its_card(device, now):
    one = device(legs=(leg("10.0.0.1", "00:11:22:00:00:01"),))
    bare = seen(now, "http.etag", "x")

    assert {one.id: (bare,)} == belonging([one], [bare])


def test_a_scene_holds_each_observation_once_and_knows_its_day(device, claim, knowledge, now):
    fact = claim("os.family", "Linux", field="ssh.banner", text="x")
    old = seen(now - timedelta(days=40), "ssh.kexinit", {"kex": ["a"]})

    scene = Scene(device(facts=[fact]), knowledge, (), [old, fact.seen], now)

    assert [old, fact.seen] == sorted((one for one, _ in scene.each()), key=lambda one: one.last)
    assert [fact.seen] == [one for one, _ in scene.each("ssh.banner")]
    assert old.last.date() == scene.last((evidence_id(old),))
    assert now.date() == scene.last((evidence_id(old), fact.evidence)) == scene.last(("ev-unknown",))


def test_the_observations_of_several_fields_come_in_one_order_whatever_the_fields(device, knowledge, now):
    those = [seen(now, field, str(n)) for n in range(4) for field in ("http.etag", "http.last_modified", "x")]
    scene = Scene(device(), knowledge, (), those, now)

    got = [name for _, name in scene.each("http.last_modified", "http.etag", "no.such")]

    assert sorted(evidence_id(one) for one in those if one.field != "x") == got
    assert not scene.each("no.such")


def test_which_ssh_server_speaks_is_read_from_its_banner(device, knowledge, now):
    for said, program in [("OpenSSH_7.4", "openssh"), ("dropbear_2012.55", "dropbear"), ("Cisco-1.25", "")]:
        scene = Scene(device(), knowledge, (), [seen(now, "ssh.banner", said)], now)
        assert program == scene.program
    assert not Scene(device(), knowledge, (), [], now).program


def test_windows_is_known_by_its_build_or_its_family(device, knowledge, now):
    for attributes, windows in [
        ({"os_build": "6.1.7601"}, True),
        ({"os_family": "Windows"}, True),
        ({"os_family": "Linux"}, False),
        ({}, False),
    ]:
        assert windows == Scene(device(attributes), knowledge, (), [], now).windows


def test_structured_values_give_their_texts_and_lists():
    value = {"version": "Compiled", "ports": 4, "names": ["a", "b"], "none": None}

    assert "Compiled" == text(value)
    assert ("a", "b") == words(value, "names")
    assert () == words(value, "version") == words("x", "names")

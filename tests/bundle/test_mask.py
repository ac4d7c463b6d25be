"""No original address, card, name or serial is in a redacted bundle, and the picture it gives is the same one."""

import gzip
from datetime import timedelta
from ipaddress import ip_address, ip_network

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from scanner.bundle import form
from scanner.bundle.form import Days, Made, Seen
from scanner.bundle.mask import Mask
from scanner.report.redact import Level
from scanner.scope.parse import parse
from tests.bundle.conftest import NOW, a_run, seen

KEY = b"k" * 32
LETTERS = "bcdfghjkmpqvwxyz"


def as_row(one):
    return Seen(
        one.source,
        one.field,
        one.value,
        one.address,
        one.mac,
        one.port,
        one.zone,
        one.vantage,
        one.first,
        one.last,
    )


def masked(level, log, runs=(), key=KEY):
    mask = Mask(Level(level), key)
    mask.learn(list(runs) or [a_run()], log)
    rows = [Made(run) for run in runs or [a_run()]] + [as_row(one) for one in log]
    return mask, list(mask.rows(rows))


@st.composite
def secrets(draw):
    """A device with everything that could name it, in the fields and spellings in which devices say it."""
    word = st.text(LETTERS, min_size=7, max_size=12)
    name, person, serial = draw(word), draw(word), draw(word).upper() + "12345"
    host = draw(st.integers(1, 254))
    address = f"10.0.0.{host}"
    mac = ":".join(f"{draw(st.integers(0, 255)):02x}" for _ in range(6))
    mac = "d4" + mac[2:]
    texts = [
        f"SSH-2.0-OpenSSH_5.3 {name}", f"220 {name}.ward.example ESMTP at {address}", f"printer {mac} ready",
        f"Model X serial {serial}", f"{mac.replace(':', '-').upper()} {mac.replace(':', '')}",
    ]  # fmt: skip
    log = [
        seen("dhcp.lease", {"hostname": name, "mac": mac}, address, mac, source="import:dhcp-isc"),
        seen("ntlm.names", {"netbios_name": name.upper(), "dns_domain": "ward.example"}, address, mac),
        seen("owner", person, address, mac, source=f"person:{person}"),
        seen("snmp.serial", serial, address, mac),
        seen("flow.seen", {"from": address}, "10.0.0.77"),
        *(seen(draw(st.sampled_from(["ssh.banner", "smtp.banner", "html_title"])), text, address, mac) for text in texts),
    ]  # fmt: skip
    return (name, person, serial, address, mac), log


@settings(max_examples=60, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(told=secrets(), level=st.sampled_from(["internal", "external"]))
def test_nothing_that_names_anybody_is_in_the_rows(told, level):
    (name, person, serial, address, mac), log = told
    _, rows = masked(level, log)
    text = b"\n".join(form.msgspec.json.encode(row) for row in rows).decode().lower()

    for secret in (
        name,
        person,
        serial,
        mac,
        mac.replace(":", "-"),
        mac.replace(":", ""),
        "jane doe",
        "st example group",
        "chg-1234",
    ):
        assert secret.lower() not in text
    assert f'"{address}"' not in text
    assert f" {address}" not in text


@pytest.mark.parametrize("level", ["internal", "external"])
def test_a_redacted_bundle_that_was_written_names_nobody(north, level):
    north.store.append(
        [
            seen(
                "dhcp.lease",
                {"hostname": "frida-laptop"},
                "10.0.0.5",
                "d4:1b:21:3c:4d:5e",
                source="import:dhcp-isc",
            )
        ]
    )
    path = north.export(mask=Mask(Level(level), KEY))

    opened = form.opened(path)
    text = (b"\n".join(form.lines(opened)) + opened.message).decode().lower()
    for secret in ("frida", "10.0.0", "10.0.1", "3c:4d:5e", "jane", "st example", "north audit", "1632"):
        assert secret not in text
    assert gzip.decompress(b"".join(form.checked(opened)))


@pytest.mark.parametrize("level", ["internal", "external"])
def test_stand_ins_lie_in_the_stand_in_of_their_network_and_stay_the_same(level):
    log = [
        seen(address="10.0.0.5"),
        seen(address="10.0.0.6"),
        seen(address="10.0.1.5"),
        seen(address="192.0.2.9"),
    ]

    mask, rows = masked(level, log)
    again, _ = masked(level, log)

    run, *those = rows
    scope = parse(run.run.scope, "x")
    zones = {one.zone: one.cidr for one in scope.networks}
    first, second, third, outside = (ip_address(one.address) for one in those)
    assert [True] * 3 == [
        one in zones[zone] for one, zone in ((first, "ward"), (second, "ward"), (third, "office"))
    ]
    assert not any(outside in one for one in zones.values())
    assert 4 == len({first, second, third, outside})
    assert all(one in ip_network("2001:db8::/32") for one in (first, second, third, outside))
    assert str(first) == scope.critical[0].address
    assert mask.stands_for == again.stands_for
    assert "10.0.0.5" == mask.stands_for[str(first)]
    assert ("declared", ("tcp/443",)) == (scope.segments[0].known, scope.segments[0].allow)


def test_another_key_gives_other_stand_ins():
    one, other = (masked("external", [seen()], key=key)[1][1].address for key in (KEY, b"x" * 32))
    assert one != other


def test_inside_a_card_keeps_its_maker_and_outside_it_does_not():
    inside, outside = (
        masked(level, [seen(mac="d4:1b:21:3c:4d:5e")])[1][1].mac for level in ("internal", "external")
    )

    assert ("d4:1b:21", "02:") == (inside[:8], outside[:3])
    assert "3c:4d:5e" not in inside


def test_outside_only_what_describes_makes_of_things_leaves():
    mask, rows = masked("external", [seen(), seen("http.page", "<html>"), seen("port.state", "open")])

    assert ["ssh.banner", "port.state"] == [row.field for row in rows[1:]]
    assert 1 == mask.dropped


def test_days_are_those_of_the_stand_in():
    mask = Mask(Level.EXTERNAL, KEY)
    mask.learn([a_run()], [seen()])
    (day,) = mask.rows([Days("probe", seen().address, None, "ward", "2026-11", (20,))])

    assert (mask.address(seen().address), None, "ward", (20,)) == (day.address, day.mac, day.zone, day.days)


def test_numbers_and_lists_in_a_value_come_through():
    value = {
        "ttl": 64,
        "live": True,
        "none": None,
        "options": ["MSFT 5.0", "frida-pc"],
        "hostname": "frida-pc",
    }
    _, rows = masked("internal", [seen("dhcp.options", value)])

    told = {key: part for key, part in rows[1].value.items() if key != "hostname"}
    assert (64, True, None, "MSFT 5.0") == (told["ttl"], told["live"], told["none"], told["options"][0])
    assert "frida" not in str(rows[1].value)


def test_a_run_leaves_without_what_was_done_to_whom():
    run = a_run(names={"vent-1": (seen().address,)}, authority="signed by Jane Doe", stopped="by Jane Doe")
    _, (made,) = masked("internal", [], [run])

    assert ({}, "", None, ()) == (made.run.names, made.run.authority, made.run.stopped, made.run.harm)
    assert run.notes == made.run.notes
    assert () == masked("external", [], [run])[1][0].run.notes


def test_redacted_bundles_join_and_are_one_site_over_time(north, centre):
    for hours in (0, 1):
        mask = Mask(Level.EXTERNAL, KEY)
        path = north.export(f"{hours}", now=NOW + timedelta(hours=hours), mask=mask)
        taken = centre.take(path, now=NOW + timedelta(hours=2), other_owner=True)
        assert ("north", 3 if hours == 0 else 0) == (taken.site, taken.new)

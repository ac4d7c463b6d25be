"""The plan of a scan: bounded, honest about its end, and the same whatever the hour."""

from datetime import UTC, datetime, timedelta

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from scanner.errors import ScopeError
from scanner.model.kinds import Kind, Profile
from scanner.model.net import Address, Mac, order
from scanner.observe.active import load_probes
from scanner.observe.packets import (
    Known,
    fingerprint,
    lines,
    needs_approval,
    plan,
    questions,
    require_approval,
    took,
)
from scanner.scope import identity
from scanner.scope.approval import granted
from scanner.scope.file import Fragile, Learned
from scanner.scope.parse import parse
from scanner.scope.profile import LIMITS, careful
from scanner.wire.never import why_not

NOW = datetime(2026, 12, 2, 12, tzinfo=UTC)  # a Wednesday
HEAD = """
[engagement]
name = "Ward"
owner = "St Example"
authorized_by = "J. Doe"
contact = "+44 1"
reference = "CHG-1"
valid_from = 2026-12-01
valid_until = 2026-12-31
sector = "hospital"
"""


def network(cidr="10.1.0.0/24", profile="clinical", more=""):
    return f'\n[[network]]\ncidr = "{cidr}"\nzone = "z-{cidr}"\nprofile = "{profile}"\n{more}\n'


def scope(*networks, more=""):
    return parse(HEAD + "".join(networks or [network()]) + more, "scope.toml")


def ward(count):
    return [Known(address=Address(f"10.1.0.{at}"), kind=Kind.PATIENT_MONITOR) for at in range(1, count + 1)]


def test_a_ward_of_150_devices_fits_a_window_of_four_hours():
    night = scope(network(more='windows = ["Wed 22:00-02:00 Europe/London"]'))

    made = plan(night, ward(150), NOW)

    assert made.seconds <= 4 * 3600
    assert datetime(2026, 12, 2, 22, tzinfo=UTC) == made.networks[0].starts
    assert made.networks[0].starts < made.networks[0].ends <= datetime(2026, 12, 3, 2, tzinfo=UTC)
    # it is not short because it asks nothing
    assert 150 * 8 == made.connections
    assert len(made.networks[0].known) == 150


def test_what_does_not_fit_one_window_goes_on_in_the_next():
    half_hours = scope(network(more='windows = ["Mon-Sun 22:00-22:30 UTC"]'))

    made = plan(half_hours, ward(150), NOW).networks[0]

    assert datetime(2026, 12, 2, 22, tzinfo=UTC) == made.starts
    assert made.ends.day > 2
    assert made.ends.time() <= datetime(2026, 1, 1, 22, 30, tzinfo=UTC).time()


def test_what_never_fits_says_so():
    late = scope(network(more='windows = ["Mon-Sun 22:00-22:01 UTC"]'))
    over = datetime(2027, 1, 5, tzinfo=UTC)

    assert plan(late, ward(150), NOW - timedelta(days=-28)).networks[0].ends is None
    assert "NOT before the engagement ends" in "\n".join(lines(plan(late, ward(150), over)))
    assert plan(scope(), ward(1), over).networks[0].starts is None


def test_known_hosts_are_planned_one_by_one_and_the_excluded_get_nothing():
    excluded = """
[[exclude]]
address = "10.1.0.1"
reason = "one"
[[exclude]]
mac = "00:09:fb:00:00:00/24"
reason = "two"
[[exclude]]
kind = "infusion-gateway"
reason = "three"
[[exclude]]
hostname = "VENT-*"
reason = "four"
"""
    known = [
        Known(address=Address("10.1.0.1")),
        Known(address=Address("10.1.0.2"), mac=Mac("00:09:fb:01:02:03")),
        Known(address=Address("10.1.0.3"), kind=Kind.INFUSION_GATEWAY),
        Known(address=Address("10.1.0.4"), names=("vent-1.ward.example",)),
        Known(address=Address("10.1.0.5"), kind=Kind.MODALITY, mac=Mac("00:0a:fb:01:02:03")),
        Known(address=Address("192.0.2.1")),
    ]

    made = plan(scope(more=excluded), known, NOW)

    hosts = {host.address: (host.connections, host.refused) for host in made.networks[0].known}
    assert {
        "10.1.0.1": (0, "excluded: one"),
        "10.1.0.2": (0, "excluded: two"),
        "10.1.0.3": (0, "excluded: three"),
        "10.1.0.4": (0, "excluded: four"),
        "10.1.0.5": (8, None),
    } == hosts
    assert 8 == made.connections
    assert ("cards 00:09:fb:00:00:00/24", "two") in made.exclusions
    text = "\n".join(lines(made))
    assert "10.1.0.5 modality: at most 8 connections" in text
    assert "10.1.0.2: nothing: excluded: two" in text


def test_a_passive_network_is_sent_nothing():
    made = plan(scope(network(profile="passive")), [], NOW)
    assert (0, 0.0) == (made.initiations, made.seconds)
    assert "nothing is sent" in "\n".join(lines(made))
    assert not any(map(needs_approval, scope(network(profile="passive")).networks))


@given(
    st.sampled_from(sorted(set(Profile) - {Profile.PASSIVE})),
    st.integers(22, 30),
    st.lists(st.integers(1, 250), unique=True, max_size=20),
)
def test_no_plan_asks_more_than_its_profile_allows(profile, prefix, tails):
    asked = scope(network(cidr=f"10.1.0.0/{prefix}", profile=profile.value))
    known = [Known(address=Address(f"10.1.0.{tail}")) for tail in tails]

    made = plan(asked, known, NOW)

    [one] = made.networks
    limits = LIMITS[profile]
    assert limits.budget is None or one.per_host <= limits.budget
    assert one.connections <= one.per_host * max(len(one.known), one.addresses)
    assert one.seconds * limits.rate_total >= one.connections * 0.999
    assert not [ask.port for ask in one.asks if why_not(ask.port, profile)]
    assert [host.address for host in one.known] == sorted((host.address for host in one.known), key=order)


@pytest.mark.parametrize(
    "change",
    [
        lambda text: text.replace("10.1.0.0/24", "10.1.1.0/24"),
        lambda text: text.replace("clinical", "ot"),
        lambda text: text + '\n[[exclude]]\naddress = "10.1.0.9"\nreason = "r"\n',
    ],
)
def test_what_is_approved_changes_with_the_scope_and_not_with_the_hour(change):
    text = HEAD + network()
    one = parse(text, "scope.toml")

    assert (
        fingerprint(one)
        == plan(one, [], NOW).fingerprint
        == plan(one, ward(3), NOW + timedelta(1)).fingerprint
    )
    assert fingerprint(one) != fingerprint(parse(change(text), "scope.toml"))
    assert any(map(needs_approval, one.networks))


def test_every_question_is_shown_with_its_words_and_its_first_bytes():
    permitted = "[flags]\not_read_identity = true\n"
    made = plan(scope(network(profile="lab"), more=permitted), [], NOW, sources=["10.1.0.250"])

    questions = {one.probe: one for one in made.questions}
    asked = {
        name
        for name, probe in load_probes().items()
        # no port at all is usual for some, and those of HL7 are on the never-list in labs too
        if any(why_not(port, Profile.LAB, frozenset(identity.PORTS)) is None for port in probe.ports)
    }
    assert asked | {"listen"} == set(questions) >= {"modbus", "s7", "mms", "bacnet", "knx"}
    assert questions["http"].opening.startswith(b"GET / HTTP/1.1\r\n")
    assert b"" == questions["ftp"].opening == questions["listen"].opening
    assert load_probes()["dicom"].sends == questions["dicom"].words
    assert ("10.1.0.250",) == made.sources


@pytest.mark.parametrize(
    ("seconds", "words"), [(40, "about 40 seconds"), (600, "about 10 minutes"), (7200, "about 2.0 hours")]
)
def test_durations_are_said_as_a_person_would(seconds, words):
    assert words == took(seconds)


def approving(one, asked):
    """The scope as somebody approved it who was shown these questions."""
    word = granted(one, asked, "C. Board", NOW)
    return msgspec.structs.replace(one, authority=msgspec.structs.replace(one.authority, approval=word))


def test_a_scan_is_held_to_the_questions_that_were_approved():
    one = parse(HEAD + network(), "scope.toml")
    with pytest.raises(ScopeError, match="no plan for this scope file is approved"):
        require_approval(one, one.networks)
    with pytest.raises(ScopeError, match="asks other questions than this version"):
        require_approval(approving(one, "f" * 64), one.networks)

    good = approving(one, questions(one))

    assert require_approval(good, good.networks) is None
    assert require_approval(careful(good, Profile.OT), careful(good, Profile.OT).networks) is None
    assert require_approval(careful(one, Profile.PASSIVE), careful(one, Profile.PASSIVE).networks) is None


def test_what_the_signer_permits_on_control_ports_is_shown_apart_and_not_without_the_flag():
    plant = network(profile="ot")
    without, made = (
        plan(scope(plant, more=more), [], NOW) for more in ("", "[flags]\not_read_identity = true\n")
    )

    asks = {(ask.port, ask.probe) for ask in made.networks[0].asks if ask.permit}
    assert {("tcp/502", "modbus"), ("tcp/102", "s7"), ("tcp/102", "mms"), ("udp/47808", "bacnet")} <= asks
    assert not [ask for ask in without.networks[0].asks if ask.permit]
    assert LIMITS[Profile.OT].budget == made.networks[0].per_host
    line = next(line for line in lines(made) if "ot_read_identity" in line)
    assert "one of these to a device at most" in line
    assert "tcp/502 modbus" in line
    assert not [line for line in lines(without) if "ot_read_identity" in line]
    assert made.fingerprint != without.fingerprint


KILN = Fragile(
    id="kilns", match={"product": "Kiln"}, profile=Profile.OT, budget=3, reason="it stops", source="who"
)


def test_known_devices_that_need_more_care_than_their_network_are_planned_so():
    office = scope(network(profile="office"))
    office = msgspec.structs.replace(
        office,
        learned=(Learned(kind=Kind.UNKNOWN, address=Address("10.1.0.7"), profile=Profile.OT, quiet=True),),
    )
    passive = msgspec.structs.replace(KILN, id="cms", profile=Profile.PASSIVE, budget=None)
    known = [
        Known(address=Address("10.1.0.5"), kind=Kind.LAPTOP),
        Known(address=Address("10.1.0.6"), kind=Kind.PRINTER),
        Known(address=Address("10.1.0.7"), rows=(KILN,)),
        Known(address=Address("10.1.0.8"), rows=(passive,)),
    ]
    made = plan(office, known, NOW).networks[0]
    told = "\n".join(lines(plan(office, known, NOW)))

    laptop, printer, kiln, cms = made.known
    assert (None, made.per_host) == (laptop.care, laptop.connections)
    assert (12, "treated as clinical: its kind, printer, needs that") == (printer.connections, printer.care)
    assert (3, "treated as ot: it stops", ("kilns",)) == (kiln.connections, kiln.care, kiln.fragile)
    assert (0, "treated as passive: it stops") == (cms.connections, cms.refused)
    assert made.per_host + 12 + 3 == made.connections
    assert LIMITS[Profile.OT].arp_rate == made.arp_rate
    assert "10.1.0.7: at most 3 connections, treated as ot: it stops" in told
    assert "10.1.0.8: nothing: treated as passive: it stops" in told
    assert "2 devices are on the fragile list: 10.1.0.7 (kilns), 10.1.0.8 (cms)" in told


def test_one_fragile_device_is_one_device():
    told = "\n".join(
        lines(plan(scope(network(profile="office")), [Known(address=Address("10.1.0.7"), rows=(KILN,))], NOW))
    )

    assert "1 device is on the fragile list: 10.1.0.7 (kilns)" in told

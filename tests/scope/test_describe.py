"""A scope file in plain words, for the one who signs it: everything that it allows, and whether it holds now."""

from datetime import UTC, datetime
from ipaddress import ip_network

import msgspec
import pytest

from scanner.model.kinds import Kind, Profile
from scanner.model.net import Mac
from scanner.scope.describe import expiring, lines
from scanner.scope.file import Critical, Exclusion, Flags, Fragile, Peer, Segment

NOW = datetime(2026, 12, 5, 12, tzinfo=UTC)
AFTER = datetime(2027, 1, 1, tzinfo=UTC)


def with_network(scope, **change):
    return msgspec.structs.replace(scope, networks=(msgspec.structs.replace(scope.networks[0], **change),))


def test_who_allowed_what_comes_first(scope):
    first, second, third, *_ = lines(scope, NOW)

    assert (
        "St Example spring audit: networks of St Example Hospital, authorised by J. Doe, CISO (CHG-1234)"
        == first
    )
    assert "valid 2026-12-01 00:00 to 2027-01-01 00:00 UTC; contact +44 1" == second
    assert "3 networks, 509 addresses:" == third


def test_every_network_says_how_carefully_it_is_touched(scope):
    told = list(lines(scope, NOW))

    assert (
        "  10.20.0.0/24  zone radiology, profile clinical: 1 connection(s) at a time, 2/s per host, "
        "12 connections per host and day; only in its windows"
    ) in told
    assert (
        "  10.20.1.0/24  zone office, profile office: 4 connection(s) at a time, 40/s per host, "
        "300 connections per host and day"
    ) in told
    assert "  10.20.1.8/32  zone vault, profile passive: nothing is sent, only listened to" in told


def test_a_profile_without_a_budget_says_so(scope):
    told = "\n".join(lines(with_network(scope, profile=Profile.LAB), NOW))

    assert "200/s per host, no daily budget" in told


@pytest.mark.parametrize(
    ("exclusion", "want"),
    [
        (Exclusion(reason="r", mac="00:09:fb:00:00:00", mac_bits=24), "never: 00:09:fb:00:00:00/24: r"),
        (Exclusion(reason="r", hostname="ct*"), "never: ct*: r"),
        (Exclusion(reason="r", kind=Kind.PATIENT_MONITOR), "never: patient-monitor: r"),
    ],
)
def test_every_exclusion_is_named_with_its_reason(scope, exclusion, want):
    told = list(lines(msgspec.structs.replace(scope, exclusions=(exclusion,)), NOW))

    assert want in told


def test_an_excluded_address_assets_and_segments_are_named(scope):
    told = list(lines(scope, NOW))

    assert "never: 10.20.1.66/32: the director's" in told
    assert "critical: PACS at 10.20.0.5, weight 80" in told
    assert "declared: office may reach radiology on tcp/443, tcp/104" in told


def test_a_segment_that_allows_nothing_says_nothing(scope):
    shut = Segment(source="a", target="b", allow=(), known="imported")

    assert "imported: a may reach b on nothing" in lines(
        msgspec.structs.replace(scope, segments=(shut,)), NOW
    )


def test_weights_keep_their_decimals(scope):
    asset = Critical(name="x", address="10.20.0.6", weight=2.5)

    assert "critical: x at 10.20.0.6, weight 2.5" in lines(
        msgspec.structs.replace(scope, critical=(asset,)), NOW
    )


@pytest.mark.parametrize(
    ("now", "want"),
    [
        (
            datetime(2026, 11, 30, 23, 59, tzinfo=UTC),
            "NOT YET VALID: nothing may be sent before 2026-12-01 00:00 UTC",
        ),
        (datetime(2026, 12, 1, tzinfo=UTC), "valid now, for 31 more days"),
        (datetime(2026, 12, 31, 23, 59, tzinfo=UTC), "valid now, for 0 more days"),
        (AFTER, "EXPIRED on 2027-01-01 00:00 UTC: nothing may be sent"),
    ],
)
def test_the_last_line_says_whether_it_holds(scope, now, want):
    assert want == list(lines(scope, now))[-1]


@pytest.mark.parametrize(
    ("now", "days"),
    [
        (datetime(2026, 12, 17, 23, 59, tzinfo=UTC), None),
        (datetime(2026, 12, 18, tzinfo=UTC), 14),
        (datetime(2026, 12, 31, 12, tzinfo=UTC), 0),
        (AFTER, None),
    ],
)
def test_the_last_two_weeks_are_announced(scope, now, days):
    said = expiring(scope, now)
    assert (said is None) if days is None else said.startswith(f"EXPIRES in {days} days, on 2027-01-01 00:00")


def test_the_owners_fragile_devices_are_named_with_what_they_are_known_by(scope):
    rows = (
        Fragile(id="kilns", reason="it stops", source="us", match={"vendor": "Acme", "product": "Kiln"}),
        Fragile(id="card", reason="old", source="us", mac=Mac("00:20:4a:00:00:00"), mac_bits=24),
    )
    told = list(lines(msgspec.structs.replace(scope, fragile=rows), NOW))

    assert (
        "fragile: kilns: what shows vendor Acme and product Kiln is treated as clinical at most: it stops"
        in told
    )
    assert "fragile: card: what shows 00:20:4a:00:00:00/24 is treated as clinical at most: old" in told


def test_each_permission_that_the_signer_gave_is_named(scope):
    given = msgspec.structs.replace(scope, flags=Flags(icmp_echo=True, ot_read_identity=True))

    assert "permitted by its flags: icmp_echo, ot_read_identity" in [*lines(given, NOW)]
    assert not [line for line in lines(scope, NOW) if "flags" in line]


def test_networks_of_other_sites_are_named_with_what_may_reach_them(scope):
    peers = (
        Peer(site="south", cidr=ip_network("10.30.0.0/24"), zone="ward"),
        Peer(
            site="south", cidr=ip_network("100.64.1.0/24"), zone="office", profile=Profile.OFFICE, there=ip_network("10.20.1.0/24")
        ),
    )  # fmt: skip

    assert [
        "  10.30.0.0/24  of another site, zone south/ward: heard, and nothing is sent",
        "  100.64.1.0/24  of another site, zone south/office (there 10.20.1.0/24): heard; `reach` may knock, no scan looks",
    ] == [line for line in lines(msgspec.structs.replace(scope, peers=peers), NOW) if "another site" in line]

"""Networks that files list become the tables of a scope file, with what is doubtful marked."""

import string
from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from scanner.model.observation import Observation
from scanner.scope import drafting
from scanner.scope.engagement import draft
from scanner.scope.parse import parse

NOW = datetime(2026, 11, 23, tzinfo=UTC)


def told(*values, source="import:dhcp-windows"):
    return [
        Observation(source=source, first=NOW, last=NOW, field="network.range", value=value)
        for value in values
    ]


def scope(seen, sector="hospital"):
    lines = list(drafting.lines(drafting.listed(seen), sector))
    return parse(draft(sector, {}, NOW.date(), lines), "draft"), "\n".join(lines)


@pytest.mark.parametrize(
    ("name", "sector", "zone", "profile", "doubt"),
    [
        ("Radiology 2nd floor", "hospital", "imaging", "clinical", "by its name alone"),
        ("VLAN30_PACS", "hospital", "imaging", "clinical", "by its name alone"),
        ("ICU beds", "hospital", "ward", "clinical", "by its name alone"),
        ("SRV-DC1", "bank", "servers", "office", "by its name alone"),
        ("BMS", "hospital", "building", "ot", "by its name alone"),
        ("Wing C", "hospital", "wing-c", "passive", "nothing will be sent here"),
        ("", "utility", "net-192-0-2-0", "passive", "nothing will be sent here"),
        ("Wing C", "office", "wing-c", "office", "nobody knows what stands here"),
    ],
)
def test_a_name_gives_the_zone_and_what_it_does_not_say_is_doubtful(name, sector, zone, profile, doubt):
    got, text = scope(told({"cidr": "192.0.2.0/26", "name": name, "vlan": "30"}), sector)

    assert [(zone, profile, 30)] == [(one.zone, one.profile, one.vlan) for one in got.networks]
    assert f"CHECK: {doubt}" in text


def test_what_several_files_say_of_one_range_is_joined():
    seen = told({"cidr": "192.0.2.0/26"}) + told(
        {"cidr": "192.0.2.0/26", "name": "Ward 3", "vlan": "4095"}, source="import:netbox"
    )

    got, text = scope(seen)

    assert [("ward", None)] == [(one.zone, one.vlan) for one in got.networks]
    assert "Ward 3, by dhcp-windows, netbox" in text


def test_a_guessed_size_gives_way_to_whoever_knows_better_and_is_marked_where_nobody_does():
    guess = {"cidr": "192.0.2.0/24", "name": "Vlan30", "guessed": "mask"}
    alone, text = scope(told(guess))
    known, _ = scope(told(guess, {"cidr": "192.0.2.0/26", "name": "Office"}))

    assert "its size is a guess" in text
    assert ["192.0.2.0/24"] == [str(one.cidr) for one in alone.networks]
    assert ["192.0.2.0/26"] == [str(one.cidr) for one in known.networks]


def test_what_is_public_faces_outward_or_only_holds_others_is_left_out_and_named():
    _, text = scope(
        told(
            {"cidr": "8.8.8.0/24", "name": "isp"},
            {"cidr": "198.51.100.0/30", "name": "wan", "role": "outside"},
            {"cidr": "10.0.0.0/8", "name": "all"},
            {"cidr": "10.1.0.0/24", "name": "Office"},
            {"cidr": "2001:db8::/64", "name": "Office"},
        )
    )

    assert 2 == text.count("[[network]]")
    assert 2 == text.count("it is public, or faces outward")
    assert "# 10.0.0.0/8 (all, by dhcp-windows) was left out: it only holds" in text


def test_what_is_no_range_drafts_nothing():
    odd = Observation(source="import:x", first=NOW, last=NOW, field="network.range", value="10.0.0.0/8")
    lease = Observation(
        source="import:x", first=NOW, last=NOW, field="dhcp.lease", value={"cidr": "10.0.0.0/8"}
    )

    assert () == drafting.listed([odd, lease, *told({"cidr": "x"}, {})])


@given(
    st.text(max_size=80),
    st.text(alphabet=string.digits + "²", max_size=6),
    st.sampled_from(["hospital", "office"]),
)
def test_whatever_a_network_is_called_the_draft_parses(name, vlan, sector):
    got, _ = scope(told({"cidr": "192.0.2.0/26", "name": name, "vlan": vlan}), sector)

    assert 1 == len(got.networks)

"""What NetBox imports: unique names, an interface for each card, addresses with their length."""

import csv
import io
import json
from ipaddress import ip_interface

import msgspec

from scanner.report.netbox import TABLES, netbox, rows, table
from scanner.report.redact import Level, Twin

change = msgspec.structs.replace


def test_every_row_points_at_one_that_is_there(hospital):
    told = rows(hospital)
    devices = {row["name"] for row in told["devices"]}
    interfaces = {(row["device"], row["name"]) for row in told["interfaces"]}

    assert len(hospital.devices) == len(devices)
    assert {row["device"] for row in told["interfaces"]} == devices
    assert {(row["device"], row["interface"]) for row in told["ip-addresses"]} <= interfaces
    assert all(ip_interface(row["address"]) for row in told["ip-addresses"])


def test_a_device_has_one_primary_address_of_each_family(hospital):
    for judged in hospital.devices:
        mine = rows(change(hospital, devices=(judged,)))["ip-addresses"]

        assert 1 == sum(row["is_primary"] == "true" for row in mine)


def test_the_json_names_what_must_exist_first(hospital):
    told = json.loads(netbox(hospital))["netbox"]

    assert [hospital.title] == told["needs"]["sites"]
    assert {row["role"] for row in told["devices"]} == set(told["needs"]["roles"])
    assert {(row["manufacturer"], row["device_type"]) for row in told["devices"]} == set(
        map(tuple, told["needs"]["device_types"])
    )


def test_equal_names_are_told_apart(hospital):
    twice = tuple(
        change(one, device=change(one.device, names=("Same" if at else "same",)))
        for at, one in enumerate(hospital.devices[:2])
    )
    names = [row["name"] for row in rows(change(hospital, devices=twice))["devices"]]

    assert ["same", f"Same {twice[1].device.id}"] == names


def test_an_address_whose_card_was_not_seen_has_an_interface_too(hospital):
    one = hospital.devices[0]
    legs = tuple(change(leg, mac=None, zone=None) for leg in one.device.legs)
    told = rows(change(hospital, devices=(change(one, device=change(one.device, legs=legs)),)))

    assert [("if-unseen", "")] == [(row["name"], row["mac_address"]) for row in told["interfaces"]]


def test_masked_addresses_are_left_out(hospital):
    assert [] == rows(Twin(Level.INTERNAL, b"k").of(hospital))["ip-addresses"]


def test_hostile_names_fit_and_do_not_run(hostile):
    for name in TABLES:
        told = list(csv.DictReader(io.StringIO(table(hostile, name), newline="")))

        assert told
        assert all(cell.isprintable() and len(cell) < 260 for row in told for cell in row.values())
        assert not [
            cell for row in told for cell in row.values() if cell.lstrip().startswith(("=", "+", "-", "@"))
        ]


NETWORK = """[engagement]
name = "n"
owner = "o"
authorized_by = "a"
contact = "c"
reference = "r"
valid_from = 2026-11-01
valid_until = 2026-11-30
sector = "hospital"
[[network]]
cidr = "{}"
zone = "ward"
profile = "passive"
"""


def _of_sites(hospital, **cidrs):
    """The hospital's devices, dealt out to sites that have these networks; `here` is no site."""
    run = hospital.runs[-1]
    names = [None if name == "here" else name for name in cidrs]
    runs = [
        change(run, id=f"run-{at}", site=site, scope=NETWORK.format(cidr))
        for at, (site, cidr) in enumerate(zip(names, cidrs.values(), strict=True))
    ]
    devices = tuple(
        change(one, device=change(one.device, site=names[at % len(names)]))
        for at, one in enumerate(hospital.devices)
    )
    return change(hospital, runs=tuple(runs), devices=devices)


def test_where_networks_of_two_sites_overlap_each_has_a_vrf_of_its_name(hospital):
    found = _of_sites(
        hospital, north="10.0.0.0/16", south="10.0.7.0/24", east="10.9.0.0/24", here="fd00::/64"
    )
    told = json.loads(netbox(found))["netbox"]
    sites = {row["name"]: row["site"] for row in told["devices"]}

    assert ["north", "south"] == told["needs"]["vrfs"]
    assert {"north": "north", "south": "south", "east": None, hospital.title: None} == {
        sites[row["device"]]: row.get("vrf") for row in told["ip-addresses"]
    }


def test_in_the_csv_an_address_without_a_vrf_has_an_empty_cell(hospital):
    found = _of_sites(hospital, here="10.0.0.0/24", south="10.0.0.0/24", east="10.9.0.0/24")
    told = list(csv.DictReader(io.StringIO(table(found, "ip-addresses"), newline="")))

    assert {hospital.title, "south", ""} == {row["vrf"] for row in told}
    assert "vrf" not in table(found, "devices").splitlines()[0]


def test_sites_that_do_not_overlap_and_a_single_site_have_no_vrf(hospital):
    for found in (hospital, _of_sites(hospital, north="10.1.0.0/24", south="10.2.0.0/24")):
        assert "vrf" not in table(found, "ip-addresses").splitlines()[0]
        assert "vrfs" not in json.loads(netbox(found))["netbox"]["needs"]

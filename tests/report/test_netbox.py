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

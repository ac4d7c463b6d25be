"""One ticket a cause, with everything that whoever gets it must know; no cell runs."""

import csv
import io

import msgspec

from scanner.report.register import register
from scanner.report.tickets import COLUMNS, tickets


def rows(found):
    return list(csv.DictReader(io.StringIO(tickets(found), newline="")))


def test_each_cause_is_one_line_with_its_devices_and_remedy(hospital):
    told = rows(hospital)

    assert [one.id for one in register(hospital)] == [row["id"] for row in told]
    assert set(COLUMNS) == set(told[0])
    smb = next(row for row in told if row["title"].startswith("SMBv1"))
    assert str(smb["devices"].count(";") + 1) == smb["count"]
    assert "2026-12-17" == smb["deadline"]
    assert "on sw-basement port Gi1/0/14 (store room B2)" in smb["places"]


def test_a_device_without_place_or_owner_leaves_the_cells_empty(hospital):
    bare = tuple(
        msgspec.structs.replace(one, device=msgspec.structs.replace(one.device, location=None, owner=None))
        for one in hospital.devices
    )

    assert {("", "")} == {
        (row["places"], row["owners"]) for row in rows(msgspec.structs.replace(hospital, devices=bare))
    }


def test_no_cell_of_a_hostile_ticket_runs(hostile):
    cells = [cell for row in rows(hostile) for cell in row.values()]

    assert cells
    assert not [one for one in cells if one.lstrip().startswith(("=", "+", "-", "@", "|", "%"))]

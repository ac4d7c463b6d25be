from datetime import UTC, datetime

import pytest

from scanner.errors import DataError
from scanner.observe.importing import load_formats, mapping

_NOW = datetime(2026, 11, 24, tzinfo=UTC)
CMDB = load_formats()["cmdb-csv"]


def test_headings_are_guessed(sample):
    got = sample("cmdb-csv", "assets.csv")

    entry = got.at("192.0.2.50")["register.entry"]
    assert ("rad-ws-2", "HP", "Z420", "Radiology", "Building 3, room 12") == tuple(
        entry[word] for word in ("name", "vendor", "model", "owner", "place")
    )
    assert "2026-09-14 00:00:00" == got.last("00:1e:37:00:00:50")
    assert "line 3: names no address, card or host" in got.complaint


def test_a_register_of_who_services_devices_counts_as_one(sample):
    got = sample("cmdb-csv", "biomedical.csv")

    assert {"import:cmms-csv"} == {one.source for one in got.seen}
    assert "Infusion gateway" == got.at("192.0.2.81")["register.entry"]["kind"]


def test_named_headings_win_over_guesses(tmp_path):
    path = tmp_path / "x.csv"
    path.write_text("Tag,Hostname,Net adr,Kostenstelle\nT7,pc-1,192.0.2.9,Ward 3\n")

    (one,) = mapping(CMDB, ("address=Net adr", "owner=Kostenstelle", "name=Tag")).read(path, _NOW)

    assert ("192.0.2.9", {"name": "T7", "owner": "Ward 3"}) == (one.address, one.value)


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("owner",), "write it as WORD=HEADING"),
        (("boss=Owner",), "no such word; known: address, agent"),
        (("owner=Nowhere",), "no heading 'Nowhere'"),
    ],
)
def test_a_mapping_that_cannot_be_is_refused(tmp_path, words, said):
    (tmp_path / "x.csv").write_text("Hostname,Owner\npc-1,me\n")

    with pytest.raises(DataError, match=said):
        list(mapping(CMDB, words).read(tmp_path / "x.csv", _NOW))


def test_only_a_table_of_devices_takes_a_mapping():
    assert CMDB is mapping(CMDB, ())
    with pytest.raises(DataError, match="its writer's"):
        mapping(load_formats()["zeek"], ("owner=x",))

"""What an import stores, of good files and of bad ones."""

from datetime import UTC, datetime
from pathlib import Path

import pytest

from scanner.intake import STEP, take_in
from scanner.knowledge.base import open_base
from scanner.model.run import Run
from scanner.observe.importing import detect
from scanner.pipeline import assess
from scanner.scope.parse import parse
from scanner.store.store import open_store

NOW = datetime(2026, 11, 23, tzinfo=UTC)
SCOPE = parse(
    """
[engagement]
name = "a"
owner = "b"
authorized_by = "c"
contact = "d"
reference = "e"
valid_from = 2026-11-01
valid_until = 2026-11-30
sector = "office"
[[network]]
cidr = "192.0.2.0/24"
zone = "office"
profile = "office"
""",
    "scope.toml",
)


@pytest.fixture
def store(tmp_path):
    with open_store(tmp_path / "x.db", "eng") as opened:
        yield opened


def run():
    return Run(
        id="run-1", engagement="eng", started=NOW, ended=None, command="import", scope=SCOPE.text, seed=1,
        parameters={}, versions={}, authority="",
    )  # fmt: skip


def arp_scan(path, count):
    lines = [
        f"192.0.{number // 256}.{number % 256}\t02:00:00:00:{number // 256:02x}:{number % 256:02x}\tX"
        for number in range(count)
    ]
    path.write_text("\n".join(("Starting arp-scan", *lines)))
    return detect(path), path


def test_what_comes_before_a_bad_line_and_after_it_is_stored_and_the_rest_named(tmp_path, store):
    form, path = arp_scan(tmp_path / "a.txt", 3)
    path.write_text(path.read_text().replace("192.0.0.1\t", "300.0.0.1\t"))

    taken = take_in([(form, path)], SCOPE, store, run())

    assert (2,) == taken.counts
    assert ["192.0.0.0", "192.0.0.2"] == sorted(one.address for one in store.log())
    (complaint,) = taken.complaints
    assert "a.txt: not read: line 3: '300.0.0.1'" in complaint
    assert (complaint,) == store.runs()[0].notes


def test_a_bad_file_harms_nothing_that_is_stored(tmp_path, store):
    take_in([arp_scan(tmp_path / "a.txt", 2)], SCOPE, store, run())
    before = list(store.log())
    form, path = arp_scan(tmp_path / "b.txt", 1)
    path.write_bytes(b"Starting arp-scan\n\xff\xfe\x00garbage\n")

    taken = take_in([(form, path), (form, tmp_path / "none")], SCOPE, store, run())

    assert before == list(store.log())
    assert (0, 0) == taken.counts
    assert ["b.txt", "none"] == [
        next(name for name in ("b.txt", "none") if name in one) for one in taken.complaints
    ]


def test_an_address_gets_the_zone_of_the_scope(tmp_path, store):
    path = tmp_path / "a.txt"
    path.write_text(
        "Starting arp-scan\n192.0.2.7\t02:00:00:00:00:07\tX\n198.51.100.7\t02:00:00:00:00:08\tX\n"
    )

    take_in([(detect(path), path)], SCOPE, store, run())

    assert {"192.0.2.7": "office", "198.51.100.7": None} == {one.address: one.zone for one in store.log()}


def test_progress_is_told_now_and_then(tmp_path, store):
    heard = []

    take_in(
        [arp_scan(tmp_path / "a.txt", 2 * STEP + 1)], SCOPE, store, run(), lambda *said: heard.append(said)
    )

    assert [(tmp_path / "a.txt", STEP), (tmp_path / "a.txt", 2 * STEP)] == heard


def test_a_makers_form_reaches_the_device_of_its_model_and_one_that_fits_none_is_named(tmp_path, store):
    """From three files to the assessment: what the maker says of IG-2 is a fact of the one that a register lists."""
    samples = Path(__file__).parents[1] / "fixtures" / "imports"
    other = tmp_path / "other.csv"
    form = samples / "mds2" / "infusion-gateway.csv"
    other.write_text(form.read_text("utf-8").replace("IG-2", "IG-9"))
    files = [samples / "cmdb-csv" / "biomedical.csv", form, other]

    take_in([(detect(path), path) for path in files], SCOPE, store, run())
    found = assess(list(store.log()), store.runs(), open_base(), NOW)

    (device,) = [one.device for one in found.devices if "INF-GW-1" in one.device.names]
    assert {"mds2.CSUP-1": "yes", "mds2.CSUP-2": "yes", "mds2.MLDP-1": "n/a", "mds2.has_os": "yes"} == {
        fact.attr: fact.value for fact in device.facts if fact.attr.startswith("mds2.")
    }
    assert "the MDS2 form of Example Medical IG-9: matches no device" in found.limits

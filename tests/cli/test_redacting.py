"""`stalehost report`: redacted twins, NetBox, tickets, a brand, and what changed since last time."""

import json

import pytest

from scanner.errors import DataError

NOW = ("--now", "2026-11-23T13:00:00+00:00")


def names(run):
    lines = [json.loads(line) for line in run("devices", "--json", *NOW).stdout.splitlines()]
    return {part for one in lines for part in (*one["addresses"], *one["macs"])} | {
        name.lower() for one in lines for name in one["names"] if len(name) > 5
    }


@pytest.mark.parametrize("form", ["html", "json", "csv", "tickets", "netbox"])
def test_outside_nothing_of_a_scanned_hospital_names_a_device(run, engagement, tmp_path, form):
    plain = run("report", "--format", form, *NOW).stdout.lower()
    done = run("report", "--format", form, "--redact", "external", "--key", str(tmp_path / "key"), *NOW)

    assert done.exit_code == 0, done.output
    wanted = names(run)
    assert len(wanted) > 50
    assert any(one in plain for one in wanted)
    assert set() == {one for one in wanted if one in done.stdout.lower()}


def test_the_key_and_its_map_are_private_and_lead_back(run, engagement, tmp_path):
    words = ("report", "--format", "csv", "--redact", "external", "--key", str(tmp_path / "key"), *NOW)
    first, again = run(*words).stdout, run(*words).stdout
    told = json.loads((tmp_path / "key.map").read_text())

    assert first == again
    assert {0o600} == {(tmp_path / name).stat().st_mode & 0o777 for name in ("key", "key.map")}
    assert names(run) <= {one.lower() for one in told.values()}


def test_a_key_that_is_too_short_is_refused(run, engagement, tmp_path):
    (tmp_path / "key").write_text("short")
    (tmp_path / "folder").mkdir()

    for name in ("key", "folder"):
        done = run("report", "--redact", "internal", "--key", str(tmp_path / name), *NOW)
        assert isinstance(done.exception, DataError)


def test_a_brand_and_netbox_tables_are_written(run, engagement):
    (engagement / "brand.toml").write_text('name = "Example Consulting"\n')

    assert "Example Consulting" in run("report", "--brand", "brand.toml", *NOW).stdout
    assert run("report", "--format", "netbox-ip-addresses", *NOW).stdout.startswith("address,status,device")

"""What Prometheus reads keeps the rules of its text format 0.0.4, whatever names and reasons hold."""

import re
from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from scanner.errors import StoreError
from scanner.fleet import metrics, trouble
from scanner.fleet.health import Judged
from tests.fleet.made import WELL, health, segment, sensor

SAMPLE = re.compile(
    r'(?P<name>[a-zA-Z_:][a-zA-Z0-9_:]*)(?:\{(?P<labels>(?:[a-zA-Z_][a-zA-Z0-9_]*="(?:[^"\\\n]|\\["\\n])*",?)*)\})? (?P<value>\S+)'
)


def told(of):
    return metrics.text(of, trouble.troubles(of))


def read(text):
    """Each metric's type and samples, by the format's own rules; fails where one is broken."""
    assert text.endswith("\n")
    found, now = {}, None
    for line in text[:-1].split("\n"):
        assert line, "empty lines say nothing"
        if line.startswith("# HELP "):
            _, _, name, _ = line.split(" ", 3)
            assert name not in found, "one HELP a metric, and all of its samples together"
            now, found[name] = name, [None, {}]
        elif line.startswith("# TYPE "):
            _, _, name, sort = line.split(" ")
            assert name == now
            assert found[name] == [None, {}], "one TYPE a metric, before its samples"
            assert sort in {"gauge", "counter"}
            found[name][0] = sort
        else:
            one = SAMPLE.fullmatch(line)
            assert one, line
            assert one["name"] == now
            labels = tuple(re.findall(r'([a-zA-Z_][a-zA-Z0-9_]*)="((?:[^"\\]|\\.)*)"', one["labels"] or ""))
            assert len(labels) == len({key for key, _ in labels})
            assert not any(key.startswith("__") for key, _ in labels)
            assert labels not in found[now][1], "no sample twice"
            found[now][1][labels] = float(one["value"])
    assert all(sort and samples for sort, samples in found.values())
    return found


def test_a_fleet_that_is_well():
    found = read(told(WELL))

    assert 25 < len(found)
    assert {"stalehost"} == {name.partition("_")[0] for name in found}
    assert {"stalehost_lease_clock_seconds_total"} == {
        name for name, (sort, _) in found.items() if sort == "counter"
    }
    sole = {name: samples[()] for name, (_, samples) in found.items() if () in samples}
    mary = (("site", "st-mary"), ("sensor", "mary-1"))
    assert 1 == sole["stalehost_centre_up"]
    assert (
        datetime(2026, 11, 24, 0, 59, 59, tzinfo=UTC).timestamp()
        == sole["stalehost_centre_turn_timestamp_seconds"]
    )
    assert 80e9 == sole["stalehost_disk_free_bytes"]
    assert 0.2 == sole["stalehost_clock_skew_seconds"]
    assert {mary: 1.0} == found["stalehost_sensor_up"][1]
    assert {(*mary, ("version", "1.0")): 1.0} == found["stalehost_sensor_info"][1]
    assert [0, 0, 1, 7, 0] == list(found["stalehost_chunks"][1].values())
    assert {0.0} == set(found["stalehost_troubles"][1].values())
    assert {((("site", "st-mary")),): 0.0} == found["stalehost_blackout"][1]


def test_what_is_not_known_is_not_told():
    of = health(
        turned=None,
        judged=Judged(),
        taken=None,
        free=None,
        sites=(),
        sensors=(),
        segments=(segment(shares={}),),
    )

    found = read(told(of))

    assert not {name for name in found if re.search("sensor_|judge|disk|share|blackout|turn|taken", name)}
    assert 3 == len(found["stalehost_troubles"][1])


def test_who_was_revoked_is_no_longer_counted():
    of = health(sensors=(sensor(), sensor(id="stolen", revoked=True)))

    assert 'sensor="stolen"' not in told(of)


@given(site=st.text(), program=st.text(min_size=1), name=st.text())
def test_no_name_or_version_breaks_a_line(site, program, name):
    of = health(
        sites=(site,), sensors=(sensor(id=name, site=site, program=program),), segments=(segment(site=site),)
    )
    read(told(of).encode("utf-8").decode("utf-8"))


@pytest.mark.parametrize(
    ("name", "stands"),
    [
        ('a"b', r"a\"b"),
        ("a\\b", r"a\\b"),
        ("a\nb", r"a\nb"),
        ("a\\nb", r"a\\nb"),
        ("é☃\r", "é☃\r"),
        ("\ud800", r"\\ud800"),
    ],
)
def test_labels_are_escaped_as_the_format_says(name, stands):
    assert f'stalehost_blackout{{site="{stands}"}} 0\n' in told(health(sites=(name,)))


def test_a_number_is_exact():
    of = health(segments=(segment(rate=0.1),), size=2**60)

    assert "} 0.1\n" in told(of)
    assert f"stalehost_database_size_bytes {2**60}\n" in told(of)


def test_equal_input_gives_equal_bytes():
    assert told(WELL) == told(health())


def test_the_file_is_whole_or_as_it_was_and_the_collector_may_read_it(tmp_path):
    path = tmp_path / "stalehost.prom"

    metrics.put(path, "a 1\n")
    metrics.put(path, "a 2\n")

    assert "a 2\n" == path.read_text()
    assert 0o644 == path.stat().st_mode & 0o777
    assert [path] == list(tmp_path.iterdir())


def test_a_file_that_cannot_be_written_is_named_and_nothing_is_left(tmp_path):
    (tmp_path / "taken").mkdir()

    with pytest.raises(StoreError, match=r"nowhere/x\.prom: cannot be written"):
        metrics.put(tmp_path / "nowhere" / "x.prom", "a 1\n")
    with pytest.raises(StoreError, match="taken: cannot be written"):
        metrics.put(tmp_path / "taken", "a 1\n")

    assert [tmp_path / "taken"] == list(tmp_path.iterdir())

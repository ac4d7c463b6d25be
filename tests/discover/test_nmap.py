from datetime import UTC, datetime, timedelta

from scanner.discover.nmap import compare
from scanner.model.net import Address, Port
from scanner.model.observation import Observation

NOW = datetime(2026, 12, 2, tzinfo=UTC)


def seen(address, port, state, source="tcp:connect", field="port.state", later=0):
    when = NOW + timedelta(minutes=later)
    return Observation(
        source=source,
        first=when,
        last=when,
        field=field,
        value=state,
        address=Address(address),
        port=Port(port),
    )


def test_rows_say_where_both_agree_differ_or_only_one_looked():
    ours = [
        seen("10.0.0.2", "tcp/80", "open"),
        seen("10.0.0.2", "tcp/22", "silent"),
        seen("10.0.0.10", "tcp/22", "open"),
    ]
    theirs = [
        seen("10.0.0.2", "tcp/80", "open"),
        seen("10.0.0.2", "tcp/22", "closed"),
        seen("10.0.0.3", "udp/5", "open"),
    ]

    rows = compare(ours, theirs)

    assert [
        ("10.0.0.2", "tcp/22", "silent", "closed", False),
        ("10.0.0.2", "tcp/80", "open", "open", True),
        ("10.0.0.3", "udp/5", None, "open", None),
        ("10.0.0.10", "tcp/22", "open", None, None),
    ] == [(row.address, row.port, row.ours, row.nmap, row.agree) for row in rows]


def test_the_latest_sighting_counts_and_other_fields_do_not():
    ours = [
        seen("10.0.0.2", "tcp/80", "closed", later=5),
        seen("10.0.0.2", "tcp/80", "open"),
        seen("10.0.0.2", "tcp/81", "x", field="ssh.banner"),
    ]
    (row,) = compare(ours, [])
    assert row.ours == "closed"

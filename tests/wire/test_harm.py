"""What each device had to bear, out of the audit's lines."""

from datetime import UTC, datetime

from hypothesis import given
from hypothesis import strategies as st

from scanner.model.net import Address
from scanner.model.run import Harm
from scanner.wire.harm import frames, table

AT = "2026-12-02T12:00:00Z"


def line(event, **facts):
    return {"at": AT, "event": event, "prev": "0", **facts}


LINES = [
    line("sweep", cidr="10.1.0.0/24"),
    line("swept", cidr="10.1.0.0/24", sent=254, refused=2),
    line("ask", method="arp", targets="10.1.0.0/24"),
    line("asked", method="arp", sent=31, refused=0),
    line("open", to="10.1.0.5", port="tcp/80"),
    line("send", to="10.1.0.5", port="tcp/80", bytes=60),
    line("end", to="10.1.0.5", port="tcp/80", outcome="ok", sent=60, received=900),
    line("open", to="10.1.0.5", port="tcp/22"),
    line("end", to="10.1.0.5", port="tcp/22", outcome="closed"),
    line("refused", to="10.1.0.66", reason="excluded"),
    line("nmap", hosts="10.2.0.7 10.2.0.8", ports=60),
    line("knocked", to="10.2.0.7", count=71, by="trace"),
    line("knocked", to="10.2.0.8", count=60, by="ports"),
    line("nmapped", hosts="10.2.0.7 10.2.0.8"),
    line("torn"),
]


def test_connections_and_bytes_are_counted_for_each_address():
    assert table(LINES) == (
        Harm(address=Address("10.1.0.5"), initiations=2, connections=1, sent=60, received=900),
        Harm(address=Address("10.1.0.66"), refused=1),
        Harm(address=Address("10.2.0.7"), initiations=71),
        Harm(address=Address("10.2.0.8"), initiations=60),
    )
    assert frames(LINES) == 254 + 31


def test_an_nmap_of_which_a_crash_kept_no_account_counts_once_for_each_port():
    lines = [line("nmap", hosts="10.2.0.7 10.2.0.8", ports=60), line("knocked", to="10.2.0.8", count=4)]
    assert table(lines) == (
        Harm(address=Address("10.2.0.7"), initiations=60),
        Harm(address=Address("10.2.0.8"), initiations=4),
    )


def test_only_what_happened_since_counts():
    later = datetime(2026, 12, 2, 12, 0, 1, tzinfo=UTC)
    new = {**line("open", to="10.1.0.9"), "at": "2026-12-02T12:00:01Z"}

    assert table([*LINES, new], later) == (Harm(address=Address("10.1.0.9"), initiations=1),)
    assert frames(LINES, later) == 0


values = (
    st.none()
    | st.integers()
    | st.text(max_size=12)
    | st.sampled_from(["10.1.0.5", "open", "end", "nmap", "knocked"])
)


NAMES = ["at", "event", "to", "sent", "received", "hosts", "ports", "count"]


@given(st.lists(st.fixed_dictionaries({}, optional=dict.fromkeys(NAMES, values)), max_size=4))
def test_any_lines_are_counted_without_a_word(lines):
    for since in (None, datetime(2026, 1, 1, tzinfo=UTC)):
        assert all(row.initiations >= 0 and row.sent >= 0 for row in table(lines, since))
        assert frames(lines, since) >= 0

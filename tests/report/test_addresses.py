"""What `discover` prints: the log address by address, and where nmap and we differ."""

import json
from datetime import UTC, datetime, timedelta

from hypothesis import given
from hypothesis import strategies as st
from msgspec import Struct

from scanner.model.observation import Observation
from scanner.report import addresses

NOW = datetime(2026, 12, 3, 9, 30, tzinfo=UTC)
CARD = "00:1b:21:00:00:01"


class Known:
    """Knows the maker of one card, by a name that tries to act."""

    def vendor(self, mac):
        return "Intel\x1b[31m Corporation" if mac == CARD else None


class Pair(Struct, frozen=True):
    address: str
    port: str
    ours: str | None
    nmap: str | None


def saw(address, *, minute=0, source="raw:arp", field="arp.answer", value="", mac=None, port=None, zone=None):
    when = NOW + timedelta(minutes=minute)
    return Observation(
        source=source, first=when, last=when, field=field, value=value, address=address, mac=mac, port=port, zone=zone
    )  # fmt: skip


def state(address, port, value, minute=0):
    return saw(address, minute=minute, source="tcp:connect", field="port.state", value=value, port=port)


def test_addresses_come_in_order_each_once():
    log = [saw("10.0.0.10"), saw("fe80::1"), saw("10.0.0.9"), saw(None, mac=CARD), saw("10.0.0.10", minute=1)]

    assert ["10.0.0.9", "10.0.0.10", "fe80::1"] == [line.address for line in addresses.lines(log, Known())]


def test_a_line_gathers_all_that_was_seen_of_its_address():
    log = [
        saw("10.0.0.1", mac=CARD, zone="office"),
        state("10.0.0.1", "tcp/445", "open", 5),
        saw("10.0.0.1", source="a", minute=2),
    ]

    (line,) = addresses.lines(log, Known())

    assert (CARD, "office", ("a", "raw:arp", "tcp:connect")) == (line.mac, line.zone, line.via)
    assert (NOW, NOW + timedelta(minutes=5), ("tcp/445",)) == (line.first_seen, line.last_seen, line.open)


@given(st.permutations([(0, "open"), (1, "closed"), (2, "open"), (3, "closed")]))
def test_the_last_state_of_a_port_and_the_last_card_count_in_whatever_order_the_log_is_read(order):
    log = [state("10.0.0.1", "tcp/80", value, minute) for minute, value in order]
    log += [state("10.0.0.1", port, "open") for port in ("tcp/8080", "tcp/445", "tcp/22")]
    log += [saw("10.0.0.1", mac=f"00:00:00:00:00:0{minute}", minute=minute) for minute, _ in order]

    (line,) = addresses.lines(log, Known())

    assert (("tcp/22", "tcp/445", "tcp/8080"), "00:00:00:00:00:03") == (line.open, line.mac)


def test_a_line_of_words_is_safe_to_print():
    known, bare = addresses.as_text([saw("10.0.0.1", mac=CARD, zone="office"), saw("10.0.0.2")], Known())

    maker = r"Intel\x1b[31m Corporation"
    assert f"10.0.0.1         {CARD}  {maker:30}  office        no open port seen" == known
    assert ["10.0.0.2", "no card seen", "maker not known", "-", "no open port seen"] == [
        part.strip() for part in bare.split("  ") if part.strip()
    ]


def test_words_name_the_open_ports():
    log = [state("10.0.0.1", "tcp/80", "open"), state("10.0.0.1", "tcp/22", "open")]

    assert next(addresses.as_text(log, Known())).endswith("tcp/22, tcp/80")


def test_json_is_one_object_a_line_and_says_its_schema():
    log = [saw("10.0.0.1", mac=CARD), state("10.0.0.2", "tcp/80", "open")]

    told = [json.loads(line) for line in addresses.as_json(log, Known())]

    assert [("10.0.0.1", []), ("10.0.0.2", ["tcp/80"])] == [(line["address"], line["open"]) for line in told]
    assert {"stalehost/1"} == {line["schema"] for line in told}


def test_agreement_is_counted_and_every_difference_is_a_line():
    rows = [
        Pair("10.0.0.1", "tcp/22", "open", "open"),
        Pair("10.0.0.1", "tcp/80", "open", "closed"),
        Pair("10.0.0.1", "tcp/81", "open", None),
        Pair("10.0.0.1", "tcp/82", None, "open"),
        Pair("10.0.0.1", "tcp/83", "closed", None),
        Pair("10.0.0.1", "tcp/84", None, "closed"),
    ]

    assert [
        "DIFFER  10.0.0.1 tcp/80: we saw open, nmap saw closed",
        "OURS    10.0.0.1 tcp/81: open; nmap did not report it",
        "NMAP    10.0.0.1 tcp/82: open; we did not look",
        "1 of 2 ports that both looked at agree",
    ] == list(addresses.crossed(rows))


def test_nothing_to_compare_is_said_as_such():
    assert ["0 of 0 ports that both looked at agree"] == list(addresses.crossed([]))


def test_an_address_where_nobody_answered_has_no_line():
    log = [state("10.0.0.1", "tcp/22", "silent"), state("10.0.0.1", "tcp/80", "unreachable")]
    assert [] == list(addresses.lines(log, Known()))
    (line,) = addresses.lines([*log, state("10.0.0.1", "tcp/443", "closed")], Known())
    assert "10.0.0.1" == line.address

"""Times, cards and addresses in every usual spelling; and rows of registers."""

from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from scanner.observe.files.told import ENTRY, Teller, address, addresses, card, cards, clean, moment

NOW = datetime(2026, 11, 24, tzinfo=UTC)
TELLER = Teller(source="import:x", now=NOW)


@pytest.mark.parametrize(
    ("text", "want"),
    [
        ("2026-10-08", "2026-10-08 00:00:00"),
        ("2026-10-08 07:15:00", "2026-10-08 07:15:00"),
        ("2026-10-08T07:15:00.1234567Z", "2026-10-08 07:15:00"),
        ("2026-10-08T07:15:00+02:00", "2026-10-08 05:15:00"),
        ("2026-10-08 07:15:00 UTC", "2026-10-08 07:15:00"),
        ("10/8/2026 7:15:00 PM", "2026-10-08 19:15:00"),
        ("10/8/2026 12:15 AM", "2026-10-08 00:15:00"),
        ("28/10/2026 07:15", "2026-10-28 07:15:00"),
        ("08.10.2026 07:15:00", "2026-10-08 07:15:00"),
        ("08.10.26", "2026-10-08 00:00:00"),
        ("2026/10/08", "2026-10-08 00:00:00"),
        ("1791443700", "2026-10-08 07:15:00"),
        ("1791443700000", "2026-10-08 07:15:00"),
        ("134359173000000000", "2026-10-08 07:15:00"),
        ("20261008071500.0Z", "2026-10-08 07:15:00"),
        ('"2026-10-08"', "2026-10-08 00:00:00"),
    ],
)
def test_a_moment_in_every_usual_spelling(text, want):
    assert want == f"{moment(text):%F %T}"


@pytest.mark.parametrize(
    "text",
    [
        "",
        "never",
        "0",
        "9223372036854775807",
        "31/31/2026",
        "1601-01-01",
        "01.01.1601",
        "x" * 65,
        "20261399000000Z",
    ],
)
def test_what_is_no_moment_is_none(text):
    assert moment(text) is None


@given(st.text(max_size=30) | st.from_regex(r"[0-9./: -]{0,24}", fullmatch=True))
def test_no_text_makes_a_moment_raise(text):
    when = moment(text)

    assert when is None or when.tzinfo is UTC


def test_cards_in_every_spelling_and_none_of_groups():
    text = "001E37000001, 00-1e-37-00-00-02;001e.3700.0003 00:1E:37:00:00:01 ff:ff:ff:ff:ff:ff 000000000000 1:2:3 001E370000011"

    assert ["00:1e:37:00:00:01", "00:1e:37:00:00:02", "00:1e:37:00:00:03"] == list(cards(text))
    assert card("none") is None


def test_addresses_of_hosts_only():
    text = '192.0.2.1/24, "192.0.2.1" {2001:db8::1} fe80::1%eth0 127.0.0.1 224.0.0.1 0.0.0.0 pc-1 169.254.1.1'

    assert ["192.0.2.1", "2001:db8::1"] == list(addresses(text))
    assert address("") is None


def test_a_row_with_as_many_cards_as_addresses_pairs_them():
    said = {"address": "192.0.2.1 192.0.2.2", "mac": "001e37000001 001e37000002", "name": "pc"}

    assert [("192.0.2.1", "00:1e:37:00:00:01"), ("192.0.2.2", "00:1e:37:00:00:02")] == [
        (one.address, one.mac) for one in TELLER.row(said)
    ]


def test_one_card_has_all_addresses_and_two_cards_none_that_is_known():
    one = TELLER.row({"address": "192.0.2.1 192.0.2.2 192.0.2.3", "mac": "001e37000001", "name": "pc"})
    two = TELLER.row({"address": "192.0.2.1", "mac": "001e37000001 001e37000002", "name": "pc"})

    assert ["192.0.2.1", "192.0.2.2", "192.0.2.3"] == [row.address for row in one]
    assert [(None, "00:1e:37:00:00:01"), (None, "00:1e:37:00:00:02")] == [
        (row.address, row.mac) for row in two
    ]


def test_a_row_that_says_nothing_or_names_nobody_is_none():
    assert [] == list(TELLER.row({"owner": "x"}))
    assert [] == list(TELLER.row({"address": "192.0.2.1"}))
    assert [] == list(TELLER.row({"name": "192.0.2.1"}))


def test_a_name_loses_its_domain_and_its_dollar():
    assert {"name": "PC-1", "domain": "clinic.example"} == TELLER.entry({"name": "PC-1.Clinic.Example"})
    assert {"name": "PC-1", "domain": "CLINIC"} == TELLER.entry(
        {"name": "PC-1.clinic.example", "domain": "CLINIC"}
    )
    assert {"name": "PC-1"} == TELLER.entry({"name": "PC-1$", "last_active": "never"})


def test_nothing_is_seen_later_than_now():
    one = TELLER.say(ENTRY, {}, first=datetime(2030, 1, 1, tzinfo=UTC), last=datetime(2031, 1, 1, tzinfo=UTC))

    assert (NOW, NOW) == (one.first, one.last)


@given(st.text(max_size=3000))
def test_a_kept_text_is_short_and_printable(text):
    kept = clean(text)

    assert len(kept) <= 2048
    assert kept.isprintable()

import os
from datetime import UTC, datetime

import pytest

from scanner.model.net import Address, Mac, Port
from scanner.observe.capture import watch as watching
from scanner.observe.capture.watch import Watch, ours
from scanner.observe.dissect import Fact, Packet
from scanner.store.store import open_store
from tests.observe.capture.world import AT

HOST, SERVER, CARD, ROUTER = (
    Address("10.0.0.7"),
    Address("10.0.0.9"),
    Mac("00:1b:21:00:00:07"),
    Mac("00:1b:21:00:00:01"),
)
PACKET = Packet(b"", AT, CARD, ROUTER, HOST, SERVER, 40000, 80, 64, None)
DAY = 86400.0


def when(seconds):
    return datetime.fromtimestamp(AT + seconds, UTC)


def rows(watch):
    return [(one.field, one.value, one.address, one.mac, one.port) for one in watch.news()]


@pytest.mark.parametrize(
    ("fact", "near", "want"),
    [
        (Fact("a", "b"), True, (HOST, CARD)),
        (Fact("a", "b"), False, (HOST, None)),
        (Fact("a", "b", target=True), True, (SERVER, None)),
        (Fact("a", "b", address=SERVER, mac=ROUTER), True, (SERVER, ROUTER)),
        (Fact("a", "b", mac=ROUTER), True, (None, ROUTER)),
    ],
)
def test_a_fact_is_about_its_sender_unless_it_says_about_whom(fact, near, want):
    watch = Watch(ours)
    watch.tell("some", fact, PACKET, near=near)
    [one] = watch.news()
    assert ("passive:some", *want) == (one.source, one.address, one.mac)


def test_what_has_no_address_is_about_the_card():
    watch = Watch(ours)
    watch.tell("lldp", Fact("lldp.system", {"name": "sw1"}), PACKET._replace(source=None), near=True)
    assert [("lldp.system", {"name": "sw1"}, None, CARD, None)] == rows(watch)


def test_repeats_widen_the_interval_and_are_given_once_until_then():
    watch = Watch(ours, vantage="ward", zone=lambda _: "office")
    span = watch.tell("some", Fact("a", "b", port=Port("tcp/80")), PACKET, near=True)
    assert span is watch.tell(
        "some", Fact("a", "b", port=Port("tcp/80")), PACKET._replace(time=AT + 60), near=True
    )

    [one] = watch.news()

    assert (when(0), when(60), "office", "ward", Port("tcp/80")) == (
        one.first,
        one.last,
        one.zone,
        one.vantage,
        one.port,
    )
    assert [] == list(watch.news())
    span.widen(AT - 5)
    assert [(when(-5), when(60))] == [(one.first, one.last) for one in watch.news()]


def test_one_card_at_one_address_is_one_row_whoever_saw_it():
    watch = Watch(ours)
    for source in ("passive:arp", "passive:ip"):
        watch.note(source, "link.mac", CARD, AT, HOST, CARD)
    assert ["passive:arp"] == [one.source for one in watch.news()]


def test_addresses_outside_are_not_kept_but_link_local_ones_tell_of_their_card():
    watch = Watch(lambda address, _near: address == HOST)
    watch.note("passive:ip", "a", "b", AT, SERVER, CARD)
    watch.note("passive:ip", "a", "local", AT, Address("fe80::1"), CARD)
    watch.note("passive:ip", "a", "far", AT, Address("fe80::2"), CARD, near=False)
    assert ([("a", "local", None, CARD, None)], 3) == (rows(watch), watch.outside)


@pytest.mark.parametrize("card", ["01:00:5e:00:00:fb", "ff:ff:ff:ff:ff:ff", "00:00:00:00:00:00"])
def test_groups_and_nobody_are_no_cards(card):
    watch = Watch(ours)
    assert watch.note("passive:ip", "a", "b", AT, None, Mac(card)) is None


@pytest.mark.parametrize(
    ("address", "near", "want"),
    [
        ("10.0.0.1", False, True), ("fe80::1", False, True), ("fd00::1", False, True), ("8.8.8.8", False, False),
        ("8.8.8.8", True, True), ("2600::1", True, True), ("224.0.0.251", True, False), ("127.0.0.1", True, False),
        ("0.0.0.0", True, False), ("255.255.255.255", True, False),
    ],
)  # fmt: skip
def test_without_a_scope_private_addresses_and_neighbours_are_kept(address, near, want):
    assert want == ours(Address(address), near)


def test_a_field_that_changes_all_the_time_is_kept_a_few_times_a_day():
    watch = Watch(ours)
    for number in range(100):
        watch.note("passive:x", "a", str(number), AT + number, HOST, CARD)
    watch.note("passive:x", "other", "still kept", AT, HOST, CARD)
    assert (watching.VALUES + 1, 100 - watching.VALUES) == (len(rows(watch)), watch.churned)


def test_a_device_that_tells_ever_new_things_gets_a_few_rows_more_each_day():
    watch = Watch(ours)
    for day in range(11):
        for number in range(100):
            watch.note("passive:x", f"field{number}", f"{day}", AT + day * DAY, HOST, CARD)
    assert watching.ROWS + 10 * watching.DAILY == len(rows(watch))


def test_what_is_forgotten_is_given_again(monkeypatch):
    monkeypatch.setattr(watching, "SPANS", 1)
    watch = Watch(ours)
    for _ in range(2):
        watch.note("passive:x", "a", "b", AT, HOST, CARD)
        assert watch.full
        assert len(rows(watch)) == 1
        watch.forget()


def test_thirty_days_of_a_noisy_mirror_port_cost_less_than_a_kilobyte_per_device_and_day(tmp_path):
    """Twenty devices, each with fifteen lasting facts, told a hundred times a day, and one that is new in every packet."""
    devices, days, path = 20, 30, tmp_path / "log.db"
    with open_store(path, "e") as store:
        watch = Watch(ours)
        for day in range(days):
            for number in range(devices):
                host, card = Address(f"10.0.0.{number + 1}"), Mac(f"02:00:00:00:00:{number:02x}")
                for tick in range(100):
                    time = AT + day * DAY + tick * 800
                    for fact in range(15):
                        watch.note(
                            "passive:x",
                            f"some.field{fact}",
                            f"a value of usual length {fact}",
                            time,
                            host,
                            card,
                        )
                    watch.note("passive:x", "noisy", os.urandom(8).hex(), time, host, card)
            store.append(watch.news())
        store.append([])
    assert sum(file.stat().st_size for file in tmp_path.iterdir()) <= devices * days * 1024

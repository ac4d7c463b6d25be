import pytest

from scanner.observe.capture import sights
from scanner.observe.capture.ear import Ear
from scanner.observe.capture.watch import Watch
from tests.observe.capture.test_ear import hear
from tests.observe.capture.world import AT, A, B, datagram, ear, segment


def answer(source=B, target=A, sport=445, ttl=64):
    return segment(sport=sport, dport=40000, flags=0x12, source=source, target=target, ttl=ttl)


def rows(log, field):
    return sorted((one.address, one.port, str(one.value)) for one in log.values() if one.field == field)


def test_a_card_and_its_address_are_one_row_for_as_long_as_they_are_seen(tmp_path):
    log = hear(ear(), [datagram(b"x")] * 5, tmp_path)
    [one] = log.values()
    assert ("passive:ip", "link.mac", AT, AT + 4) == (
        one.source,
        one.field,
        one.first.timestamp(),
        one.last.timestamp(),
    )


def test_who_is_behind_a_router_is_seen_without_a_card(tmp_path):
    log = hear(ear(), [datagram(b"x", ttl=60)], tmp_path)
    assert [(A, None, "through a router")] == rows(log, "ip.seen")


def test_who_answers_has_an_open_port_and_who_only_asks_has_none(tmp_path):
    log = hear(
        ear(), [segment(flags=2), answer(), datagram(b"x", 53, 5000), datagram(b"x", 5000, 161)], tmp_path
    )
    assert [(A, "udp/53", "open"), (B, "tcp/445", "open")] == rows(log, "port.state")


def test_ports_that_are_lent_to_callers_are_no_services(tmp_path):
    assert [] == rows(hear(ear(), [answer(sport=50000)], tmp_path), "port.state")


def test_an_answer_across_networks_is_a_flow_told_once_a_pair_and_port(tmp_path):
    frames = [answer(target=f"10.0.0.{last}") for last in range(1, 200)] + [answer("10.0.0.9", A)]
    assert [(B, "tcp/445", "{'from': '10.0.0.1'}")] == rows(hear(ear(), frames, tmp_path), "flow.seen")


def test_with_a_scope_zones_count(tmp_path):
    zone = {A: "office", B: "ward", "10.0.0.8": "lab"}.get
    frames = [answer(), answer(target="10.0.0.8"), answer("10.0.0.8", A), answer(target="10.0.7.7")]
    log = hear(ear(zone=zone), frames, tmp_path)
    assert [("10.0.0.8", "tcp/445", f"{{'from': '{A}'}}"), (B, "tcp/445", f"{{'from': '{A}'}}")] == sorted(
        one for one in rows(log, "flow.seen") if one[2] != "{'from': '10.0.0.8'}"
    )
    assert "10.0.7.7" not in str(rows(log, "flow.seen"))


@pytest.mark.parametrize("client", ["8.8.8.8", "224.0.0.251"])
def test_answers_to_strangers_and_groups_are_no_flows(tmp_path, client):
    assert [] == rows(hear(ear(), [answer(target=client)], tmp_path), "flow.seen")


def test_what_is_forgotten_is_met_anew_and_widens_what_is_known(tmp_path, monkeypatch):
    monkeypatch.setattr(sights, "SIGHTS", 1)
    listener = ear()
    hear(listener, [datagram(b"x")], tmp_path)
    [one] = hear(listener, [datagram(b"x"), datagram(b"x")], tmp_path).values()
    assert (AT, AT + 1, 0) == (one.first.timestamp(), one.last.timestamp(), len(listener._sights._spans))


def test_of_another_sites_addresses_it_is_kept_whom_they_answered_and_nothing_else(tmp_path):
    """A client of ours and a service of theirs, a client of theirs and a service of ours, and two of theirs."""
    zone = {A: "ward", B: "south/office", "10.0.0.8": "south/lab"}.get
    far = {B, "10.0.0.8"}.__contains__
    told = Ear(Watch(lambda address, _near: address == A, zone={A: "ward"}.get, far=far), (), zone)
    frames = [answer(), answer(A, B, 104), answer("10.0.0.8", B, 22), answer(B, "10.0.7.7", 80)]

    log = hear(told, frames, tmp_path)

    assert [
        (A, "tcp/104", f"{{'from': '{B}'}}"),
        ("10.0.0.8", "tcp/22", f"{{'from': '{B}'}}"),
        (B, "tcp/445", f"{{'from': '{A}'}}"),
    ] == rows(log, "flow.seen")
    assert {A} == {one.address for one in log.values() if one.field != "flow.seen" and one.address}
    assert {(A, "ward"), (B, None), ("10.0.0.8", None)} == {
        (one.address, one.zone) for one in log.values() if one.field == "flow.seen"
    }

import asyncio
import errno

import msgspec
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from scanner.errors import HostError, StoreError
from scanner.model.kinds import Kind, Outcome, Profile, Touch
from scanner.model.net import Address, Mac, Port, tcp, udp
from scanner.scope.known import Index
from scanner.scope.profile import LIMITS
from scanner.wire.audit import entries, verify
from scanner.wire.dial import failure

SSH = tcp(22)


def opening(run, dialer, device, address, port=SSH, touch=Touch.ASK, **options):
    async def main():
        return await dialer(device, **options).open(Address(address), Port(port), touch)

    return run(main())


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=60, deadline=None)
@given(
    address=st.ip_addresses(v=4) | st.ip_addresses(v=6),
    port=st.integers(1, 65535),
    touch=st.sampled_from(Touch),
)
def test_nothing_outside_the_scope_is_ever_dialled(run, dialer, device, gate, address, port, touch):
    one = device(b"x")
    opening(run, dialer, one, str(address), tcp(port), touch)
    assert all(gate.network(to) for to, _ in one.opened)


@pytest.mark.parametrize(
    ("address", "port"),
    [
        ("10.9.0.1", SSH),
        ("192.0.2.1", SSH),
        ("10.2.0.66", SSH),
        ("10.1.0.5", tcp(8080)),
        ("10.3.0.5", tcp(9100)),
        ("10.3.0.5", tcp(502)),
        ("10.1.0.5", udp(161)),
        ("10.4.0.5", udp(161)),
        ("10.2.0.5", udp(40000)),
        ("10.3.0.5", udp(50000)),
    ],
)
def test_what_is_not_allowed_is_refused_and_audited_and_nothing_is_sent(
    run, dialer, device, tmp_path, address, port
):
    one = device(b"x")

    outcome = opening(run, dialer, one, address, port)

    assert (Outcome.REFUSED, []) == (outcome, one.opened)
    assert ["refused"] == [line["event"] for line in entries(tmp_path / "audit.jsonl")]


def test_a_never_port_opens_in_a_lab_when_named(run, dialer, device):
    one = device(b"x")
    opening(run, dialer, one, "10.3.0.5", tcp(9100), opened=frozenset({tcp(9100)}))
    assert [("10.3.0.5", "tcp/9100")] == one.opened


@pytest.mark.parametrize(
    ("error", "want"),
    [
        (ConnectionRefusedError(errno.ECONNREFUSED, "refused"), Outcome.CLOSED),
        (TimeoutError(errno.ETIMEDOUT, "timed out"), Outcome.SILENT),
        (ConnectionResetError(errno.ECONNRESET, "reset"), Outcome.RESET),
        (OSError(errno.EHOSTUNREACH, "no route"), Outcome.UNREACHABLE),
        (OSError(errno.ENETUNREACH, "no route"), Outcome.UNREACHABLE),
        (PermissionError(errno.EPERM, "own firewall"), Outcome.UNREACHABLE),
    ],
)
def test_a_failed_connect_is_an_outcome(run, dialer, device, error, want):
    assert want == opening(run, dialer, device(error=error), "10.2.0.5")
    assert want == failure(error)


def test_a_connect_that_never_ends_is_silent_after_the_profiles_time(run, dialer, device):
    async def main():
        outcome = await dialer(device(error="never")).open(Address("10.2.0.5"), SSH, Touch.KNOCK)
        return outcome, asyncio.get_running_loop().time()

    assert (Outcome.SILENT, LIMITS[Profile.OFFICE].connect_seconds) == run(main())


def test_a_machine_out_of_sockets_is_our_own_trouble(run, dialer, device):
    with pytest.raises(HostError, match="ulimit"):
        opening(run, dialer, device(error=OSError(errno.EMFILE, "too many")), "10.2.0.5")


def test_the_audit_names_what_is_sent_before_it_is_sent_and_how_it_ended(run, dialer, device, tmp_path):
    async def main():
        conn = await dialer(device(answers={b"hi": [b"ho"]}), allowance=lambda *_: 2).open(
            Address("10.2.0.5"), SSH, Touch.ASK
        )
        conn.allow(1, "ssh")
        await conn.send(b"hi")
        assert await conn.some() == b"ho"
        await conn.close()

    run(main())

    lines = list(entries(tmp_path / "audit.jsonl"))
    assert ["open", "send", "end"] == [line["event"] for line in lines]
    assert [("10.2.0.5", "tcp/22")] * 3 == [(line["to"], line["port"]) for line in lines]
    assert (2, "ssh") == (lines[1]["bytes"], lines[1]["probe"])
    assert ("ok", 2, 2) == (lines[2]["outcome"], lines[2]["sent"], lines[2]["received"])
    assert verify(tmp_path / "audit.jsonl") is None


def test_without_an_audit_nothing_is_sent(run, dialer, device, audit, monkeypatch):
    def full(event, **_facts):
        raise StoreError("the disk is full")

    monkeypatch.setattr(audit, "write", full)
    one = device(b"x")
    with pytest.raises(StoreError):
        opening(run, dialer, one, "10.2.0.5")
    assert one.opened == []


def test_a_ward_device_bears_twelve_connections_a_day(run, dialer, device, ledger, now):
    async def main():
        one = device(b"x")
        dial = dialer(one)
        for _ in range(14):
            conn = await dial.open(Address("10.1.0.5"), SSH, Touch.KNOCK)
            if not isinstance(conn, Outcome):
                await conn.close()
        return one

    one = run(main())
    assert 12 == len(one.opened) == ledger.spent(Address("10.1.0.5"), now)


def test_a_ward_device_rests_between_connections(run, dialer, device):
    async def main():
        one = device(b"x")
        dial = dialer(one)
        ends = []
        for _ in range(4):
            conn = await dial.open(Address("10.1.0.5"), SSH, Touch.KNOCK)
            await asyncio.sleep(0.7)
            await conn.close()
            ends.append(asyncio.get_running_loop().time())
        return one.times, ends

    times, ends = run(main())
    assert all(began - ended >= 1.5 - 1e-6 for began, ended in zip(times[1:], ends[:-1], strict=True))


def test_a_stop_ends_all_sending_at_once(run, dialer, device):
    async def main():
        one = device()
        dial = dialer(one)
        conn = await dial.open(Address("10.2.0.5"), SSH, Touch.ASK)
        dial.pacer.stop.set("enough")
        await conn.send(b"hello")
        return one, await dial.open(Address("10.2.0.6"), SSH, Touch.ASK)

    one, outcome = run(main())
    assert (b"", Outcome.REFUSED, 1) == (one.writer.sent, outcome, len(one.opened))


def test_what_the_gate_forbids_while_we_wait_is_not_dialled(run, dialer, device, gate, monkeypatch):
    answers = iter([True, False])
    may = gate.may

    def once(*args, **words):
        return msgspec.structs.replace(may(*args, **words), allowed=next(answers), reason="the window closed")

    monkeypatch.setattr(gate, "may", once)
    one = device(b"x")
    assert (Outcome.REFUSED, []) == (opening(run, dialer, one, "10.2.0.5"), one.opened)


def test_an_excluded_card_is_left_alone_at_whatever_address_it_takes(run, dialer, device):
    cards = {Address("10.2.0.5"): Mac("00:09:fb:12:34:56"), Address("10.2.0.6"): Mac("00:09:fc:12:34:56")}
    one = device(b"x")
    for address in cards:
        opening(run, dialer, one, address, card=cards.get)
    assert [("10.2.0.6", "tcp/22")] == one.opened


@pytest.mark.parametrize("error", [None, ConnectionRefusedError()])
def test_behind_a_router_new_addresses_are_called_slowly_and_sessions_are_given_back(
    run, dialer, device, error
):
    """A ward behind a router: two new addresses a second, ten sessions at a time; thirty calls in turn all pass."""

    async def main():
        one = device(b"x", error=error)
        dial = dialer(one, behind=lambda _address: True)
        for last in range(1, 31):
            conn = await dial.open(Address(f"10.1.0.{last}"), SSH, Touch.KNOCK)
            if not isinstance(conn, Outcome):
                await conn.close()
        return one.times

    times = run(main())
    assert 30 == len(times)
    assert all(sum(start <= t < start + 1 - 1e-6 for t in times) <= 2 for start in times)


def asked(run, dialer, one, *questions):
    """How an exchange by UDP ended and what came back, after these datagrams on one socket."""

    async def main():
        conn = await dialer(one).open(Address("10.2.0.5"), udp(161), Touch.ASK)
        for question in questions:
            await conn.send(question)
        got = await conn.some()
        await conn.close()
        return conn.outcome, got

    return run(main())


def test_a_port_is_asked_by_one_datagram_and_its_answer_is_read(run, dialer, device, tmp_path):
    one = device(answers={b"who?": (b"a printer",)})

    assert (Outcome.OK, b"a printer") == asked(run, dialer, one, b"who?")
    assert ["open", "send", "end"] == [line["event"] for line in entries(tmp_path / "audit.jsonl")]


def test_a_second_datagram_on_the_same_socket_is_a_fault_of_ours(run, dialer, device):
    one = device(answers={b"who?": (b"a printer",)})

    outcome, _ = asked(run, dialer, one, b"who?", b"who?")

    assert (Outcome.BUG, b"who?") == (outcome, one.writer.sent)


def test_a_port_where_nobody_listens_is_closed(run, dialer, device, monkeypatch):
    one = device()

    async def refused(_count):
        raise ConnectionRefusedError

    async def main():
        conn = await dialer(one).open(Address("10.2.0.5"), udp(161), Touch.ASK)
        monkeypatch.setattr(conn._reader, "read", refused)
        await conn.send(b"who?")
        await conn.some()
        await conn.close()
        return conn.outcome

    assert run(main()) is Outcome.CLOSED


def test_silence_by_udp_says_nothing_about_the_health_of_a_device(run, dialer, device):
    class Care:
        def __init__(self):
            self.confirms = {}

        def kind(self, _address):
            return Kind.UNKNOWN

        def why_not(self, *_):
            return None

        def profile(self, _address, network):
            return network.profile

        def limits(self, _address, network, among):
            return among[network.profile]

        def touching(self, _address, _network):
            """That it is touched is told all the same."""

    async def main():
        conn = await dialer(device(), care=Care()).open(Address("10.2.0.5"), udp(161), Touch.ASK)
        await conn.send(b"who?")
        await conn.some()
        await conn.close()
        return conn.outcome

    assert run(main()) is Outcome.SILENT


def test_a_way_that_went_away_ends_its_network_and_says_nothing_about_the_devices(
    run, dialer, device, monkeypatch, audit
):
    """A pulled cable, a port that the switch shut: thousands of silent ports would be thousands of lies."""
    told = {"10.2.0.5": "interface v0 went away: no carrier; ask for `show interfaces status err-disabled`"}
    one = device(b"x")

    async def dead(_address, _port):
        raise TimeoutError

    async def main():
        dial = dialer(one, gone=told.get)
        monkeypatch.setattr(dial, "_transport", dead)
        first = await dial.open(Address("10.2.0.6"), tcp(445), Touch.ASK)
        lost = [await dial.open(Address("10.2.0.5"), tcp(port), Touch.ASK) for port in (445, 22)]
        monkeypatch.setattr(dial, "_transport", one.connect)
        after = await dial.open(Address("10.2.0.6"), tcp(445), Touch.ASK)
        other = await dial.open(Address("10.3.0.5"), tcp(445), Touch.ASK)
        await other.close()
        return first, lost, after, dict(dial.lost)

    first, lost, after, why = run(main())

    assert (Outcome.SILENT, [Outcome.REFUSED] * 2, Outcome.REFUSED) == (first, lost, after)
    assert {"10.2.0.0/24": told["10.2.0.5"]} == why


def test_strangers_on_a_ward_are_remembered(run, dialer, device, gate, monkeypatch):
    monkeypatch.setattr(gate, "_known", Index(()))

    async def main():
        dial = dialer(device(b"x"))
        refused = [await dial.open(Address("10.1.0.5"), tcp(port), Touch.ASK) for port in (445, 80, 9100)]
        return refused, list(dial.strangers)

    assert ([Outcome.REFUSED] * 3, ["10.1.0.5"]) == run(main())

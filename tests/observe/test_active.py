"""Which probe runs on an open port, and what becomes of what it sees."""

import asyncio
import logging
import re
from datetime import UTC, datetime
from importlib.metadata import EntryPoint
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from scanner.errors import DataError
from scanner.lab import talk
from scanner.model.kinds import Kind, Outcome, Profile, Touch
from scanner.model.net import tcp
from scanner.model.observation import Observation
from scanner.observe import active
from scanner.observe.probe import ONCE, Probe

FIXTURES = Path(__file__).parents[2] / "fixtures"
NOW = datetime(2026, 11, 23, tzinfo=UTC)
ANY = re.compile(b".*", re.DOTALL)


def device(*steps, port="tcp/9999"):
    return talk.Talk(name="x", origin="synthetic", port=port, connections=(steps,), expect=())


def says(*texts, port="tcp/9999", then="close"):
    return device(*(talk.Say(text) for text in texts), talk.End(then), port=port)


def exchange(conn, profile, clock):
    async def run():
        things = active.exchange(conn, profile, zone="wards", vantage="office", clock=clock)
        return [seen async for seen in things]

    return asyncio.run(run())


def probe(talks, **changes):
    fields = {"name": "x", "ports": frozenset(), "touch": Touch.ASK, "connections": ONCE, "sends": "-"}
    return Probe(talk=talks, **{**fields, **changes})


def observe(probe, conn, clock):
    async def run():
        return [
            seen async for seen in active.observe(probe, conn, zone="wards", vantage="office", clock=clock)
        ]

    return asyncio.run(run())


async def one_fact(conn):
    await conn.some()
    yield "x.banner", "hello"


async def greedy(conn):
    yield "x.banner", "hello"
    while await conn.some():
        pass


async def nothing(conn):
    await conn.some()
    for fact in ():
        yield fact


async def broken(conn):
    yield "x.banner", "hello"
    raise ZeroDivisionError


class TestLoading:
    def test_every_shipped_probe_is_found_under_its_own_name(self):
        found = active.load_probes()

        assert {"ssh", "http", "tls"} <= set(found)
        assert list(found) == [probe.name for probe in found.values()]

    def test_no_port_is_usual_for_two_probes_unless_the_kind_of_device_tells_which(self):
        ports = [
            (port, kind)
            for probe in active.load_probes().values()
            for port in probe.ports
            for kind in probe.kinds or (None,)
        ]

        assert sorted(set(ports), key=str) == sorted(ports, key=str)
        assert {"tcp/102"} == {port for port, kind in ports if kind}

    @pytest.mark.parametrize(
        ("kinds", "want"),
        [((), "s7"), ((Kind.PLC,), "s7"), ((Kind.RELAY,), "mms"), ((Kind.PLC, Kind.RTU), "mms")],
    )
    def test_the_kind_of_device_chooses_between_two_probes_of_a_port(self, kinds, want):
        assert want == active.probes_for(tcp(102), kinds).name

    def test_no_probe_may_send_in_the_passive_profile(self):
        assert not [probe for probe in active.load_probes().values() if Profile.PASSIVE in probe.connections]

    def test_the_ward_and_the_plant_get_one_connection_at_most(self):
        counts = [
            probe.connections.get(profile, 0)
            for probe in active.load_probes().values()
            for profile in (Profile.CLINICAL, Profile.OT)
        ]

        assert 1 == max(counts)

    def test_an_installed_package_brings_a_probe(self, monkeypatch):
        theirs = probe(one_fact, name="theirs")
        monkeypatch.setattr(EntryPoint, "load", lambda _: theirs)
        monkeypatch.setattr(active, "entry_points", lambda group: [EntryPoint("theirs", "a:PROBE", group)])

        assert theirs is active.load_probes.__wrapped__()["theirs"]

    @pytest.mark.parametrize("theirs", ["not a probe", probe(one_fact, name="ssh")])
    def test_a_package_may_not_replace_a_probe_of_ours(self, monkeypatch, theirs):
        monkeypatch.setattr(EntryPoint, "load", lambda _: theirs)
        monkeypatch.setattr(active, "entry_points", lambda group: [EntryPoint("theirs", "a:PROBE", group)])

        with pytest.raises(DataError, match=r"entry point theirs of scanner\.probes"):
            active.load_probes.__wrapped__()

    @pytest.mark.parametrize(
        ("port", "want"), [("tcp/22", "ssh"), ("tcp/80", "http"), ("tcp/443", "tls"), ("tcp/9100", None)]
    )
    def test_a_usual_port_chooses_its_probe(self, port, want):
        got = active.probes_for(port)

        assert want == (got and got.name)


class TestRecognise:
    @pytest.mark.parametrize(
        ("said", "want"),
        [
            (b"SSH-2.0-OpenSSH_7.4\r\n", "ssh"),
            (b"Authorised use only\r\nSSH-1.99-Cisco-1.25\n", "ssh"),
            (b"220 mail.example.org ESMTP Postfix\r\n", "smtp"),
            (b"220-mx SMTP ready\r\n", "smtp"),
            (b"220 Exchange Mail Service\r\n", "smtp"),
            (b"220 (vsFTPd 3.0.3)\r\n", "ftp"),
            (b"RFB 003.008\n", "vnc"),
            (b"\xff\xfd\x18\xff\xfd\x20", "telnet"),
            (b"\r\nBusyBox on camera\r\nlogin: ", "telnet"),
            (b"Username:", "telnet"),
            (b"HTTP/1.0 400 Bad Request\r\n", "http"),
            (b"+OK Dovecot ready.\r\n", "pop3"),
            (b"* OK [CAPABILITY IMAP4rev1] ready.\r\n", "imap"),
            (b"200 NNTP Service 5.00.0984\r\n", "nntp"),
            (b"\x4a\0\0\0\x0a5.7.44\0", "mysql"),
            (b"\x45\0\0\0\xff\x6a\x04Host", "mysql"),
            (b"\0\0\1\x40\1ActiveMQ\0\0\0\x0c", "openwire"),
            (b"", None),
            (b"hello", None),
            (b"\xff\xf1", None),
            (b"\xff\xfd\x27\xff\xfd\x18", "signon"),
            (b"\xff\xfd\x28", "signon"),
            (b"\xff\xfd\x18", "telnet"),
            (b"\x15\x03\x01\x00\x02\x02\x0a", "tls"),
            (b"220 VMware Authentication Daemon Version 1.10: x\r\n", "vmware"),
            (b"-DENIED Redis is running in protected mode", "redis"),
            (b"the RFB 003.008 protocol", None),
        ],
    )
    def test_what_a_device_says_first_names_the_probe(self, said, want):
        assert want == active.recognise(said)

    @given(st.binary(max_size=2048))
    def test_any_bytes_are_a_probe_or_nothing(self, said):
        assert {active.recognise(said)} <= {None, *active.load_probes()}


class TestObserve:
    def test_each_fact_is_stamped_with_who_saw_it_where_and_when(self, talk_conn, clock):
        seen = observe(probe(one_fact), talk_conn(says(b"x")), clock)

        assert ["x.banner", "probe.outcome"] == [one.field for one in seen]
        for one in seen:
            assert ("probe:x", "192.0.2.10", "tcp/9999") == (one.source, one.address, one.port)
            assert ("wards", "office") == (one.zone, one.vantage)
            assert (clock(), clock()) == (one.first, one.last)

    @pytest.mark.parametrize(
        ("talks", "script", "want"),
        [
            (one_fact, says(b"x"), Outcome.OK),
            (one_fact, says(then="silence"), Outcome.OK),
            (one_fact, says(then="reset"), Outcome.RESET),
            (one_fact, says(b"x" * 600_000), Outcome.OK),
            (greedy, says(b"x" * 600_000), Outcome.ENDLESS),
            (nothing, says(b"x"), Outcome.GARBLED),
            (nothing, says(), Outcome.GARBLED),
            (nothing, says(then="silence"), Outcome.SILENT),
            (nothing, says(then="reset"), Outcome.RESET),
            (broken, says(b"x"), Outcome.BUG),
        ],
    )
    def test_the_last_observation_says_how_it_ended(self, talks, script, want, talk_conn, clock, caplog):
        caplog.set_level(logging.CRITICAL)

        seen = observe(probe(talks), talk_conn(script), clock)

        assert ("probe.outcome", {"probe": "x", "outcome": want.value}) == (seen[-1].field, seen[-1].value)

    def test_a_bug_of_ours_keeps_what_was_seen_and_leaves_its_trace_in_the_log(
        self, talk_conn, clock, caplog
    ):
        seen = observe(probe(broken), talk_conn(says(b"x")), clock)

        assert "x.banner" == seen[0].field
        assert "probe x failed on 192.0.2.10 tcp/9999: this is a bug of ours" in caplog.text
        assert "ZeroDivisionError" in caplog.text

    @pytest.mark.parametrize("talks", [one_fact, nothing, broken])
    def test_the_connection_is_closed_however_it_ended(self, talks, talk_conn, clock, caplog):
        caplog.set_level(logging.CRITICAL)
        conn = talk_conn(says(b"x"))

        observe(probe(talks), conn, clock)

        assert conn.closed

    def test_a_caller_who_stops_early_leaves_no_connection_open(self, talk_conn, clock):
        conn = talk_conn(says(b"x"))

        async def first_only():
            things = active.observe(probe(one_fact), conn, zone=None, vantage=None, clock=clock)
            async for _ in things:
                break
            await things.aclose()

        asyncio.run(first_only())

        assert conn.closed


class Facts:
    """A talk that is no generator: an iterator of a plug-in's own making."""

    def __init__(self, conn):
        self.left = [("x.banner", conn.address)]

    def __aiter__(self):
        return self

    async def __anext__(self):
        if not self.left:
            raise StopAsyncIteration
        return self.left.pop()


def test_a_talk_may_be_any_iterator(talk_conn, clock):
    seen = observe(probe(Facts), talk_conn(says(b"x")), clock)

    assert ["x.banner", "probe.outcome"] == [one.field for one in seen]


@pytest.mark.parametrize("name", ["http", "tls"])
@pytest.mark.parametrize("after", range(1, 12))
def test_no_second_connection_stays_open_when_the_caller_stops(name, after, talk_conn, clock):
    script = {"http": "http/printer-brother.talk", "tls": "tls/camera-factory.talk"}[name]
    conn = talk_conn(talk.load(FIXTURES / script))

    async def some_only():
        things = active.observe(active.load_probes()[name], conn, zone=None, vantage=None, clock=clock)
        count = 0
        async for _ in things:
            count += 1
            if count == after:
                break
        await things.aclose()

    asyncio.run(some_only())

    assert all(each.closed for each in conn.opened)


SSH = (b"Welcome\r\nSSH-1.5-Cisco-1.25\n",)


class TestExchange:
    def test_the_usual_port_chooses_without_waiting_for_a_greeting(self, talk_conn, clock):
        conn = talk_conn(device(talk.Hear(ANY), talk.Say(b"HTTP/1.0 404 x\r\n\r\n"), port="tcp/80"))

        seen = exchange(conn, Profile.CLINICAL, clock)

        assert {"probe": "http", "outcome": "ok"} == seen[-1].value

    def test_a_server_that_speaks_first_is_recognised_on_an_odd_port(self, talk_conn, clock):
        seen = exchange(talk_conn(says(*SSH)), Profile.CLINICAL, clock)

        assert [("ssh.banner", "Cisco-1.25"), ("ssh.protocol", "1.5")] == [
            (s.field, s.value) for s in seen[:2]
        ]
        assert {"probe": "ssh", "outcome": "ok"} == seen[-1].value

    @pytest.mark.parametrize(
        ("script", "want"),
        [
            (says(b"hello, what is this?"), Outcome.GARBLED),
            (says(), Outcome.SILENT),
            (says(then="silence"), Outcome.SILENT),
            (says(then="reset"), Outcome.RESET),
        ],
    )
    @pytest.mark.parametrize("profile", [Profile.OFFICE, Profile.CLINICAL, Profile.OT])
    def test_what_is_not_recognised_gets_no_guess(self, profile, script, want, talk_conn, clock):
        conn = talk_conn(script)

        seen = exchange(conn, profile, clock)

        assert [{"probe": "greet", "outcome": want.value}] == [one.value for one in seen]
        assert (b"", True, 1) == (conn.sent, conn.closed, len(conn.opened))

    @pytest.mark.parametrize("profile", [Profile.CLINICAL, Profile.OT])
    @pytest.mark.parametrize("port", ["tcp/8081", "tcp/8443", "tcp/10443", "tcp/631"])
    def test_a_ward_or_a_plant_is_not_asked_on_an_odd_web_port(self, port, profile, talk_conn, clock):
        conn = talk_conn(device(talk.Hear(ANY), talk.End("close"), port=port))

        seen = exchange(conn, profile, clock)

        assert [{"probe": "greet", "outcome": "silent"}] == [one.value for one in seen]
        assert b"" == conn.sent

    @pytest.mark.parametrize("profile", [Profile.OFFICE, Profile.LAB, Profile.BENCH])
    @pytest.mark.parametrize(
        ("port", "begins"), [("tcp/8081", b"GET / HTTP/1.1\r\n"), ("tcp/10443", b"\x16\x03\x01")]
    )
    def test_an_office_is_asked_once_on_an_odd_web_port(self, port, begins, profile, talk_conn, clock):
        conn = talk_conn(device(talk.Hear(ANY), talk.Say(b"?"), talk.End("close"), port=port))

        seen = exchange(conn, profile, clock)

        assert "garbled" == seen[-1].value["outcome"]
        assert conn.sent.startswith(begins)
        assert 1 == len(conn.opened)

    def test_a_profile_that_a_probe_does_not_name_forbids_it(self, talk_conn, clock):
        conn = talk_conn(says(*SSH, port="tcp/22"))

        seen = exchange(conn, Profile.PASSIVE, clock)

        assert [{"probe": "ssh", "outcome": "refused"}] == [one.value for one in seen]
        assert (b"", True) == (conn.sent, conn.closed)

    def test_a_caller_who_stops_early_leaves_no_connection_open(self, talk_conn, clock):
        conn = talk_conn(says(*SSH, port="tcp/22"))

        async def first_only():
            things = active.exchange(conn, Profile.OFFICE, zone=None, vantage=None, clock=clock)
            async for _ in things:
                break
            await things.aclose()

        asyncio.run(first_only())

        assert conn.closed
        assert tcp(22) == conn.port


def discovered(port, value, field="udp.answer"):
    return Observation(
        source="raw:udp", first=NOW, last=NOW, field=field, value=value, address="10.0.0.3", port=port
    )


def test_an_answer_that_discovery_got_is_read_by_the_probe_of_its_port():
    clock = bytes([0x24, 1]) + bytes(10) + b"GPS\0" + bytes(32)

    (seen,) = active.answered(discovered("udp/123", clock.hex()))

    assert ("probe:ntp", "ntp.clock", "GPS") == (seen.source, seen.field, seen.value["reference"])


@pytest.mark.parametrize(
    "seen",
    [
        discovered("udp/123", "00"),
        discovered("udp/9", "00"),
        discovered("tcp/22", "00"),
        discovered(None, "00"),
        discovered("udp/123", {"a": "b"}),
        discovered("udp/123", "open", field="port.state"),
    ],
)
def test_what_no_probe_can_read_stays_as_it_was_seen(seen):
    assert (seen,) == active.answered(seen)

"""What no connection carries: each line refuses its examples, each `never_do` is held, and our own talk passes."""

import ast
import asyncio
import csv
import importlib.resources
import tomllib
from pathlib import Path

import pytest
import re2
from hypothesis import given
from hypothesis import strategies as st

from scanner.errors import DataError, ScopeError
from scanner.lab.device import fixtures
from scanner.lab.player import Player
from scanner.lab.talk import End, Pause, Say, load
from scanner.model.kinds import Outcome, Profile, Touch
from scanner.model.net import Address, Port
from scanner.observe.active import load_probes, probes_for
from scanner.scope.profile import LIMITS
from scanner.wire import never
from scanner.wire.audit import entries
from scanner.wire.never_bytes import MEMORY, read, shipped, why_not
from scanner.wire.pipe import Ask, Method
from scanner.wire.raw.ready import ready

HERE = Path(__file__).parent
HELD = tomllib.loads((HERE / "never_do.toml").read_text("utf-8"))
SENDS = [Profile.CLINICAL, Profile.OT, Profile.OFFICE, Profile.LAB, Profile.BENCH]


def exposures():
    text = importlib.resources.files("scanner.knowledge").joinpath("facts/exposures.csv").read_text("utf-8")
    return [row for row in csv.DictReader(text.splitlines()) if row["never_do"]]


def test_every_never_do_of_the_exposures_is_held_by_something():
    assert sorted(row["id"] for row in exposures()) == sorted(HELD)
    assert all(set(how) & {"refuse", "ports", "no_way", "budget"} for how in HELD.values())


@pytest.mark.parametrize(
    ("port", "data"), [(port, data) for how in HELD.values() for port, data in how.get("refuse", ())]
)
def test_what_an_exposure_must_never_be_sent_is_refused(port, data):
    raw = data.encode("latin-1")
    assert why_not(Port(port), b"", raw)
    assert why_not(Port(port), raw[:-1], raw[-1:]), "in two pieces too, before the second has left"


@pytest.mark.parametrize("name", [name for name, how in HELD.items() if "ports" in how])
def test_a_port_that_must_never_be_touched_is_refused(name):
    under = [Profile(one) for one in HELD[name].get("under", SENDS)]
    assert [] == [
        (port, profile)
        for port in HELD[name]["ports"]
        for profile in under
        if never.why_not(Port(port), profile) is None
    ]


@pytest.mark.parametrize("name", [name for name, how in HELD.items() if "no_way" in how])
def test_there_is_no_sender_for_what_must_never_be_sent(name, run, dialer, device, at):
    """No datagram and no group in clinical and ot; elsewhere a short list of ports. Odd frames cannot be built at all."""
    assert HELD[name]["no_way"] in {"udp", "icmp", "ipv6", "urgent"}
    gentle = [LIMITS[Profile.CLINICAL], LIMITS[Profile.OT]]
    assert not any(one.udp or one.multicast or one.syn or one.icmp for one in gentle)
    assert not {port for limits in LIMITS.values() for port in limits.udp} & set(HELD[name].get("udp", ()))

    async def main():
        one = device()
        tried = [(at[profile], Port("udp/161")) for profile in (Profile.CLINICAL, Profile.OT)]
        tried += [(at[Profile.LAB], Port(port)) for port in HELD[name].get("udp", ())]
        return [await dialer(one).open(*to, Touch.ASK) for to in tried], one.opened

    outcomes, opened = run(main())
    assert ({Outcome.REFUSED}, []) == (set(outcomes), opened)


def test_the_raw_helper_can_build_seven_plain_frames_only():
    """One for each way of asking: no fragment, no extension header, no advertisement, no urgent flag."""
    source = (Path(never.__file__).parent / "raw" / "template.py").read_text("utf-8")
    built = [node.func.id for node in ast.walk(ast.parse(source)) if _is_layer(node)]

    assert {"arp", "nd", "echo", "echo6", "syn", "udp", "nodes"} == set(Method)
    assert {
        "ARP", "Dot1Q", "Ether", "ICMP", "ICMPv6EchoRequest", "ICMPv6NDOptSrcLLAddr", "ICMPv6ND_NS", "IP", "IPv6", "Raw",
        "TCP", "UDP",
    } == set(built) - {"IPv4Address", "IPv6Address", "Sender"}  # fmt: skip
    assert 'flags="S"' in source
    assert "urgptr" not in source


def _is_layer(node):
    return isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id[0].isupper()


def test_no_forbidden_datagram_is_made_ready_by_the_raw_helper():
    tried = [
        (int(port[4:]), data)
        for how in HELD.values()
        for port, data in how.get("refuse", ())
        if port[:3] == "udp"
    ]
    assert tried
    for port, data in tried:
        wish = Ask(
            method=Method.UDP, interface="v0", source="10.3.0.250", targets=("10.3.0.7",), ports=(port,),
            payloads={port: data.encode("latin-1")}, rate=1, tries=1, seed=0, wait=1,
        )  # fmt: skip
        with pytest.raises(ScopeError, match=f"udp/{port}: "):
            ready(wish, None, None, "02:00:00:00:00:01", bytes(16), None)


@pytest.mark.parametrize("name", [name for name, how in HELD.items() if how.get("budget")])
def test_where_many_packets_harm_the_gentle_profiles_have_a_budget(name):
    assert all(LIMITS[gentle].budget <= 12 for gentle in (Profile.CLINICAL, Profile.OT))
    assert all(
        probe.connections.get(gentle, 0) <= 1
        for probe in load_probes().values()
        for gentle in (Profile.CLINICAL, Profile.OT)
    )


class Spoken:
    """Our side of a talk that keeps what the probe sent, message by message, as the wire would see it."""

    def __init__(self, talk, sent, left=5, turn=0):
        self.address, self.port, self.outcome = Address("192.0.2.10"), talk.port, Outcome.OK
        self._talk, self._sent, self._left, self._turn = talk, sent, left, turn
        self._player = Player(talk, turn)
        self._come = b""
        self._said = b""
        self._take(self._player.start())

    def _take(self, acts):
        for act in acts:
            if isinstance(act, Say):
                self._come += act.data
            assert isinstance(act, Say | Pause | End)

    async def send(self, data):
        self._sent.append((self.port, self._said, data))
        self._said += data
        self._take(self._player.hear(data))

    def _give(self, count):
        given, self._come = self._come[:count], self._come[count:]
        return given

    async def some(self, limit=4096):
        return self._give(limit)

    async def exactly(self, count):
        return self._give(count)

    async def until(self, marker, limit=4096):
        at = self._come.find(marker)
        return self._give(limit if at < 0 else at + len(marker))

    async def quiet(self, _seconds, limit=4096):
        return self._give(limit)

    async def again(self):
        return Spoken(self._talk, self._sent, self._left - 1, self._turn + 1) if self._left > 1 else None

    async def close(self):
        pass


def talks():
    return sorted(path for path in fixtures().glob("*/*.talk"))


def spoken(path):
    """Everything the probe of this talk sends as it plays it."""
    talk, sent = load(path), []
    probe = load_probes().get(path.parent.name) or probes_for(talk.port)

    async def speak():
        async for _ in probe.talk(Spoken(talk, sent)):
            pass

    asyncio.run(speak())
    return sent


@pytest.mark.parametrize("path", talks(), ids=lambda path: f"{path.parent.name}/{path.stem}")
def test_nothing_that_a_probe_says_to_any_fixture_is_refused(path):
    assert [] == [
        (port, data, why) for port, said, data in spoken(path) if (why := why_not(port, said, data))
    ]


def test_the_fixtures_make_every_probe_speak():
    """The zero above counts: the probes that ask did ask."""
    asking = {path.parent.name for path in talks() if spoken(path)}
    assert {name for name, probe in load_probes().items() if probe.touch is Touch.ASK} <= asking


def test_a_forbidden_send_leaves_no_byte_and_is_audited(run, dialer, device, tmp_path, at):
    async def main():
        one = device(greeting=b"220 hello\r\n")
        conn = await dialer(one).open(at[Profile.OFFICE], Port("tcp/21"), Touch.ASK)
        conn.allow(1, "rogue")
        await conn.send(b"US")
        await conn.send(b"ER root\r\n")
        await conn.send(b"QUIT\r\n")
        await conn.close()
        return conn.outcome, one.writer.sent

    outcome, sent = run(main())

    assert (Outcome.BUG, b"US") == (outcome, sent)
    refused = [one for one in entries(tmp_path / "audit.jsonl") if one["event"] == "refused"]
    assert [("rogue", "tcp/21")] == [(one["probe"], one["port"]) for one in refused]
    assert refused[0]["reason"].startswith("login-line: ")


@given(st.binary(max_size=MEMORY), st.binary(min_size=1, max_size=64))
def test_any_bytes_are_judged_and_a_refusal_names_its_line(before, data):
    why = why_not(Port("tcp/8888"), before, data)
    assert why is None or why.partition(":")[0] in {rule.line.id for rule in shipped()}


def test_every_line_is_re2_and_gives_its_reason():
    for rule in shipped():
        re2.compile(rule.line.re.encode("latin-1"))
        assert len(rule.line.reason) > 6


@pytest.mark.parametrize(
    "text",
    [
        "never = 3",
        "[[never",
        '[[never]]\nid = "a"\nre = "("\nreason = "r"\neg = ["("]',
        '[[never]]\nid = "a"\nre = "x"\nreason = "r"\neg = ["y"]',
        '[[never]]\nid = "a"\nre = "x"\nreason = "r"\neg = []',
        '[[never]]\nid = "a"\nre = "x"\nreason = "r"\neg = ["x"]\nports = ["21"]',
        '[[never]]\nid = "a"\nre = "\u2028"\nreason = "r"\neg = ["x"]',
        2 * '[[never]]\nid = "a"\nre = "x"\nreason = "r"\neg = ["x"]\n',
    ],
)
def test_a_wrong_list_is_refused_by_name(text):
    with pytest.raises(DataError, match=r"^never\.toml: "):
        read(text, "never.toml")

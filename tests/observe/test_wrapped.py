"""What is wrapped in TLS is asked inside it, over one connection, and held against the never-list before it is wrapped."""

import asyncio
import contextlib
import ssl

import pytest

from scanner.model.kinds import Outcome, Profile
from scanner.model.net import Address, tcp
from scanner.observe import wrapped
from scanner.observe.active import exchange, load_probes
from scanner.observe.inside import enter
from scanner.observe.wrapped import INNER, Within, within
from scanner.scope.profile import LIMITS


class Server:
    """A real TLS server on a connection: it greets inside, keeps what it hears, and answers each word from a table."""

    def __init__(self, certificate, greeting=b"", answers=None, port=993):
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(certificate)
        self.come, self.go = ssl.MemoryBIO(), ssl.MemoryBIO()
        self.tls = context.wrap_bio(self.come, self.go, server_side=True)
        self.greeting, self.answers, self.heard, self.shaken = greeting, answers or {}, b"", False
        self.address, self.port, self.outcome, self.closed = (
            Address("192.0.2.9"),
            tcp(port),
            Outcome.OK,
            False,
        )

    def allow(self, connections, why):
        self.allowed = (connections, why)

    async def send(self, data):
        self.come.write(data)
        with contextlib.suppress(ssl.SSLWantReadError):
            if not self.shaken:
                self.tls.do_handshake()
                self.shaken = True
                if self.greeting:
                    self.tls.write(self.greeting)
            said = self.tls.read()
            self.heard += said
            for word, answer in self.answers.items():
                if said.startswith(word):
                    self.tls.write(answer)

    async def some(self, limit=4096):
        return self.go.read(limit)

    async def quiet(self, _seconds, limit=4096):
        return self.go.read(limit)

    async def again(self):
        return None

    async def close(self):
        self.closed = True


def seen(conn, profile, clock):
    async def run():
        return [one async for one in exchange(conn, profile, zone=None, vantage=None, clock=clock)]

    return asyncio.run(run())


def test_a_mail_server_in_tls_says_its_certificate_and_its_greeting(certificate, clock):
    conn = Server(certificate, b"* OK [CAPABILITY IMAP4rev1] Dovecot ready.\r\n")

    facts = {one.field: one.value for one in seen(conn, Profile.OFFICE, clock)}

    assert ["TLSv1.3"] == facts["tls.versions"]["accepted"]
    assert "CN=device" == facts["x509.subject"]
    assert "Dovecot ready." in facts["imap4.banner"]
    assert {"probe": "imap", "outcome": "ok"} == facts["probe.outcome"]
    assert conn.closed


def test_telnet_in_tls_is_heard_out_and_told_nothing_but_no(certificate, clock):
    conn = Server(certificate, b"\xff\xfd\x18\r\nlogin: ", port=992)

    facts = {one.field: one.value for one in seen(conn, Profile.LAB, clock)}

    assert "login: " == facts["telnet.banner"]
    assert b"\xff\xfc\x18" == conn.heard


@pytest.mark.parametrize("profile", [Profile.CLINICAL, Profile.OT, Profile.PASSIVE])
def test_a_ward_and_a_plant_are_not_asked_so(profile, certificate, clock):
    conn = Server(certificate, b"* OK ready\r\n")

    got = seen(conn, profile, clock)

    assert [{"probe": "imap", "outcome": "refused"}] == [one.value for one in got]
    assert not conn.shaken


def test_what_does_not_shake_hands_says_nothing(talk_conn, clock):
    from scanner.lab import talk

    script = talk.parse('# origin = synthetic\n@ tcp/993\n> *\n< "* BYE plain\\r\\n"\n! close', "x", {})

    got = seen(talk_conn(script), Profile.OFFICE, clock)

    assert [{"probe": "imap", "outcome": "garbled"}] == [one.value for one in got]


@pytest.mark.parametrize(
    ("usual", "words"),
    [(143, [b"a1 LOGIN admin admin\r\n"]), (21, [b"US", b"ER root\r\n"]), (23, [b"root\r\n"])],
)
def test_the_never_list_holds_inside_too(usual, words, certificate):
    conn = Server(certificate, b"hello\r\n")

    async def use():
        within = Within(conn, await enter(conn), tcp(usual))
        for word in words:
            await within.send(word)
        await within.send(b"more")
        return within.outcome

    assert Outcome.BUG is asyncio.run(use())
    assert b"".join(words[:-1]) == conn.heard


def test_it_reads_as_any_connection_does(certificate):
    conn = Server(certificate, b"one\ntwo three", {b"go": b"four"})

    async def use():
        within = Within(conn, await enter(conn), tcp(143))
        got = [
            await within.until(b"\n"),
            await within.exactly(3),
            await within.some(1),
            await within.quiet(1, 3),
        ]
        rest = await within.quiet(1)
        await within.send(b"go")
        got += [rest, await within.until(b"!", 2), await within.exactly(9), await within.some()]
        assert await within.again() is None
        return got, (within.address, within.port, within.outcome)

    got, about = asyncio.run(use())

    assert [b"one\n", b"two", b" ", b"thr", b"ee", b"fo", b"ur", b""] == got
    assert ("192.0.2.9", "tcp/993", "ok") == about
    assert conn.closed


def test_an_endless_inside_is_cut_off(certificate, monkeypatch):
    monkeypatch.setattr(wrapped, "_MOST", 40)
    conn = Server(certificate, b"x" * 100)

    async def use():
        within = Within(conn, await enter(conn), tcp(143))
        return len(await within.exactly(1000)), within.outcome

    assert (100, Outcome.ENDLESS) == asyncio.run(use())


def test_every_wrapped_port_has_a_probe_and_is_knocked_on_in_an_office():
    probes = load_probes()

    assert set(INNER.values()) <= set(probes)
    assert set(INNER) <= set(LIMITS[Profile.OFFICE].ports)
    assert not {port for probe in probes.values() for port in probe.ports} & set(INNER)


def test_a_wrapped_probe_is_the_same_probe_with_one_connection():
    got = within(load_probes()["ldap"], tcp(389))

    assert ("ldap", {tcp(636), tcp(3269)}) == (got.name, got.ports)
    assert {1} == set(got.connections.values())
    assert Profile.CLINICAL not in got.connections
    assert got.sends.startswith("A TLS handshake, and inside it: ")

"""RDP is asked for its security; where a second connection is allowed, its certificate and challenge are seen."""

import ssl
from datetime import UTC, datetime
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
from cryptography.x509.oid import NameOID

from scanner.lab import row, talk
from scanner.model.kinds import Outcome, Profile
from scanner.model.net import address, tcp
from scanner.observe.probes import rdp

RDP = Path(__file__).parents[3] / "fixtures" / "rdp"
ISSUED = datetime(2024, 3, 1, 8, tzinfo=UTC)
CHALLENGE = """
der:30[ der:a0[ der:02[ 02 ] ] der:a1[ der:30[ der:30[ der:a0[ der:04[ ntlm:[
 "NTLMSSP" 00 02000000 len:t len:t at:ntlm.t 05828aa2 0123456789abcdef 0000000000000000 len:i len:i at:ntlm.i
 0a 00 n"17763" 000000 0f t:[ u"CT-CONSOLE" ] i:[ 0100 le[ u"CT-CONSOLE" ] 0000 0000 ] ] ] ] ] ] ] ]
"""
ANSWER = row.data(CHALLENGE, {})


def confirm(selected="02", kind="02", flags="01"):
    return bytes.fromhex(f"0300 0013 0e d0 0000 1234 00 {kind} {flags} 0800 {selected}000000")


@pytest.fixture(scope="module")
def context(tmp_path_factory):
    """A server's TLS, with a certificate such as Windows makes for itself."""
    key = rsa.generate_private_key(public_exponent=65537, key_size=2048)
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "CT-CONSOLE")])
    builder = x509.CertificateBuilder(
        name, name, key.public_key(), 7, ISSUED, datetime(2034, 3, 1, tzinfo=UTC)
    )
    cert = builder.sign(key, hashes.SHA256())
    path = tmp_path_factory.mktemp("rdp") / "server.pem"
    private = key.private_bytes(Encoding.PEM, PrivateFormat.TraditionalOpenSSL, NoEncryption())
    path.write_bytes(private + cert.public_bytes(Encoding.PEM))
    made = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    made.load_cert_chain(path)
    return made


class Server:
    """Our side of a connection to an RDP server: X.224 in the clear, then TLS, then CredSSP."""

    def __init__(self, context, answer=ANSWER, selected="02", left=2, breaks=()):
        self.address, self.port, self.outcome = address("192.0.2.10"), tcp(3389), Outcome.OK
        self.context, self.answer, self.selected = context, answer, selected
        self.left, self.breaks = left, breaks
        self.closed, self.heard, self.asked, self.out, self.next = False, b"", b"", b"", None
        self.come, self.go = ssl.MemoryBIO(), ssl.MemoryBIO()
        self.tls = None

    async def send(self, data):
        if self.tls is None:
            self.heard += data
            self.out += confirm(self.selected)
            self.tls = self.context.wrap_bio(self.come, self.go, server_side=True)
            return
        if "handshake" in self.breaks:
            return
        self.come.write(data)
        try:
            self.tls.do_handshake()
            self.asked += self.tls.read(4096)
            if "answer" not in self.breaks:
                self.tls.write(self.answer)
        except ssl.SSLWantReadError:
            pass
        self.out += self.go.read()

    async def some(self, limit=4096):
        # in small pieces, as slow devices send
        data, self.out = self.out[: min(limit, 900)], self.out[min(limit, 900) :]
        return data

    async def exactly(self, count):
        data, self.out = self.out[:count], self.out[count:]
        return data

    async def until(self, marker, limit=4096):
        raise NotImplementedError

    async def quiet(self, seconds, limit=4096):
        raise NotImplementedError

    async def again(self):
        await self.close()
        if self.left <= 1:
            return None
        self.next = Server(self.context, self.answer, self.selected, self.left - 1, self.breaks)
        return self.next

    async def close(self):
        self.closed = True


@pytest.mark.parametrize(
    ("data", "want"),
    [
        (confirm("01", flags="1f"), rdp.Answer(selected=1, flags=0x1F)),
        (confirm("02", kind="03", flags="00"), rdp.Answer(selected=None, failure=2)),
        (bytes.fromhex("0300000b06d00000123400"), rdp.Answer(selected=0)),
        (confirm(kind="09"), None),
        (confirm()[:5] + b"\xe0" + confirm()[6:], None),
        (b"\x03\0\0\x0b", None),
        (b"HTTP/1.0 400 Bad Request", None),
        (b"", None),
    ],
)
def test_a_connection_confirm_is_read(data, want):
    assert want == rdp.parse(data)


@pytest.mark.parametrize(
    ("said", "want"),
    [
        (confirm("04", flags="00"), {"selected": "rdstls", "flags": []}),
        (confirm("40", flags="00"), {"selected": "protocol 64", "flags": []}),
        (confirm("06", kind="03"), {"failure": "ssl-with-user-auth-required"}),
        (confirm("63", kind="03"), {"failure": "code 99"}),
    ],
)
def test_what_we_do_not_know_is_told_as_a_number(said, want, talk_conn, gather):
    script = talk.parse(f"# origin = synthetic\n@ tcp/3389\n> 0300 *\n< {said.hex()}\n! close", "x", {})

    assert [("rdp.security", want)] == gather(rdp.talk(talk_conn(script)))


@pytest.mark.parametrize("said", ["0300", "0300 0005 02", "0300 7fff", '"HTTP/1.0 400"', "0300 0013 0e d0"])
def test_what_is_no_confirm_tells_nothing(said, talk_conn, gather):
    script = talk.parse(f"# origin = synthetic\n@ tcp/3389\n> 0300 *\n< {said}\n! close", "x", {})

    assert [] == gather(rdp.talk(talk_conn(script)))


@pytest.mark.parametrize("path", sorted(RDP.glob("*.talk")), ids=lambda path: path.stem)
def test_in_clinical_networks_there_is_one_question(path, talk_conn, gather):
    conn = talk_conn(talk.load(path), connections=rdp.PROBE.connections[Profile.CLINICAL])

    gather(rdp.talk(conn))

    assert 1 == len(conn.opened)
    assert 19 == len(conn.sent)


def test_credssp_shows_the_certificate_and_the_build(context, gather):
    server = Server(context)

    got = dict(gather(rdp.talk(server)))

    assert {"selected": "credssp", "flags": ["extended-client-data"]} == got["rdp.security"]
    assert ("CN=CT-CONSOLE", "2024-03-01T08:00:00Z") == (got["x509.subject"], got["tls.not_before"])
    assert ("10.0.17763", "CT-CONSOLE") == (got["ntlm.version"], got["ntlm.names"]["netbios_name"])
    assert server.next.closed


def test_inside_tls_a_hello_is_all_that_is_sent(context, gather):
    server = Server(context)

    gather(rdp.talk(server))

    assert 1 == server.next.asked.count(b"NTLMSSP\0\x01\0\0\0")
    assert b"NTLMSSP\0\x03" not in server.next.asked


def test_tls_without_credssp_shows_the_certificate_alone(context, gather):
    server = Server(context, selected="01")

    got = dict(gather(rdp.talk(server)))

    assert "CN=CT-CONSOLE" == got["x509.subject"]
    assert ("ntlm.version" not in got, b"") == (True, server.next.asked)


@pytest.mark.parametrize(
    ("answer", "breaks"),
    [(b"", ("answer",)), (b"\x30\x82\x7f\xff" + b"x" * 40000, ()), (b"\x30\x03\x02\x01\x02", ())],
)
def test_the_certificate_stands_when_no_challenge_comes(answer, breaks, context, gather):
    got = dict(gather(rdp.talk(Server(context, answer, breaks=breaks))))

    assert "x509.subject" in got
    assert "ntlm.version" not in got


def test_the_security_stands_when_tls_fails(context, gather):
    got = gather(rdp.talk(Server(context, breaks=("handshake",))))

    assert ["rdp.security"] == [field for field, _ in got]


def test_the_security_stands_when_the_second_answer_fails(talk_conn, gather):
    text = f"# origin = synthetic\n@ tcp/3389\n> 0300 *\n< {confirm().hex()}\n! close"
    conn = talk_conn(talk.parse(text, "x", {}), connections=2)
    again = conn.again

    async def then_nothing():
        second = await again()
        second.outcome = Outcome.RESET
        return second

    conn.again = then_nothing

    assert ["rdp.security"] == [field for field, _ in gather(rdp.talk(conn))]

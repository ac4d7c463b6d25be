"""Which hellos are sent, how many, and what their answers teach."""

import asyncio
import re
import ssl
from pathlib import Path

import pytest

from scanner.lab import talk
from scanner.model.kinds import Profile
from scanner.observe.probes import tls
from scanner.observe.tlsread import Version

TLS = Path(__file__).parents[3] / "fixtures" / "tls"
ANY = re.compile(b".*", re.DOTALL)


def hello_of(version):
    """What a ClientHello of that highest version looks like: 1.3 has a session id, 1.2 has none."""
    wire = min(version, Version.TLS1_2).to_bytes(2, "big")
    session = {Version.TLS1_3: b"\x20", Version.TLS1_2: b"\0"}.get(version, b"")
    return talk.Hear(re.compile(b"\x16\x03.{3}\1.{3}" + wire + b".{32}" + session + b".*", re.DOTALL))


def answer(version, cipher=0x002F):
    body = version.to_bytes(2, "big") + bytes(32) + b"\0" + cipher.to_bytes(2, "big") + b"\0"
    messages = b"\2" + len(body).to_bytes(3, "big") + body + b"\x0e\0\0\0"
    return talk.Say(b"\x16\x03\x01" + len(messages).to_bytes(2, "big") + messages)


def answer13():
    extension = bytes.fromhex("002b00020304")
    body = b"\3\3" + bytes(32) + b"\0\x13\x01\0" + len(extension).to_bytes(2, "big") + extension
    message = b"\2" + len(body).to_bytes(3, "big") + body
    return talk.Say(b"\x16\x03\x03" + len(message).to_bytes(2, "big") + message)


def alert(number):
    return talk.Say(b"\x15\x03\x01\0\2\2" + bytes([number]))


def server(rungs, otherwise):
    scripts = [(hello_of(version), *steps, talk.End("close")) for version, steps in rungs.items()]
    scripts.append((talk.Hear(ANY), *otherwise))  # fits what no rung does
    return talk.Talk(name="x", origin="synthetic", port="tcp/443", connections=tuple(scripts), expect=())


def run(conn):
    async def everything():
        return [fact async for fact in tls.talk(conn)]

    return asyncio.run(everything())


def ceilings(conn):
    """The highest version that each connection offered, as the record and the hello say."""
    return [each.sent[9:11].hex() + ("+" if each.sent[43:44] == b"\x20" else "") for each in conn.opened]


class TestLadder:
    def test_a_ward_gets_one_hello(self, talk_conn):
        conn = talk_conn(talk.load(TLS / "modern.talk"), connections=tls.PROBE.connections[Profile.CLINICAL])

        seen = dict(run(conn))

        assert {"accepted": ["TLSv1.3"], "refused": []} == seen["tls.versions"]
        assert "x509.subject" not in seen
        assert 1 == len(conn.opened)

    def test_one_hello_shows_the_certificate_of_an_old_device(self, talk_conn):
        seen = dict(run(talk_conn(talk.load(TLS / "windows-2008r2.talk"), connections=1)))

        assert "CN=SRV-FILE01" == seen["x509.subject"]
        assert {"accepted": ["TLSv1.0"], "refused": ["TLSv1.1", "TLSv1.2", "TLSv1.3"]} == seen["tls.versions"]

    def test_an_office_asks_for_the_certificate_that_1_3_hides(self, talk_conn):
        conn = talk_conn(talk.load(TLS / "modern.talk"), connections=tls.PROBE.connections[Profile.OFFICE])

        seen = dict(run(conn))

        assert "CN=intranet.example.org" == seen["x509.subject"]
        assert {"accepted": ["TLSv1.2", "TLSv1.3"], "refused": []} == seen["tls.versions"]
        assert ["0303+", "0303", "0303+"] == ceilings(conn)

    def test_a_lab_walks_down_to_the_end(self, talk_conn):
        rungs = {version: (answer(version),) for version in Version if version is not Version.TLS1_3}
        conn = talk_conn(server({Version.TLS1_3: (answer13(),)} | rungs, ()), connections=9)

        seen = dict(run(conn))

        assert ["0303+", "0303", "0303+", "0302", "0301", "0300"] == ceilings(conn)
        assert ["SSLv3", "TLSv1.0", "TLSv1.1", "TLSv1.2", "TLSv1.3"] == seen["tls.versions"]["accepted"]

    @pytest.mark.parametrize("otherwise", [(alert(70),), (alert(40),), (), (talk.End("reset"),)])
    def test_a_refused_rung_ends_the_ladder(self, otherwise, talk_conn):
        refuse = (*otherwise, talk.End("close"))
        conn = talk_conn(server({Version.TLS1_3: (answer(Version.TLS1_2),)}, refuse), connections=9)

        seen = dict(run(conn))

        want = {"accepted": ["TLSv1.2"], "refused": ["SSLv3", "TLSv1.0", "TLSv1.1", "TLSv1.3"]}
        assert want == seen["tls.versions"]
        assert "tls.alert" not in seen
        assert 3 == len(conn.opened)

    @pytest.mark.parametrize("otherwise", [(talk.End("silence"),)])
    def test_silence_on_a_lower_rung_is_not_taken_for_a_refusal(self, otherwise, talk_conn):
        conn = talk_conn(server({Version.TLS1_3: (answer(Version.TLS1_2),)}, otherwise), connections=9)

        assert {"accepted": ["TLSv1.2"], "refused": ["TLSv1.3"]} == dict(run(conn))["tls.versions"]

    def test_a_server_that_chokes_on_new_hellos_is_asked_once_in_the_old_way(self, talk_conn):
        conn = talk_conn(server({Version.TLS1_0: (answer(Version.TLS1_0),)}, (alert(40),)), connections=9)

        seen = dict(run(conn))

        assert "handshake_failure" == seen["tls.alert"]
        assert ["TLSv1.0"] == seen["tls.versions"]["accepted"]
        assert ["0303+", "0301"] == ceilings(conn)[:2]

    def test_a_server_that_refuses_both_ways_is_left_alone(self, talk_conn):
        conn = talk_conn(server({}, (alert(40), talk.End("close"))), connections=9)

        assert [("tls.alert", "handshake_failure")] == run(conn)
        assert 2 == len(conn.opened)

    @pytest.mark.parametrize(
        "said", [b"HTTP/1.1 400 Bad Request\r\n\r\n", b"SSH-2.0-x\r\n", b"\x16\x02\0\0\0", b""]
    )
    def test_what_is_not_tls_gets_no_second_hello(self, said, talk_conn):
        steps = (talk.Say(said), talk.End("close")) if said else (talk.End("close"),)
        conn = talk_conn(server({}, steps), connections=9)

        assert [] == run(conn)
        assert 1 == len(conn.opened)

    def test_a_flight_that_never_ends_is_cut_off(self, talk_conn):
        record = b"\x16\x03\x01\x40\0" + b"\x0b\xff\xff\xff" + bytes(0x4000 - 4)
        conn = talk_conn(server({}, (talk.Say(record * 40),)), connections=1)

        assert [] == run(conn)
        assert conn.received <= 64 * 1024 + 5

    def test_a_flight_in_crumbs_is_cut_off(self, talk_conn):
        conn = talk_conn(server({}, (talk.Say(b"\x16\x03\x01\0\1\x0b" * 500),)), connections=1)

        assert [] == run(conn)
        assert 64 * 6 == conn.received

    def test_a_certificate_seen_only_on_a_lower_rung_is_kept(self, talk_conn):
        certificate = b"\0\0\x06\0\0\3odd"
        message = b"\x0b" + len(certificate).to_bytes(3, "big") + certificate
        late = talk.Say(answer(Version.TLS1_0).data[:-4] + message)
        late = talk.Say(late.data[:3] + (len(late.data) - 5).to_bytes(2, "big") + late.data[5:])
        rungs = {Version.TLS1_3: (answer(Version.TLS1_2),), Version.TLS1_1: (answer(Version.TLS1_1),)}
        conn = talk_conn(server(rungs | {Version.TLS1_0: (late,)}, ()), connections=9)

        seen = run(conn)

        assert ["tls.cipher", "tls.certificate", "tls.versions"] == [field for field, _ in seen]
        assert ["TLSv1.0", "TLSv1.1", "TLSv1.2"] == seen[-1][1]["accepted"]

    def test_parse_reads_one_flight(self):
        assert (("tls.cipher", "TLS_RSA_WITH_AES_128_CBC_SHA"),) == tls.parse(answer(Version.TLS1_0).data)
        assert tls.parse(b"nonsense") is None


class Secure:
    """A device with a real TLS server on it, played by the standard library: old version, weak key, one page."""

    def __init__(self, context, page, opened):
        self.address, self.port, self.outcome, self.closed = "192.0.2.10", "tcp/443", "ok", False
        self.come, self.go = ssl.MemoryBIO(), ssl.MemoryBIO()
        self.tls = context.wrap_bio(self.come, self.go, server_side=True)
        self.context, self.page, self.opened = context, page, [*opened, self]
        self.asked, self.shaken = b"", False

    async def send(self, data):
        self.come.write(data)
        try:
            if not self.shaken:
                self.tls.do_handshake()
                self.shaken = True
            asked = self.tls.read()
            self.asked += asked
            self.tls.write(self.page if isinstance(self.page, bytes) else self.page[asked.split(b" ")[1]])
        except ssl.SSLError:
            pass

    async def some(self, limit=4096):
        return self.go.read(limit)

    async def exactly(self, count):
        return self.go.read(count)

    async def again(self):
        self.closed = True
        return Secure(self.context, self.page, self.opened) if len(self.opened) < 3 else None

    async def close(self):
        self.closed = True


PAGE = b"HTTP/1.1 200 OK\r\nServer: Web/NMC\r\nContent-Length: 27\r\n\r\n<title>Management</title>\r\n\r\n"


@pytest.fixture(scope="module")
def certificate(tmp_path_factory):
    """A self-signed certificate and its key, as one file."""
    from datetime import UTC, datetime, timedelta

    from cryptography import x509
    from cryptography.hazmat.primitives import hashes, serialization
    from cryptography.hazmat.primitives.asymmetric import rsa

    key = rsa.generate_private_key(65537, 2048)
    name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "device")])
    start = datetime(2026, 1, 1, tzinfo=UTC)
    builder = x509.CertificateBuilder(name, name, key.public_key(), 7, start, start + timedelta(days=999))
    path = tmp_path_factory.mktemp("tls") / "both.pem"
    path.write_bytes(
        key.private_bytes(
            serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
        )
        + builder.sign(key, hashes.SHA256()).public_bytes(serialization.Encoding.PEM)
    )
    return path


@pytest.mark.filterwarnings("ignore:ssl.TLSVersion.TLSv1 is deprecated")
@pytest.mark.parametrize(
    ("most", "accepted"),
    [
        (ssl.TLSVersion.TLSv1, ["TLSv1.0"]),
        (ssl.TLSVersion.TLSv1_2, ["TLSv1.2"]),
        (ssl.TLSVersion.TLSv1_3, ["TLSv1.2", "TLSv1.3"]),
    ],
)
def test_the_front_page_inside_is_read_on_the_third_connection(most, accepted, certificate):
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.minimum_version = min(most, ssl.TLSVersion.TLSv1_2)
    context.maximum_version = most
    context.set_ciphers("ALL:@SECLEVEL=0")
    context.load_cert_chain(certificate)
    conn = Secure(context, PAGE, [])

    seen = dict(run(conn))

    assert accepted == seen["tls.versions"]["accepted"]
    assert ("Web/NMC", "Management") == (seen["http_header.server"], seen["html_title"])
    assert "CN=device" == seen["x509.subject"]


def test_what_the_page_inside_points_at_is_asked_on_the_same_connection(certificate):
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate)
    pages = {
        b"/": b"HTTP/1.1 200 OK\r\nContent-Length: 20\r\n\r\n<title>iLO 5</title>",
        b"/redfish/v1/": b'HTTP/1.1 200 OK\r\nContent-Length: 43\r\n\r\n{"RedfishVersion":"1.6.0","Vendor":"HPE"}\r\n',
    }
    conn = Secure(context, pages, [])

    assert ("http.page", "/redfish/v1/ RedfishVersion=1.6.0; Vendor=HPE") in run(conn)


def test_a_server_that_closes_inside_is_asked_no_more(certificate):
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate)
    page = b"HTTP/1.1 200 OK\r\nConnection: close\r\nContent-Length: 20\r\n\r\n<title>iLO 5</title>"

    seen = dict(run(Secure(context, {b"/": page}, [])))

    assert "iLO 5" == seen["html_title"]
    assert "http.page" not in seen

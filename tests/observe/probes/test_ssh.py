"""What an SSH server says, and that we ask it for its key and nothing else."""

import asyncio
import math
from pathlib import Path

import pytest

from scanner.lab import talk
from scanner.observe.probes import ssh

SSH = Path(__file__).parents[3] / "fixtures" / "ssh"


def string(data):
    return len(data).to_bytes(4, "big") + data


def packet(payload, padding=4):
    return (len(payload) + padding + 1).to_bytes(4, "big") + bytes([padding]) + payload + bytes(padding)


def kexinit(kex=b"curve25519-sha256", keys=b"ssh-ed25519"):
    lists = [kex, keys, b"aes128-ctr", b"aes128-ctr", b"hmac-sha1", b"hmac-sha1", b"none", b"none", b"", b""]
    return packet(b"\x14" + bytes(16) + b"".join(map(string, lists)) + bytes(5))


def reply(blob):
    return packet(b"\x1f" + string(blob) + string(b"x") + string(b"y"))


def run(conn):
    async def everything():
        return dict([fact async for fact in ssh.talk(conn)])

    return asyncio.run(everything())


def server(*steps):
    return talk.Talk(name="x", origin="synthetic", port="tcp/22", connections=(steps,), expect=())


def sent_packets(sent):
    """What we sent after our identification, packet by packet: its type and the rest."""
    rest = sent.partition(b"\r\n")[2]
    while rest:
        length = int.from_bytes(rest[:4], "big")
        yield rest[5], rest[6 : 4 + length - rest[4]]
        rest = rest[4 + length :]


class TestParse:
    @pytest.mark.parametrize(
        ("line", "banner", "protocol"),
        [
            (b"SSH-2.0-OpenSSH_7.4\r\n", "OpenSSH_7.4", "2.0"),
            (b"SSH-2.0-OpenSSH_6.6.1p1 Ubuntu-2ubuntu2.13\n", "OpenSSH_6.6.1p1 Ubuntu-2ubuntu2.13", "2.0"),
            (b"SSH-1.99-Cisco-1.25\n", "Cisco-1.25", "1.99"),
            (b"Keep out\r\n\r\nSSH-2.0-x\r\n", "x", "2.0"),
            (b"SSH-2.0-no-end", "no-end", "2.0"),
            (b"SSH-2.0-\r\n", "", "2.0"),
            (b"SSH-2.0-caf\xe9\n", "caf\\xe9", "2.0"),
        ],
    )
    def test_the_identification_line_is_read(self, line, banner, protocol):
        assert (("ssh.banner", banner), ("ssh.protocol", protocol)) == ssh.parse(line)

    @pytest.mark.parametrize(
        "data", [b"", b"220 ftp\r\n", b"SSH", b"SSH--x\r\n", b"SSH-2.0\r\n", b"no SSH-2.0-x\r\n"]
    )
    def test_what_is_not_ssh_is_none(self, data):
        assert ssh.parse(data) is None

    def test_a_key_exchange_list_cut_short_is_left_out(self):
        whole = kexinit()

        for cut in range(len(whole)):
            assert "ssh.kexinit" not in dict(ssh.parse(b"SSH-2.0-x\r\n" + whole[:cut]))
        assert "ssh.kexinit" in dict(ssh.parse(b"SSH-2.0-x\r\n" + whole))

    def test_lists_that_point_outside_their_packet_are_left_out(self):
        bad = packet(b"\x14" + bytes(16) + b"\xff\xff\xff\xff" + b"curve25519-sha256")

        assert "ssh.kexinit" not in dict(ssh.parse(b"SSH-2.0-x\r\n" + bad))

    @pytest.mark.parametrize(
        ("blob", "algorithm", "bits"),
        [
            (string(b"ssh-ed25519") + string(bytes(32)), "ssh-ed25519", 256),
            (string(b"ecdsa-sha2-nistp256") + string(b"nistp256"), "ecdsa-sha2-nistp256", 256),
            (string(b"ecdsa-sha2-nistp384") + string(b"nistp384"), "ecdsa-sha2-nistp384", 384),
            (string(b"ecdsa-sha2-nistp521") + string(b"nistp521"), "ecdsa-sha2-nistp521", 521),
            (string(b"ssh-rsa") + string(b"\1\0\1") + string(b"\0\x80" + bytes(95)), "ssh-rsa", 768),
            (string(b"ssh-dss") + string(b"\0\xff" + bytes(127)), "ssh-dss", 1024),
            (string(b"ssh-rsa"), "ssh-rsa", None),
            (string(b"ssh-rsa") + string(b"\1\0\1"), "ssh-rsa", None),
            (string(b"ssh-dss"), "ssh-dss", None),
            (string(b"x509v3-sign-rsa") + b"?", "x509v3-sign-rsa", None),
        ],
    )
    def test_a_host_key_is_named_by_kind_size_and_fingerprint(self, blob, algorithm, bits):
        key = dict(ssh.parse(b"SSH-2.0-x\r\n" + kexinit() + reply(blob)))["ssh.host_key"]

        assert (algorithm, bits) == (key["algorithm"], key["bits"])
        assert key["fingerprint"].startswith("SHA256:")
        assert 43 == len(key["fingerprint"].removeprefix("SHA256:"))

    def test_a_fingerprint_is_the_one_that_openssh_prints(self):
        # RFC 8709 wire format around the public key of RFC 8032 section 7.1 test 1; `ssh-keygen -l` prints this
        public = bytes.fromhex("d75a980182b10ab7d54bfed3c964073a0ee172f3daa62325af021a68f707511a")

        facts = dict(ssh.parse(b"SSH-2.0-x\r\n" + reply(string(b"ssh-ed25519") + string(public))))

        assert "SHA256:bbXpuKG6zhzdmnxq256TlqzFBzRl2f6OOg722cYNbU8" == facts["ssh.host_key"]["fingerprint"]

    @pytest.mark.parametrize("blob", [b"", b"\0\0\0\xff"])
    def test_a_broken_host_key_is_left_out(self, blob):
        assert "ssh.host_key" not in dict(ssh.parse(b"SSH-2.0-x\r\n" + reply(blob)))
        assert "ssh.host_key" not in dict(ssh.parse(b"SSH-2.0-x\r\n" + packet(b"\x1f")))

    def test_packets_without_end_are_bounded(self):
        many = packet(b"\x02", padding=0) * 1000

        assert "ssh.kexinit" not in dict(ssh.parse(b"SSH-2.0-x\r\n" + many + kexinit()))


class TestTalk:
    @pytest.mark.parametrize("path", sorted(SSH.glob("*.talk")), ids=lambda path: path.stem)
    def test_we_send_an_identification_and_two_key_exchange_messages_at_most(self, path, talk_conn):
        conn = talk_conn(talk.load(path), connections=1)

        run(conn)

        assert not conn.sent or conn.sent.startswith(ssh.IDENT)
        assert [kind for kind, _ in sent_packets(conn.sent)] in ([], [20, 30])

    @pytest.mark.parametrize(
        ("offered", "length"),
        [
            (b"sntrup761x25519-sha512,curve25519-sha256,ecdh-sha2-nistp256", 32),
            (b"curve25519-sha256@libssh.org,diffie-hellman-group14-sha1", 32),
            (b"ecdh-sha2-nistp521,ecdh-sha2-nistp256,diffie-hellman-group14-sha1", 65),
            (b"diffie-hellman-group1-sha1,diffie-hellman-group14-sha1", 256),
            (b"diffie-hellman-group-exchange-sha1,diffie-hellman-group1-sha1", 128),
        ],
    )
    def test_the_exchange_that_is_cheapest_for_the_device_is_chosen(self, offered, length, talk_conn):
        conn = talk_conn(server(talk.Say(b"SSH-2.0-x\r\n" + kexinit(offered)), talk.End("close")))

        run(conn)

        kind, ours = list(sent_packets(conn.sent))[1]
        # an mpint has a leading zero where its top bit is set
        assert 30 == kind
        assert int.from_bytes(ours[:4], "big") - length in ({0, 1} if length > 65 else {0})

    @pytest.mark.parametrize(
        ("kex", "keys"),
        [(b"diffie-hellman-group-exchange-sha1", b"ssh-rsa"), (b"curve25519-sha256", b"x"), (b"", b"")],
    )
    def test_a_server_with_no_exchange_or_key_of_ours_is_left_after_its_lists(self, kex, keys, talk_conn):
        conn = talk_conn(server(talk.Say(b"SSH-2.0-x\r\n" + kexinit(kex, keys)), talk.End("silence")))

        seen = run(conn)

        assert {"ssh.banner", "ssh.protocol", "ssh.kexinit"} == set(seen)
        assert ssh.IDENT == conn.sent

    @pytest.mark.parametrize("ending", ["close", "reset", "silence"])
    def test_a_server_that_stops_after_its_banner_is_still_seen(self, ending, talk_conn):
        conn = talk_conn(server(talk.Say(b"SSH-2.0-dropbear_0.46\r\n"), talk.End(ending)))

        assert {"ssh.banner": "dropbear_0.46", "ssh.protocol": "2.0"} == run(conn)

    def test_messages_in_between_are_passed_over(self, talk_conn):
        ignore = packet(b"\x02" + string(b"noise"))
        key = string(b"ssh-ed25519") + string(bytes(32))
        said = b"SSH-2.0-x\r\n" + ignore + kexinit() + ignore + ignore + reply(key)
        conn = talk_conn(server(talk.Say(said), talk.End("close")))

        assert "ssh-ed25519" == run(conn)["ssh.host_key"]["algorithm"]

    def test_messages_in_between_are_bounded(self, talk_conn):
        ignore = packet(b"\x02" + string(b"noise"))
        conn = talk_conn(server(talk.Say(b"SSH-2.0-x\r\n" + ignore * 1000), talk.End("close")))

        assert {"ssh.banner", "ssh.protocol"} == set(run(conn))
        assert conn.received < 20 * len(ignore)

    @pytest.mark.parametrize("length", [0, 1, 35001, 0xFFFFFFFF])
    def test_a_packet_of_an_impossible_length_ends_it(self, length, talk_conn):
        said = b"SSH-2.0-x\r\n" + length.to_bytes(4, "big") + bytes(70000)
        conn = talk_conn(server(talk.Say(said), talk.End("silence")))

        assert {"ssh.banner", "ssh.protocol"} == set(run(conn))
        assert conn.received < 100

    def test_a_disconnect_ends_it(self, talk_conn):
        conn = talk_conn(
            server(talk.Say(b"SSH-2.0-x\r\n" + packet(b"\1bye") + kexinit()), talk.End("silence"))
        )

        assert {"ssh.banner", "ssh.protocol"} == set(run(conn))

    def test_lines_without_end_before_the_identification_are_bounded(self, talk_conn):
        conn = talk_conn(server(talk.Say(b"lorem ipsum\r\n" * 10_000), talk.End("close")))

        assert {} == run(conn)
        assert conn.received < 50 * 512


def _arctan(inverse, unity):
    """Arc tangent of 1/inverse, times unity, in whole numbers."""
    total = term = unity // inverse
    divisor, sign = 3, -1
    while term:
        term //= inverse * inverse
        total += sign * (term // divisor)
        divisor, sign = divisor + 2, -sign
    return total


@pytest.mark.parametrize(
    ("prime", "bits", "offset"),
    [(ssh.GROUP1, 1024, 129093), (ssh.GROUP14, 2048, 124476)],
    ids=["group1", "group14"],
)
def test_a_group_is_the_prime_that_its_rfc_derives_from_pi(prime, bits, offset):
    # RFC 2409 section 6.2 and RFC 3526 section 3: 2^n - 2^(n-64) - 1 + 2^64 * ([2^(n-130) pi] + offset)
    guard = 1 << (bits + 64)
    pi = 4 * (4 * _arctan(5, guard) - _arctan(239, guard))
    floor = pi >> (bits + 64 - (bits - 130))

    assert (1 << bits) - (1 << (bits - 64)) - 1 + (1 << 64) * (floor + offset) == prime
    assert 1 == math.gcd(prime, 2)

"""A device on a port that tells nothing, or something else than it says: its own words choose the probe."""

import asyncio
import re

import pytest

from scanner.lab import talk
from scanner.model.kinds import Profile
from scanner.observe import active

ASKED = talk.Hear(re.compile(b".+", re.DOTALL))


def device(*steps, port="tcp/9999"):
    return talk.Talk(name="odd", origin="synthetic", port=port, connections=(steps,), expect=())


def says(said, port, then="close"):
    return device(*([talk.Say(said)] if said else []), talk.End(then), port=port)


def exchange(conn, profile, clock):
    async def run():
        return [one async for one in active.exchange(conn, profile, zone=None, vantage=None, clock=clock)]

    return asyncio.run(run())


@pytest.mark.parametrize("profile", [Profile.LAB, Profile.BENCH])
@pytest.mark.parametrize(
    ("answer", "names"),
    [
        (b"HTTP/1.0 404 Not Found\r\nServer: Boa/0.94\r\n\r\n", ["http"]),
        (b"\x15\x03\x01\x00\x02\x02\x0a", ["http", "tls"]),
        (
            b"HTTP/1.1 400 Bad Request\r\n\r\nThe plain HTTP request was sent to HTTPS port",
            ["http", "tls"],
        ),
        (b"SSH-2.0-x\r\n", ["http", "ssh"]),
        (b"what?", ["http"]),
        (b"", ["http", "tls"]),
    ],
)
def test_a_silent_port_in_a_lab_is_asked_as_a_web_server_and_then_what_answered(
    answer, names, profile, talk_conn, clock
):
    asked = (ASKED, *([talk.Say(answer)] if answer else []), talk.End("close"))
    script = talk.Talk(name="x", origin="synthetic", port="tcp/9999", connections=(asked, asked), expect=())
    conn = talk_conn(script, connections=2)

    seen = exchange(conn, profile, clock)

    assert names == [one.value["probe"] for one in seen if one.field == "probe.outcome"]
    assert conn.opened[0].sent.startswith(b"GET / HTTP/1.1\r\n")
    assert all(each.closed for each in conn.opened)


@pytest.mark.parametrize(
    "port",
    [
        "tcp/88",
        "tcp/79",
        "tcp/3260",
        "tcp/4786",
        "tcp/8291",
        "tcp/9100",
        "tcp/2455",
        "tcp/1911",
        "tcp/9600",
    ],
)
def test_a_port_of_a_protocol_without_a_harmless_word_is_left_alone_in_a_lab_too(port, talk_conn, clock):
    conn = talk_conn(says(b"", port, "silence"))

    seen = exchange(conn, Profile.LAB, clock)

    assert not [one for one in seen if one.field != "probe.outcome"]
    assert b"" == conn.sent


def test_a_silent_port_in_a_lab_that_gives_no_second_connection_is_asked_once(talk_conn, clock):
    conn = talk_conn(
        device(ASKED, talk.Say(b"\x15\x03\x01\x00\x02\x02\x0a"), talk.End("close")), connections=1
    )

    seen = exchange(conn, Profile.LAB, clock)

    assert [{"probe": "http", "outcome": "garbled"}] == [one.value for one in seen]


@pytest.mark.parametrize(
    ("port", "said", "sent"),
    [
        ("tcp/23", b"SSH-2.0-x\r\n", b""),
        ("tcp/22", b"220 (vsFTPd 3.0.3)\r\n", b""),
        ("tcp/110", b"220 (vsFTPd 3.0.3)\r\n", b"QUIT\r\n"),
    ],
)
def test_on_a_port_with_a_never_list_of_its_own_another_protocol_is_only_listened_to(
    port, said, sent, talk_conn, clock
):
    conn = talk_conn(says(said, port))

    seen = exchange(conn, Profile.OFFICE, clock)

    assert seen[0].field in {"ssh.banner", "ftp.banner"}
    assert sent == conn.sent


@pytest.mark.parametrize(
    ("port", "said", "profile", "want"),
    [
        ("tcp/23", b"SSH-1.5-Cisco-1.25\n", Profile.OFFICE, "ssh"),
        ("tcp/22", b"220 (vsFTPd 3.0.3)\r\n", Profile.CLINICAL, "ftp"),
        ("tcp/21", b"220 mail gate FTP\r\n", Profile.OFFICE, "ftp"),
        ("tcp/25", b"220 ready\r\n", Profile.OFFICE, "smtp"),
        ("tcp/23", b"\xff\xfd\x28", Profile.OFFICE, "signon"),
        ("tcp/23", b"\xff\xfd\x28", Profile.CLINICAL, "telnet"),
        ("tcp/21", b"welcome\r\n", Profile.OFFICE, "ftp"),
    ],
)
def test_what_a_device_says_first_goes_before_the_custom_of_its_port(
    port, said, profile, want, talk_conn, clock
):
    seen = exchange(talk_conn(says(said, port)), profile, clock)

    assert want == seen[-1].value["probe"]

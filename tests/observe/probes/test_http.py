"""One GET, and at most one more on the same port."""

import asyncio
import re

import pytest

from scanner.lab import talk
from scanner.observe.probes import http


def server(*answers, port="tcp/80"):
    """A device that gives each path its answer, then closes."""
    scripts = [
        (talk.Hear(re.compile(re.escape(path) + b".*", re.DOTALL)), talk.Say(answer), talk.End("close"))
        for path, answer in answers
    ]
    return talk.Talk(name="x", origin="synthetic", port=port, connections=tuple(scripts), expect=())


def run(conn):
    async def everything():
        return [fact async for fact in http.talk(conn)]

    return asyncio.run(everything())


FIRST = b"HTTP/1.1 302 Found\r\nServer: a\r\nLocation: /login\r\n\r\n"
LOGIN = b"HTTP/1.1 200 OK\r\nServer: a\r\n\r\n<title>Log in</title>"


def test_a_redirect_on_the_same_port_is_followed_once(talk_conn):
    again = b"HTTP/1.1 302 Found\r\nServer: b\r\nLocation: /more\r\n\r\n"
    conn = talk_conn(server((b"GET / ", FIRST), (b"GET /login ", again)), connections=5)

    seen = run(conn)

    assert [b"GET / HTTP/1.1", b"GET /login HTTP/1.1"] == [
        each.sent.split(b"\r\n")[0] for each in conn.opened
    ]
    assert all(each.closed for each in conn.opened)
    assert ("http_header.server", "b") == seen[-2]


def test_what_both_answers_say_is_said_once(talk_conn):
    seen = run(talk_conn(server((b"GET / ", FIRST), (b"GET /login ", LOGIN))))

    want = [
        ("http.status", "302"),
        ("http_header.server", "a"),
        ("http_header.location", "/login"),
        ("html_title", "Log in"),
    ]
    assert want == seen


def test_a_ward_is_asked_once_even_when_it_points_elsewhere(talk_conn):
    conn = talk_conn(server((b"GET / ", FIRST)), connections=1)

    assert ("http_header.location", "/login") in run(conn)
    assert 1 == len(conn.opened)


@pytest.mark.parametrize(
    "location", [b"https://192.0.2.10/", b"http://192.0.2.99/", b"http://192.0.2.10:81/"]
)
def test_no_redirect_leads_to_another_host_port_or_scheme(location, talk_conn):
    conn = talk_conn(server((b"GET / ", FIRST.replace(b"/login", location))))

    run(conn)

    assert 1 == len(conn.opened)


def test_another_port_stands_in_the_host_header(talk_conn):
    conn = talk_conn(server((b"GET / ", FIRST), (b"GET /login ", LOGIN), port="tcp/8080"))

    run(conn)

    assert all(b"\r\nHost: 192.0.2.10:8080\r\n" in each.sent for each in conn.opened)
    assert 2 == len(conn.opened)


@pytest.mark.parametrize("answer", [b"", b"SSH-2.0-x\r\n", b"<html>HTTP/0.9</html>"])
def test_an_answer_that_is_not_http_gives_nothing(answer, talk_conn):
    conn = talk_conn(server((b"GET / ", answer)))

    assert [] == run(conn)
    assert 1 == len(conn.opened)

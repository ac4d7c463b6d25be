"""After the first answer: what it gives reason to ask, on one connection, as long as the server keeps it."""

import asyncio
import json

import pytest

from scanner.model.net import tcp
from scanner.observe import httpread, visit

BASE = "http://192.0.2.10/"
GIF = bytes.fromhex("47494638396101000100800000000000ffffff21f90401000000002c00000000010001000002024401003b")


def answer(body=b"", status="200 OK", *headers, length=True):
    lines = [f"HTTP/1.1 {status}".encode(), *(header.encode() for header in headers)]
    lines += [b"Content-Length: %d" % len(body)] if length else []
    return b"\r\n".join([*lines, b"", body])


def page(title, more=""):
    return answer(f"<title>{title}</title>{more}".encode())


class Server:
    """Pages by path; what was asked is kept in `asked`."""

    def __init__(self, **pages):
        self.pages = {f"/{path}": said for path, said in pages.items()}
        self.asked, self.come = [], b""

    async def send(self, data):
        path = data.split(b" ")[1].decode()
        self.asked.append(path)
        self.come += self.pages.get(path, answer(b"", "404 Not Found"))

    async def some(self, limit=4096):
        said, self.come = self.come[:limit], self.come[limit:]
        return said


def go(server, first, port=80):
    """What follows a first answer."""
    facts = httpread.parse(first)

    async def everything():
        todo = visit.wants(first, facts, BASE, tcp(port))
        return [one async for one in visit.go_on(server, "192.0.2.10", BASE, tcp(port), todo, facts)]

    return asyncio.run(everything())


def as_json(**words):
    return answer(json.dumps(words).encode())


def test_a_page_that_names_its_product_and_nothing_to_ask_is_left_alone():
    assert () == visit.wants(page("Reservoir 7"), httpread.parse(page("Reservoir 7")), BASE, tcp(80))


def test_a_redirect_a_version_and_more_go_over_one_connection():
    server = Server(
        login=page("Login - Nextcloud"),
        **{"status.php": as_json(productname="Nextcloud", version="18.0.4.2")},
    )

    seen = go(server, answer(b"", "302 Found", "Location: /login"))

    assert ["/login", "/status.php"] == server.asked
    assert [
        ("html_title", "Login - Nextcloud"),
        ("http.page", "/status.php version=18.0.4.2; productname=Nextcloud"),
    ] == seen


@pytest.mark.parametrize("title", ["", "Login", "log in", "WELCOME!", "Untitled Document", "Web UI"])
def test_a_page_without_a_name_is_asked_for_the_icon_that_it_names(title):
    server = Server(**{"i.gif": answer(GIF)})

    seen = go(server, page(title, '<link rel="icon" href="/i.gif">'))

    assert ["/i.gif"] == server.asked
    assert ["http.favicon"] == [field for field, _ in seen]


def test_an_icon_dates_a_page_that_is_made_on_the_spot():
    icon = answer(GIF, "200 OK", "Last-Modified: Wed, 04 Mar 2015 12:00:00 GMT", "Server: x")

    seen = go(Server(**{"i.gif": icon}), page("Login", '<link rel="icon" href="/i.gif">'))

    assert ["http.favicon", "http.last_modified"] == [field for field, _ in seen]


def test_a_page_with_a_name_is_not_asked_for_its_icon():
    server = Server()

    assert [] == go(server, page("Reservoir 7", '<link rel="icon" href="/i.gif">'))
    assert [] == server.asked


def test_a_page_that_names_no_icon_is_not_asked_for_one():
    server = Server()

    assert [] == go(server, page("Login"))
    assert [] == server.asked


def test_a_missing_icon_says_nothing():
    assert [] == go(Server(), page("Login", '<link rel="icon" href="/i.gif">'))


@pytest.mark.parametrize(
    "last",
    [
        answer(b"<title>x</title>", "200 OK", "Connection: close"),
        answer(b"<title>x</title>", length=False),
        answer(b"<title>x</title>").replace(b"HTTP/1.1", b"HTTP/1.0"),
        b"nonsense",
    ],
)
def test_a_server_that_does_not_keep_the_connection_is_asked_no_more(last):
    server = Server(login=last, a=page("b"))
    first = answer(b"", "302 Found", "Location: /login", "Server: x UPnP/1.0 MiniUPnPd/1.5")

    go(server, first)

    assert ["/login"] == server.asked


def test_an_old_server_that_offers_to_keep_it_is_asked_on():
    server = Server(login=page("x").replace(b"HTTP/1.1 200 OK", b"HTTP/1.0 200 OK\r\nConnection: Keep-Alive"))
    first = answer(b"", "302 Found", "Location: /login", "Server: x UPnP/1.0 MiniUPnPd/1.5")

    go(server, first)

    assert ["/login", "/rootDesc.xml"] == server.asked


def test_a_server_that_points_on_and_on_is_followed_once():
    circle = {str(n): answer(b"", "302 Found", f"Location: /{n + 1}") for n in range(9)}
    server = Server(**circle)

    go(server, answer(b"", "302 Found", "Location: /0"))

    assert ["/0"] == server.asked


def test_an_interface_that_answers_without_a_login_is_open():
    server = Server(version=as_json(Version="20.10.7", ApiVersion="1.41"))

    seen = go(server, answer(b"", "404 Not Found", "Server: Docker/20.10.7 (linux)"))

    assert [("http.page", "/version Version=20.10.7; ApiVersion=1.41"), ("http.open", "docker")] == seen


@pytest.mark.parametrize("said", [answer(b"{}", "401 Unauthorized"), answer(b"<html>"), answer(b"{}")])
def test_an_interface_that_refuses_or_says_nothing_is_not_open(said):
    assert [] == go(Server(version=said), answer(b"", "404 Not Found", "Server: Docker/20.10.7 (linux)"))


@pytest.mark.parametrize(
    ("said", "want"),
    [
        (as_json(tagline="You Know, for Search"), (("http.open", "elasticsearch"),)),
        (page("ComfyUI"), (("http.open", "comfyui"),)),
        (answer(b'{"tagline": "You Know, for Search"}', "401 Unauthorized"), ()),
        (page("Grafana"), ()),
    ],
)
def test_a_front_page_alone_may_show_that_anybody_may_use_it(said, want):
    assert want == visit.opened(httpread.parse(said), tcp(80))

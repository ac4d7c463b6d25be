"""Files come whole or not at all, over HTTPS or loopback, within their size and their time, whatever a server does."""

import hashlib

import pytest

from scanner.errors import DataError, HostError, StoreError
from scanner.knowledge.updater import fetch
from scanner.knowledge.updater.fetch import Stamp, Web

BODY = b"feed " * 40_000


@pytest.fixture
def waits():
    return []


@pytest.fixture
def web(waits):
    return Web(sleep=waits.append, seconds=20)


def test_a_file_comes_with_its_hash_and_what_the_server_said_of_it(server, web, tmp_path):
    server.put(
        "/x", lambda one: one.give(200, BODY, ETag='"v1"', Last_Modified="Fri, 20 Nov 2026 10:00:00 GMT")
    )

    got = web.get([server.url("/x")], tmp_path / "x", cap=10**6)

    assert (tmp_path / "x").read_bytes() == BODY
    assert (len(BODY), hashlib.sha256(BODY).hexdigest()) == (got.size, got.sha256)
    assert Stamp(etag='"v1"', modified="Fri, 20 Nov 2026 10:00:00 GMT") == got.stamp
    assert got.url == server.url("/x")


def test_who_asks_is_said_and_nothing_else(server, web, tmp_path):
    server.put("/x", BODY)
    web.get([server.url("/x")], tmp_path / "x", cap=10**6)

    ((_, headers),) = server.asked
    assert headers.pop("User-Agent").startswith("stalehost/")
    assert {"Host", "Connection", "Accept-Encoding"} == set(headers)


def test_a_file_that_has_not_changed_is_not_sent_again(server, web, tmp_path):
    server.put("/x", lambda one: one.give(304 if one.headers["If-None-Match"] == '"v1"' else 200, b""))
    (tmp_path / "x").write_bytes(b"as before")

    assert (
        web.get([server.url("/x")], tmp_path / "x", cap=99, earlier=Stamp(etag='"v1"', modified="M")) is None
    )
    assert (tmp_path / "x").read_bytes() == b"as before"
    assert server.asked[0][1]["If-Modified-Since"] == "M"


def fails(handler):
    handler.give(503, b"later")


def forbids(handler):
    handler.give(403, b"<html><title>Access Denied</title></html>")


def cuts(handler):
    handler.raw(b"HTTP/1.1 200 OK\r\nContent-Length: 500\r\n\r\nonly this")


def cuts_a_chunk(handler):
    handler.raw(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n40\r\nonly this")


def babbles(handler):
    handler.raw(b"SSH-2.0-OpenSSH\r\n\r\n")


@pytest.mark.parametrize(
    ("answer", "said", "tries"),
    [
        (fails, "HTTP 503", 3),
        (forbids, "HTTP 403", 1),
        (cuts, "cut off after 9 of 500 bytes", 3),
        (cuts_a_chunk, "IncompleteRead", 3),
        (babbles, "SSH-2.0-OpenSSH", 3),
    ],
)
def test_a_fault_is_said_and_tried_again_only_where_that_may_help(
    server, web, waits, tmp_path, answer, said, tries
):
    server.put("/x", answer)
    (tmp_path / "x").write_bytes(b"as before")

    with pytest.raises(HostError, match=said):
        web.get([server.url("/x")], tmp_path / "x", cap=10**6)

    assert tries == len(server.asked)
    assert [5.0, 10.0][: tries - 1] == waits
    assert [tmp_path / "x"] == list(tmp_path.iterdir())
    assert (tmp_path / "x").read_bytes() == b"as before"


def test_a_lost_connection_that_passes_does_no_harm(server, web, tmp_path):
    server.put("/x", lambda one: cuts(one) if len(server.asked) == 1 else one.give(200, BODY))

    assert web.get([server.url("/x")], tmp_path / "x", cap=10**6).size == len(BODY)


def test_the_mirror_is_asked_where_the_first_refuses(server, web, tmp_path):
    server.put("/x", forbids)
    server.put("/mirror", BODY)

    got = web.get([server.url("/x"), server.url("/mirror")], tmp_path / "x", cap=10**6)

    assert server.url("/mirror") == got.url


def test_every_reason_is_named_when_none_gave_it(server, web, tmp_path):
    server.put("/x", forbids)

    with pytest.raises(HostError, match=r"/x: HTTP 403 .*; http.*/mirror: HTTP 404"):
        web.get([server.url("/x"), server.url("/mirror")], tmp_path / "x", cap=10**6)


def test_nobody_there_is_said(web, tmp_path):
    with pytest.raises(HostError, match="refused"):
        web.get(["http://127.0.0.1:9/"], tmp_path / "x", cap=10)


@pytest.mark.parametrize("promised", [True, False])
def test_more_than_the_cap_is_never_taken(server, web, tmp_path, promised):
    def answer(handler):
        handler.give(200, BODY) if promised else handler.raw(b"HTTP/1.1 200 OK\r\n\r\n" + BODY)

    server.put("/x", answer)

    with pytest.raises(HostError, match="more than 0 MB: not the feed"):
        web.get([server.url("/x")], tmp_path / "x", cap=1000)
    assert [] == list(tmp_path.iterdir())


@pytest.mark.parametrize(
    "head", [b"HTTP/1.1 200 OK\r\n\r\n", b"HTTP/1.1 200 OK\r\nX-A: ", b"HT"], ids=["body", "header", "status"]
)
def test_a_drip_is_cut_off_at_its_deadline_wherever_it_drips(server, tmp_path, head):
    server.put("/x", lambda one: one.drip(head))

    with pytest.raises(HostError, match=r"too slow: not whole after 0\.3 s"):
        Web(sleep=lambda _: None, seconds=0.3).get([server.url("/x")], tmp_path / "x", cap=10**6)

    assert len(server.asked) == 1
    assert [] == list(tmp_path.iterdir())


@pytest.mark.parametrize(
    ("to", "ends"),
    [
        ("/there", True),
        ("http://localhost:{port}/there", False),
        ("http://192.0.2.1/there", False),
        ("ftp://192.0.2.1/there", False),
        ("file:///etc/passwd", False),
    ],
)
def test_a_redirect_leads_to_the_same_host_or_to_https_only(server, web, tmp_path, to, ends):
    port = server.url("").rpartition(":")[2]
    server.put("/x", lambda one: one.give(302, b"", Location=to.format(port=port)))
    server.put("/there", BODY)

    if ends:
        assert web.get([server.url("/x")], tmp_path / "x", cap=10**6).url == server.url("/there")
    else:
        with pytest.raises(
            HostError, match=r"(?i)redirect.* (neither https nor the same host|is not allowed)"
        ):
            web.get([server.url("/x")], tmp_path / "x", cap=10**6)
        assert ["/x"] == [path for path, _ in server.asked]


def test_a_redirect_to_https_is_followed():
    request = fetch._request("http://127.0.0.1/x", Stamp(), {"apiKey": "secret"})

    went = fetch._Redirects().redirect_request(request, None, 302, "", {}, "https://example.org/x")

    assert went.full_url == "https://example.org/x"
    assert {"User-agent"} == set(went.headers)
    assert {} == went.unredirected_hdrs


def test_redirects_in_a_ring_end(server, web, tmp_path):
    server.put("/x", lambda one: one.give(302, b"", Location="/x"))
    with pytest.raises(HostError, match="HTTP 302"):
        web.get([server.url("/x")], tmp_path / "x", cap=10)
    assert len(server.asked) <= 6


@pytest.mark.parametrize(
    "url",
    [
        "http://example.org/x",
        "ftp://example.org/x",
        "file:///etc/passwd",
        "https://a:b@example.org/",
        "http://[x",
        "x",
        "",
    ],
)
def test_an_address_that_is_not_https_is_never_asked(web, tmp_path, url):
    with pytest.raises(DataError, match=r"an address|only https"):
        web.get([url], tmp_path / "x", cap=10)


def test_http_is_for_loopback_and_for_what_the_operator_typed():
    Web(sleep=print)._check("https://example.org/x")
    Web(sleep=print)._check("http://localhost/x")
    Web(sleep=print)._check("http://[::1]/x")
    Web(sleep=print, plain=frozenset({"mirror.example"}))._check("http://mirror.example/x")
    with pytest.raises(DataError):
        Web(sleep=print, plain=frozenset({"mirror.example"}))._check("http://other.example/x")


def test_a_full_disk_is_no_fault_of_the_network(server, web, tmp_path):
    server.put("/x", BODY)
    with pytest.raises(StoreError, match="cannot write"):
        web.get([server.url("/x")], tmp_path / "none" / "x", cap=10**6)
    (tmp_path / "x.part").symlink_to("/dev/full")
    with pytest.raises(StoreError, match="No space left"):
        web.get([server.url("/x")], tmp_path / "x", cap=10**6)


def test_a_wrong_certificate_is_not_tried_again(server, web, tmp_path):
    """Loopback speaks no TLS: the hand-shake fails, and that is said."""
    with pytest.raises(HostError, match=r"(?i)ssl"):
        web.get([server.url("/x").replace("http:", "https:")], tmp_path / "x", cap=10)


def test_a_pause_is_the_callers_own(web, waits):
    web.pause(6)
    assert [6] == waits

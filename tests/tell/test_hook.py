"""A hook is asked by HTTPS or on this machine only, is never followed elsewhere, and its path is never shown."""

import json
import threading
from http.server import BaseHTTPRequestHandler, HTTPServer

import pytest

from scanner.errors import DataError, HostError
from scanner.tell.hook import post


class Handler(BaseHTTPRequestHandler):
    """Keeps what is posted; answers by the path."""

    def do_POST(self):
        body = self.rfile.read(int(self.headers["Content-Length"]))
        self.server.kept.append((self.path, self.headers["Content-Type"], body))
        status = int(self.path.rpartition("/")[2])
        self.send_response(status)
        if 300 <= status < 400:
            self.send_header("Location", "/elsewhere/200")
        self.send_header("Content-Length", "0")
        self.end_headers()

    def log_message(self, *_):
        """Quiet."""


@pytest.fixture
def server():
    with HTTPServer(("127.0.0.1", 0), Handler) as one:
        one.kept = []
        thread = threading.Thread(target=one.serve_forever, daemon=True)
        thread.start()
        yield one
        one.shutdown()
        thread.join()


def test_what_is_told_arrives_as_json(server):
    post(f"http://127.0.0.1:{server.server_port}/secret/200", "2 new", "F-00001\n")
    ((path, sort, body),) = server.kept

    assert ("/secret/200", "application/json") == (path, sort)
    assert {"text": "2 new\nF-00001\n"} == json.loads(body)


@pytest.mark.parametrize("status", [302, 307, 308, 404, 500])
def test_a_redirect_or_a_failure_is_an_error_and_goes_nowhere(server, status):
    with pytest.raises(HostError, match=f"did not take it: HTTP {status}") as caught:
        post(f"http://127.0.0.1:{server.server_port}/secret/{status}", "x", "y")

    assert [f"/secret/{status}"] == [path for path, _, _ in server.kept]
    assert "secret" not in str(caught.value)


@pytest.mark.parametrize(
    "url", ["http://chat.example.org/secret", "http://192.0.2.1/secret", "https://u:p@h/secret", "https:///secret", "https://[x/secret"]
)  # fmt: skip
def test_what_may_not_be_asked_is_not_asked(url):
    with pytest.raises(DataError) as caught:
        post(url, "x", "y")

    assert "secret" not in str(caught.value)


def test_a_server_that_is_not_there_is_said(server):
    port = server.server_port
    server.shutdown()
    server.server_close()

    with pytest.raises(HostError, match="did not take it"):
        post(f"http://127.0.0.1:{port}/secret", "x", "y")
    with pytest.raises(HostError, match="localhost"):
        post(f"http://localhost:{port}/secret", "x", "y")

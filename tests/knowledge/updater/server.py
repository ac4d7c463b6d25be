"""A web server on loopback that gives feeds as real ones do, or as broken ones do; nothing leaves this machine."""

import contextlib
import http.server
import threading
from typing import ClassVar

from msgspec import structs

from scanner.knowledge.updater import feeds
from scanner.knowledge.updater.feed import Remote


class Handler(http.server.BaseHTTPRequestHandler):
    """Answers by path; `answers` maps a path to a function of this handler."""

    protocol_version = "HTTP/1.1"
    answers: ClassVar = {}
    asked: ClassVar = []
    ending: ClassVar = threading.Event()

    def do_GET(self):
        self.asked.append((self.path, dict(self.headers)))
        answer = self.answers.get(self.path) or self.answers.get(self.path.partition("?")[0])
        if answer is None:
            self.give(404, b"<html><title>Not Found</title></html>")
        else:
            answer(self)

    def give(self, status, body, **headers):
        """A whole answer."""
        self.send_response(status)
        for name, value in {"Content-Length": str(len(body)), **headers}.items():
            self.send_header(name.replace("_", "-"), value)
        self.end_headers()
        self.wfile.write(body)

    def raw(self, data):
        """Bytes that are no whole answer; then the end."""
        self.wfile.write(data)
        self.close_connection = True

    def drip(self, head):
        """One byte every now and then until the reader has gone or the test ends."""
        self.close_connection = True
        with contextlib.suppress(OSError):
            self.wfile.write(head)
            while not self.ending.wait(0.01):
                self.wfile.write(b"x")

    def log_message(self, *_):
        """Say nothing."""


class Server:
    """A running server; `put(path, answer)`, `url(path)`, `asked`."""

    def __init__(self):
        self._kind = type("Own", (Handler,), {"answers": {}, "asked": [], "ending": threading.Event()})
        self._server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), self._kind)
        self._server.daemon_threads = True
        self._thread = threading.Thread(target=self._server.serve_forever, kwargs={"poll_interval": 0.01})

    @property
    def asked(self):
        """Paths with the headers that came with them."""
        return self._kind.asked

    def url(self, path):
        return f"http://127.0.0.1:{self._server.server_port}{path}"

    def put(self, path, answer):
        """Bytes to give, or a function of the handler."""
        self._kind.answers[path] = (
            (lambda handler: handler.give(200, answer)) if isinstance(answer, bytes) else answer
        )

    def folder(self, folder, below="/"):
        """Give every file of a folder."""
        for path in folder.rglob("*"):
            if path.is_file():
                self.put(below + path.relative_to(folder).as_posix(), path.read_bytes())

    def __enter__(self):
        self._thread.start()
        return self

    def __exit__(self, *_):
        self._kind.ending.set()
        self._server.shutdown()
        self._thread.join()
        self._server.server_close()


def serve(server, monkeypatch, name, *answers):
    """Put a feed's official addresses on a server: one answer for each of its files."""
    feed = feeds.BY_NAME[name]
    files = []
    for one, answer in zip(feed.files, answers, strict=True):
        server.put(f"/{one.name}", answer)
        files.append(Remote(name=one.name, urls=(server.url(f"/{one.name}"),), cap=one.cap))
    moved = structs.replace(feed, files=tuple(files))
    monkeypatch.setattr(feeds, "ALL", tuple(moved if one.name == name else one for one in feeds.ALL))

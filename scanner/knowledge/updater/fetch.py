"""Gets one file over HTTPS: the only room of the knowledge that opens the network, and only when an operator asks."""

import contextlib
import functools
import hashlib
import http.client
import ipaddress
import ssl
import threading
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator, Mapping, Sequence
from importlib.metadata import version
from pathlib import Path
from typing import IO, Any, Final, Protocol, Self
from urllib.parse import urljoin, urlsplit

from msgspec import Struct

from scanner.errors import DataError, HostError, StoreError

SECONDS: Final = 600.0
"""A whole file must have come within this time, however slowly it drips."""
SILENCE: Final = 30.0
"""Seconds without a byte after which a server counts as gone."""
TRIES: Final = 3
"""Attempts at one address for what may pass: a lost connection, a 5xx."""
PAUSE: Final = 5.0
"""Seconds before the second attempt; the third waits twice as long."""
_PASSING: Final = frozenset({408, 429, 500, 502, 503, 504})
_PIECE: Final = 64 * 1024


class Stamp(Struct, frozen=True, kw_only=True, omit_defaults=True):
    """What a server said of a file, to ask next time whether it has changed (RFC 9110, 8.8 and 13.1)."""

    etag: str = ""
    modified: str = ""


class Got(Struct, frozen=True, kw_only=True):
    """One file as it came."""

    url: str
    """The address that gave it, after redirects."""
    size: int
    sha256: str
    stamp: Stamp


class Web:
    """Fetches files; one for each run of a command.

    `told` hears each address before it is asked. `plain` are hosts that the operator typed with `http://`: every other host is asked by HTTPS only, loopback excepted.
    """

    def __init__(
        self,
        *,
        sleep: Callable[[float], None],
        plain: frozenset[str] = frozenset(),
        seconds: float = SECONDS,
        told: Callable[[str], None] = lambda _url: None,
    ) -> None:
        self._sleep, self._plain, self._seconds, self._told = sleep, plain, seconds, told

    def get(
        self,
        urls: Sequence[str],
        target: Path,
        *,
        cap: int,
        earlier: Stamp | None = None,
        headers: Mapping[str, str] | None = None,
    ) -> Got | None:
        """Fetch the first address that answers into `target`, at most `cap` bytes; None when unchanged since `earlier`.

        Tries each address in turn. Raise HostError with every reason when none gave the file, DataError for an address
        that may not be asked, StoreError when the disk does not take it. `headers` go to the named host only.
        """
        whys = []
        for url in urls:
            self._check(url)
            self._told(url)
            got = self._tried(url, target, cap, earlier or Stamp(), headers or {})
            if not isinstance(got, str):
                return got
            whys.append(f"{url}: {got}")
        raise HostError("; ".join(whys))

    def _tried(
        self, url: str, target: Path, cap: int, earlier: Stamp, headers: Mapping[str, str]
    ) -> Got | str | None:
        """Ask one address, again where the fault may pass; the last reason where it never came."""
        why = ""
        for attempt in range(TRIES):
            if attempt:
                self._sleep(PAUSE * attempt)
            try:
                return _Transfer(url, target, cap, self._seconds).run(earlier, headers)
            except _FaultError as fault:
                why = str(fault)
                if not fault.passing:
                    break
        return why

    def pause(self, seconds: float) -> None:
        """Wait between two requests to one server that asks for it."""
        self._sleep(seconds)

    def _check(self, url: str) -> None:
        try:
            parts = urlsplit(url)
        except ValueError as error:
            raise DataError(f"{url}: not an address: {error}") from error
        host = parts.hostname or ""
        if not host or parts.username is not None:
            raise DataError(f"{url}: want an address such as https://host/path, without a password in it")
        if parts.scheme == "https" or (parts.scheme == "http" and (is_loopback(host) or host in self._plain)):
            return
        raise DataError(f"{url}: only https is asked, or http where you typed that address yourself")


def is_loopback(host: str) -> bool:
    """Whether a host is this machine itself."""
    if host == "localhost":
        return True
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False


def host_of(url: str) -> str:
    """The host of an address, for `Web(plain=...)`."""
    return urlsplit(url).hostname or ""


def joined(root: str, path: str) -> str:
    """The address of a document that another names relative to itself."""
    return urljoin(root, path)


class _FaultError(Exception):
    """Why one attempt gave no file; `passing` when another attempt may help."""

    def __init__(self, why: str, *, passing: bool) -> None:
        super().__init__(why)
        self.passing = passing


class _Shuttable(Protocol):
    def shutdown(self, how: int, /) -> None: ...


class _Guard:
    """Cuts a transfer off at its deadline.

    A server that sends one byte now and then, in its headers or in the body, never lets a read time out.
    """

    def __init__(self, seconds: float) -> None:
        self.fired = False
        self._held: list[_Shuttable] = []
        self._timer = threading.Timer(seconds, self._cut)
        self._timer.daemon = True

    def watch(self, sock: _Shuttable) -> None:
        self._held.append(sock)
        if self.fired:
            self._cut()

    def __enter__(self) -> Self:
        self._timer.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._timer.cancel()

    def _cut(self) -> None:
        self.fired = True
        for sock in self._held:
            with contextlib.suppress(OSError):
                sock.shutdown(2)


class _Transfer:
    """One attempt at one address."""

    def __init__(self, url: str, target: Path, cap: int, seconds: float) -> None:
        self._url, self._target, self._cap, self._seconds = url, target, cap, seconds

    def run(self, earlier: Stamp, headers: Mapping[str, str]) -> Got | None:
        """Fetch; None for 304 Not Modified."""
        with _Guard(self._seconds) as guard:
            try:
                with _opener(self._url, guard).open(
                    _request(self._url, earlier, headers), timeout=SILENCE
                ) as answer:
                    return self._save(answer, guard)
            except urllib.error.HTTPError as error:
                with error:
                    if error.code == http.HTTPStatus.NOT_MODIFIED:
                        return None
                    raise _FaultError(
                        f"HTTP {error.code} {error.reason}", passing=error.code in _PASSING
                    ) from error
            except (OSError, http.client.HTTPException, ValueError) as error:
                if guard.fired:
                    raise self._slow() from error
                raise _FaultError(
                    _why(error), passing=not isinstance(_cause(error), ssl.SSLCertVerificationError)
                ) from error

    def _save(self, answer: Any, guard: _Guard) -> Got:  # urllib's answer has no type of its own
        """Write the body beside its place, then move it there."""
        part = self._target.with_name(self._target.name + ".part")
        digest, size = hashlib.sha256(), 0
        promised = answer.headers.get("Content-Length", "")
        if promised.isdigit() and int(promised) > self._cap:
            raise self._big()
        try:
            with _writing(part) as write:
                for piece in iter(lambda: answer.read1(_PIECE), b""):
                    size += len(piece)
                    if size > self._cap:
                        raise self._big()
                    digest.update(piece)
                    write(piece)
            if guard.fired:
                raise self._slow()
            if promised.isdigit() and size != int(promised):
                raise _FaultError(f"cut off after {size:,} of {int(promised):,} bytes", passing=True)
            part.replace(self._target)
        finally:
            part.unlink(missing_ok=True)
        stamp = Stamp(etag=answer.headers.get("ETag", ""), modified=answer.headers.get("Last-Modified", ""))
        return Got(url=answer.geturl(), size=size, sha256=digest.hexdigest(), stamp=stamp)

    def _big(self) -> _FaultError:
        return _FaultError(f"more than {self._cap / 1e6:,.0f} MB: not the feed", passing=False)

    def _slow(self) -> _FaultError:
        return _FaultError(f"too slow: not whole after {self._seconds:g} s", passing=False)


@contextlib.contextmanager
def _writing(part: Path) -> Iterator[Callable[[bytes], int]]:
    """A file to write to, whose errors are the disk's and not the network's."""

    def write(piece: bytes) -> int:
        try:
            return file.write(piece)
        except OSError as error:
            raise StoreError(f"{part}: cannot write: {error.strerror}") from error

    file: IO[bytes]
    try:
        file = part.open("wb", buffering=0)
    except OSError as error:
        raise StoreError(f"{part}: cannot write: {error.strerror}") from error
    with file:
        yield write


def _request(url: str, earlier: Stamp, headers: Mapping[str, str]) -> urllib.request.Request:
    request = urllib.request.Request(url, headers={"User-Agent": f"stalehost/{version('stalehost')}"})  # noqa: S310  the scheme was checked
    if earlier.etag:
        request.add_header("If-None-Match", earlier.etag)
    if earlier.modified:
        request.add_header("If-Modified-Since", earlier.modified)
    for name, value in headers.items():
        request.add_unredirected_header(name, value)
    return request


def _opener(url: str, guard: _Guard) -> urllib.request.OpenerDirector:
    """HTTP and HTTPS only, each redirect checked; proxies as the operator's environment names them, never for loopback."""
    made = urllib.request.OpenerDirector()
    proxies: dict[str, str] | None = {} if is_loopback(host_of(url)) else None
    for handler in (
        urllib.request.ProxyHandler(proxies),
        urllib.request.UnknownHandler(),
        urllib.request.HTTPDefaultErrorHandler(),
        urllib.request.HTTPErrorProcessor(),
        _Redirects(),
        _Http(guard),
        _Https(guard),
    ):
        made.add_handler(handler)
    return made


class _Redirects(urllib.request.HTTPRedirectHandler):
    """Follows to HTTPS, or on the same host by the same scheme; anything else is refused."""

    max_redirections = 5

    def redirect_request(
        self, req: urllib.request.Request, fp: IO[bytes], code: int, msg: str, headers: Any, newurl: str
    ) -> urllib.request.Request | None:
        """Check where to; ValueError is a fault of the server's."""
        old, new = urlsplit(req.full_url), urlsplit(newurl)
        if new.scheme != "https" and (new.scheme, new.netloc) != (old.scheme, old.netloc):
            raise _FaultError(f"redirects to {newurl[:200]}: neither https nor the same host", passing=False)
        return super().redirect_request(req, fp, code, msg, headers, newurl)


class _Http(urllib.request.HTTPHandler):
    def __init__(self, guard: _Guard) -> None:
        super().__init__()
        self._guard = guard

    def http_open(self, req: urllib.request.Request) -> http.client.HTTPResponse:
        return self.do_open(functools.partial(_WatchedHttp, guard=self._guard), req)


class _Https(urllib.request.HTTPSHandler):
    def __init__(self, guard: _Guard) -> None:
        super().__init__()
        self._guard = guard

    def https_open(self, req: urllib.request.Request) -> http.client.HTTPResponse:
        return self.do_open(functools.partial(_WatchedHttps, guard=self._guard), req)


class _WatchedHttp(http.client.HTTPConnection):
    def __init__(self, *words: Any, guard: _Guard, **named: Any) -> None:
        super().__init__(*words, **named)
        self._watcher = guard

    def connect(self) -> None:
        super().connect()
        self._watcher.watch(self.sock)


class _WatchedHttps(http.client.HTTPSConnection):
    def __init__(self, *words: Any, guard: _Guard, **named: Any) -> None:
        super().__init__(*words, **named)
        self._watcher = guard

    def connect(self) -> None:
        super().connect()
        self._watcher.watch(self.sock)


def _cause(error: Exception) -> object:
    """What urllib wraps."""
    return error.reason if isinstance(error, urllib.error.URLError) else error


def _why(error: Exception) -> str:
    cause = _cause(error)
    if isinstance(cause, TimeoutError):
        return f"no answer within {SILENCE:g} s"
    return str(cause) or type(cause).__name__

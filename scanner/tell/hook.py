"""Posts a few lines to a web hook: HTTPS only, loopback excepted; no redirect is followed, since the lines name devices."""

import http.client
import ipaddress
import json
import urllib.error
import urllib.request
from importlib.metadata import version
from typing import Final
from urllib.parse import urlsplit

from scanner.errors import DataError, HostError

SECONDS: Final = 30.0
"""Seconds without a byte after which a server counts as gone."""


def post(url: str, subject: str, body: str) -> None:
    """Post `{"text": subject and body}`, which the usual chat services take; raise HostError when it is not taken.

    Raise DataError for an address that may not be asked: neither https nor this machine, or with a password in it.
    """
    host = _checked(url)
    request = urllib.request.Request(  # noqa: S310 - the scheme was checked
        url,
        data=json.dumps({"text": f"{subject}\n{body}"}).encode(),
        headers={"Content-Type": "application/json", "User-Agent": f"stalehost/{version('stalehost')}"},
        method="POST",
    )
    opener = urllib.request.OpenerDirector()
    for handler in (
        urllib.request.ProxyHandler({} if _is_loopback(host) else None),
        urllib.request.HTTPHandler(),
        urllib.request.HTTPSHandler(),
        urllib.request.UnknownHandler(),
        urllib.request.HTTPDefaultErrorHandler(),
        urllib.request.HTTPErrorProcessor(),  # without a handler of redirects each is an error
    ):
        opener.add_handler(handler)
    try:
        with opener.open(request, timeout=SECONDS):
            pass
    except urllib.error.HTTPError as error:
        with error:
            raise HostError(f"{host} did not take it: HTTP {error.code}") from error
    except (OSError, http.client.HTTPException, ValueError) as error:
        raise HostError(f"{host} did not take it: {error}") from error


def _checked(url: str) -> str:
    """The host of an address that may be asked. Errors never show the path: a hook's path is its password."""
    try:
        parts = urlsplit(url)
        host = parts.hostname or ""
    except ValueError as error:
        raise DataError(f"not an address for a hook: {error}") from error
    if not host or parts.username is not None:
        raise DataError("a hook is an address such as https://host/path, without a password before its host")
    if parts.scheme == "https" or (parts.scheme == "http" and _is_loopback(host)):
        return host
    raise DataError(f"{host}: only https is asked, or http on this machine itself")


def _is_loopback(host: str) -> bool:
    if host == "localhost":
        return True
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False

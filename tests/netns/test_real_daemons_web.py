"""Our web probe meets Debian's web and print servers, in namespaces without a way out."""

from datetime import date

import pytest

from scanner.age import inband
from scanner.identify.claims import identify
from scanner.knowledge.base import open_base

from .real import facts, need, only, upstream  # noqa: TID252 - shared by the tests of real daemons

TODAY = date(2026, 12, 2)
CHANGED = date(2015, 3, 4)
"""When the pages of daemons_web.py were last changed."""

pytestmark = only


def seen(daemon, profile="office"):
    """Every fact, in order."""
    need(daemon.split()[0])
    return facts("daemons_web.py", daemon, profile)


@pytest.mark.parametrize(
    ("daemon", "product", "package"),
    [("nginx", "nginx", "nginx"), ("lighttpd", "lighttpd", "lighttpd"), ("apache2", "HTTPD", "apache2-bin")],
)
def test_a_web_server_is_named_dated_and_its_icon_hashed(daemon, product, package):
    got = dict(seen(daemon))

    said = identify("http_header.server", got["http_header.server"], open_base())[1]
    assert (product, upstream(package)) == (said["service.product"], said["service.version"])
    assert CHANGED == inband.last_modified(got["http.last_modified"], TODAY)
    assert got["http.favicon"].startswith("murmur3=-1522510080; sha256=693d949d")
    assert "ok" == got["probe.outcome"]["outcome"]


@pytest.mark.parametrize("daemon", ["nginx", "lighttpd", "apache2"])
def test_in_a_ward_only_the_front_page_is_asked(daemon):
    fields = [field for field, _ in seen(daemon, "clinical")]

    assert "html_title" in fields
    assert "http.favicon" not in fields


def test_the_date_of_a_page_is_in_the_mark_that_nginx_gives_it():
    got = dict(seen("nginx"))

    assert CHANGED == inband.etag(got["http.etag"], got["http_header.server"], TODAY)


def test_an_interface_that_answers_without_a_login_is_said_to_be_open():
    got = dict(seen("nginx as Docker"))

    assert "/version Version=20.10.7; ApiVersion=1.41; Os=linux; Arch=amd64" == got["http.page"]
    assert "docker" == got["http.open"]


def test_a_print_server_is_named_by_its_front_page_and_asked_nothing_else():
    got = dict(seen("cupsd"))

    said = identify("http_header.server", got["http_header.server"], open_base())[1]
    assert "CUPS" == said["service.product"]
    assert "ok" == got["probe.outcome"]["outcome"]

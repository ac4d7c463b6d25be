"""The change request: self-contained, escaped, and it says everything that a change board asks."""

import base64
import hashlib
import re
from datetime import UTC, datetime

import pytest

from scanner.model.kinds import Kind, Profile
from scanner.model.net import Address
from scanner.observe.packets import Known, plan
from scanner.report.change import duration, render, view
from scanner.report.promises import PROMISES
from scanner.scope.file import Fragile
from scanner.scope.parse import parse

NOW = datetime(2026, 12, 2, 12, tzinfo=UTC)
EVIL = "<script>alert(1)</script>"
SCOPE = f"""
[engagement]
name = "Ward {EVIL}"
owner = "St Example & Sons"
authorized_by = "J. Doe"
contact = "+44 20 7946 0000"
reference = "CHG-1"
valid_from = 2026-12-01
valid_until = 2026-12-31
sector = "hospital"

[[network]]
cidr = "10.1.0.0/24"
zone = "ward"
profile = "clinical"

[[network]]
cidr = "10.2.0.0/24"
zone = "plant"
profile = "ot"

[[network]]
cidr = "10.3.0.0/24"
zone = "vault"
profile = "passive"

[[exclude]]
mac = "00:09:fb:00:00:00/24"
reason = "ventilators, never {EVIL}"
"""


@pytest.fixture(scope="module")
def made():
    known = [Known(address=Address("10.1.0.5"), kind=Kind.MODALITY), Known(address=Address("10.1.0.6"))]
    return plan(parse(SCOPE, "scope.toml"), known, NOW, ["10.1.0.250"])


@pytest.fixture(scope="module")
def page(made):
    return render(made)


def test_the_page_asks_the_network_for_nothing_and_runs_nothing(page):
    style = re.search(r"<style>(.*?)</style>", page, re.DOTALL)[1]
    want = "sha256-" + base64.b64encode(hashlib.sha256(style.encode()).digest()).decode()

    policy = re.search(r'Content-Security-Policy" content="([^"]+)"', page)[1]
    assert "default-src 'none'" in policy.replace("&#39;", "'")
    assert want in policy.replace("&#39;", "'")
    assert "<script" not in page
    assert not re.search(r"(?:src|href)=\"(?!#)", page)


def test_device_and_scope_texts_are_escaped(page):
    assert EVIL not in page
    assert page.count("&lt;script&gt;alert(1)") >= 3
    assert "St Example &amp; Sons" in page


@pytest.mark.parametrize(
    "part",
    [
        "CHG-1", "J. Doe", "+44 20 7946 0000", "10.1.0.5", "modality", "not known yet", "10.1.0.250", "stalehost/",
        "tcp/104", "47 45 54 20 2f 20 48 54 54 50", "GET / HTTP/1.1", "00:09:fb:00:00:00/24", "Ctrl-C",
        "stalehost abort", "Back-out", "second one ends the scan", "nothing is sent",
    ],
)  # fmt: skip
def test_it_says_what_a_change_board_asks(page, part):
    assert part in page


def test_every_promise_stands_there_with_its_test(page):
    for promise in PROMISES:
        assert promise.test.partition("::")[2] in page


def test_the_same_plan_gives_the_same_page(made, page):
    assert page == render(made)


def test_the_end_is_that_of_the_slowest_network(made):
    assert view(made).ends == view(made).networks[1].ends or view(made).ends == view(made).networks[0].ends
    assert ("-", "none") == (view(made).networks[2].lasts, view(made).networks[2].ports)


@pytest.mark.parametrize(
    ("seconds", "words"), [(5, "1 minute"), (125, "3 minutes"), (3600, "1 h 00 min"), (9000, "2 h 30 min")]
)
def test_a_duration_is_never_shown_shorter_than_it_is(seconds, words):
    assert words == duration(seconds)


def test_fragile_devices_are_counted_and_named_with_their_reason():
    kilns = Fragile(
        id="kilns", match={"product": "Kiln"}, profile=Profile.OT, reason="it stops", source="who"
    )
    known = [Known(address=Address(f"10.1.0.{last}"), kind=Kind.MODALITY, rows=(kilns,)) for last in (5, 6)]
    whole = view(plan(parse(SCOPE, "scope.toml"), known, NOW)).networks[0]
    (one,) = view(plan(parse(SCOPE, "scope.toml"), known[:1], NOW)).networks[0].known

    assert "2 devices are on the list: 10.1.0.5 (kilns), 10.1.0.6 (kilns)" == whole.fragile
    assert "at most 6 connections, treated as ot: it stops" == one[2]
    text = render(plan(parse(SCOPE, "scope.toml"), known[:1], NOW))
    assert "1 device is on the list: 10.1.0.5 (kilns)" in text


def test_what_a_flag_permits_on_control_ports_stands_apart_with_its_flag():
    made = plan(parse(f"{SCOPE}\n[flags]\not_read_identity = true\n", "scope.toml"), [], NOW)

    ports = {one.profile: one.ports for one in view(made).networks}
    assert "by the signer's permit (ot_read_identity) one question to a device at most" in ports["ot"]
    assert "tcp/102 (mms), tcp/102 (s7)" in ports["ot"]
    assert "ot_read_identity" not in ports["clinical"]
    assert {"modbus", "s7", "mms"} <= {one.probe for one in view(made).sent}

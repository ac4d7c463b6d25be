from datetime import UTC, datetime
from ipaddress import ip_network

import pytest
from hypothesis import given
from hypothesis import strategies as st

from scanner.errors import ScopeError
from scanner.model.kinds import Kind, Profile
from scanner.scope.file import Group, Known
from scanner.scope.parse import parse, read


def test_the_whole_file_is_read(scope):
    radiology = scope.networks[0]

    assert "St Example Hospital" == scope.engagement.owner
    assert (datetime(2026, 12, 1, tzinfo=UTC), datetime(2027, 1, 1, tzinfo=UTC)) == (
        scope.engagement.valid_from,
        scope.engagement.valid_until,
    )
    assert (ip_network("10.20.0.0/24"), Profile.CLINICAL, 30, 120) == (
        radiology.cidr,
        radiology.profile,
        radiology.criticality,
        radiology.vlan,
    )
    assert (frozenset({5}), 22 * 60, 4 * 60, "Europe/London") == (
        radiology.windows[0].days,
        radiology.windows[0].opens,
        radiology.windows[0].closes,
        radiology.windows[0].zone,
    )
    assert ("00:09:fb:00:00:00", 24) == (scope.exclusions[0].mac, scope.exclusions[0].mac_bits)
    assert ("10.20.0.5", 80) == (scope.critical[0].address, scope.critical[0].weight)
    assert ("tcp/443", "tcp/104") == scope.segments[0].allow
    assert not scope.flags.snmp_public


WRONG = [
    ('sector = "hospital"', 'sector = "hopsital"', r":10: sector 'hopsital'.*did you mean hospital"),
    ("vlan = 120", "vlna = 120", r"unknown key 'vlna' in network; did you mean vlan"),
    ("vlan = 120", "vlan = 5000", "1 to 4094"),
    ('contact = "+44 1"', "", r"contact is missing"),
    ("valid_until = 2026-12-31", "valid_until = 2027-12-31", r":9: an authorisation lasts at most 90 days"),
    ("valid_until = 2026-12-31", "valid_until = 2026-11-30", "must be after"),
    ("valid_until = 2026-12-31", 'valid_until = "soon"', "is a date such as"),
    ("valid_from = 2026-12-01", "valid_from = 2026-12-01T08:00:00", "needs a time zone"),
    ('cidr = "10.20.0.0/24"', 'cidr = "10.20.0.1/24"', r":15: network: .*host bits set"),
    ('cidr = "10.20.0.0/24"', 'cidr = "8.8.8.0/24"', "list public addresses one by one"),
    ('profile = "clinical"', 'profile = "clincal"', "did you mean clinical"),
    ("criticality = 30", "criticality = -1", "number from 0"),
    ("criticality = 30", "criticality = true", "number from 0"),
    ("criticality = 30", "entry = -0.1", "entry is a number from 0 to 1"),
    ("criticality = 30", "entry = 1.5", "entry is a number from 0 to 1"),
    ("criticality = 30", "entry = nan", "entry is a number from 0 to 1"),
    ("criticality = 30", 'entry = "often"', "entry is a number from 0 to 1"),
    ("Sat 22:00-04:00 Europe/London", "Sat 22:00-04:00 Mars/Base", "write it as Sat"),
    ("Sat 22:00-04:00 Europe/London", "whenever", "write it as Sat"),
    ("Sat 22:00-04:00 Europe/London", "Sat 25:00-04:00 Europe/London", "hours run from"),
    ("Sat 22:00-04:00 Europe/London", "Xyz 22:00-04:00 Europe/London", "write it as Sat"),
    ('windows = ["Sat 22:00-04:00 Europe/London"]', 'windows = "Sat"', "windows is a list"),
    ('mac = "00:09:fb:00:00:00/24"', 'mac = "00:09:zz"', "exclude"),
    ('mac = "00:09:fb:00:00:00/24"', 'mac = "0/4"', "not a MAC or prefix"),
    ('mac = "00:09:fb:00:00:00/24"', 'kind = "printr"', "did you mean printer"),
    ('mac = "00:09:fb:00:00:00/24"', 'kind = "printer"\nhostname = "x"', "exactly one of"),
    ("weight = 80", "", "weight is missing"),
    ('address = "10.20.0.5"', 'address = "10.20.0.0/24"', "is a range"),
    ('from = "office"', 'from = "offices"', "did you mean office"),
    ('allow = ["tcp/443", "tcp/104"]', 'allow = ["https"]', "not a port"),
    ('allow = ["tcp/443", "tcp/104"]', 'allow = "tcp/443"', "allow is a list"),
    ('source = "declared"', 'source = "guessed"', "declared or imported"),
    ("snmp_public = false", 'snmp_public = "no"', "true or false"),
    ("[[critical]]", "[critical]", "two brackets"),
    ("[flags]", "[safety]\nknown_first_days = 0\n[flags]", ":13: known_first_days is a whole number"),
    ("[flags]", "[safety]\nknown_first_days = true\n[flags]", "known_first_days is a whole number"),
    ("[[critical]]", "[[known]]\nkind = 'modality'\n[[critical]]", "name an address, a mac, or both"),
    (
        "[[critical]]",
        "[[known]]\nmac = '02:00:00:00:00:01'\nkind = 'unknown'\n[[critical]]",
        "must know what",
    ),
    ("[[critical]]", "[[known]]\nmac = '02:00:00'\nkind = 'modality'\n[[critical]]", "one card, not a range"),
    ("[[critical]]", "[[known]]\nmac = '0/4'\nkind = 'modality'\n[[critical]]", "known: .*not a MAC"),
    ("[[critical]]", "[[known]]\naddress = '10.0.0.0/8'\nkind = 'modality'\n[[critical]]", "is a range"),
    (
        "[[critical]]",
        "[[group]]\nname = 'x'\naddresses = ['10.20.0.5']\n[[critical]]",
        "two addresses or more",
    ),
    ("[[critical]]", "[[group]]\nname = 'x'\naddresses = 'all'\n[[critical]]", "two addresses or more"),
    ("[engagement]", "[engagment]", "unknown key 'engagment'"),
    ("sector =", "sector", "Expected|expected"),
]


@pytest.mark.parametrize(("good", "bad", "complaint"), WRONG, ids=[w[1][:40] for w in WRONG])
def test_a_mistake_is_named_with_its_line(text, good, bad, complaint):
    assert good in text
    with pytest.raises(ScopeError, match=complaint):
        parse(text.replace(good, bad, 1), "scope.toml")


def test_engagement_and_networks_are_required(text):
    with pytest.raises(ScopeError, match=r"\[engagement\] is missing"):
        parse("", "scope.toml")
    with pytest.raises(ScopeError, match=r"no \[\[network\]\]"):
        parse(text[: text.index("[[network]]")], "scope.toml")


def test_a_public_address_may_be_listed_by_itself(text):
    scope = parse(text.replace("10.20.1.8/32", "8.8.8.8/32"), "scope.toml")
    assert ip_network("8.8.8.8/32") == scope.networks[2].cidr


@pytest.mark.parametrize(
    ("line", "kept"),
    [
        ('cidr = "10.20.0.0/28"', "cidr"),
        ('oui = "00:09:fb"', "mac"),
        ('hostname = "VENT-1"', "hostname"),
        ('kind = "modality"', "kind"),
    ],
)
def test_every_way_to_exclude_is_read(text, line, kept):
    scope = parse(text.replace('mac = "00:09:fb:00:00:00/24"', line), "scope.toml")
    assert getattr(scope.exclusions[0], kept) is not None


def test_an_offset_time_is_turned_to_utc(text):
    scope = parse(text.replace("valid_from = 2026-12-01", "valid_from = 2026-12-01T08:00:00+02:00"), "s")
    assert datetime(2026, 12, 1, 6, tzinfo=UTC) == scope.engagement.valid_from


def test_a_segment_may_allow_anything(text):
    assert ("*",) == parse(text.replace('["tcp/443", "tcp/104"]', '["*"]'), "s").segments[0].allow


def test_an_unreadable_file_is_named(tmp_path):
    with pytest.raises(ScopeError, match="cannot read"):
        read(tmp_path / "none.toml")
    (tmp_path / "bad.toml").write_bytes(b"\xff\xfe")
    with pytest.raises(ScopeError, match="cannot read"):
        read(tmp_path / "bad.toml")


@given(st.text(max_size=200))
def test_any_text_is_a_scope_or_a_scope_error(junk):
    try:
        parse(junk, "x")
    except ScopeError as error:
        assert str(error).startswith("x")


def test_what_is_known_and_what_belongs_together_is_read(text):
    more = """
[safety]
known_first_days = 7

[[known]]
address = "10.20.0.7"
kind = "modality"

[[known]]
mac = "02-00-00-00-00-07"
kind = "pacs"

[[group]]
name = "bed 7"
addresses = ["10.20.0.7", "10.20.0.8"]
"""
    scope = parse(text + more, "scope.toml")

    assert (30, 7) == (parse(text, "scope.toml").known_days, scope.known_days)
    assert (
        Known(kind=Kind.MODALITY, address="10.20.0.7"),
        Known(kind=Kind.PACS, mac="02:00:00:00:00:07"),
    ) == scope.known
    assert (Group(name="bed 7", addresses=("10.20.0.7", "10.20.0.8")),) == scope.groups


FRAGILE = """
[[fragile]]
id = "kilns"
match = { vendor = "Acme", product = "Kiln 9" }
profile = "ot"
never = ["tcp/80", "udp/161"]
at_once = 1
gap = 7.5
budget = 3
reason = "it stops the furnace"
source = "its maker's letter of May"

[[fragile]]
oui = "00:20:4a"
reason = "serial servers"
"""


def test_the_owners_fragile_devices_are_read(text):
    kilns, cards = parse(text + FRAGILE, "scope.toml").fragile

    assert ({"vendor": "Acme", "product": "Kiln 9"}, Profile.OT) == (kilns.match, kilns.profile)
    assert (("tcp/80", "udp/161"), 1, 7.5, 3) == (kilns.never, kilns.at_once, kilns.gap, kilns.budget)
    assert ("kilns", "its maker's letter of May", True) == (kilns.id, kilns.source, kilns.by_owner)
    assert ("00:20:4a:00:00:00", 24, Profile.CLINICAL) == (cards.mac, cards.mac_bits, cards.profile)
    assert ("fragile 2", "the scope file", None) == (cards.id, cards.source, cards.budget)


@pytest.mark.parametrize(
    ("good", "bad", "complaint"),
    [
        ('vendor = "Acme"', 'vender = "Acme"', "nothing is matched by 'vender'; did you mean vendor?"),
        ('{ vendor = "Acme", product = "Kiln 9" }', '"Acme"', "match is a table"),
        ('vendor = "Acme"', "vendor = 9", "match is a table"),
        ('{ vendor = "Acme", product = "Kiln 9" }', "{ }", "name what it is known by"),
        ('oui = "00:20:4a"', 'oui = "00:20:4a"\nmac = "00:20:4a:01:02:03"', "name what it is known by"),
        ('profile = "ot"', 'profile = "office"', "profile is one of passive, ot, clinical"),
        ('profile = "ot"', 'profile = "clinicl"', "did you mean clinical?"),
        ('["tcp/80", "udp/161"]', '"tcp/80"', "never is a list of ports"),
        ('"udp/161"]', '"snmp"]', "fragile: "),
        ("at_once = 1", "at_once = 1.5", "at_once is a whole number from 1 to 1000"),
        ("budget = 3", "budget = 0", "budget is a whole number from 1 to 1000"),
        ("gap = 7.5", 'gap = "long"', "gap is a number"),
        ('reason = "it', 'reasons = "it', "unknown key 'reasons' in fragile; did you mean reason?"),
        ('reason = "serial servers"', "", "reason is missing"),
    ],
)
def test_a_mistake_in_a_fragile_row_is_named_with_its_line(text, good, bad, complaint):
    with pytest.raises(ScopeError, match=r"scope\.toml:\d+: ") as error:
        parse(text + FRAGILE.replace(good, bad), "scope.toml")

    assert complaint in str(error.value)

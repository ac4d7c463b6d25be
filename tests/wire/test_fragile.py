"""The shipped list of fragile devices, and whom it and the log mean as a run begins."""

import csv
import re
from datetime import UTC, datetime, timedelta
from pathlib import Path

import msgspec
import pytest

import scanner.knowledge
from scanner.errors import DataError
from scanner.identify import merge
from scanner.model.kinds import Kind, Profile
from scanner.model.net import Address, Mac, tcp
from scanner.model.observation import Observation
from scanner.scope.file import Fragile, Known
from scanner.scope.fragile import Index, meant
from scanner.wire.fragile import learn, read, rows, shipped, shown, tell
from scanner.wire.never import shipped as never

NOW = datetime(2026, 12, 2, 12, tzinfo=UTC)
FACTS = Path(scanner.knowledge.__file__).with_name("facts")
CARD, OTHER = Mac("02:00:00:00:00:07"), Mac("02:00:00:00:00:08")
GOOD = '[[fragile]]\nid = "a"\nmatch = { product = "Kiln" }\nprofile = "ot"\nreason = "why"\nsource = "who"\n'


def test_every_row_says_why_on_whose_word_and_asks_for_care():
    assert len(shipped()) >= 40
    for row in shipped():
        assert row.profile in {Profile.PASSIVE, Profile.OT, Profile.CLINICAL}
        assert len(row.reason) > 20
        assert re.search(r"ICSM?A-\d\d-\d+-\d+|CVE-\d+-\d+", row.source), row.id
        assert not row.by_owner


def test_the_advisories_of_the_rows_are_those_that_name_the_holes():
    """Advisories before 2017 are in no table of ours."""
    with (FACTS / "advisories.csv").open(encoding="utf-8", newline="") as file:
        holes = {line["id"]: line["cves"].split() for line in csv.DictReader(file)}
    checked = 0
    for row in shipped():
        named = re.findall(r"ICSM?A-\d\d-\d+-\d+\w?", row.source)
        known = {hole for one in named for hole in holes.get(one, ())}
        for one in named:
            assert one in holes or int(one.split("-")[1]) < 17, (row.id, one)
        for hole in re.findall(r"CVE-(\d+)-(\d+)", row.source):
            if int(hole[0]) >= 2017:
                assert f"CVE-{hole[0]}-{hole[1]}" in known, row.id
                checked += 1
    assert checked >= 40


@pytest.mark.parametrize(
    ("said", "want"),
    [
        ({"hw.vendor": ["Moxa"], "hw.device": ["Device Server"]}, "moxa-serial-server"),
        ({"hw.vendor": ["WAGO"]}, "wago-750"),
        ({"os.product": ["VxWorks"]}, "vxworks"),
        ({"hw.product": ["CMS8000"]}, "contec-cms8000"),
        ({"hw.vendor": ["Omron"], "hw.product": ["CJ2M-CPU31"]}, "omron-cj"),
        ({"hw.vendor": ["Siemens"], "hw.product": ["CP 443-1"]}, "siemens-cp-44x-1"),
        ({"hw.product": ["1766-L32BWA"]}, "rockwell-micrologix-1400"),
        ({"snmp.sys_object_id": ["1.3.6.1.4.1.8691.2.7"]}, "moxa-nport-object-id"),
    ],
)
def test_a_device_of_the_list_is_found_by_what_it_says(said, want):
    assert want in {row.id for row in meant(shipped(), said)}


@pytest.mark.parametrize(
    "said",
    [
        {"hw.vendor": ["Dell"], "os.product": ["Windows 10"]},
        {"hw.vendor": ["Siemens"], "hw.device": ["VoIP"]},
        {"hw.vendor": ["Philips"], "hw.device": ["TV"]},
        {"hw.vendor": ["Contec"]},
        {},
    ],
)
def test_what_is_not_on_the_list_is_not_held_for_it(said):
    assert () == meant(shipped(), said)


def test_what_a_row_forbids_is_forbidden_by_the_never_list_or_by_it_alone():
    assert {port for row in shipped() for port in row.never} - set(never()), "the rows say more than the list"


@pytest.mark.parametrize(
    "text",
    [
        "[[fragile",
        "fragile = 1",
        GOOD + GOOD,
        GOOD + "more = 1\n",
        GOOD.replace('match = { product = "Kiln" }\n', ""),
        GOOD.replace('"Kiln"', '" "'),
        GOOD.replace("product", "produkt"),
        GOOD.replace('"ot"', '"office"'),
        GOOD + "gap = -1.0\n",
        GOOD + 'never = ["tcp/080"]\n',
        GOOD + 'never = ["http"]\n',
        GOOD + 'oui = "00:0g:fb"\n',
    ],
)
def test_a_wrong_list_is_refused_by_name(text):
    with pytest.raises(DataError, match=r"list\.toml"):
        read(text, "list.toml")


def test_a_right_list_is_read():
    want = Fragile(
        id="a", match={"product": "Kiln"}, mac=Mac("00:09:fb:00:00:00"), mac_bits=24, profile=Profile.OT,
        never=(tcp(80),), reason="why", source="who",
    )  # fmt: skip
    assert (want,) == read(GOOD + 'oui = "00:09:fb"\nnever = ["tcp/80"]\n', "list.toml")


def seen(address, field, value, mac=None, days=0, source="import:list"):
    return Observation(
        source=source, first=NOW - timedelta(days=days), last=NOW - timedelta(days=days), field=field,
        value=value, address=Address(address), mac=mac,
    )  # fmt: skip


@pytest.fixture
def learned(scope, knowledge):
    """What is learned of a log, as an index."""

    def make(log, scope=scope):
        return Index(learn(scope, merge.devices(tuple(log), knowledge, scope, NOW), log).learned)

    return make


@pytest.fixture(scope="session")
def knowledge():
    from scanner.knowledge.base import open_base

    return open_base()


def test_a_kind_that_the_log_tells_counts_from_the_first_frame_on_however_old(learned):
    index = learned([seen("10.2.0.5", "html_title", "Patient Monitor", CARD, days=300)])

    (one,) = index.of(Address("10.2.0.5"), None)
    assert (Kind.PATIENT_MONITOR, Profile.CLINICAL, Profile.BENCH) == (one.kind, one.profile, one.owned)
    assert one.quiet
    assert (one,) == tuple(index.of(Address("10.2.0.77"), CARD)), "its card is followed"


def test_what_is_on_the_list_counts_though_nobody_knows_its_kind(learned, scope):
    own = Fragile(
        id="own",
        match={"html_title": "Kiln 9"},
        profile=Profile.PASSIVE,
        reason="r",
        source="s",
        by_owner=True,
    )
    said = [seen("10.2.0.5", "html_title", "Kiln 9 control"), seen("10.2.0.6", "html_title", "Something")]
    index = learned(said, msgspec.structs.replace(scope, known=(), fragile=(own,)))

    (one,) = index.of(Address("10.2.0.5"), None)
    assert ((own,), Profile.PASSIVE, Profile.PASSIVE) == (one.rows, one.profile, one.owned)
    assert () == tuple(index.of(Address("10.2.0.6"), None))


def test_a_printer_is_known_too_and_leaves_its_neighbours_pace(learned):
    (one,) = learned([seen("10.2.0.5", "hp_pjl_id", "HP LaserJet 4250", CARD)]).of(Address("10.2.0.5"), None)

    assert (Kind.PRINTER, Profile.CLINICAL, False) == (one.kind, one.profile, one.quiet)


def test_the_register_of_the_scope_file_counts_in_an_office_too(learned, scope):
    known = (Known(kind=Kind.PLC, address=Address("10.2.0.5")), Known(kind=Kind.LAPTOP, mac=OTHER))
    index = learned([], msgspec.structs.replace(scope, known=known))

    assert [(Kind.PLC, Profile.OT)] == [
        (one.kind, one.profile) for one in index.of(Address("10.2.0.5"), None)
    ]
    assert [(Kind.LAPTOP, Profile.BENCH)] == [
        (one.kind, one.profile) for one in index.of(Address("10.2.0.9"), OTHER)
    ]


def test_an_address_is_released_once_another_device_answers_there_and_the_card_is_not(scope, knowledge):
    log = [seen("10.2.0.5", "html_title", "Patient Monitor", CARD, days=40)]
    (monitor,) = merge.devices(tuple(log), knowledge, scope, NOW)
    gone = msgspec.structs.replace(
        monitor, legs=tuple(msgspec.structs.replace(leg, live=False) for leg in monitor.legs)
    )
    taker = msgspec.structs.replace(
        monitor, id="dev-other", kind=Kind.LAPTOP, facts=(),
        legs=tuple(msgspec.structs.replace(leg, mac=OTHER, live=True) for leg in monitor.legs),
    )  # fmt: skip
    index = Index(learn(scope, [gone, taker], log).learned)

    assert [Kind.LAPTOP] == [one.kind for one in index.of(Address("10.2.0.5"), None)]
    assert [Kind.PATIENT_MONITOR] == [one.kind for one in index.of(Address("10.2.0.9"), CARD)]
    alone = msgspec.structs.replace(
        gone, legs=tuple(msgspec.structs.replace(leg, mac=None) for leg in gone.legs)
    )
    assert [Kind.LAPTOP] == [
        one.kind for one in Index(learn(scope, [alone, taker], []).learned).of("10.2.0.5", None)
    ]


def test_the_raw_helper_is_told_who_needs_care_without_the_words(scope, knowledge):
    log = (
        seen("10.2.0.5", "html_title", "Patient Monitor", CARD),
        seen("10.2.0.6", "ssh.banner", "OpenSSH_9.2p1 Debian-2"),
    )
    found = learn(msgspec.structs.replace(scope, known=()), merge.devices(log, knowledge, scope, NOW), log)

    assert [(Address("10.2.0.5"), ())] == [(one.address, one.rows) for one in tell(found)]


def test_the_owners_rows_come_first_and_fields_are_shown_as_they_were_seen(scope):
    own = Fragile(id="own", match={"vendor": "x"}, reason="r", source="s", by_owner=True)

    assert (own, *shipped()) == rows(msgspec.structs.replace(scope, fragile=(own,)))
    said = [seen("10.2.0.5", "ftp.banner", "Kiln"), seen("10.2.0.5", "dhcp.options", {"60": "x"})]
    assert {"ftp.banner": {"Kiln"}} == shown([], said)

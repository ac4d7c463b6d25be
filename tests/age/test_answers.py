"""What people answered, matched to devices for as long as it holds."""

from datetime import date, timedelta

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from scanner.age import answers, lifecycle
from scanner.errors import DataError
from scanner.model.device import DeviceId, Leg
from scanner.model.kinds import Kind, Support
from scanner.model.observation import Observation

WINDOWS_10 = {"os_build": "10.0.19045", "os_product": "Windows 10"}


@pytest.fixture
def told(now):
    """An answer as the log holds it."""

    def make(match, sets, *, until=None, by="J. Doe", ago=1, proof="contract 4711"):
        when = now - timedelta(days=ago)
        return Observation(
            source=f"person:{by}", first=when, last=when, field=answers.FIELD,
            value=answers.value(match, sets, until, proof),
        )  # fmt: skip

    return make


@pytest.fixture
def judged(device, knowledge, now):
    """The device with the answers heeded, and its age."""

    def of(seen, *log):
        (it,) = answers.heed([seen], answers.read(log, now), now)
        return it, lifecycle.judge(it, knowledge, now)

    return of


def test_what_its_owner_has_in_writing_leans_on_no_table(device, told, aged, now):
    log = [told(["build=10.0.19045"], ["until=2028-10-10"])]
    (it,) = answers.heed([device(WINDOWS_10)], answers.read(log, now), now)

    got = lifecycle.judge(it, aged(9999), now)

    assert (Support.SUPPORTED, "E4", ()) == (got.support, got.grade, got.because)


def test_an_answer_decides_what_a_build_leaves_open(device, told, judged):
    seen = device(WINDOWS_10)
    bought = told(["build=10.0.19045"], ["support=esu"], until="2028-10-10")
    declined = told(["os.build=10.0.1904?"], ["support=standard"])

    assert Support.UNKNOWN == judged(seen)[1].support
    _, esu = judged(seen, bought)
    _, none = judged(seen, declined)

    assert (Support.SUPPORTED, date(2028, 10, 10), {"esu"}) == (
        esu.support, esu.ends, {one.edition for one in esu.hypotheses},
    )  # fmt: skip
    assert (Support.UNSUPPORTED, date(2025, 10, 14)) == (none.support, none.ends)
    assert answers.read([bought], bought.last)[0].evidence in esu.evidence


def test_an_answer_counts_through_its_last_day_and_no_longer(device, told, judged, now):
    today = now.date()

    for until, support in [(today, Support.SUPPORTED), (today - timedelta(days=1), Support.UNKNOWN)]:
        word = told(["build=10.0.19045"], ["support=esu"], until=str(until))
        assert support == judged(device(WINDOWS_10), word)[1].support


def test_an_expired_answer_is_told_with_how_many_devices_it_was_about(device, told, now):
    old = answers.read([told(["build=10.0.19045"], ["support=esu"], until="2025-01-01")], now)
    valid = answers.read([told(["build=10.0.19045"], ["support=esu"])], now)

    assert ((old[0], 1),) == answers.expired([device(WINDOWS_10), device()], old, now)
    assert () == answers.expired([device()], old, now) == answers.expired([device(WINDOWS_10)], valid, now)


def test_answers_that_contradict_each_other_leave_both_open_and_are_shown(device, told, judged):
    words = [
        told(["build=10.0.19045"], ["support=esu"], by="A"),
        told(["build=10.0.19045"], ["support=standard"], by="B"),
    ]

    it, age = judged(device(WINDOWS_10), *words)

    assert Support.UNKNOWN == age.support
    assert "support.contract: A says esu, but B says standard" in it.conflicts


def test_an_answer_that_contradicts_what_was_seen_is_shown(device, told, judged):
    it, _ = judged(device(WINDOWS_10), told(["build=10.0.19045"], ["product=Solaris"]))
    fuller, _ = judged(
        device({"os_product": "Windows"}), told(["product=windows"], ["product=Windows Server 2019"])
    )

    assert ("os.product: J. Doe says Solaris, but Windows 10 was seen",) == it.conflicts
    assert () == fuller.conflicts


def test_a_word_that_fits_no_contract_of_the_product_narrows_nothing(device, told, judged):
    _, age = judged(device(WINDOWS_10), told(["build=10.0.19045"], ["support=elts"]))

    assert Support.UNKNOWN == age.support


def test_esu_of_a_long_term_edition_is_meant_where_there_is_no_other(device, told, judged):
    _, age = judged(device({"os_build": "10.0.14393"}), told(["build=10.0.14393"], ["support=esu"]))

    assert {"esu"} == {one.edition for one in age.hypotheses}


def test_what_a_maker_signed_takes_the_place_of_the_tables(device, told, judged):
    word = told(["kind=modality"], ["until=2030-01-01"])
    known = device({"os_build": "6.1.7601"}, kind=Kind.MODALITY, names=("CT-1",))
    bare = device(kind=Kind.MODALITY, names=("CT-2",))

    for seen in (known, bare):
        _, age = judged(seen, word)
        assert (Support.SUPPORTED, date(2030, 1, 1)) == (age.support, age.ends)
        assert "as its owner has it in writing" in age.subject
        assert "person:J. Doe" in age.hypotheses[0].source


def test_what_runs_may_be_told_where_no_packet_says_it(device, told, judged):
    it, age = judged(
        device(kind=Kind.PACS), told(["kind=pacs"], ["product=Windows Server 2008 R2", "owner=radiology"])
    )

    assert Support.UNSUPPORTED == age.support
    assert "radiology" == it.owner
    assert "Windows Server 2008 R2" == it.attributes["os.product"].value


def test_the_day_of_the_last_update_may_be_told(device, told, judged):
    _, age = judged(device(), told(["device=dev-0123456789"], ["patched=2024-03-12"]))

    assert date(2024, 3, 1) < age.horizon.not_before <= age.median <= age.horizon.not_after < date(2024, 4, 1)
    assert "E4" == age.horizon.grade


@pytest.mark.parametrize(
    ("match", "hit"),
    [
        ("device=10.0.0.9", True),
        ("device=ct-1", True),
        ("device=dev-0*", True),
        ("zone=imaging", True),
        ("zone=office", False),
        ("kind=modality", True),
        ("hw.vendor=GE*", True),
        ("vendor=Philips", False),
        ("hw.model=*", False),
    ],
)
def test_devices_are_matched_by_what_is_known_of_them(match, hit, device, told, now):
    legs = (Leg(address="10.0.0.9", mac=None, zone="imaging", live=True),)
    seen = device({"hw_vendor": "GE Healthcare"}, legs=legs, kind=Kind.MODALITY, names=("CT-1",))

    (answer,) = answers.read([told([match], ["owner=x"])], now)

    assert hit == answer.about(seen)


def test_all_matches_must_hold_and_other_devices_stay_as_they_are(device, told, now):
    both = answers.read([told(["build=10.0.19045", "kind=laptop"], ["owner=x"])], now)
    laptop = device(WINDOWS_10, kind=Kind.LAPTOP)
    other = device(WINDOWS_10, id=DeviceId("dev-1111111111"))

    got = answers.heed([laptop, other], both, now)

    assert ("x", other) == (got[0].owner, got[1])


@pytest.mark.parametrize(
    ("match", "sets", "until", "complaint"),
    [
        ([], ["support=esu"], None, "at least one --match"),
        (["build=1"], [], None, "at least one --match and one --set"),
        (
            ["colour=red"],
            ["support=esu"],
            None,
            "--match 'colour=red': say WORD=VALUE with one of build, device",
        ),
        (["build="], ["support=esu"], None, "--match 'build='"),
        (["build"], ["support=esu"], None, "--match 'build'"),
        (["build=1"], ["weather=fine"], None, "--set 'weather=fine'"),
        (["build=1"], ["until=soon"], None, "support.ends 'soon': not a day such as 2027-10-12"),
        (["build=1"], ["support=esu"], "tomorrow", "--until 'tomorrow'"),
    ],
)
def test_an_answer_that_makes_no_sense_is_refused_and_told_how_to_say_it(match, sets, until, complaint):
    with pytest.raises(DataError, match=complaint):
        answers.value(match, sets, until, "")


def test_what_is_no_answer_of_a_person_is_passed_over(told, now):
    good = told(["build=1"], ["owner=x"])
    bad = [
        msgspec.structs.replace(good, source="probe:x"),
        msgspec.structs.replace(good, value="text"),
        msgspec.structs.replace(good, value={"match": "build=1", "set": ["a=b"]}),
        msgspec.structs.replace(good, value={"match": ["build=1"], "set": "a=b"}),
        msgspec.structs.replace(good, value={"match": [], "set": ["a=b"]}),
        msgspec.structs.replace(good, value={"match": ["build=1"], "set": ["a=b"], "until": "soon"}),
        msgspec.structs.replace(good, field="person.same"),
        msgspec.structs.replace(good, first=now + timedelta(days=1), last=now + timedelta(days=1)),
    ]

    assert [good] == [one.seen for one in answers.read([*bad, good], now)]


def test_the_order_of_the_log_does_not_matter(told, now):
    words = [told(["build=1"], [f"owner={n}"], ago=n + 1) for n in range(4)]

    assert answers.read(words, now) == answers.read(words[::-1], now)
    assert ["3", "2", "1", "0"] == [one.sets[0][1] for one in answers.read(words, now)]


@given(
    st.lists(st.text(max_size=30), max_size=4),
    st.lists(st.text(max_size=30), max_size=4),
    st.none() | st.text(),
)
def test_no_words_break_an_answer(match, sets, until):
    try:
        got = answers.value(match, sets, until, "x")
    except DataError:
        return
    assert all("=" in one for one in (*got["match"], *got["set"]))


@pytest.mark.parametrize(("word", "field"), [("yes", "person.same"), ("no", "person.different")])
def test_two_addresses_may_be_told_to_be_one_device_or_not(word, field, now):
    pair = ["device=10.0.0.1", "device=10.0.0.2"]

    got = answers.observation("J. Doe ", pair, [f"same={word}"], None, "", now)

    assert ("person:J. Doe", field, {"devices": ["10.0.0.1", "10.0.0.2"]}) == (
        got.source,
        got.field,
        got.value,
    )


@pytest.mark.parametrize(
    ("match", "sets"),
    [
        (["device=10.0.0.1"], ["same=no"]),
        (["device=10.0.0.1", "zone=office"], ["same=no"]),
        (["device=10.0.0.1", "device=dev-0123456789"], ["same=no"]),
        (["device=10.0.0.1", "device=10.0.0.2"], ["same=perhaps"]),
        (["device=10.0.0.1", "device=10.0.0.2"], ["same=no", "owner=x"]),
        (["device=10.0.0.1", "device=10.0.0.2"], ["owner=x", "same=no"]),
    ],
)
def test_who_is_one_device_is_told_by_address_and_alone(match, sets, now):
    with pytest.raises(DataError, match="same=yes or --set same=no alone"):
        answers.observation("A", match, sets, None, "", now)


def test_an_answer_without_a_name_is_refused(now):
    with pytest.raises(DataError, match="needs a name"):
        answers.observation(" ", ["build=1"], ["owner=x"], None, "", now)

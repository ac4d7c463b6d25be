"""The questions that decide most, and how much is decided."""

import shlex

import pytest

from scanner.age import answers, lifecycle, questions
from scanner.model.device import DeviceId, Leg
from scanner.model.kinds import Kind, Support
from scanner.model.observation import Observation


@pytest.fixture
def aged(device, knowledge, now):
    """Devices by their attributes, judged, each with a risk score."""

    def of(*those):
        found = []
        for number, (attributes, more, score) in enumerate(those):
            legs = (Leg(address=f"10.0.0.{number}", mac=None, zone=f"zone-{number % 2}", live=True),)
            one = device(attributes, id=DeviceId(f"dev-{number:010d}"), legs=legs, **more)
            found.append((one, lifecycle.judge(one, knowledge, now), score))
        return found

    return of


WINDOWS_10 = ({"os_build": "10.0.19045", "os_product": "Windows 10"}, {}, 30.0)


def test_devices_of_one_build_are_one_question_that_says_how_to_answer_it(aged):
    (got,) = questions.ask(aged(WINDOWS_10, WINDOWS_10, WINDOWS_10))

    assert ("contract", 3, 90.0, ("zone-0", "zone-1")) == (got.sort, len(got.devices), got.risk, got.zones)
    assert "Windows 10 22H2 (os.build 10.0.19045)" == got.about
    assert "commercial ESU (until 2028-10-10)" in got.text
    assert "nobody has mended it since 2025-10-14" in got.text
    assert "until when?" in got.text
    assert (
        "stalehost assert --match os.build=10.0.19045 --set support=esu --until 2028-10-10 --by NAME",
        "stalehost assert --match os.build=10.0.19045 --set support=standard --by NAME",
    ) == got.answers


def test_what_decides_most_comes_first_and_of_equals_the_more_dangerous(aged):
    esx = ({"os_product": "ESXi", "os_vendor": "VMware"}, {}, 9.0)
    debian = ({"os_vendor": "Debian", "os_product": "Linux", "os_version": "9"}, {}, 80.0)

    got = questions.ask(aged(esx, WINDOWS_10, debian, WINDOWS_10))

    assert [2, 1, 1] == [len(one.devices) for one in got]
    assert got[1].risk > got[2].risk


def test_decided_devices_raise_no_question(aged):
    assert () == questions.ask(aged(({"os_build": "6.1.7601"}, {}, 90.0)))


@pytest.mark.parametrize(
    ("attributes", "more", "sort", "about", "answer"),
    [
        ({"os_product": "Windows"}, {}, "version", "Windows", "--set build=BUILD"),
        ({"os_product": "FrobOS", "os_version": "3"}, {}, "version", "FrobOS 3", "--set version=VERSION"),
        ({"hw_product": "P1344"}, {}, "version", "P1344", "--set until=DATE"),
        ({"hw_vendor": "Axis"}, {"kind": Kind.CAMERA}, "system", "of kind camera by Axis", "--match kind=camera --match hw.vendor=Axis"),
        ({}, {}, "system", "of no known kind", "--match kind=unknown"),
        ({"os_product": "IOS", "os_vendor": "Cisco"}, {}, "end", "Cisco IOS", "--set until=DATE"),
        ({"os_build": "10.0.26100"}, {}, "contract", "os.build 10.0.26100", "--set 'product=Windows Server 2025'"),
        ({"os_build": "10.0.26100"}, {}, "contract", "os.build 10.0.26100", "--set 'product=Windows 11' --set edition=Pro"),
        ({"os_product": "ESXi", "os_vendor": "VMware"}, {}, "contract", "VMware ESXi", "--set version=VERSION"),
        ({"os_product": "Ubuntu"}, {}, "contract", "Ubuntu", "or one of"),
    ],
)  # fmt: skip
def test_every_unknown_has_a_question_of_its_sort(attributes, more, sort, about, answer, aged):
    (got,) = questions.ask(aged((attributes, more, 1.0)))

    assert sort == got.sort
    assert about in got.about
    assert any(answer in one for one in (*got.answers, got.text))


def test_an_expired_answer_is_asked_again_with_the_command_that_renews_it(now):
    word = Observation(
        source="person:J. Doe", first=now, last=now, field=answers.FIELD,
        value=answers.value(["product=Windows 10"], ["support=esu"], "2026-01-01", ""),
    )  # fmt: skip
    (old,) = answers.read([word], now)

    (got,) = questions.ask([], [(old, 3)])

    assert ("renewal", 3) == (got.sort, len(got.devices))
    assert "J. Doe said support.contract=esu until 2026-01-01: does it still hold?" == got.text
    assert (
        "stalehost assert --match 'os.product=Windows 10' --set support.contract=esu --until DATE --by NAME",
    ) == got.answers


@pytest.mark.parametrize(
    "attributes", [WINDOWS_10[0], {"os_build": "10.0.26100"}, {"os_build": "10.0.17763"}]
)
def test_every_answer_that_a_question_offers_decides_its_devices(attributes, aged, knowledge, now):
    those = aged((attributes, {}, 1.0))
    (asked,) = questions.ask(those)

    for command in asked.answers:
        words = shlex.split(command)
        said = {
            option: [words[n + 1] for n, word in enumerate(words) if word == f"--{option}"]
            for option in ("match", "set", "until")
        }
        value = answers.value(said["match"], said["set"], *(said["until"] or [None]), "")
        seen = Observation(source="person:x", first=now, last=now, field=answers.FIELD, value=value)
        (device,) = answers.heed([those[0][0]], answers.read([seen], now), now)
        assert lifecycle.judge(device, knowledge, now).support is not Support.UNKNOWN, command


def test_the_decided_share_is_told_by_family(aged):
    windows = {"os_family": "Windows"}
    those = aged(
        ({**windows, "os_build": "6.1.7601"}, {}, 1.0), ({**windows, "os_build": "10.0.19045"}, {}, 1.0), ({}, {}, 1.0)
    )  # fmt: skip

    got = questions.families([(device, age) for device, age, _ in those])

    assert [("Windows", 2, 1, 0.5), ("not known", 1, 0, 0.0)] == [
        (row.name, row.devices, row.decided, row.share) for row in got
    ]

"""Words that programs borrow are doubted, until anything else agrees."""

import pytest

from scanner.identify import borrowed, merge
from scanner.knowledge.base import open_base

AGENT = ("http_header.user_agent", "Mozilla/4.0 (compatible; MSIE 5.01; Windows NT 5.0)")
OS, LM = ("smb.native_os", "Windows 2000 2195"), ("smb.native_lm", "Windows 2000 5.0")


@pytest.fixture(scope="module")
def shipped():
    return open_base()


@pytest.fixture
def judged(saw, scope, now, shipped):
    return lambda *facts: merge.devices([saw(*one, "10.0.0.1") for one in facts], shipped, scope, now)[0]


def test_what_attackers_tools_say_too_is_told_with_doubt(judged):
    device = judged(OS, LM)

    assert device.attributes["os.product"].value.startswith("Windows 2000")
    assert device.attributes["os.product"].confidence < 0.6
    assert (
        "attackers' tools say smb.native_os Windows 2000 2195 too, and nothing else agrees with it"
        in device.conflicts
    )


def test_what_else_is_said_is_believed_as_ever(judged):
    device, plain = (judged((OS[0], said), AGENT) for said in (OS[1], "Windows 5.0"))

    assert [] == [one for one in device.conflicts if "attackers" in one]
    assert device.attributes["os.family"].confidence == plain.attributes["os.family"].confidence


def test_other_words_are_no_affair_of_its():
    assert ({}, ()) == borrowed.doubt({}, ())

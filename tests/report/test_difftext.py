"""The comparison in words: for a terminal, a ticket, a script, a page and a mail; inert in each."""

import json as parser
import re
from datetime import timedelta

import msgspec
import pytest

from scanner.model.since import Cause, State
from scanner.report import difftext
from scanner.report.diff import compare

change = msgspec.structs.replace


@pytest.fixture
def since(hospital):
    """Half of the devices are new, one has gone."""
    half = change(hospital, devices=hospital.devices[::2], now=hospital.now - timedelta(days=30))
    return compare(half, [(Cause.NETWORK, change(hospital, devices=hospital.devices[1:]))], notes=("a note",))


@pytest.fixture
def nasty(hostile):
    half = change(hostile, devices=hostile.devices[::2], now=hostile.now - timedelta(days=30))
    return compare(half, [(Cause.NETWORK, hostile)])


def test_the_terminal_shows_each_change_on_a_line(since):
    told = list(difftext.lines(since))

    assert sum(one.state != "unchanged" for one in since.findings) == sum("F-" in line for line in told)
    assert any(line.startswith("no longer listed") for line in told)
    assert "expected loss 312, as before" in told
    assert "note: a note" in told


def test_what_moved_the_expected_loss_is_said_and_what_did_not_is_not(hospital):
    worse = change(hospital, network=change(hospital.network, expected_loss=400.0))
    told = list(difftext.lines(compare(hospital, [(Cause.KNOWLEDGE, hospital), (Cause.NETWORK, worse)])))

    assert ["expected loss 312 +88 = 400: the network changed"] == [
        line for line in told if line.startswith("expected loss")
    ]


def test_what_was_not_looked_at_again_stands_below_what_changed(since):
    asleep = tuple(change(one, state=State.NOT_SEEN) for one in since.findings[:2])
    shown = change(since, findings=(*asleep, *since.findings[2:]))

    told = [line for line in difftext.lines(shown) if " F-" in line]
    slept = [line.startswith("not looked at again") for line in told]
    assert slept == sorted(slept)
    assert {True, False} == {*slept}


def test_a_hostile_name_cannot_act_in_the_terminal(nasty):
    assert all(line.isprintable() for line in difftext.lines(nasty))


def test_an_empty_comparison_has_words_in_every_format(empty):
    nothing = compare(empty, [])

    assert "no findings" in list(difftext.lines(nothing))
    assert "##" not in difftext.markdown(nothing).replace("## Trend", "")
    assert "nothing new" in difftext.brief(nothing, "audit")[0]


def test_markdown_shows_markup_of_devices_as_text(nasty):
    text = difftext.markdown(nasty)

    assert not re.search(r"(?<!\\)[<>`]", text)
    assert "javascript:" not in text or "](" not in text
    widths = {line.count(" | ") for line in text.splitlines() if line.startswith("| ") and "F-" in line}
    assert 1 == len(widths)


def test_json_is_whole_and_names_its_schema(since):
    told = parser.loads(difftext.json(since))

    assert "stalehost/1" == told["schema"]
    assert len(since.findings) == len(told["diff"]["findings"])


def test_the_page_has_no_script_and_a_policy(nasty):
    page = difftext.page(nasty, "<script>x</script>")

    assert "<script" not in page
    assert "default-src &#39;none&#39;" in page


def test_a_short_word_names_devices_and_no_address_or_owner(since, hospital):
    subject, body = difftext.brief(since, hospital.title)

    assert "new" in subject
    for judged in hospital.devices:
        for leg in judged.device.legs:
            assert leg.address not in body
    assert "radiology" not in body
    assert "in " not in subject.partition(":")[2]


def test_a_short_word_is_short(since, monkeypatch):
    monkeypatch.setattr(difftext, "MOST_SAID", 1)
    _, body = difftext.brief(since, "x")

    assert re.search(r"and \d+ more\n", body)
    assert 4 == len(body.splitlines())


def test_news_are_worth_telling_and_nothing_is_not(since, empty):
    told = msgspec.structs.replace(since, findings=())

    assert (True, False) == (difftext.worth_telling(since), difftext.worth_telling(told))

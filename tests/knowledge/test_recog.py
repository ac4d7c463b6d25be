"""A user's own Recog content serves the fields of its names after our rules; what RE2 cannot take is counted."""

from collections import Counter
from datetime import UTC, datetime
from pathlib import Path

import pytest

from scanner.errors import DataError
from scanner.identify.claims import identify
from scanner.knowledge import installed, recog
from scanner.knowledge.base import open_base
from scanner.knowledge.updater import run

CONTENT = Path(__file__).parents[2] / "fixtures" / "recog"
NOW = datetime(2026, 11, 23, tzinfo=UTC)


@pytest.fixture
def base(tmp_path, monkeypatch):
    monkeypatch.setenv("STALEHOST_DATA", str(tmp_path / "data"))
    before = open_base()
    taken = run.take_in(None, None, NOW, recog=CONTENT)
    return before, open_base(), taken


def test_its_fingerprints_name_what_ours_do_not(base):
    before, after, _ = base
    text = "ExampleSSH_4.2 gate7"

    assert identify("ssh.banner", text, before)[0] is None
    assert (
        "recog-ssh_banners-1",
        {
            "service.vendor": "Example",
            "service.product": "ExampleSSH",
            "service.version": "4.2",
            "service.cpe23": "cpe:/a:example:ssh:4.2",
            "hw.model": "7",
        },
    ) == identify("ssh.banner", text, after)


def test_a_rule_of_ours_comes_first(base):
    before, after, _ = base
    assert identify("ssh.banner", "OpenSSH_7.4", before) == identify("ssh.banner", "OpenSSH_7.4", after)


def test_flags_and_encoded_examples_are_read_as_the_format_has_them(base):
    assert {"os.vendor": "Example"} == identify("ssh.banner", "encoded\nline", base[1])[1]
    assert {"os.vendor": "Example"} == identify("ssh.banner", "elsewhere", base[1])[1]


def test_what_cannot_be_taken_is_counted_with_its_reason(base):
    found = recog.read(CONTENT)

    whys = Counter(one.why.partition(":")[0] for one in found.skipped)
    assert {
        "not RE2 syntax": 1,
        "matches none of its own examples here": 1,
        "says nothing about a device in words that we share": 1,
        "takes more than nine captures (service.version is the 10th)": 1,
    } == whys
    assert "recog: left out 1 fingerprints: not RE2 syntax" in base[2].notes
    assert installed.current().manifest.feeds["recog"].rows == 4


def test_it_is_marked_as_the_users_own_and_another_version_of_the_knowledge(base):
    before, after, _ = base
    mine = [rule for rule in after.rules("ssh.banner") if rule.origin == "recog"]

    assert (4, 0.8) == (len(mine), mine[0].confidence)
    assert before.version != after.version
    assert after.rules("ftp.banner") == before.rules("ftp.banner")


def write(folder, text):
    (folder / "x.xml").write_text(text)
    return folder


BOMB = '<!DOCTYPE x [<!ENTITY a "aaaa">]><fingerprints matches="ssh.banner">&a;</fingerprints>'


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("<html>", "not a whole XML file"),
        (BOMB, "not a whole XML file"),
        ('<fingerprints matches="ssh.banner"><fingerprint', "not a whole XML file"),
        ("<other/>", "want <fingerprints matches"),
        ('<fingerprints matches="../etc"/>', "want <fingerprints matches"),
    ],
)
def test_a_file_of_another_kind_is_refused_by_name(tmp_path, text, said):
    with pytest.raises(DataError, match=rf"x\.xml: {said}"):
        recog.read(write(tmp_path, text))


def test_a_folder_without_fingerprints_and_a_file_too_large_are_refused(tmp_path, monkeypatch):
    with pytest.raises(DataError, match="no Recog fingerprints"):
        recog.read(tmp_path)
    monkeypatch.setattr(recog, "CAP", 3)
    with pytest.raises(DataError, match="no fingerprints"):
        recog.read(write(tmp_path, "<other/>"))


def test_an_example_that_is_not_base64_proves_nothing(tmp_path):
    text = (
        '<fingerprints matches="ssh.banner"><fingerprint pattern="x"><example _encoding="base64">a</example>'
        '<param pos="0" name="os.vendor" value="V"/></fingerprint></fingerprints>'
    )
    assert recog.read(write(tmp_path, text)).rules["ssh.banner"][0].set == {"os.vendor": "V"}


def test_a_saved_table_that_was_cut_is_named(tmp_path):
    (tmp_path / "ssh.banner.json").write_text("[")
    with pytest.raises(DataError, match=r"ssh\.banner\.json: not whole"):
        recog.load(tmp_path, "ssh.banner")
    assert () == recog.load(tmp_path, "../x") == recog.load(None, "ssh.banner")

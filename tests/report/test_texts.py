"""Templates say nothing of their own: every text stands in one catalogue, which other languages may follow as far as they come."""

import re
import shutil
import string

import pytest

from scanner.errors import DataError
from scanner.report import html, texts
from scanner.report.assets import templates_dir
from scanner.report.sections import SECTIONS

TEMPLATES = sorted(templates_dir().rglob("*.html"))
ENGLISH = texts.read(templates_dir(), texts.ENGLISH)
CALL = re.compile(r"""\bt\("([a-z_0-9.]+)"((?:, [a-z_0-9]+=(?:"[^"]*"|[^,()]|\([^()]*\))+)*)\)""")
TOKEN = re.compile(r"\{%.*?%\}|\{\{.*?\}\}|<(?:\{%.*?%\}|\{\{.*?\}\}|[^<>])*>", re.DOTALL)
COMMAND = re.compile(r"stalehost [a-z]")


def calls():
    """Every text that a template asks for: key, and the names of the values that it gives."""
    for path in TEMPLATES:
        for key, given in CALL.findall(path.read_text(encoding="utf-8")):
            yield key, frozenset(re.findall(r"(?:^|, )([a-z_0-9]+)=", given))


def forms(text):
    return [text] if isinstance(text, str) else [text["one"], text["many"]]


def fields(text):
    return {name for form in forms(text) for _, name, _, _ in string.Formatter().parse(form) if name}


@pytest.mark.parametrize("path", TEMPLATES, ids=lambda path: path.name)
def test_no_template_has_prose_of_its_own(path):
    bare = [text.strip() for text in TOKEN.split(path.read_text(encoding="utf-8"))]

    assert [] == [one for one in bare if re.search(r"[A-Za-z]{2}", one) and not COMMAND.match(one)]


@pytest.mark.parametrize("path", TEMPLATES, ids=lambda path: path.name)
def test_no_attribute_that_people_hear_or_read_has_prose_of_its_own(path):
    spoken = re.findall(r'\b(?:aria-label|placeholder|alt)="([^"{]+)"', path.read_text(encoding="utf-8"))

    assert [] == spoken


def test_every_text_that_is_asked_for_is_there_and_none_is_left_over():
    titles = {f"sections.{section.name}" for section in SECTIONS}

    assert {key for key, _ in calls()} | titles == set(ENGLISH)


def test_every_value_that_a_text_names_is_given():
    assert [] == [
        (key, fields(ENGLISH[key]) - given) for key, given in calls() if fields(ENGLISH[key]) - given
    ]


def test_a_text_that_depends_on_a_number_is_given_it():
    assert [] == [key for key, given in calls() if not isinstance(ENGLISH[key], str) and "count" not in given]


def test_one_is_said_in_another_way_than_many():
    say = texts.say(templates_dir())

    assert ["0 devices", "1 device", "2 devices"] == [
        say("sentences.devices_seen", count=count) for count in range(3)
    ]


def test_a_value_that_is_missing_is_said_to_be_not_known():
    say = texts.say(templates_dir())

    assert "not known of 100" == say("sentences.score_of_100", score=None)


@pytest.fixture
def folder(tmp_path):
    """The templates, with a catalogue of a second language that has one text."""
    made = tmp_path / "templates"
    shutil.copytree(templates_dir(), made)
    (made / "texts" / "de.toml").write_text(
        '[sections]\nheadline = "In einer Minute"\n[columns]\nscore = ""\n', encoding="utf-8"
    )
    return made


def test_another_language_is_spoken_as_far_as_it_comes(folder, hospital, monkeypatch):
    monkeypatch.setattr(html, "templates_dir", lambda: folder)

    page = html.render(hospital, language="de")

    assert ("de", "en") == texts.languages(folder)
    assert '<html lang="de">' in page
    assert '<h2 id="headline-title">In einer Minute</h2>' in page
    assert '<h2 id="glossary-title">Words used here</h2>' in page
    assert '<th scope="col" data-numeric="yes">Score</th>' in page


def test_a_language_without_a_catalogue_is_refused_with_those_that_have_one():
    with pytest.raises(DataError, match="no texts in 'tlh'; there are: en"):
        texts.say(templates_dir(), "tlh")


def test_a_catalogue_that_cannot_be_read_is_named(folder):
    (folder / "texts" / "fr.toml").write_text("[sections\n", encoding="utf-8")

    with pytest.raises(DataError, match=r"fr\.toml"):
        texts.say(folder, "fr")

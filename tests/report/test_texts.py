"""What people read stands in one catalogue, which other languages may follow as far as they come; code and templates hold none."""

import ast
import json
import re
import shutil
import string
from functools import cache
from html.parser import HTMLParser
from pathlib import Path

import msgspec
import pytest

import scanner
from scanner.errors import DataError
from scanner.model import freshness
from scanner.model.kinds import Kind, Support
from scanner.report import clauses, html, promises, texts, words
from scanner.report.assets import templates_dir
from scanner.report.sections import SECTIONS

TEMPLATES = sorted(templates_dir().rglob("*.html"))
ENGLISH = texts.read(templates_dir(), texts.ENGLISH)
CALL = re.compile(r"""\bt\("([a-z_0-9.]+)"((?:, [a-z_0-9]+=(?:"[^"]*"|[^,()]|\([^()]*\))+)*)\)""")
TOKEN = re.compile(r"\{%.*?%\}|\{\{.*?\}\}|<(?:\{%.*?%\}|\{\{.*?\}\}|[^<>])*>", re.DOTALL)
COMMAND = re.compile(r"stalehost [a-z]")
PACKAGE = Path(scanner.__file__).parent

LEFT_ALONE = {
    "report/brand.py": "why a brand file is refused: an error of its owner's, told with the file and the line",
    "report/charts.py": "names of styles",
    "report/clauses.py": "a word of the table of clauses",
    "report/decisions.py": "why a decisions file is refused, and the first line of one",
    "report/html.py": "the content policy",
    "report/line.py": "how the judgement names a program, to shorten it",
    "report/schema.py": "the title of the JSON schema, which machines read",
    "report/sections/unpatchable.py": "an answer in a maker's form",
    "report/svg.py": "a type",
    "tell/settings.py": "why notify.toml is refused",
    "tell/syslog.py": "a line as RFC 5424 has it",
}
"""Files that hold what looks like a sentence and is none that a report says, each with what it is."""

JUDGED = {"risk": 185, "age": 145}
"""At most so many still stand in the code that judges (reasons, readings, signs; also names that only look like sentences): 180 and 140
as this was written. The numbers may only be lowered."""


def calls():
    """Every text that a template or the code asks for by name: key, and the names of the values that it gives."""
    for path in TEMPLATES:
        for key, given in CALL.findall(path.read_text(encoding="utf-8")):
            yield key, frozenset(re.findall(r"(?:^|, )([a-z_0-9]+)=", given))
    for call in functions("phrase"):
        given = frozenset(str(one.arg) for one in call.keywords)
        for key in ast.walk(call.args[0]):
            if isinstance(key, ast.Constant) and re.fullmatch(r"[a-z_]+\.[a-z_0-9]+", str(key.value)):
                yield key.value, given


@cache
def functions(name):
    """Every call of that function in the code."""
    return [
        node
        for path in sorted(PACKAGE.rglob("*.py"))
        if f"{name}(" in (source := path.read_text(encoding="utf-8"))
        for node in ast.walk(ast.parse(source))
        if isinstance(node, ast.Call)
        and name in {getattr(node.func, "id", None), getattr(node.func, "attr", None)}
    ]


def tables():
    """The tables that are asked by a code and not by a name."""
    for call in functions("Named"):
        yield call.args[0].value
    for call in functions("phrase"):
        match call.args[0]:
            case ast.JoinedStr(values=[ast.Constant(value=str(begin)), *_]):
                yield begin.split(".")[0]


def trees(package):
    """The modules of a package of ours, parsed."""
    for path in sorted((PACKAGE / package).rglob("*.py")):
        yield path, ast.parse(path.read_text(encoding="utf-8"))


def prose(tree):
    """Every text in the code that reads like a sentence: two words at least, and none of those that only machines see."""
    silent = set()
    for node in ast.walk(tree):
        match node:
            case ast.Expr(value=ast.Constant()) | ast.Raise() | ast.Assert() | ast.keyword(arg="class_"):
                silent.update(map(id, ast.walk(node)))
            case ast.Call(func=ast.Attribute(value=ast.Name(id="re"))):
                silent.update(map(id, ast.walk(node)))
            case ast.FormattedValue(format_spec=ast.JoinedStr()):
                silent.update(map(id, ast.walk(node.format_spec)))
            case ast.JoinedStr():
                silent.update(map(id, node.values))
    for node in ast.walk(tree):
        if id(node) in silent:
            continue
        if isinstance(node, ast.JoinedStr):
            said = "".join(one.value if isinstance(one, ast.Constant) else "{}" for one in node.values)
        elif isinstance(node, ast.Constant) and isinstance(node.value, str):
            said = node.value
        else:
            continue
        if re.search(r"[a-z]{2}", said) and re.search(r"\S \S", said):
            yield said


def forms(text):
    return [text] if isinstance(text, str) else [text["one"], text["many"]]


def fields(text):
    return {name for form in forms(text) for _, name, _, _ in string.Formatter().parse(form) if name}


@pytest.mark.parametrize("path", TEMPLATES, ids=lambda path: path.name)
def test_no_template_has_prose_of_its_own(path):
    bare = [text.strip() for text in TOKEN.split(path.read_text(encoding="utf-8"))]

    assert [] == [one for one in bare if re.search(r"[A-Za-z]{2}", one) and not COMMAND.match(one)]


@pytest.mark.parametrize("path", TEMPLATES, ids=lambda path: path.name)
def test_no_expression_of_a_template_has_prose_of_its_own(path):
    said = re.findall(
        r"\{\{.*?\}\}|\{%.*?%\}", re.sub(CALL, "", path.read_text(encoding="utf-8")), flags=re.DOTALL
    )

    quoted = [text for one in said for text in re.findall(r'"([^"]*)"', one)]

    assert [] == [text for text in quoted if re.search(r"[a-z]{2}.* .*[a-z]{2}", text)]


@pytest.mark.parametrize("path", TEMPLATES, ids=lambda path: path.name)
def test_no_attribute_that_people_hear_or_read_has_prose_of_its_own(path):
    spoken = re.findall(r'\b(?:aria-label|placeholder|alt)="([^"{]+)"', path.read_text(encoding="utf-8"))

    assert [] == spoken


def test_what_the_reports_and_messages_say_stands_in_the_catalogue_and_not_in_the_code():
    said = {
        str(path.relative_to(PACKAGE)): list(prose(tree))
        for package in ("report", "tell")
        for path, tree in trees(package)
    }

    assert {} == {path: found for path, found in said.items() if found and path not in LEFT_ALONE}
    assert [] == [path for path in LEFT_ALONE if not said[path]]


@pytest.mark.parametrize("package", JUDGED)
def test_the_sentences_that_still_stand_in_judging_code_only_grow_fewer(package):
    assert sum(len(list(prose(tree))) for _, tree in trees(package)) <= JUDGED[package]


def test_every_text_that_is_asked_for_is_there_and_none_is_left_over():
    titles = {f"sections.{section.name}" for section in SECTIONS}
    coded = set(tables())
    by_code = {key for key in ENGLISH if key.split(".")[0] in coded}

    assert {key for key, _ in calls()} | titles | by_code == set(ENGLISH)


def test_every_word_that_is_counted_has_its_forms_and_none_is_left_over():
    asked = {
        one.value
        for call in functions("plural")
        for one in ast.walk(call.args[1])
        if isinstance(one, ast.Constant) and isinstance(one.value, str)
    }
    levels = {"error", "warning", "notice"}

    assert asked | levels == {key.removeprefix("counts.") for key in ENGLISH if key.startswith("counts.")}


def test_every_promise_has_its_words_and_none_is_left_over():
    assert {f"promises.{one.key}" for one in promises.PROMISES} == {
        key for key in ENGLISH if key.startswith("promises.")
    }


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


def test_words_for_codes_are_a_mapping_of_just_these_codes():
    assert ([*Support], 3) == ([*words.SUPPORT], len(words.SUPPORT))
    assert words.ADVERSARIES.get("nobody") is None


@pytest.fixture
def folder(tmp_path):
    """The templates, with a catalogue of a second language that has one text."""
    made = tmp_path / "templates"
    shutil.copytree(templates_dir(), made)
    (made / "texts" / "de.toml").write_text(
        '[sections]\nheadline = "In einer Minute"\n[columns]\nscore = ""\n[kinds]\n'
        'nas = { one = "Netzspeicher", many = "Netzspeicher" }\n',
        encoding="utf-8",
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


def test_a_language_is_spoken_as_long_as_it_was_asked_for_and_no_longer(folder):
    with texts.spoken(folder, "de"):
        assert "Netzspeicher" == words.kind(Kind.NAS)
    assert "network storage box" == words.kind(Kind.NAS)


def test_a_language_without_a_catalogue_is_refused_with_those_that_have_one():
    with pytest.raises(DataError, match="no texts in 'tlh'; there are: en"):
        texts.say(templates_dir(), "tlh")
    with pytest.raises(DataError, match="no texts in 'tlh'"), texts.spoken(templates_dir(), "tlh"):
        pass


def test_a_catalogue_that_cannot_be_read_is_named(folder):
    (folder / "texts" / "fr.toml").write_text("[sections\n", encoding="utf-8")

    with pytest.raises(DataError, match=r"fr\.toml"):
        texts.say(folder, "fr")


WIDE = {ord(one): ord(one) - ord("!") + 0xFF01 for one in string.ascii_letters}
"""Plain letters to wide ones: a language that anybody can tell from English, letter by letter."""


def widened(text):
    """The text with each of its own letters wide; the names of values stay."""
    if not isinstance(text, str):
        return {form: widened(one) for form, one in text.items()}
    return "".join(
        own.translate(WIDE).replace("{", "{{").replace("}", "}}")
        + ("" if name is None else "{" + name + (f":{spec}" if spec else "") + "}")
        for own, name, spec, _ in string.Formatter().parse(text)
    )


class Seen(HTMLParser):
    """What people see or hear of a page, but no commands to type."""

    def __init__(self):
        super().__init__()
        self.inside, self.texts = [], []

    def handle_starttag(self, tag, attrs):
        if tag not in {"meta", "input", "br", "col", "hr", "img", "path", "line", "rect", "circle"}:
            self.inside.append(tag)
        for name, value in attrs:
            if name in {"aria-label", "alt", "placeholder", "title"} or " " in (
                value if name.startswith("data-") and value else ""
            ):
                self.texts.append(value)

    def handle_endtag(self, tag):
        while self.inside and self.inside.pop() != tag:
            pass

    def handle_data(self, data):
        if not {"script", "style", "code", "pre"} & {*self.inside}:
            self.texts.append(data)


def strings(value):
    """Every text in a value."""
    if isinstance(value, str):
        yield value
    elif isinstance(value, msgspec.Struct):
        for name in value.__struct_fields__:
            yield from strings(getattr(value, name))
    elif isinstance(value, dict):
        for key, one in value.items():
            yield from strings(key)
            yield from strings(one)
    elif isinstance(value, tuple | list | frozenset):
        for one in value:
            yield from strings(one)


@pytest.fixture
def wide(tmp_path, monkeypatch):
    """The templates, with a second language in which every text of the catalogue is wide."""
    made = tmp_path / "templates"
    shutil.copytree(templates_dir(), made)
    lines = (f'"{key.split(".", 1)[1]}" = {_toml(widened(text))}' for key, text in ENGLISH.items())
    by_table = {}
    for key, line in zip(ENGLISH, lines, strict=True):
        by_table.setdefault(key.split(".")[0], []).append(line)
    (made / "texts" / "xx.toml").write_text(
        "\n".join(f"[{table}]\n" + "\n".join(rows) for table, rows in by_table.items()), encoding="utf-8"
    )
    monkeypatch.setattr(html, "templates_dir", lambda: made)


def _toml(text):
    if isinstance(text, str):
        return json.dumps(text, ensure_ascii=False)
    return "{ " + ", ".join(f"{form} = {_toml(one)}" for form, one in text.items()) + " }"


@pytest.mark.usefixtures("wide")
@pytest.mark.parametrize("which", ["hospital", "empty"])
def test_in_another_language_no_english_is_left_but_what_was_seen_and_judged(which, request):
    found = request.getfixturevalue(which)
    given = [
        *strings(found),
        *strings(clauses.table(templates_dir() / "compliance.toml")),
        *strings(freshness.LIMITS),
        freshness.OTHER.why,
    ]
    known = "\n".join(given).lower()

    seen = Seen()
    seen.feed(html.render(found, language="xx"))
    left = {run for text in seen.texts for run in re.findall(r"[A-Za-z][A-Za-z' -]*[A-Za-z]", text)}

    assert [] == sorted(run for run in left if re.search(r"[a-z]{2}", run) and run.lower() not in known)
    assert len([text for text in seen.texts if any(ord(one) in WIDE.values() for one in text)]) > 100

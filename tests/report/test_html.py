"""The page is one inert file: it asks for nothing, runs nothing but its own script, and is the same every time."""

import base64
import hashlib
import itertools
import re
import unicodedata
from html.parser import HTMLParser
from importlib import import_module
from pathlib import Path

import jinja2
import msgspec
import pytest

import scanner
from scanner.report import html, line, words
from scanner.report.assets import templates_dir
from scanner.report.sections import SECTIONS

VOID = {"meta", "br", "input"}


class Page(HTMLParser):
    """What a browser would make of the page: elements with their attributes, and text."""

    def __init__(self, source: str) -> None:
        super().__init__(convert_charrefs=True)
        self.elements: list[tuple[str, dict[str, str | None]]] = []
        self.open: list[str] = []
        self.texts: list[tuple[str, str]] = []
        self.feed(source)
        self.close()

    def handle_starttag(self, tag, attrs):
        self.elements.append((tag, dict(attrs)))
        if tag not in VOID:
            self.open.append(tag)

    def handle_endtag(self, tag):
        assert self.open.pop() == tag

    def handle_data(self, data):
        self.texts.append((self.open[-1] if self.open else "", data))

    def handle_comment(self, data):
        raise AssertionError(f"a comment got into the page: {data[:60]}")

    def having(self, name):
        return [(tag, attrs[name]) for tag, attrs in self.elements if name in attrs]

    @property
    def text(self):
        return " ".join(data for tag, data in self.texts if tag not in {"style", "script"})


@pytest.fixture(params=["hospital", "hostile", "empty", "crowded"])
def found(request):
    return request.getfixturevalue(request.param)


@pytest.fixture
def crowded(crowd):
    """So many devices that some have no sheet."""
    return crowd(540)


def test_every_section_has_one_template_of_its_name_and_none_is_left_over():
    folder = templates_dir() / "sections"

    assert sorted(section.name for section in SECTIONS) == sorted(path.stem for path in folder.glob("*"))


def test_every_section_has_one_module_of_its_name():
    folder = Path(scanner.__file__).parent / "report" / "sections"

    assert {section.name for section in SECTIONS} == {path.stem for path in folder.glob("*.py")} - {
        "__init__"
    }


def test_every_element_is_closed_in_order(found):
    assert Page(html.render(found)).open == []


def test_nothing_in_the_page_points_outside_it(found):
    page = Page(html.render(found))

    for name in (
        "src",
        "action",
        "data",
        "poster",
        "background",
        "srcset",
        "ping",
        "formaction",
        "xlink:href",
    ):
        assert page.having(name) == []
    assert all(target.startswith("#") for _, target in page.having("href"))
    assert not [
        (tag, name)
        for tag, attrs in page.elements
        for name, value in attrs.items()
        if re.search(r"https?://|javascript:", value or "") and name not in {"aria-label", "aria-labelledby"}
    ]
    assert not re.search(r"@import|url\((?!#)", "".join(data for tag, data in page.texts if tag == "style"))


def test_nothing_in_the_page_acts_by_attribute(found):
    page = Page(html.render(found))

    assert not [
        name for _, attrs in page.elements for name in attrs if name == "style" or name.startswith("on")
    ]


def test_every_link_leads_to_a_place_in_the_page_and_every_place_is_one(found):
    page = Page(html.render(found))
    ids = [name for _, name in page.having("id")]

    assert len(set(ids)) == len(ids)
    assert {target[1:] for _, target in page.having("href")} <= set(ids)


def test_the_policy_allows_exactly_the_style_and_script_that_stand_there(found):
    source = html.render(found)
    [policy] = [
        attrs["content"]
        for _, attrs in Page(source).elements
        if attrs.get("http-equiv") == "Content-Security-Policy"
    ]
    [style] = re.findall(r"<style>(.*?)</style>", source, re.DOTALL)
    [script] = re.findall(r"<script>(.*?)</script>", source, re.DOTALL)

    def digest(text):
        return "sha256-" + base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()

    want = [
        "default-src 'none'",
        f"style-src '{digest(style)}'",
        f"script-src '{digest(script)}'",
        "img-src data:",
        "base-uri 'none'",
        "form-action 'none'",
    ]
    assert want == policy.split("; ")


def test_a_static_page_has_no_script_and_allows_none(hospital):
    source = html.render(hospital, static=True)

    assert "<script" not in source
    assert "script-src" not in source


def test_hostile_texts_add_no_element_and_no_attribute_of_a_new_name(hospital, hostile):
    calm, evil = Page(html.render(hospital)), Page(html.render(hostile))

    assert {tag for tag, _ in evil.elements} <= {tag for tag, _ in calm.elements}
    assert {name for _, attrs in evil.elements for name in attrs} - {"colspan"} <= {
        name for _, attrs in calm.elements for name in attrs
    }
    assert sum(tag == "script" for tag, _ in evil.elements) == 1


def test_hostile_texts_are_shown_and_not_evaluated(hostile, attacks):
    page = Page(html.render(hostile))

    assert "{{ 7*7 }}" in page.text
    assert "<script>window.pwned=1</script>" in page.text
    assert "evil\\u202egnp.exe" in page.text
    assert "\\x1b[31mred\\x00\\x07\\r\\n\\tend" in page.text


def test_no_hidden_character_is_left_in_the_page(found):
    source = html.render(found)

    assert {"\n"} >= {
        char for char in source if unicodedata.category(char) in {"Cc", "Cf", "Cs", "Co", "Cn", "Zl", "Zp"}
    }


def test_equal_input_gives_equal_bytes_whatever_the_order_of_its_tables(hospital):
    turned = msgspec.structs.replace(
        hospital,
        evidence=dict(reversed(hospital.evidence.items())),
        versions=dict(reversed(hospital.versions.items())),
        exchanges=tuple(reversed(hospital.exchanges)),
        reach=tuple(reversed(hospital.reach)),
    )

    assert html.render(hospital) == html.render(turned)


def test_every_verdict_shows_its_evidence_and_its_remedy(hospital):
    page = Page(html.render(hospital, static=True))

    for judged in hospital.devices:
        for why in judged.risk.why:
            assert why.text in page.text
            assert why.removes in page.text
            assert set(why.evidence) <= set(re.findall(r"ev-[0-9a-f]{12}", page.text))
        for exposure in judged.exposures:
            assert exposure.remedy in page.text
        assert words.SUPPORT_GRADES[judged.age.grade] in page.text
        if judged.age.settle:
            assert judged.age.settle in page.text


def test_a_reason_without_evidence_is_said_to_rest_on_experience(hospital):
    judged = hospital.devices[0]
    bare = msgspec.structs.replace(judged.risk.why[0], evidence=())
    risk = msgspec.structs.replace(judged.risk, why=(bare, *judged.risk.why[1:]))
    page = Page(
        html.render(msgspec.structs.replace(hospital, devices=(msgspec.structs.replace(judged, risk=risk),)))
    )

    assert 2 == page.text.count("[general experience, not seen here]")


def test_what_is_unknown_is_said_to_be_unknown(hospital):
    page = Page(html.render(hospital))

    assert "Unknown: whether it is supported could not be told. It does not count as fine." in page.text
    assert "When it was last patched is not known." in page.text
    assert "None" not in page.text.replace("None was", "")


def test_an_empty_network_is_called_neither_secure_nor_fine(empty):
    page = Page(html.render(empty))

    assert "No device was seen, so nothing can be said about this network." in page.text
    assert "not that the network is secure" in page.text


def test_a_value_that_a_section_forgets_is_said_to_be_not_known():
    assert html._shown(None) == "not known"


def test_a_template_that_names_what_its_section_does_not_give_fails():
    pages = html.environment(templates_dir())

    with pytest.raises(jinja2.UndefinedError):
        pages.from_string("{{ view.nothing }}").render(view={})


def test_header_cells_have_a_scope_and_pictures_a_title(found):
    page = Page(html.render(found))

    assert all(attrs.get("scope") in {"col", "row"} for tag, attrs in page.elements if tag == "th")
    assert all({"role", "aria-labelledby"} <= set(attrs) for tag, attrs in page.elements if tag == "svg")
    assert ("html", "en") in page.having("lang")
    tags = [tag for tag, _ in page.elements]
    assert [1, 1, 1, 1] == [tags.count(one) for one in ("main", "nav", "h1", "footer")]
    assert tags.count("table") == tags.count("caption")


def test_headings_go_down_one_step_at_a_time(hospital):
    levels = [int(tag[1]) for tag, _ in Page(html.render(hospital)).elements if re.fullmatch(r"h[1-6]", tag)]

    assert levels[0] == 1
    assert all(after <= before + 1 for before, after in itertools.pairwise(levels))


def luminance(colour):
    parts = [int(colour[at : at + 2], 16) / 255 for at in (1, 3, 5)]
    red, green, blue = (
        part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in parts
    )
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def contrast(one, other):
    light, dark = sorted((luminance(one), luminance(other)), reverse=True)
    return (light + 0.05) / (dark + 0.05)


@pytest.mark.parametrize(
    "ink",
    ["ink", "muted", "accent", "critical", "high", "medium", "low", "unsupported", "unknown", "supported"],
)
@pytest.mark.parametrize("ground", ["card", "paper", "soft"])
def test_text_can_be_read_on_every_ground(ink, ground):
    style = (templates_dir() / "page.css").read_text(encoding="utf-8")
    colours = dict(re.findall(r"--([a-z]+): (#[0-9a-f]{6})", style))

    assert contrast(colours[ink], colours[ground]) >= 4.5


def colours_of(selector, style):
    """Ink and ground of one rule of the page's style, names of colours looked up."""
    named = dict(re.findall(r"--([a-z]+): (#[0-9a-f]{6})", style)) | {"#fff": "#ffffff"}
    [rule] = re.findall(rf"^{re.escape(selector)} {{([^}}]*)}}", style, re.MULTILINE)
    return {
        name: named.get(value.removeprefix("var(--").removesuffix(")"), value)
        for name, value in re.findall(r"(?<![-a-z])(color|background|fill): ([^;]+);", rule)
    }


@pytest.mark.parametrize(
    "chip",
    [".b-critical", ".b-high", ".b-medium", ".b-low", ".s-unsupported", ".s-unknown", ".s-supported"],
)
def test_the_word_on_a_chip_can_be_read_in_colour_and_in_grey(chip):
    # contrast is reckoned from lightness alone (WCAG 2.2), so what holds in colour holds on a grey printer
    style = (templates_dir() / "page.css").read_text(encoding="utf-8")
    found = colours_of(chip, style)

    assert contrast(found["color"], found["background"]) >= 4.5


@pytest.mark.parametrize("block", ["why", "w2", "w3", "w0"])
def test_the_number_on_a_block_of_a_score_can_be_read_in_grey(block):
    style = (templates_dir() / "page.css").read_text(encoding="utf-8")

    assert contrast(colours_of(f"svg .{block}", style)["fill"], "#ffffff") >= 4.5


@pytest.mark.parametrize(("one", "other"), [("now", "after"), ("old", "recent")])
def test_bars_side_by_side_are_told_apart_by_their_words_where_grey_makes_them_alike(hospital, one, other):
    """Colour never stands alone: each bar has its own label and number beside it."""
    page = Page(html.render(hospital))
    texts = [data for tag, data in page.texts if tag == "text"]

    bars = [attrs for tag, attrs in page.elements if attrs.get("class") in {f"bar {one}", f"bar {other}"}]
    assert bars
    assert {"now": "Now", "old": "1 to 2 years ago"}[one] in texts
    assert {"after": "After 5 fixes", "recent": "In the last 3 months"}[other] in texts


def test_a_crowd_keeps_its_table_whole_and_says_which_sheets_are_left_out(crowd):
    source = html.render(crowd(600))

    assert source.count('<article class="sheet') == 250
    table = re.search(r'<table id="device-table">.*?</table>', source, re.DOTALL)[0]
    assert table.count("<tr") - 1 == 600
    assert "350 devices with lower scores have no sheet here" in source


def test_beyond_the_last_row_devices_are_counted_and_no_link_is_dead(hospital, monkeypatch):
    monkeypatch.setattr(import_module("scanner.report.sections.devices"), "MOST_ROWS", 12)
    monkeypatch.setattr(line, "MOST_ROWS", 12)
    monkeypatch.setattr(line, "_SHEETS", 10)

    page = Page(html.render(hospital))

    assert "Devices that are not listed one by one, by kind and support" in page.text
    ids = {name for _, name in page.having("id")}
    assert {target[1:] for _, target in page.having("href")} <= ids


def test_each_printed_page_says_who_may_read_it_and_of_which_run_it_is(hospital, empty):
    def printed(found, place):
        [content] = re.findall(rf'@{place}\{{content:"([^"]*)"\}}', html.render(found))
        return re.sub(r"\\([0-9a-f]{6})", lambda code: chr(int(code[1], 16)), content)

    assert "TLP:AMBER+STRICT: for the owner's own staff only · run-1" == printed(hospital, "bottom-left")
    assert "TLP:AMBER+STRICT: for the owner's own staff only" == printed(empty, "bottom-left")
    assert "TLP:AMBER+STRICT · run-1" == printed(hospital, "top-right")
    assert "TLP:AMBER+STRICT" == printed(empty, "top-right")
    assert hospital.title in printed(hospital, "top-left")

"""The page in a real Chromium: hostile texts do nothing, the table sorts and filters, links open their sheets."""

import base64
import hashlib
import html as markup
import json
import re
import shutil
import subprocess
from typing import NamedTuple

import pytest

from scanner.cli import printing
from scanner.report import html

CHROMIUM, POPPLER = shutil.which("chromium"), shutil.which("pdftotext")
pytestmark = pytest.mark.skipif(
    CHROMIUM is None, reason="chromium is not installed; the page is judged by parsing only"
)

LISTEN = """
document.documentElement.dataset.broken = "";
document.addEventListener("securitypolicyviolation", (e) => { document.documentElement.dataset.broken += e.effectiveDirective + ";"; });
window.addEventListener("error", (e) => { document.documentElement.dataset.broken += e.message + ";"; });
"""


@pytest.fixture
def browse(tmp_path):
    """Open a page in Chromium, run a driver script in it, and give back what the driver told."""

    def run(source, driver, fragment="", wide=1280):
        told = f'{LISTEN}window.addEventListener("load", () => {{ const told = (() => {{ {driver} }})();'
        told += " document.documentElement.dataset.told = JSON.stringify(told ?? null); });"
        digest = base64.b64encode(hashlib.sha256(told.encode()).digest()).decode()
        # The driver is let in by its own hash; the page's own policy stays as strict as it was.
        if "script-src" in source:
            source = source.replace("script-src ", f"script-src 'sha256-{digest}' ", 1)
        else:
            source = source.replace("img-src ", f"script-src 'sha256-{digest}'; img-src ", 1)
        source = source.replace('<meta name="viewport"', f'<script>{told}</script><meta name="viewport"', 1)
        page = tmp_path / "page.html"
        page.write_text(source, encoding="utf-8")
        done = subprocess.run(
            [
                CHROMIUM,
                "--headless",
                "--no-sandbox",
                "--disable-gpu",
                f"--window-size={wide},900",
                "--no-first-run",
                "--disable-background-networking",
                "--disable-component-update",
                "--disable-sync",
                "--host-resolver-rules=MAP * ~NOTFOUND",
                f"--user-data-dir={tmp_path / 'profile'}",
                "--virtual-time-budget=3000",
                "--dump-dom",
                page.as_uri() + fragment,
            ],
            capture_output=True,
            check=True,
            timeout=120,
        )
        dom = done.stdout.decode()
        [root] = re.findall(r"<html[^>]*>", dom)
        broken, told = (
            markup.unescape(re.search(rf'data-{name}="([^"]*)"', root)[1]) for name in ("broken", "told")
        )
        return json.loads(told), broken

    return run


def test_hostile_texts_run_nothing_and_break_no_policy(browse, hostile):
    told, broken = browse(
        html.render(hostile), "return [typeof window.pwned, document.images.length, document.scripts.length];"
    )

    assert (["undefined", 0, 2], "") == (told, broken)


def test_the_listener_does_hear_a_broken_policy(browse, hospital):
    source = html.render(hospital).replace("</main>", "<script>window.pwned = 1</script></main>")

    told, broken = browse(source, "return typeof window.pwned;")

    assert told == "undefined"
    assert "script-src" in broken


def test_the_page_asks_for_nothing(browse, hospital):
    told, broken = browse(
        html.render(hospital), 'return performance.getEntriesByType("resource").map((one) => one.name);'
    )

    assert ([], "") == (told, broken)


SORT = """
const header = document.querySelectorAll("#device-table thead th")[%d];
for (let i = 0; i < %d; i++) header.querySelector("button").click();
return [header.getAttribute("aria-sort"), Array.from(document.querySelectorAll("#device-table tbody tr"), (row) => %s)];
"""


@pytest.mark.parametrize(("clicks", "order"), [(1, "descending"), (2, "ascending")])
def test_the_score_column_sorts_by_number(browse, hospital, clicks, order):
    told, broken = browse(
        html.render(hospital), SORT % (1, clicks, "Number(row.cells[1].textContent.match(/[0-9]+/)[0])")
    )

    scores = sorted((judged.risk.score for judged in hospital.devices), reverse=order == "descending")
    assert ([order, scores], "") == (told, broken)


def test_the_name_column_sorts_by_the_words_and_numbers_in_it(browse, hospital):
    told, _ = browse(html.render(hospital), SORT % (0, 1, "row.cells[0].querySelector('a').textContent"))

    names = sorted(
        (judged.device.name for judged in hospital.devices), key=lambda name: name.rpartition("-")[::2]
    )
    assert ["ascending", names] == told


def test_search_and_filters_hide_what_does_not_fit_and_count_the_rest(browse, hospital):
    driver = """
    document.querySelector('select[data-column="6"]').value = "Unsupported";
    const find = document.getElementById("find");
    find.value = "RADIOLOGY";
    find.dispatchEvent(new Event("input", { bubbles: true }));
    const rows = Array.from(document.querySelectorAll("#device-table tbody tr"), (row) => row.cells[2].textContent);
    return [rows, document.getElementById("shown").textContent];
    """

    told, broken = browse(html.render(hospital), driver)

    assert ([["Imaging device"] * 3, "3 of 45 fit"], "") == (told, broken)


OPEN = """
return Array.from(document.querySelectorAll(".sheet"), (one) =>
  [one.id, getComputedStyle(one.querySelector(".body")).display !== "none"]).filter((one) => one[1]).map((one) => one[0]);
"""


def test_sheets_are_folded_and_a_link_opens_its_own(browse, hospital):
    device = hospital.devices[3].device.id

    assert ([], "") == browse(html.render(hospital), OPEN)
    assert ([device], "") == browse(html.render(hospital), OPEN, f"#{device}")
    assert ([device], "") == browse(html.render(hospital), OPEN, f"#{device}-e1")


def test_a_sheet_opens_and_closes_by_its_button(browse, hospital):
    driver = """
    const button = document.querySelector(".sheet header button");
    const told = [button.getAttribute("aria-expanded")];
    button.click(); told.push(button.getAttribute("aria-expanded"));
    button.click(); told.push(button.getAttribute("aria-expanded"));
    return told;
    """

    assert (["false", "true", "false"], "") == browse(html.render(hospital), driver)


def test_without_script_every_sheet_is_open_and_no_dead_control_shows(browse, hospital):
    shown, broken = browse(html.render(hospital, static=True), OPEN)
    filters, _ = browse(
        html.render(hospital, static=True),
        'return getComputedStyle(document.getElementById("filters")).display;',
    )

    assert (len(hospital.devices), "none", "") == (len(shown), filters, broken)


@pytest.mark.parametrize("which", ["hospital", "hostile"])
def test_nothing_but_the_scroll_frames_is_wider_than_a_small_window(browse, which, request):
    driver = "const root = document.documentElement; return root.scrollWidth - root.clientWidth;"

    told, broken = browse(html.render(request.getfixturevalue(which)), driver, wide=500)

    assert (0, "") == (told, broken)


def test_a_table_wider_than_its_frame_says_so_and_the_keyboard_moves_it(browse, hospital):
    driver = """
    const hint = document.getElementById("sideways"), frame = document.getElementById("device-table").parentElement;
    frame.focus();
    return [frame.scrollWidth > frame.clientWidth, document.activeElement === frame, hint !== null];
    """

    assert ([True, True, True], "") == browse(html.render(hospital), driver, wide=820)


@pytest.fixture
def paper(request, hospital, tmp_path):
    """The hospital's report as the browser prints it: size of its pages, and the lines of each as (bottom, left, right, text)."""
    if POPPLER is None:
        pytest.skip("pdftotext is not installed: apt-get install poppler-utils")
    target, told = tmp_path / "out.pdf", tmp_path / "out.html"
    source = html.render(hospital, static=request.param == "Letter", paper=request.param)
    printing.pdf(source, target, CHROMIUM)
    subprocess.run([POPPLER, "-bbox-layout", str(target), str(told)], check=True, timeout=60)
    number = r'="([0-9.]+)"'
    box = re.compile(
        rf"<line xMin{number} yMin[^ ]* xMax{number} yMax{number}>(.*?)</line>|<page width{number} height{number}",
        re.DOTALL,
    )
    pages, size = [], (0.0, 0.0)
    for left, right, bottom, words, wide, high in box.findall(told.read_text(encoding="utf-8")):
        if wide:
            pages.append([])
            size = float(wide), float(high)
            continue
        text = " ".join(re.findall(r"<word[^>]*>([^<]*)</word>", words))
        pages[-1].append((float(bottom), float(left), float(right), markup.unescape(text)))
    return Printed(source, size, [sorted(page) for page in pages])


class Printed(NamedTuple):
    """What came out of the printer, and the page that was sent there."""

    source: str
    size: tuple[float, float]
    pages: list

    def body(self, page):
        """The lines of one page between its running header and footer."""
        return [line for line in page if 30 < line[0] < self.size[1] - 30]

    def named(self, *tags):
        """The texts of these elements of the page, without blanks."""
        found = re.findall(rf"<({'|'.join(tags)})\b[^>]*>(.*?)</\1>", self.source, re.DOTALL)
        return {bare(markup.unescape(re.sub(r"<[^>]*>", "", inner))) for _, inner in found} - {""}


def bare(text):
    """A text without its blanks: where the browser breaks a line does not matter."""
    return re.sub(r"\s", "", text)


@pytest.mark.parametrize("paper", ["A4", "Letter"], indirect=True)
def test_what_is_printed_is_whole_page_by_page(paper):
    assert {"header": [], "bare": [], "heading": [], "margin": [], "control": []} == {
        "header": [at for at, page in enumerate(paper.pages) if not framed(page, at, paper)],
        "bare": thin(paper),
        "heading": hanging(paper),
        "margin": [
            line for page in paper.pages for line in page if line[1] < 40 or line[2] > paper.size[0] - 40
        ],
        "control": [
            word
            for word in ("Name, address, product", "Open sheet", "Accept a finding", "↕", "scrolls sideways")
            if any(word in line[3] for page in paper.pages for line in page)
        ],
    }
    assert len(paper.pages) > 20


def framed(page, at, paper):
    """Whether this page says on top and at its foot who may read it, of which run it is, and where it stands in the pile."""
    told = [line[3] for line in page if line not in paper.body(page)]
    wanted = [
        "TLP:AMBER+STRICT · run-1",
        "TLP:AMBER+STRICT: for the owner's own",
        f"{at + 1} / {len(paper.pages)}",
    ]
    return all(any(want in one for one in told) for want in wanted)


def thin(paper):
    """The pages less than a quarter full, but for the last one of a part or of a device's sheet."""
    begins = paper.named("h2", "h3")
    return [
        at
        for at, page in enumerate(paper.pages[:-1])
        if paper.body(page)[-1][0] < paper.size[1] / 4
        and bare(paper.body(paper.pages[at + 1])[0][3]) not in begins
    ]


def hanging(paper):
    """The headings that are the last line of their page, with what they head on the next one."""
    # a device's name may end a cell too, as a link to its sheet: such a line is no heading
    heads = paper.named("h2", "caption") | (paper.named("h3", "h4") - paper.named("a"))
    return [
        (at, paper.body(page)[-1][3])
        for at, page in enumerate(paper.pages[:-1])
        if bare(paper.body(page)[-1][3]) in heads
    ]


@pytest.mark.parametrize("paper", ["A4"], indirect=True)
def test_a_page_that_is_bare_ends_with_a_heading_or_lacks_its_header_would_be_seen(paper):
    high = paper.size[1]
    title = (high / 2, 50.0, 90.0, min(paper.named("h2")))
    short = paper._replace(pages=[[(high / 6, 50.0, 90.0, "so short")], [(high / 6, 50.0, 90.0, "and on")]])
    ended = paper._replace(pages=[[title], [(high / 6, 50.0, 90.0, "what it heads")]])

    assert [0] == thin(short)
    assert [(0, title[3])] == hanging(ended)
    assert not framed(short.pages[0], 0, short)

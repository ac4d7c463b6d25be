"""The page in a real Chromium: hostile texts do nothing, the table sorts and filters, links open their sheets."""

import base64
import hashlib
import html as markup
import json
import re
import shutil
import subprocess

import pytest

from scanner.report import html

CHROMIUM = shutil.which("chromium")
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

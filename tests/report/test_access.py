"""Every variant of the page in Chromium, judged by axe-core against WCAG 2.2 AA, by the keyboard alone, small, still and on paper."""

import json
import os
import re
import shutil
import subprocess
from datetime import date
from pathlib import Path
from urllib.parse import unquote

import msgspec
import pytest

from scanner.fleet import board, trouble
from scanner.model.decision import Trigger
from scanner.model.plan import Plan, Point, Step
from scanner.model.verdict import Interval
from scanner.report import decisions, html
from scanner.report.decided import worst as worst_of
from scanner.report.register import bad, register
from tests.fleet.made import ILL, WELL

ROOT = Path(__file__).parents[2]
KIT = ROOT / "build" / "browser"
CHROMIUM, NODE = shutil.which("chromium"), shutil.which("node")
LOOK = Path(__file__).with_name("browser") / "look.mjs"

pytestmark = [
    pytest.mark.skipif(not CHROMIUM, reason="chromium is not installed"),
    pytest.mark.skipif(not NODE, reason="node is not installed"),
    pytest.mark.skipif(
        not (KIT / "node_modules" / "axe-core" / "stalehost.sha512").is_file(),
        reason="axe-core and playwright-core are not here: run ./dev browser",
    ),
]

RULES = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]
CALM = {"dialogs": [], "errors": [], "asked": [], "broken": []}
OPEN = 'document.querySelectorAll(".sheet header button").forEach((one) => one.click());'


@pytest.fixture
def look(tmp_path):
    """Open pages in Chromium one after the other, and give back what was seen of each."""

    def run(*jobs):
        for at, job in enumerate(jobs):
            page = tmp_path / f"{at}.html"
            page.write_text(job.pop("source"), encoding="utf-8")
            job["url"] = page.as_uri() + job.pop("fragment", "")
        done = subprocess.run(
            [NODE, str(LOOK)],
            input=json.dumps(jobs),
            capture_output=True,
            text=True,
            check=False,
            timeout=170,
            env={**os.environ, "STALEHOST_BROWSER_KIT": str(KIT), "STALEHOST_CHROMIUM": CHROMIUM},
        )
        assert done.returncode == 0, done.stderr
        return json.loads(done.stdout)

    return run


@pytest.mark.parametrize("which", ["hospital", "empty", "hostile"])
@pytest.mark.parametrize("static", [False, True])
def test_axe_finds_nothing(look, request, which, static):
    source = html.render(request.getfixturevalue(which), static=static)

    [seen] = look({"source": source, "axe": RULES, "run": OPEN})

    assert {**CALM, "axe": []} == {key: seen[key] for key in (*CALM, "axe")}


def test_the_fleet_s_health_is_for_everybody_small_and_on_paper_too(look):
    pages = [board.page(board.board(of, trouble.troubles(of)), "hospital") for of in (WELL, ILL)]
    run = "const root = document.documentElement; return [root.scrollWidth - root.clientWidth, typeof window.pwned];"

    jobs = [{"source": one, "axe": RULES, "run": run, "width": wide} for one in pages for wide in (1280, 320)]
    seen = look(*jobs, {"source": pages[1], "axe": RULES, "media": "print"})

    assert [{**CALM, "axe": [], "told": [0, "undefined"]}] * 4 == seen[:4]
    assert set() == {rule for rule, *_ in seen[4]["axe"]} - {"target-size"}


def test_axe_would_find_a_picture_without_words(look, hospital):
    source = html.render(hospital)
    broken = source.replace(' role="img" aria-labelledby="zone-map-t zone-map-d"', ' role="img"')

    [seen] = look({"source": broken.replace('<title id="zone-map-t">Map of zones</title>', ""), "axe": RULES})

    assert "svg-img-alt" in {rule for rule, *_ in seen["axe"]}


def test_axe_finds_nothing_where_a_sentence_leans_on_many_observations(look, hospital):
    judged = hospital.devices[0]
    many = tuple(f"ev-{at:012x}" for at in range(9))
    why = tuple(msgspec.structs.replace(one, evidence=many) for one in judged.risk.why)
    judged = msgspec.structs.replace(judged, risk=msgspec.structs.replace(judged.risk, why=why))

    [seen] = look(
        {
            "source": html.render(msgspec.structs.replace(hospital, devices=(judged,))),
            "axe": RULES,
            "run": OPEN,
        }
    )

    assert [] == seen["axe"]


@pytest.mark.parametrize("sector", ["utility", "bank", "office"])
def test_axe_finds_nothing_in_any_sector(look, hospital, sector):
    found = msgspec.structs.replace(hospital, sector=sector)

    [seen] = look({"source": html.render(found), "axe": RULES})

    assert [] == seen["axe"]


def test_axe_finds_nothing_among_two_thousand_devices(look, crowd):
    [seen] = look({"source": html.render(crowd(2000)), "axe": RULES})

    assert [] == seen["axe"]


def test_axe_finds_nothing_on_paper_but_links_too_small_for_a_finger(look, hospital):
    [seen] = look({"source": html.render(hospital, static=True), "axe": RULES, "media": "print"})

    assert set() == {rule for rule, *_ in seen["axe"]} - {"target-size"}


@pytest.mark.parametrize("which", ["hospital", "hostile", "empty"])
@pytest.mark.parametrize("static", [False, True])
def test_nothing_scrolls_sideways_at_320_pixels(look, request, which, static):
    # 320 CSS pixels are a window of 1280 at 400 %; 640 are 200 % (WCAG 1.4.10, 1.4.4)
    source = html.render(request.getfixturevalue(which), static=static)
    run = "const root = document.documentElement; return root.scrollWidth - root.clientWidth;"

    seen = look(*({"source": source, "width": wide, "run": run} for wide in (320, 640)))

    assert [0, 0] == [one["told"] for one in seen]


def test_the_keyboard_reaches_everything_in_the_order_of_the_page_and_its_focus_shows(look, hospital):
    run = """
    const order = Array.from(document.querySelectorAll("a[href], button, input, select, summary, [tabindex='0']"))
      .filter((one) => one.checkVisibility());
    return [document.activeElement.getAttribute("href"), order.every((one) => one.tabIndex === 0),
      getComputedStyle(document.activeElement).outlineStyle, document.activeElement.getBoundingClientRect().left >= 0];
    """

    [first, skipped] = look(
        {"source": html.render(hospital), "press": ["Tab"], "run": run},
        {
            "source": html.render(hospital),
            "press": ["Tab", "Enter"],
            "run": "return [location.hash, document.activeElement.id];",
        },
    )

    assert ["#main", True, "solid", True] == first["told"]
    assert ["#main", "main"] == skipped["told"]


def test_a_sheet_opens_and_a_column_sorts_by_the_keyboard(look, hospital):
    source = html.render(hospital)
    told = """
    const one = document.querySelector(".sheet header button"), head = document.querySelector("#device-table th");
    one.focus(); return [one.getAttribute("aria-expanded"), head.getAttribute("aria-sort")];
    """
    device = hospital.devices[0].device.id

    [seen] = look(
        {
            "source": source,
            "steps": [
                {"press": [".sheet header button", "Enter"]},
                {"press": ["#device-table th button", " "]},
            ],
            "run": told,
            "fragment": f"#{device}",
        }
    )

    assert ["false", "ascending"] == seen["told"]


def test_nothing_moves_where_people_asked_for_stillness(look, hospital):
    run = """
    return Array.from(document.querySelectorAll("*")).filter((one) => { const s = getComputedStyle(one);
      return s.animationName !== "none" || parseFloat(s.transitionDuration) > 0 || s.scrollBehavior === "smooth"; }).length;
    """

    [seen] = look({"source": html.render(hospital), "still": True, "run": run})

    assert seen["told"] == 0


def test_hostile_texts_open_no_dialog_ask_for_nothing_and_break_no_policy(look, hostile):
    jobs = [
        {"source": html.render(hostile, static=static), "run": OPEN + " return typeof window.pwned;"}
        for static in (False, True)
    ]

    assert [{**CALM, "told": "undefined"}] * 2 == look(*jobs)


def test_pages_turn_and_a_link_to_a_later_row_shows_it(look, crowd):
    found = crowd(260)
    last = found.devices[-1].device.id
    source = html.render(found)
    rows = (
        "return [document.querySelector('#page').textContent, "
        "document.querySelectorAll('#device-table tbody tr').length, document.querySelector('#device-table tbody tr').id, "
        f"!!document.getElementById('{last}')];"
    )

    seen = look(
        {"source": source, "run": rows},
        {"source": source, "steps": [{"click": "#on"}, {"click": "#on"}], "run": rows},
        {"source": source, "fragment": f"#{last}", "run": rows},
        {"source": source, "script": False},
    )

    assert [["Page 1 of 3", 100, "", False], ["Page 3 of 3", 60, "", True]] == [
        one["told"] for one in seen[:2]
    ]
    assert ["Page 3 of 3", 60, "", True] == seen[2]["told"]


@pytest.mark.parametrize("paper", ["A4", "Letter"])
def test_the_page_prints_on_both_papers_with_its_head_on_each_sheet(look, hospital, tmp_path, paper):
    target = tmp_path / "out.pdf"

    look({"source": html.render(hospital, static=True), "pdf": str(target), "paper": paper})

    boxes = re.findall(r"/MediaBox \[0 0 ([0-9]+)[0-9.]* ([0-9]+)", target.read_bytes().decode("latin-1"))
    wide, high = {"A4": (595, 841), "Letter": (612, 792)}[paper]
    assert len(boxes) > 5
    assert all(abs(int(x) - wide) <= 2 and abs(int(y) - high) <= 2 for x, y in boxes)


@pytest.mark.parametrize(("wide", "high"), [(680, 1028), (702, 961)], ids=["A4", "Letter"])
def test_what_paper_keeps_on_one_page_fits_it_and_little_else_would(look, hospital, wide, high):
    # the room inside the margins of print.css, in CSS pixels
    run = """
    const shown = Array.from(document.querySelectorAll(".sheet")).filter((one) => one.offsetHeight);
    return shown.map((one) => [one.classList.contains("whole"), one.offsetHeight]);
    """

    [seen] = look({"source": html.render(hospital, static=True), "media": "print", "width": wide, "run": run})

    assert [] == [tall for whole, tall in seen["told"] if whole and tall > high]
    assert [] == [tall for whole, tall in seen["told"] if not whole and tall < 0.7 * high]
    assert len(seen["told"]) == 20


@pytest.fixture
def planned(hospital):
    """The hospital with a plan of three steps: worth 60, 20 and 10 in turn, and 60, 5 and 40 alone."""
    sure = Interval(lo=1.0, hi=2.0, level=0.95)
    steps = [(60.0, 60.0), (20.0, 5.0), (10.0, 40.0)]
    made = Plan(
        loss=120.0, after=30.0, cost=7.5, worlds=64,
        steps=tuple(
            Step(action="deny", text=f"Do <{at}>", devices=(), cost=2.5, saves=saves, alone=alone, interval=sure)
            for at, (saves, alone) in enumerate(steps)
        ),
        curve=tuple(
            Point(steps=at, cost=2.5 * at, loss=loss, interval=sure)
            for at, loss in enumerate((120.0, 60.0, 40.0, 30.0))
        ),
    )  # fmt: skip
    return msgspec.structs.replace(hospital, plan=made)


WHAT_IF = """
const boxes = Array.from(document.querySelectorAll("#what-if input")), told = [];
for (const choice of ["", "0", "2", "01", "12", "02", "012"]) {
  boxes.forEach((box, at) => { box.checked = choice.includes(at); });
  boxes[0].dispatchEvent(new Event("input", { bubbles: true }));
  told.push(document.querySelector("#what-if [role=status]").textContent);
}
return told;
"""


def test_ticked_steps_say_what_was_simulated_and_bounds_for_what_was_not(look, planned):
    [seen] = look({"source": html.render(planned), "run": WHAT_IF, "axe": RULES})

    exact, between = " Exact: this very choice was simulated.", " Bounds: this choice was not simulated."
    assert {**CALM, "axe": []} == {key: seen[key] for key in (*CALM, "axe")}
    assert [
        "Expected loss now: 120. Tick steps to see what they would leave.",
        "Expected loss 60, of 120 now: 50% less, for a cost of 2.5." + exact,
        "Expected loss 80, of 120 now: 33% less, for a cost of 2.5." + exact,
        "Expected loss 40, of 120 now: 67% less, for a cost of 5." + exact,
        "Expected loss between 30 and 80, of 120 now: at least 33% less, for a cost of 5." + between,
        "Expected loss between 30 and 60, of 120 now: at least 50% less, for a cost of 5." + between,
        "Expected loss 30, of 120 now: 75% less, for a cost of 7.5." + exact,
    ] == [one.partition(" More steps")[0] for one in seen["told"]]


def decide(source, finding, reason):
    fills = {"by": "J. Doe", "reason": reason, "until": "2999-12-31"}
    return {
        "source": source,
        "steps": [
            {"choose": ["#decide [name=finding]", finding]},
            *({"fill": [f"#decide [name={name}]", value]} for name, value in fills.items()),
            {"click": "#decide p button"},
            {"reload": True},
        ],
        "run": 'return [document.querySelector("#decide a").href, document.querySelectorAll("#decide li").length];',
        "axe": RULES,
    }


def test_a_decision_made_in_the_page_outlives_it_and_is_read_as_it_was_meant(look, hospital):
    reason = 'it is "replaced"\n[[decision]] \\ in May \U0001fa7b röntgen \u202e'
    worst = register(hospital)[0]

    [seen] = look(decide(html.render(hospital), worst.id, reason))

    href, kept = seen["told"]
    start, _, text = href.partition(",")
    [made] = decisions.parse(unquote(text), "decisions.toml")
    assert {**CALM, "axe": []} == {key: seen[key] for key in (*CALM, "axe")}
    assert ("data:application/toml;charset=utf-8", 1) == (start, kept)
    assert (worst.id, "J. Doe", date(2999, 12, 31)) == (made.about, made.by, made.until)
    # a field of one line holds no other
    assert reason.replace("\n", " ") == made.reason
    assert (Trigger.WORSENS, Trigger.EXPLOIT) == made.reopen_on
    score, exploited = worst_of(bad(worst, hospital).values())
    assert (score, len(worst.devices), tuple(sorted(exploited))) == (made.score, made.devices, made.exploited)


def test_without_a_script_there_is_no_dead_form(look, planned):
    run = """return ["what-if", "decide"].map((name) => getComputedStyle(document.getElementById(name)).display);"""

    [seen] = look({"source": html.render(planned, static=True), "run": run})

    assert ["none", "none"] == seen["told"]

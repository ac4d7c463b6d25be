"""The HTML report: one file that opens anywhere, asks the network for nothing, and treats every device text as hostile."""

import base64
import hashlib
from functools import cache
from pathlib import Path
from typing import Final

from jinja2 import Environment, FileSystemLoader, StrictUndefined
from markupsafe import Markup
from msgspec import Struct

from scanner.model.assessment import Assessment
from scanner.report import svg, text, texts, words
from scanner.report.assets import asset, templates_dir
from scanner.report.brand import Brand
from scanner.report.sections import SECTIONS
from scanner.report.texts import phrase

EVERY: Final = frozenset(section.name for section in SECTIONS)
"""The names of all sections."""

SCRIPTS: Final = ("app.js", "whatif.js", "decide.js")
"""What makes the page comfortable, in this order; without it the report shows everything it has."""

TLP: Final = "TLP:AMBER+STRICT"
"""Who may read it (FIRST TLP 2.0, which wants it on top and at the foot of each page)."""

PAGE_ONE: Final = frozenset({"headline"})
"""What a board reads."""


class _Part(Struct, frozen=True):
    """One section, ready to be placed."""

    name: str
    title: str
    body: Markup


def render(
    found: Assessment,
    *,
    static: bool = False,
    brand: Brand | None = None,
    only: frozenset[str] = EVERY,
    paper: str = "",
    language: str = texts.ENGLISH,
) -> str:
    """Write the report as one HTML page, `only` these sections of it; `static` leaves the script out.

    `paper` (`A4` or `Letter`) fixes the size on which it prints; else whoever prints it chooses. Equal input, equal bytes.
    """
    with texts.spoken(templates_dir(), language):
        return _page(found, static=static, brand=brand, only=only, paper=paper, language=language)


def _page(
    found: Assessment, *, static: bool, brand: Brand | None, only: frozenset[str], paper: str, language: str
) -> str:
    pages, say = environment(templates_dir(), language), texts.say(templates_dir(), language)
    style = (
        asset("page.css") + asset("print.css") + ("" if static else asset("app.css")) + _running_header(found)
    ) + (brand.style if brand else "")
    style += f"@page{{size:{paper}}}\n" if paper else ""
    script = "" if static else "".join(map(asset, SCRIPTS))
    parts = [
        _Part(
            section.name,
            say(f"sections.{section.name}"),
            Markup(pages.get_template(f"sections/{section.name}.html").render(view=section.build(found))),  # noqa: S704 - rendered with autoescape
        )
        for section in SECTIONS
        if section.name in only
    ]
    return pages.get_template("page.html").render(
        found=found,
        brand=brand,
        parts=parts,
        judged=text.minute(found.now),
        policy=policy(style, script),
        style=Markup(style),  # noqa: S704 - our own file; the header in it is CSS-quoted
        script=Markup(script),  # noqa: S704 - our own file
    )


@cache
def environment(folder: Path, language: str = texts.ENGLISH) -> Environment:
    """The templates, with the escaping that every page of ours has, speaking a language that has a catalogue."""
    pages = Environment(
        loader=FileSystemLoader(folder),
        autoescape=True,
        undefined=StrictUndefined,
        finalize=_shown,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    pages.filters["draw"] = svg.draw
    pages.globals |= {"t": texts.say(folder, language), "language": language}
    return pages


def _shown(value: object) -> object:
    """Make every value that a template prints visible; autoescape then quotes it. The one place for both."""
    if isinstance(value, Markup):
        return value
    return words.not_known() if value is None else text.visible(str(value))


def _running_header(found: Assessment) -> str:
    """The lines on top and at the foot of each printed page: whose it is, who may read it (TLP, FIRST 2.0), of which run."""
    left = text.css(f"{text.short(found.title, 50)} · {text.short(found.owner, 40)} · {text.day(found.now)}")
    run = f" · {text.short(found.runs[-1].id, 40)}" if found.runs else ""
    right = text.css(f"{TLP}{run}")
    foot = text.css(phrase("html.tlp_amber_strict_for_the_owners_own_staff", run=run))
    return (
        f"@page{{@top-left{{content:{left}}}@top-right{{content:{right}}}@bottom-left{{content:{foot}}}}}\n"
    )


def policy(style: str, script: str) -> str:
    """Allow exactly the styles and script that stand in the page, by their hash, and nothing else."""
    rules = [
        "default-src 'none'",
        f"style-src '{_hash(style)}'",
        "img-src data:",
        "base-uri 'none'",
        "form-action 'none'",
    ]
    if script:
        rules.insert(2, f"script-src '{_hash(script)}'")
    return "; ".join(rules)


def _hash(content: str) -> str:
    return "sha256-" + base64.b64encode(hashlib.sha256(content.encode()).digest()).decode()

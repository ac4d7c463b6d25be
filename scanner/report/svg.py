"""Inline SVG as plain values: sections build trees of shapes, and `draw` alone turns them into escaped markup."""

from collections.abc import Mapping

from markupsafe import Markup, escape
from msgspec import Struct

from scanner.report.text import visible


class Shape(Struct, frozen=True):
    """One SVG element: its name, its attributes, and the shapes or texts inside."""

    tag: str
    attributes: Mapping[str, str | float]
    inside: "tuple[Shape | str, ...]" = ()


def shape(tag: str, *inside: Shape | str, **attributes: str | float) -> Shape:
    """Make a shape; `class_` is spelt with an underscore and `stroke_width` becomes `stroke-width`."""
    named = {name.rstrip("_").replace("_", "-"): value for name, value in attributes.items()}
    return Shape(tag, named, inside)


def picture(title: str, about: str, width: float, height: float, *inside: Shape, name: str) -> Shape:
    """Frame shapes as one image with a spoken title and description; `name` makes its ids unique in the page."""
    return Shape(
        "svg",
        {
            "viewBox": f"0 0 {_number(width)} {_number(height)}",
            "width": width,
            "height": height,
            "role": "img",
            "aria-labelledby": f"{name}-t {name}-d",
        },
        (shape("title", title, id=f"{name}-t"), shape("desc", about, id=f"{name}-d"), *inside),
    )


def draw(of: Shape) -> Markup:
    """Write a shape as markup, every text and attribute escaped and every hidden character shown."""
    attributes = "".join(f' {name}="{_value(value)}"' for name, value in of.attributes.items())
    inside = "".join(
        draw(part) if isinstance(part, Shape) else str(escape(visible(part))) for part in of.inside
    )
    return Markup(f"<{of.tag}{attributes}>{inside}</{of.tag}>")  # noqa: S704 - every part is escaped above


def _value(value: str | float) -> str:
    return str(escape(visible(value))) if isinstance(value, str) else _number(value)


def _number(value: float) -> str:
    return f"{value:.2f}".rstrip("0").rstrip(".")

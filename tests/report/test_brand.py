"""A brand brings a name, a colour and a picture, and nothing that acts."""

import base64
import struct

import pytest

from scanner.errors import DataError
from scanner.report import brand, html

SVG = '<svg xmlns="http://www.w3.org/2000/svg" xmlns:xlink="http://www.w3.org/1999/xlink" viewBox="0 0 9 9">{}</svg>'


def png(width, height):
    return b"\x89PNG\r\n\x1a\n" + struct.pack(">I4sII", 13, b"IHDR", width, height) + b"\x08\x06\0\0\0"


@pytest.fixture
def made(tmp_path):
    def make(logo=None, text='name = "Example & Co"\ncolour = "#204060"\nfooter = "<b>Call us</b>"\n'):
        if logo is not None:
            (tmp_path / "logo").write_bytes(logo if isinstance(logo, bytes) else logo.encode())
            text += 'logo = "logo"\n'
        (tmp_path / "brand.toml").write_text(text)
        return brand.read(tmp_path / "brand.toml")

    return make


@pytest.mark.parametrize(
    "logo", [SVG.format('<path d="M0 0"/><use xlink:href="#x" fill="url(#y)"/>'), png(40, 40)]
)
def test_name_colour_footer_and_logo_stand_in_the_page(made, hospital, logo):
    one = made(logo)
    page = html.render(hospital, brand=one)

    assert "Example &amp; Co" in page
    assert "&lt;b&gt;Call us&lt;/b&gt;" in page
    assert ":root{--accent:#204060}" in page
    raw = logo if isinstance(logo, bytes) else logo.encode()
    assert raw == base64.b64decode(one.logo.partition(",")[2])
    assert one.logo in page.replace("&#43;", "+")


def test_only_the_name_is_needed(made, hospital):
    one = made(text='name = "Example"')

    assert (None, "", None, "") == (one.colour, one.footer, one.logo, one.style)
    assert "<img" not in html.render(hospital, brand=one)


@pytest.mark.parametrize(
    ("inside", "said"),
    [
        ("<script>alert(1)</script>", "<script>"),
        ("<SCRIPT/>", "<SCRIPT>"),
        ("<foreignObject><x/></foreignObject>", "<foreignObject>"),
        ("<style>*{}</style>", "<style>"),
        ('<g onload="x()"/>', "event handler onload"),
        ('<image href="https://evil.example/x.png"/>', "points outside itself: href"),
        ('<use xlink:href="https://evil.example/x.svg#a"/>', "points outside itself: href"),
        ('<image href="data:image/svg+xml;base64,AA"/>', "points outside itself: href"),
        ('<rect fill="url( https://evil.example/f)"/>', "points outside itself: fill"),
        ('<rect style="background:url(//evil.example)"/>', "points outside itself: style"),
        ('<a href="#x"/>', "<a>"),
        ("<animate/>", "<animate>"),
    ],
)
def test_an_svg_that_acts_or_reaches_out_is_refused(made, inside, said):
    with pytest.raises(DataError, match="logo: the logo") as caught:
        made(SVG.format(inside))

    assert said in str(caught.value)


@pytest.mark.parametrize(
    ("logo", "said"),
    [
        ("<svg/>", "neither PNG nor SVG"),
        ("GIF89a", "neither PNG nor plain SVG"),
        ('<!DOCTYPE svg [<!ENTITY a "b">]>' + SVG.format("&a;"), "neither PNG nor plain SVG"),
        ('<?xml-stylesheet href="x.css"?>' + SVG.format(""), "style sheet"),
        (png(2001, 4), "2001 by 4 pixels"),
        (png(0, 4), "0 by 4 pixels"),
        (b"\x89PNG\r\n\x1a\n", "not a whole PNG"),
        (b"x" * (brand.LARGEST + 1), "more than 200,000 bytes"),
    ],
)
def test_a_logo_that_is_none_is_refused(made, logo, said):
    with pytest.raises(DataError, match=said):
        made(logo)


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ('name = "x"\ncolor = "#000000"', "toml:2: unknown key 'color'; did you mean colour?"),
        ('name = "x"\nzzz = "#000000"', "toml:2: unknown key 'zzz'; known are name"),
        ("name = 3", "toml:1: name is a text"),
        (f'name = "{"x" * 401}"', "toml:1: name is a text"),
        ('footer = "x"', "name is missing"),
        ('name = "x"\ncolour = "#eeeeee"', "toml:2: colour '#eeeeee' is not"),
        ('name = "x"\ncolour = "red;}"', "toml:2: colour 'red;}' is not"),
        ('name = "x"\nlogo = "none.png"', "none.png: cannot read the logo"),
        ("name =", "cannot read it"),
    ],
)
def test_a_wrong_brand_file_is_refused_with_its_line(made, text, said):
    with pytest.raises(DataError) as caught:
        made(text=text)

    assert said in str(caught.value)


def test_a_brand_file_that_is_not_there_is_named(tmp_path):
    with pytest.raises(DataError, match=r"no\.toml: cannot read it"):
        brand.read(tmp_path / "no.toml")

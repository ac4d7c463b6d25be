"""Shapes become markup in which nothing that they carry can act."""

from xml.etree import ElementTree as ET

from scanner.report.svg import draw, picture, shape


def test_a_picture_is_an_image_with_a_spoken_title_and_description():
    drawn = ET.fromstring(draw(picture("Title", "About", 10, 20, shape("rect", x=1), name="n")))

    assert {"role": "img", "aria-labelledby": "n-t n-d"}.items() <= drawn.attrib.items()
    assert [("title", "n-t", "Title"), ("desc", "n-d", "About")] == [
        (c.tag, c.get("id"), c.text) for c in drawn[:2]
    ]


def test_hostile_text_stays_text_and_hostile_attributes_stay_attributes(attacks):
    for text in attacks:
        drawn = ET.fromstring(draw(shape("text", text, data_x=text)))

        assert ["text"] == [one.tag for one in drawn.iter()]
        assert ["data-x"] == list(drawn.attrib)


def test_numbers_are_written_short_and_alike():
    assert draw(shape("rect", x=1.0, y=2.50, class_="a")) == '<rect x="1" y="2.5" class="a"></rect>'

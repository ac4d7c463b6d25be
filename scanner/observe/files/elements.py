"""Read XML element by element: no entity, no file of somebody else's choosing, no tree that grows with the file."""

from collections.abc import Iterator
from typing import Final
from xml.etree import ElementTree as ET  # builds and names elements; all parsing is defusedxml's

from defusedxml import DefusedXmlException
from defusedxml.ElementTree import iterparse

from scanner.observe.files.opened import Source

ELEMENT: Final = 64 << 20
"""Bytes that may pass between two elements that are asked for."""
DEEPEST: Final = 128

Element = ET.Element


def elements(source: Source, *tags: str) -> Iterator[Element]:
    """Every whole element of these names (outermost only, name spaces left off), each let go of before the next.

    An entity declaration, a cut or broken file, or an element without bounds ends it: what came before stays read.
    """
    wanted = frozenset(tags)
    bounded = _Bounded(source)
    stack: list[Element] = []
    inside = 0
    try:
        for event, element in iterparse(bounded, events=("start", "end")):
            named = local(element.tag) in wanted
            if event == "start":
                stack.append(element)
                inside += named
                if len(stack) > DEEPEST:
                    source.skip(f"byte {bounded.taken}", f"more than {DEEPEST} elements inside each other")
                    return
                continue
            stack.pop()
            inside -= named
            if named and not inside:
                yield element
                bounded.since = 0
            if not inside and stack:
                # whatever lies outside of what is asked for need not be kept
                stack[-1].remove(element)
    except ET.ParseError as error:
        line, column = error.position
        source.skip(
            f"line {line}, column {column}", f"cut short or not XML ({str(error.msg).partition(':')[0]})"
        )
    except (DefusedXmlException, LookupError, ValueError, _TooLargeError) as error:
        # LookupError and ValueError: an encoding that nobody knows, or that expat does not do
        source.skip(f"byte {bounded.taken}", error)


def local(tag: object) -> str:
    """The name of an element without its name space."""
    return str(tag).rpartition("}")[2]


def children(element: Element, name: str) -> Iterator[Element]:
    """The direct children of a name."""
    return (child for child in element if local(child.tag) == name)


def said(element: Element | None, *path: str) -> str:
    """The text at the end of a path of child names, without blanks at its ends; empty where there is none."""
    for name in path:
        element = None if element is None else next(children(element, name), None)
    return "" if element is None else (element.text or "").strip()


class _TooLargeError(Exception):
    """One element, or what stands between two, is too large."""


class _Bounded:
    """A file that ends its reader when one element has no end."""

    def __init__(self, source: Source) -> None:
        self._source = source
        self.taken = self.since = 0

    def read(self, count: int = -1, /) -> bytes:
        data = self._source.read(count)
        self.taken += len(data)
        self.since += len(data)
        if self.since > ELEMENT:
            raise _TooLargeError(f"one element takes more than {ELEMENT} bytes")
        return data

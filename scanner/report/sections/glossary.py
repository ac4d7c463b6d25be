"""The words that this report uses, each explained once."""

from msgspec import Struct

from scanner.model.assessment import Assessment
from scanner.report import words


class Glossary(Struct, frozen=True):
    """Terms in alphabetical order."""

    terms: tuple[tuple[str, str], ...]


def glossary(_found: Assessment) -> Glossary:
    """Give the terms and their meanings."""
    return Glossary(tuple(sorted(words.glossary().items())))

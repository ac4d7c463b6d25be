"""MDS2 forms (ANSI/NEMA HN 1-2019), saved as CSV or text: what a maker says of one model of medical device.

A form speaks of a model, not of a device at an address. It is kept under maker and model, and meets the devices that show
or are listed with that model.
"""

import csv
import re
from collections.abc import Iterator
from datetime import datetime
from typing import Final

from scanner.model.observation import Observation, Scalar
from scanner.observe.files.opened import Source, reading
from scanner.observe.files.rows import CELL, DIVIDERS
from scanner.observe.files.told import Teller, clean
from scanner.observe.format import Format

SOURCE: Final = "import:mds2"
FIELD: Final = "mds2.form"
_ID: Final = re.compile(r"(DOC|MPII|ALOF|AUDT|AUTH|CSUP|DTBK|EMRG|IGAU|CONN|MLDP|NAUT|PAUT|PLOK|RDMP|SBOM|SAHD|SGUD|STCF|TXCF|TXIG|RMOT|OTHR)-(\d+(?:\.\d+)*)", re.IGNORECASE)  # fmt: skip
WORDS: Final = {
    "manufacturer name": "manufacturer",
    "device description": "description",
    "device model": "model",
    "document id": "document",
    "serial number": "serial",
    "device serial": "serial",
    "software version": "version",
    "document release date": "released",
}
"""Questions of the head of the form, by how they begin, whatever number an edition gives them."""
TOPICS: Final = (
    ("has_os", re.compile(r"contain an operating system")),
    (
        "patched_by_owner",
        re.compile(r"owner/operator[- ]*(?:to )?install\w*.*patch|owner/operator.*install.*(?:patch|update)"),
    ),
    ("anti_malware", re.compile(r"support the use of anti-?malware")),
    ("ports_closed", re.compile(r"ports and protocols.*(?:disabled|closed)")),
)
"""What is wanted of the form whatever number an edition gives it, by its question."""
_SYSTEM: Final = re.compile(
    r"(?:microsoft )?windows (?:server )?[\w.]+(?: (?:embedded|enterprise|iot|ltsc|ltsb|professional|standard|pro|20\d\d|r2|sp\d))*"
    r"|(?:debian|ubuntu|red hat enterprise linux|centos|suse linux enterprise|vxworks|qnx|integrity|threadx|nucleus)(?: [\d.]+)?",
    re.IGNORECASE,
)
_PORT: Final = re.compile(
    r"\b(tcp|udp)[ /:-]{0,3}(?:port[ :]*)?(\d{1,5})\b|\b(\d{1,5})[ /]{0,2}(tcp|udp)\b", re.IGNORECASE
)
_PORTS: Final = 64
MOST: Final = 600
"""Answers of one form: the edition of 2019 asks some two hundred questions."""
_ANSWERS: Final = frozenset({"yes", "no", "n/a", "see note", "na"})


def parse(source: Source, now: datetime) -> Iterator[Observation]:
    """One observation a form; a row whose answer is empty was left out by whoever filled the form in."""
    csv.field_size_limit(CELL)
    answers: dict[str, Scalar | list[str]] = {}
    for number, line in source.lines():
        divider = max(DIVIDERS, key=line.count)
        try:
            cells = [clean(cell) for cell in next(csv.reader([line], delimiter=divider), [])]
        except csv.Error as error:
            source.skip(f"line {number}", error)
            continue
        at = next((index for index, cell in enumerate(cells) if _ID.fullmatch(cell)), None)
        if at is None:
            continue  # titles, explanations and notes stand between
        question = cells[at + 1].lower() if at + 1 < len(cells) else ""
        answer = next((cell for cell in cells[at + 2 :] if cell), "")
        if not answer:
            continue
        _notes(question, cells[at + 2 :], answers)
        word = next((word for start, word in WORDS.items() if question.startswith(start)), cells[at].upper())
        if answer.lower() in _ANSWERS or word in WORDS.values():
            answers.setdefault(word, answer if word in WORDS.values() else answer.lower())
        if len(answers) > MOST:
            source.skip(f"line {number}", f"more than {MOST} answers")
            break
    if "model" in answers or "manufacturer" in answers:
        yield Teller(source=SOURCE, now=now).say(FIELD, answers)
    else:
        source.skip("the form", "names no manufacturer and no model")


def _notes(question: str, cells: list[str], answers: dict[str, Scalar | list[str]]) -> None:
    """What is wanted under whatever number: a plain answer, and in the notes the system and the ports by name."""
    plain = next((cell.lower() for cell in cells if cell.lower() in _ANSWERS), None)
    for word, asked in TOPICS:
        if plain and asked.search(question):
            answers.setdefault(word, plain)
    text = " ".join(cells)
    system = _SYSTEM.search(text) if "operating system" in question else None
    if system:
        answers.setdefault("os", system[0])
    if "port" in question and (found := sorted(_ports(text), key=lambda one: (one[:3], int(one[4:])))):
        answers.setdefault("ports", " ".join(found[:_PORTS]))


def _ports(text: str) -> set[str]:
    pairs = ((one[1] or one[4], one[2] or one[3]) for one in _PORT.finditer(text))
    return {f"{protocol.lower()}/{int(number)}" for protocol, number in pairs if 0 < int(number) < 65536}


def fits(head: bytes) -> bool:
    """Whether it has several of the form's own numbers."""
    return len({found[0].upper() for found in _ID.finditer(head.decode("utf-8", "replace"))}) >= 4


FORMAT: Final = Format(
    name="mds2",
    checked_against="memory",
    export="Open the maker's MDS2 workbook and save the sheet with the questions as CSV (UTF-8)",
    says="what a maker says of a model",
    fits=fits,
    read=reading(parse),
)

"""Reading of samples and of texts made up by a test, in the plain form in which tests compare."""

from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

import pytest

from scanner.errors import DataError
from scanner.observe.importing import load_formats

SAMPLES = Path(__file__).parents[3] / "fixtures" / "imports"
NOW = datetime(2026, 11, 24, tzinfo=UTC)


class Told:
    """What a file tells: observations, and the complaint at its end (empty for none)."""

    def __init__(self, name: str, path: Path) -> None:
        self.seen, self.complaint = [], ""
        try:
            for one in load_formats()[name].read(path, NOW):
                self.seen.append(one)
        except DataError as error:
            self.complaint = str(error)

    def of(self, field: str) -> list[object]:
        """The values of one field, in order."""
        return [one.value for one in self.seen if one.field == field]

    def at(self, where: str) -> dict[str, object]:
        """The last value of each field of one address or card."""
        return {one.field: one.value for one in self.seen if where in {one.address, one.mac}}

    def last(self, where: str) -> str:
        """The last day on which an address or card was seen."""
        return f"{max(one.last for one in self.seen if where in {one.address, one.mac}):%F %T}"


@pytest.fixture(scope="session")
def sample() -> Callable[[str, str], Told]:
    """Read a sample: `sample("cisco", "ios.txt")`."""
    return lambda name, file: Told(name, SAMPLES / name / file)


@pytest.fixture
def told(tmp_path: Path) -> Callable[[str, str | bytes], Told]:
    """Read a text as a format: `told("cisco", "...")`."""

    def read(name: str, text: str | bytes) -> Told:
        path = tmp_path / "file"
        path.write_bytes(text if isinstance(text, bytes) else text.encode())
        return Told(name, path)

    return read

"""The run snapshot: with the log, the shipped knowledge and `now`, all that judgement depends on."""

from collections.abc import Mapping
from datetime import datetime

from msgspec import Struct


class Run(Struct, frozen=True, kw_only=True):
    """One run of the left half, and the settings that its judgement uses."""

    id: str
    engagement: str
    started: datetime
    ended: datetime | None
    command: str
    """`scan`, `import`, `listen`, `demo`."""
    scope: str
    """The scope file's text, word for word."""
    seed: int
    parameters: Mapping[str, float]
    """Judgement parameters that differ from the shipped ones."""
    versions: Mapping[str, str]
    """Program, knowledge and schema versions in force."""
    notes: tuple[str, ...] = ()
    """What the run could not do, in words: shown with the coverage."""

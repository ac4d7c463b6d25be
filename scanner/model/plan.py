"""A plan: what to do in which order, what it costs, and what it saves as simulated together."""

from msgspec import Struct

from scanner.model.device import DeviceId
from scanner.model.verdict import Interval


class Step(Struct, frozen=True, kw_only=True):
    """One thing to do, once all before it are done; weights in endpoint equivalents."""

    action: str
    """`unplug` `patch` `isolate` `replace` `remove` `deny` `settings` `campaign` `passwords` `separate` `set`."""
    text: str
    devices: tuple[DeviceId, ...]
    cost: float
    """In the units of the `cost.*` parameters: 1 is one simple rule or setting."""
    saves: float
    """Expected loss that this step takes away after the steps before it."""
    interval: Interval
    """Where that lies, 95 % of the sampling error; judgements are not in it."""
    alone: float
    """What it would save by itself, without the steps before it."""


class Point(Struct, frozen=True, kw_only=True):
    """One point of a curve: so many steps, this cost, this expected loss."""

    steps: int
    cost: float
    loss: float
    interval: Interval
    what: str = ""
    """What is done, in words."""


class Plan(Struct, frozen=True, kw_only=True):
    """The plan of a network; without steps where nothing helps."""

    loss: float = 0.0
    """Expected loss of one foothold before anything is done."""
    after: float = 0.0
    """The same with all steps done: simulated together, never a sum."""
    saved: Interval = Interval(lo=0.0, hi=0.0, level=0.95)
    """Where what the whole plan saves lies: sampling error alone."""
    cost: float = 0.0
    budget: float | None = None
    steps: tuple[Step, ...] = ()
    curve: tuple[Point, ...] = ()
    """Loss against number of steps, from none to all."""
    front: tuple[Point, ...] = ()
    """No other plan that was tried costs less and loses less."""
    ends: str = "nothing"
    """Why it ends there: `steps` (as many as asked for), `budget`, `noise` (what is left saves nothing for sure), `nothing`."""
    spared: int = 0
    """Devices that only their maker may change: for them there are only walls in the plan."""
    worlds: int = 0


class Answer(Struct, frozen=True, kw_only=True):
    """What one what-if would do; weights in endpoint equivalents."""

    question: str
    text: str
    """What was understood."""
    devices: tuple[DeviceId, ...]
    cost: float
    loss: float
    after: float
    saves: float
    interval: Interval
    note: str = ""
    """What stands against it, in words."""

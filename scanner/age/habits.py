"""How often devices are updated, before anything of one device is known: the prior of the patch horizon, as data.

Every number here is judgement: none was measured on a network of the reader's. `benchmarks/bench_horizon.py` checks how
well the intervals that rest on them hold for fleets with other habits.
"""

from collections.abc import Mapping
from functools import lru_cache
from typing import Final

import numpy as np
from msgspec import Struct
from numpy.typing import NDArray

from scanner.model.kinds import Kind

Floats = NDArray[np.float64]


class Habit(Struct, frozen=True):
    """Shares of a class of devices by who looks after them; they add up to 1."""

    managed: float
    """Somebody installs updates nearly every month."""
    drifting: float
    """Updated now and then, by chance."""
    lapsed: float
    """Looked after for some years, until whoever did it left."""
    abandoned: float
    """Not updated after the time of its installation."""
    why: str


MANAGED_HAZARD: Final = 0.8
"""Judgement: chance per month that a managed device is updated."""
DRIFTING_HAZARDS: Final = (0.12, 0.03)
"""Judgement: chances per month for drifting devices, half of them each; one rate alone forgets the long tail."""
INSTALLED_FADES: Final = 30.0
"""Judgement: months after a system came out in which its installations fall to 1/e."""
LAPSE_GROWS: Final = 12.0
"""Judgement: months after a system came out by which lapses reach 1 - 1/e of their usual number."""
FIRST_MEDIA: Final = 0.35
"""Judgement: share of the abandoned that still are what the release's first medium held."""
UNKNOWN_FADES: Final = 72.0
"""Judgement: months of age at which devices of an unknown system fall to 1/e."""
FLOOR: Final = 0.004
"""Judgement: share of belief spread over all months, so that no strange device is impossible."""

_OFFICE: Final = Habit(
    0.45, 0.2, 0.15, 0.2, "judgement: computers that people work at are in somebody's update tool"
)
_SERVER: Final = Habit(0.4, 0.25, 0.2, 0.15, "judgement: servers wait for a maintenance window")
_NETWORK: Final = Habit(0.2, 0.3, 0.2, 0.3, "judgement: network gear is updated when it fails or is replaced")
_CLINICAL: Final = Habit(
    0.15, 0.25, 0.2, 0.4, "judgement: the maker must release updates for medical devices, few arrive"
)
_PLANT: Final = Habit(0.05, 0.15, 0.15, 0.65, "judgement: plant control is left as it was accepted")
_THINGS: Final = Habit(
    0.15, 0.2, 0.15, 0.5, "judgement: printers, phones and cameras are seldom updated by anyone"
)
_ANY: Final = Habit(0.4, 0.25, 0.2, 0.15, "judgement: not known what it is")

HABITS: Final[Mapping[Kind, Habit]] = {
    **dict.fromkeys((Kind.LAPTOP, Kind.WORKSTATION), _OFFICE),
    **dict.fromkeys(
        (Kind.SERVER, Kind.DOMAIN_CONTROLLER, Kind.HYPERVISOR, Kind.MAINFRAME, Kind.COMPUTE_HOST, Kind.CONTAINER),
        _SERVER,
    ),
    **dict.fromkeys(
        (Kind.SWITCH, Kind.ROUTER, Kind.FIREWALL, Kind.LOAD_BALANCER, Kind.ACCESS_POINT, Kind.BMC), _NETWORK
    ),
    **dict.fromkeys(
        (
            Kind.MODALITY,
            Kind.PACS,
            Kind.PATIENT_MONITOR,
            Kind.INFUSION_GATEWAY,
            Kind.LAB_ANALYSER,
            Kind.INTERFACE_ENGINE,
            Kind.NURSE_CALL,
        ),
        _CLINICAL,
    ),
    **dict.fromkeys((Kind.PLC, Kind.RTU, Kind.HMI, Kind.RELAY, Kind.METER, Kind.BUILDING_CONTROLLER), _PLANT),
    **dict.fromkeys(
        (Kind.PRINTER, Kind.PHONE, Kind.CAMERA, Kind.DVR, Kind.NAS, Kind.UPS, Kind.PDU, Kind.TV, Kind.IOT), _THINGS
    ),
    **dict.fromkeys((Kind.KIOSK, Kind.ATM, Kind.POS, Kind.HSM, Kind.UNKNOWN), _ANY),
}  # fmt: skip
"""Kind -> habit; every kind has one."""


@lru_cache(maxsize=4096)
def prior(habit: Habit, months: int, born: int | None) -> Floats:
    """Belief over the month in which somebody last tried to update, counted from the last month back; sums to 1.

    `born` is the month in which the system came out. Shape (months,); read-only, since it is shared.
    """
    back = np.arange(months - 1, -1, -1)
    managed = _geometric(MANAGED_HAZARD, back)
    drifting = sum((_geometric(rate, back) for rate in DRIFTING_HAZARDS), np.zeros(months)) / len(
        DRIFTING_HAZARDS
    )
    if born is None or born >= months:
        abandoned = np.exp(-back / UNKNOWN_FADES)
        lapsed = abandoned
    else:
        since = np.arange(months) - born
        abandoned = (1 - FIRST_MEDIA) * _whole(
            np.where(since >= 0, np.exp(-np.maximum(since, 0) / INSTALLED_FADES), 0.0)
        )
        abandoned[born] += FIRST_MEDIA
        # bought at some time, left alone at some later time: few lapse in the first months
        lapsed = np.where(since >= 0, 1 - np.exp(-np.maximum(since, 0) / LAPSE_GROWS), 0.0) + 1e-9
    parts = (
        (habit.managed, managed),
        (habit.drifting, drifting),
        (habit.lapsed, lapsed),
        (habit.abandoned, abandoned),
    )
    mixed = sum((share * _whole(part) for share, part in parts), np.zeros(months))
    out: Floats = (1 - FLOOR) * mixed + FLOOR / months
    out.flags.writeable = False
    return out


def _geometric(rate: float, back: NDArray[np.int64]) -> Floats:
    """P(the last of updates that come with this chance a month was so many months ago)."""
    return rate * (1 - rate) ** back.astype(np.float64)


def _whole(part: Floats) -> Floats:
    whole: Floats = part / part.sum()
    return whole

"""How often devices are updated, before anything of one device is known: the prior of the patch horizon, as data.

Every number here is judgement: none was measured on a network of the reader's. `benchmarks/bench_horizon.py` checks how
well the intervals that rest on them hold for fleets with other habits.
"""

import math
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


MANAGED_HAZARDS: Final = (0.99, 0.7, 0.3)
"""Judgement: chances per month for managed devices, a third of them each: updated by themselves, monthly, quarterly."""
DRIFTING_HAZARDS: Final = (0.12, 0.03)
"""Judgement: chances per month for drifting devices, half of them each; one rate alone forgets the long tail."""
INSTALLED_FADES: Final = 30.0
"""Judgement: months after a system came out in which its installations fall to 1/e."""
STAYS: Final = (12.0, 36.0, 96.0)
"""Judgement: mean months between an installation and the day when whoever looked after it left, a third each."""
FIRST_MEDIA: Final = 0.35
"""Judgement: share of installations whose medium still held what the release began with."""
AGE_FADES: Final = 60.0
"""Judgement: months of age at which devices of an unknown system fall to 1/e."""
REPLACED: Final = 0.3
"""Judgement: chance a year that a looked-after device is replaced, once nobody mends its system any more."""
KEPT: Final = 0.35
"""Judgement: share of the looked-after that no rule of ageing replaces: a machine or a certificate hangs on them."""
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


class Survivors(Struct, frozen=True):
    """Those of a class of devices that still stand after updates ended."""

    habit: Habit
    """Their shares."""
    left: float
    """How many of the class still stand, 0..1."""


@lru_cache(maxsize=4096)
def surviving(habit: Habit, months: int) -> Survivors:
    """Whoever still stands so many months after the last update came out.

    A device seen old today is no sample of all that were bought, but of those that nobody replaced: who looks after a
    device mostly replaces it when its support ends, who forgot it does not.
    """
    cared = KEPT + (1 - KEPT) * math.exp(-REPLACED * max(0, months) / 12)
    # who updates now and then replaces now and then
    rarely = (1 + cared) / 2
    left = habit.managed * cared + habit.drifting * rarely + habit.lapsed + habit.abandoned
    return Survivors(
        Habit(
            habit.managed * cared / left,
            habit.drifting * rarely / left,
            habit.lapsed / left,
            habit.abandoned / left,
            habit.why,
        ),
        left,
    )


class Prior(Struct, frozen=True, kw_only=True):
    """Belief over the time of the last try to update, before any row of evidence; `media` and `months` sum to 1."""

    media: float
    """That it is as the first medium of its system was: of one day, not of some month."""
    months: Floats
    """The rest, a month each; read-only, since it is shared."""


@lru_cache(maxsize=4096)
def prior(habit: Habit, months: int, born: int | None, known: int | None = None) -> Prior:
    """Belief over the months up to the last one, number `months - 1`.

    `born` is the month in which the system came out; without it every age is possible that is not younger than the month
    `known`, in which something of it was made, and `media` is 0. What was not updated since its installation is as its
    medium was.
    """
    shares = np.array((habit.managed, habit.drifting, habit.lapsed, habit.abandoned))
    media, parts = np.zeros(4), np.zeros((4, months))
    if born is not None and born < months:
        media, parts = _parts(months, born)
    else:
        parts = _unborn(months, 0 if known is None else max(0, months - 1 - known))
    out: Floats = (1 - FLOOR) * (shares @ parts) + FLOOR / months
    out.flags.writeable = False
    return Prior(media=(1 - FLOOR) * float(shares @ media), months=out)


@lru_cache(maxsize=1024)
def _parts(months: int, born: int) -> tuple[Floats, Floats]:
    """Under each habit (managed, drifting, lapsed, abandoned): P(as the first medium), and the rest by month, (4, months)."""
    media, out = np.zeros(4), np.zeros((4, months))
    age = np.arange(months - born)
    installed = _whole(np.exp(-age / INSTALLED_FADES))
    for row, hazards in enumerate((MANAGED_HAZARDS, DRIFTING_HAZARDS)):
        for hazard in hazards:
            never = (1 - hazard) ** (age[::-1] + 1.0)
            updated = hazard * (1 - hazard) ** age[::-1] * np.cumsum(installed)
            media[row] += FIRST_MEDIA * float(installed @ never) / len(hazards)
            out[row, born:] += (updated + (1 - FIRST_MEDIA) * installed * never) / len(hazards)
    for stay in STAYS:
        left = np.convolve(installed, np.exp(-age / stay) * (1 - math.exp(-1 / stay)))[: len(age)]
        out[2, born:] += left / len(STAYS)
    # nobody left yet: looked after to this day
    out[2, -1] += 1 - out[2].sum()
    media[3] = FIRST_MEDIA
    out[3, born:] = (1 - FIRST_MEDIA) * installed
    return media, out


@lru_cache(maxsize=2048)
def _unborn(months: int, least: int) -> Floats:
    """By month under each habit where only the least age of the system is known: the mean over all ages, (4, months)."""
    ages = np.arange(least, months)
    weights = _whole(np.exp(-(ages - least) / AGE_FADES))
    whole = np.zeros((4, months))
    for age, weight in zip(ages.tolist(), weights.tolist(), strict=True):
        media, parts = _parts(months, months - 1 - age)
        whole += weight * parts
        whole[:, months - 1 - age] += weight * media
    return whole


def _whole(part: Floats) -> Floats:
    whole: Floats = part / part.sum()
    return whole

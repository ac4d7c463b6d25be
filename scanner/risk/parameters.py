"""The numbers of the risk model that are judgement: each with its meaning, its limits and where it comes from.

None of them is measured on a network of the reader's: the report calls them judgements, and the interval of every
score is what happens when they are all halved or doubled. A run may override any of them by name.
"""

import difflib
import math
from collections.abc import Mapping
from typing import Final

from msgspec import Struct

from scanner.errors import DataError


class Parameter(Struct, frozen=True):
    """One number: its name, its shipped value, the values it may take, and why it is what it is."""

    name: str
    value: float
    least: float
    most: float
    source: str
    """Who says so: `judgement: why`, or the publication it is fitted to."""


def _p(name: str, value: float, source: str, most: float = 1.0) -> Parameter:
    return Parameter(name, value, 0.0, most, source)


PARAMETERS: Final = (
    _p("present.config", 0.98, "judgement: a setting the device itself told us is there, but for a relayed answer"),
    _p("present.e4", 0.95, "judgement: exact version in the affected range; 5 % for quiet vendor fixes"),
    _p("present.e3", 0.60, "judgement: upstream version in range, distributions fix without changing it"),
    _p("present.e2", 0.35, "judgement: product generation alone, when the patch horizon says nothing"),
    _p("present.e1", 0.15, "judgement: an open port alone"),
    _p("success.3", 0.70, "judgement: proven self-spreading malware used it"),
    _p("success.2", 0.50, "judgement: unauthenticated and automatable"),
    _p("success.1", 0.15, "judgement: plausible, no known automation"),
    _p("success.0", 0.05, "judgement: helps an intruder, takes nothing over alone"),
    _p("success.adaptive", 0.50, "judgement: below the 0.74 per weakness of a staged 33-host range (preprint, 2026)"),
    _p("success.adaptive_plausible", 0.30, "judgement: the same where no working exploit is known to be public"),
    _p("success.xp_eternalblue", 0.10, "published tests of WannaCry on Windows XP: it mostly crashed (Kaspersky 2017)"),
    _p("success.bluekeep", 0.30, "judgement: public exploits for it are unreliable"),
    _p("success.telnet_managed", 0.30, "judgement: telnet on equipment that people set up with their own password"),
    _p("nla.lowers", 0.30, "judgement: a hole before logon that needs credentials first when NLA is required"),
    _p("try.commodity.3", 1.0, "judgement: commodity worms carry what spread before"),
    _p("try.commodity.2", 0.5, "judgement: some commodity worms carry it"),
    _p("try.commodity.1", 0.1, "judgement: few do"),
    _p("try.commodity.0", 0.0, "judgement: none does"),
    _p("try.adaptive", 1.0, "reported of an adaptive worm in a 33-host range (preprint, 2026): it reads advisories"),
    _p("try.intruder", 0.5, "judgement: a person tries half of what a machine tries"),
    _p("unknown.per_year", 0.25, "judgement: public holes per year that stay open after support ended", 5.0),
    _p("unknown.undecided", 0.5, "judgement: what counts of that while it is open whether support ended"),
    _p("reach.flat", 0.5, "judgement: two zones nobody declared anything about, no firewall policy seen"),
    _p("reach.policy", 0.1, "judgement: two zones that an imported firewall policy does not mention"),
    _p("credential.shared", 0.3, "judgement: devices of one image or domain share an administrator password"),
    _p("credential.unmanaged", 0.6, "judgement: the same where a directory shows no password kept for the machine alone"),
    _p("credential.factory", 0.3, "judgement: devices with one factory key share a factory password"),
    _p("credential.opens", 0.5, "judgement: a shared password opens the next device over the network"),
    _p("credential.commodity", 0.3, "judgement: commodity worms that reuse passwords they find (NotPetya did)"),
    _p("entry.user", 0.02, "judgement: a year of a person clicking on it"),
    _p("entry.roaming", 0.01, "judgement: it is carried to other networks"),
    _p("entry.public", 0.01, "judgement: strangers stand beside it"),
    _p("entry.vendor", 0.02, "judgement: its maker has remote access"),
    _p("entry.other", 0.002, "judgement: everything else"),
    _p("entry.internet", 0.5, "judgement: a public address is found by whoever searches; times what its own holes let in"),
    _p("entry.zone", 0.02, "judgement: entry weight from which a zone counts as entered", 1.0),
    _p("disrupt.domain", 0.5, "judgement: a member of a domain stands still once all that run the domain have fallen"),
    _p("disrupt.client", 0.3, "judgement: a device needs the systems that its kind works with and its zone may open"),
    _p("disrupt.precaution", 0.3, "judgement: a zone in which something fell is cut off before the rest of it falls"),
    _p("cost.rule", 1.0, "judgement: the unit: one rule between two zones that nobody is known to use", 1e6),
    _p("cost.rule_used", 4.0, "judgement: a rule against what somebody declared or was seen to use: exceptions to agree", 1e6),
    _p("cost.unplug", 1.0, "judgement: one leg of one device pulled", 1e6),
    _p("cost.service", 1.0, "judgement: one service turned off, or one setting changed, on one device", 1e6),
    _p("cost.patch", 1.0, "judgement: one PC updated", 1e6),
    _p("cost.patch_server", 3.0, "judgement: one server updated, with its maintenance window", 1e6),
    _p("cost.isolate", 2.0, "judgement: one switch port that passes only what its device needs", 1e6),
    _p("cost.replace", 5.0, "judgement: one PC replaced or taken out of use", 1e6),
    _p("cost.medical", 10.0, "judgement: a medical device or controller changed by its maker", 1e6),
    _p("cost.again", 0.2, "judgement: the same work on one more device, as part of the first time"),
    _p("pace.contacts", 6.0, "addresses tried a second: Code Red began with 1.8 new hosts an hour a host (Staniford, Paxson,"
       " Weaver 2002) among 359,000 (Moore, Shannon 2002); checked on their 14 hours", 1e4),
    _p("pace.dwell.commodity", 30.0, "judgement: seconds a worm of known holes needs on a device once it has found it", 1e7),
    _p("pace.dwell.adaptive", 34_700.0, "seconds a device: one run of the 33-host range went from 1 to 27 hosts in 48 h"
       " (preprint, 2026); checked on its greatest depth of 7", 1e7),
    _p("pace.dwell.intruder", 3_720.0, "seconds a device: 62 minutes mean breakout in 2023 (CrowdStrike 2024; common knowledge,"
       " recheck)", 1e7),
    _p("score.blast", 300.0, "judgement: endpoint equivalents lost that mean 100 points", 1e6),
    _p("score.critical", 100.0, "judgement: critical weight that takes 63 % of the points for critical assets", 1e6),
)  # fmt: skip
"""Every parameter, grouped by use."""

_BY_NAME: Final[Mapping[str, Parameter]] = {one.name: one for one in PARAMETERS}
_COSTS: Final = tuple(one.name for one in PARAMETERS if one.name.startswith("cost.") and one.most > 1)
_POSITIVE: Final = ("score.blast", "score.critical", "entry.zone", "pace.contacts", *_COSTS)

LEARNT: Final = "learnt."
"""Begins the names of what `stalehost calibrate` learnt: factors on the odds of one exposure at one evidence grade."""


def resolve(overrides: Mapping[str, float]) -> dict[str, float]:
    """The shipped values with a run's own laid over them; DataError for an unknown name or an impossible value."""
    values = {one.name: one.value for one in PARAMETERS}
    for name, value in overrides.items():
        if name.startswith(LEARNT):
            if not (math.isfinite(value) and value > 0):
                raise DataError(f"parameters: {name} = {value} must be a number above 0")
            values[name] = float(value)
            continue
        known = _BY_NAME.get(name)
        if known is None:
            near = difflib.get_close_matches(name, _BY_NAME, 1)
            hint = f"; did you mean {near[0]!r}?" if near else ""
            raise DataError(f"parameters: {name!r} is no parameter of the risk model{hint}")
        if not math.isfinite(value) or not known.least <= value <= known.most:
            raise DataError(f"parameters: {name} = {value} must lie in {known.least:g} .. {known.most:g}")
        if name in _POSITIVE and value <= 0:
            raise DataError(f"parameters: {name} = {value} must be above 0")
        values[name] = float(value)
    return values


def shaken(values: Mapping[str, float], turns: Mapping[str, float]) -> dict[str, float]:
    """Each value moved by its turn in -1 .. 1: -1 halves and +1 doubles it (its odds, where it is a probability); what was learnt stays."""
    return {
        name: value if name.startswith(LEARNT) else _shake(value, _BY_NAME[name].most, turns[name])
        for name, value in values.items()
    }


def odds(probability: float, factor: float) -> float:
    """A probability with its odds multiplied; 0 and 1 stay what they are."""
    return probability * factor / (1 - probability + probability * factor)


def _shake(value: float, most: float, turn: float) -> float:
    return odds(value, 2.0**turn) if most == 1.0 else value * 2.0**turn

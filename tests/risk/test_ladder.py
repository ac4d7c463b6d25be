"""The rungs that need more than the spread alone, and how often intervals hold the truth."""

from datetime import UTC, datetime

import msgspec
import numpy as np
import pytest

from scanner.age import forgotten, lifecycle
from scanner.identify import merge
from scanner.knowledge.base import open_base
from scanner.model.kinds import Kind
from scanner.model.net import Address, Mac, Port
from scanner.model.observation import Observation
from scanner.risk.calibrate import WORTH
from scanner.risk.exposure import weaknesses
from scanner.risk.judge import interval, judge
from scanner.risk.parameters import resolve
from scanner.risk.score import DRAWS
from scanner.scope.parse import parse

SCOPE = """
[engagement]
name = "e"
owner = "o"
authorized_by = "a"
contact = "c"
reference = "r"
valid_from = 2026-11-01
valid_until = 2026-11-30
sector = "office"
[[network]]
cidr = "10.1.0.0/24"
zone = "office"
profile = "office"
"""


def test_l8_only_who_comes_to_a_compute_host_has_hops_to_one(make):
    shut = [("a", "b", [], "declared"), ("b", "a", [], "declared")]
    brain = make.plain("brain", "b", kind=Kind.COMPUTE_HOST, ports=("tcp/23",))

    got = make.judge([make.windows7("pc", "a"), brain], make.scope("a", "b", segments=shut))
    near = make.judge([make.windows7("pc", "b"), brain], make.scope("a", "b", segments=shut))

    assert (None, 1) == (got.devices["pc"].risk.compute_hops, near.devices["pc"].risk.compute_hops)
    assert got.network.compute_reached < near.network.compute_reached


def test_l13_the_hole_that_crashes_xp_is_less_use_there_than_on_windows_7(make):
    def chance(judged):
        device, age, _ = judged
        found = weaknesses(device, age, make.known, make.now, resolve({}))
        return next(one for one in found if one.fact.id == "ms17-010").finding.success

    assert 0.10 == chance(make.xp("xp", "a"))
    assert None is chance(make.windows7("w7", "a"))


@pytest.mark.parametrize("grade", sorted(WORTH))
def test_the_80_percent_interval_of_what_was_learnt_holds_the_truth_in_80_percent(grade):
    """Truth from the prior, cases from the truth, the interval from the posterior: 76 to 84 % must hold it."""
    dice = np.random.default_rng(7)
    worth, prior, cases, runs = WORTH[grade], 0.6, 20, 2000
    truth = dice.beta(prior * worth, (1 - prior) * worth, runs)
    found = dice.binomial(cases, truth)
    drawn = dice.beta(
        (prior * worth + found)[:, None], ((1 - prior) * worth + cases - found)[:, None], (runs, 400)
    )
    low, high = np.percentile(drawn, [10, 90], axis=1)

    assert 0.76 <= float(((low <= truth) & (truth <= high)).mean()) <= 0.84


def test_l10_disruption_without_infection_is_an_outcome_of_its_own(make):
    """The modality has no weakness: it never falls, and stands still for its archive and with its zone."""
    closed = [("a", "b", [], "declared"), ("b", "a", [], "declared")]
    pacs = make.plain("pacs", "a", kind=Kind.PACS, ports=("tcp/23",))
    clean = make.plain("ct", "a", kind=Kind.MODALITY)

    got = make.judge([pacs, clean], make.scope("a", "b", segments=closed))
    apart = make.judge(
        [pacs, make.plain("ct", "b", kind=Kind.MODALITY)], make.scope("a", "b", segments=closed)
    )

    assert got.network.disrupted > 0 == apart.network.disrupted
    assert () == got.devices["ct"].exposures == apart.devices["ct"].exposures


def test_l12_what_is_seen_twice_is_one_device_and_scores_the_same():
    """The same log twice, in another order, and by another source: observations merge before anything is counted."""
    knowledge, scope, now = open_base(), parse(SCOPE, "scope.toml"), datetime(2026, 11, 23, tzinfo=UTC)

    def seen(host, field, value, source="probe:smb", **more):
        return Observation(
            source=source, first=now, last=now, field=field, value=value, address=Address(f"10.1.0.{host}"),
            mac=Mac(f"02:00:00:00:00:{host:02x}"), zone="office", vantage="office", **more,
        )  # fmt: skip

    log = [
        one
        for host in (5, 6, 7)
        for one in (
            seen(host, "port.state", "open", "tcp:connect", port=Port("tcp/445")),
            seen(host, "smb1.accepted", "yes", port=Port("tcp/445")),
            seen(host, "smb.native_os", "Windows 7 Professional 7601 Service Pack 1", port=Port("tcp/445")),
        )
    ]
    again = [msgspec.structs.replace(one, source="import:nmap-xml") for one in log[:3]]

    def scored(seen):
        devices = merge.devices(seen, knowledge, scope, now)
        judged = [
            (one, lifecycle.judge(one, knowledge, now, ()), forgotten.judge(one, lifecycle.judge(one, knowledge, now, ()), frozenset(), now, ()))
            for one in devices
        ]  # fmt: skip
        got = judge(judged, scope, knowledge, {}, 1, now, ())
        return {name: one.risk.score for name, one in got.devices.items()}, got.network.expected_loss

    once = scored(log)

    assert (3, True) == (len(once[0]), min(once[0].values()) > 0)
    assert once == scored([*log, *reversed(log)]) == scored([*again, *log])


def test_the_80_percent_interval_of_a_score_holds_another_draw_in_80_percent():
    """From 24 draws of any distribution: where the truth is one more of the kind, 76 to 84 % must be held (all of the
    model, with truths from other dice: benchmarks/results/interval.txt).
    """
    dice = np.random.default_rng(3)
    drawn = dice.lognormal(3, 0.5, (4000, DRAWS))
    truth = dice.lognormal(3, 0.5, 4000)
    found = [interval(float(np.median(one)), one) for one in drawn]
    held = np.mean([one.lo <= real <= one.hi for one, real in zip(found, truth, strict=True)])

    assert 0.76 <= float(held) <= 0.84

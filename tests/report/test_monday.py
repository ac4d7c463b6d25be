"""Every device gets concrete steps, each once, most valuable first."""

import msgspec
import pytest

from scanner.model.kinds import Kind, Support
from scanner.report.monday import steps


def test_steps_are_said_once_and_never_missing(hospital):
    for judged in hospital.devices:
        texts = [step.do for step in steps(judged)]

        assert texts
        assert len(set(texts)) == len(texts)


def test_the_step_that_takes_most_points_comes_first(hospital):
    assert steps(hospital.devices[0])[0].do == "Unplug one of its two legs"


def test_a_bridge_that_no_reason_explains_is_told_to_lose_a_leg(maker, sorts):
    judged = maker.judged(sorts[0], score=0)

    assert "Decide which of management and office it belongs to, and unplug the other leg" in [
        s.do for s in steps(judged)
    ]


@pytest.mark.parametrize(
    ("kind", "want"),
    [
        (
            Kind.MODALITY,
            "Let its switch port pass only the servers that it needs, and ask its maker for the support plan",
        ),
        (Kind.SERVER, "Replace it, or remove it from the network"),
    ],
)
def test_what_only_the_maker_may_change_is_shielded_and_not_replaced(maker, kind, want, sorts):
    judged = maker.judged(sorts[2])
    judged = msgspec.structs.replace(judged, device=msgspec.structs.replace(judged.device, kind=kind))

    assert want in [step.do for step in steps(judged)]


def test_an_unknown_is_asked_for(maker, sorts):
    judged = maker.judged(sorts[4])

    assert judged.age.settle in [step.do for step in steps(judged)]


def test_a_forgotten_device_is_to_be_found(maker, sorts):
    assert "Find it and name an owner" in [step.do for step in steps(maker.judged(sorts[0]))]


def test_a_calm_device_gets_a_calm_word_that_promises_nothing(maker, sorts):
    judged = maker.judged(sorts[-1], score=0)
    assert judged.age.support is Support.SUPPORTED

    [step] = steps(judged)

    assert "not a finding of safety" in step.why

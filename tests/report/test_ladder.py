"""The rungs name what was seen of the device and never promise more than the model."""

import msgspec

from scanner.report.ladder import FILTER, REMOVE, ladder
from scanner.report.text import amount


def modality(hospital):
    return next(one for one in hospital.devices if one.device.kind.value == "modality")


def test_the_rungs_go_from_taking_away_to_accepting_with_one_start(hospital):
    rungs = ladder([modality(hospital)])

    assert list(range(9)) == [rung.number for rung in rungs]
    assert [FILTER] == [rung.number for rung in rungs if rung.first]
    assert "open now: tcp/445 and tcp/9100" in rungs[3].do
    assert "CVE-2017-0144" in rungs[5].do
    assert "image router" in rungs[4].do


def test_a_device_that_nobody_looks_after_is_taken_away_first(hospital):
    one = modality(hospital)
    lost = msgspec.structs.replace(
        one, forgotten=msgspec.structs.replace(one.forgotten, unknown=True, unmanaged=True)
    )

    assert [REMOVE] == [rung.number for rung in ladder([lost]) if rung.first]


def test_only_taking_it_away_claims_the_whole_benefit(hospital):
    one = modality(hospital)
    value = amount(one.risk.fix_value)

    rungs = ladder([one])

    assert f"{value} units" == rungs[0].benefit
    assert {f"at most {value} units"} == {rung.benefit for rung in rungs[1:6]}
    assert ["not modelled", "finds, does not prevent", "none"] == [rung.benefit for rung in rungs[6:]]


def test_what_was_not_seen_is_not_named(hospital):
    one = modality(hospital)
    bare = msgspec.structs.replace(one, exposures=(), device=msgspec.structs.replace(one.device, services=()))

    text = " ".join(rung.do for rung in ladder([bare]))

    assert "open now" not in text
    assert "CVE" not in text

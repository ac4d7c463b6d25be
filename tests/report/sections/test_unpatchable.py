"""Devices that only their maker may change come with a ladder, their fields and a letter."""

import msgspec
import pytest

from scanner.model.device import Attribute
from scanner.model.kinds import Kind, Support
from scanner.model.observation import Observation, evidence_id
from scanner.report.sections.unpatchable import MOST, MOST_NAMED, is_unpatchable, unpatchable


def test_devices_of_one_model_share_a_ladder(hospital):
    page = unpatchable(hospital)

    assert ["3 devices"] == [
        one.count for one in page.models if one.title == "Imaging devices: Windows XP Embedded"
    ]
    assert all(one.rungs for one in page.models)
    assert page.devices == sum(is_unpatchable(one) for one in hospital.devices)


@pytest.mark.parametrize(
    ("kind", "support", "holes", "want"),
    [
        (Kind.MODALITY, Support.UNSUPPORTED, False, True),
        (Kind.MODALITY, Support.UNKNOWN, True, True),
        (Kind.MODALITY, Support.SUPPORTED, False, False),
        (Kind.LAPTOP, Support.UNSUPPORTED, True, False),
    ],
)
def test_a_device_counts_when_only_its_maker_may_mend_it_and_there_is_something_to_mend(
    hospital, kind, support, holes, want
):
    one = hospital.devices[0]
    one = msgspec.structs.replace(
        one,
        device=msgspec.structs.replace(one.device, kind=kind),
        age=msgspec.structs.replace(one.age, support=support),
        exposures=one.exposures if holes else (),
    )

    assert want == is_unpatchable(one)


def only(hospital, **attributes):
    """The hospital with one modality, and these attributes of it."""
    one = next(one for one in hospital.devices if one.device.kind is Kind.MODALITY)
    known = {
        name.replace("_", "."): Attribute(value=text, confidence=1.0, evidence=())
        for name, text in attributes.items()
    }
    device = msgspec.structs.replace(one.device, attributes=known)
    return msgspec.structs.replace(hospital, devices=(msgspec.structs.replace(one, device=device),))


def test_the_letter_names_maker_model_udi_and_holes_where_they_are_known(hospital):
    [model] = unpatchable(
        only(
            hospital,
            hw_vendor="Acme",
            os_vendor="Microsoft",
            hw_model="Scan 4",
            hw_version="4.1",
            hw_udi="0081234",
        )
    ).models

    assert "To the product security contact of Acme" == model.letter[0]
    assert "model Scan 4" in model.letter[1]
    assert "Firmware or system: 4.1. UDI: 0081234." in model.letter[1]
    assert "CVE-2017-0144" in model.letter[1]


def test_what_the_letter_does_not_know_it_says(hospital):
    [model] = unpatchable(only(hospital)).models

    assert "To the product security contact" == model.letter[0]
    assert "its label says" in model.letter[1]
    assert "not known" not in model.letter[1]
    assert ("UDI", "not known: read it from the label") in model.fields
    assert "No MDS2 form of this model was imported" in model.form


def test_the_makers_form_of_the_model_is_counted(hospital):
    found = only(hospital, hw_model="Scan 4")
    seen = Observation(
        source="import:mds2", first=found.now, last=found.now, field="mds2.form",
        value={"model": "SCAN 4", "released": "2019-05", "SAHD-1": "yes", "SAHD-2": "no", "CSUP-1": "see note"},
    )  # fmt: skip
    other = msgspec.structs.replace(seen, value={"model": "Other"})
    found = msgspec.structs.replace(found, evidence={evidence_id(one): one for one in (seen, other)})

    [model] = unpatchable(found).models

    assert "MDS2 of 2019-05, version not known: 1 yes, 1 no, 1 see note" == model.form


def test_a_device_without_any_name_or_date_is_said_to_have_none(hospital):
    one = only(hospital).devices[0]
    bare = msgspec.structs.replace(
        one, age=msgspec.structs.replace(one.age, subject=None, ends=None), exposures=()
    )
    unsure = msgspec.structs.replace(
        bare, age=msgspec.structs.replace(bare.age, support=Support.UNKNOWN), exposures=one.exposures
    )

    [model] = unpatchable(msgspec.structs.replace(hospital, devices=(bare,))).models
    [other] = unpatchable(msgspec.structs.replace(hospital, devices=(unsure,))).models

    assert "unsupported; the day is not known" == model.support
    assert ("Known weaknesses", "none that has a CVE number") in model.fields
    assert "a system that we could not name" in model.letter[1]
    assert "support not known" == other.support


def test_a_crowd_of_models_is_cut_and_counted(hospital):
    one = only(hospital).devices[0]
    many = tuple(
        msgspec.structs.replace(one, age=msgspec.structs.replace(one.age, subject=f"System {at}"))
        for at in range(MOST + 2)
    )
    same = (one,) * (MOST_NAMED + 3)

    assert 2 == unpatchable(msgspec.structs.replace(hospital, devices=many)).left
    assert [3] == [
        model.more for model in unpatchable(msgspec.structs.replace(hospital, devices=same)).models
    ]


def test_a_model_that_its_maker_still_mends_says_so(hospital):
    """It counts for its holes: patches there may be, and its maker brings them."""
    found = only(hospital)
    one = found.devices[0]
    hole = next(each for judged in hospital.devices for each in judged.exposures)
    age = msgspec.structs.replace(one.age, support=Support.SUPPORTED)
    one = msgspec.structs.replace(one, age=age, exposures=(hole,))

    [model] = unpatchable(msgspec.structs.replace(found, devices=(one,))).models

    assert "supported" == model.support

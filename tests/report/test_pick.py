"""A device is found by whatever a person has at hand, and never guessed."""

import msgspec
import pytest

from scanner.errors import DataError
from scanner.report.pick import pick


@pytest.mark.parametrize(
    "spell",
    [
        lambda device: device.id,
        lambda device: device.names[0],
        lambda device: f"  {device.names[0].upper()} ",
        lambda device: device.legs[0].address,
        lambda device: device.legs[0].mac,
        lambda device: device.legs[0].mac.upper().replace(":", "-"),
        lambda device: device.legs[0].mac.replace(":", ""),
    ],
)
def test_id_name_address_and_card_find_the_device(hospital, spell):
    for judged in hospital.devices[:3]:
        assert judged.device.id == pick(hospital, spell(judged.device)).device.id


def test_an_ipv6_address_is_found_in_any_spelling(maker, sorts):
    judged = maker.judged(sorts[1])
    leg = msgspec.structs.replace(judged.device.legs[0], address="fe80::1", mac=None)
    judged = msgspec.structs.replace(judged, device=msgspec.structs.replace(judged.device, legs=(leg,)))

    assert judged == pick(maker.assessment([judged]), "FE80:0:0:0::0001")


def test_a_whole_name_wins_over_names_that_hold_it(maker, sorts):
    devices = [maker.judged(sorts[1], name=name) for name in ("pacs-old", "pacs", "pacs-new")]

    assert devices[1] == pick(maker.assessment(devices), "pacs")


def test_part_of_a_name_is_enough_where_one_device_has_it(maker, sorts):
    devices = [maker.judged(sorts[1], name=name) for name in ("ct-scanner", "mri")]

    assert devices[0] == pick(maker.assessment(devices), "scan")


def test_no_such_device_is_said_with_where_to_look(hospital):
    with pytest.raises(DataError, match=r"no device .* 'nobody'; see `stalehost devices`"):
        pick(hospital, "nobody")


@pytest.mark.parametrize(("many", "more"), [(2, False), (5, False), (6, True)])
def test_several_candidates_are_named_and_none_is_chosen(maker, sorts, many, more):
    found = maker.assessment([maker.judged(sorts[1], name=f"nas-{at}") for at in range(many)])

    with pytest.raises(DataError, match=f"'nas' fits {many} devices: nas-0 ") as error:
        pick(found, "nas")

    assert more is str(error.value).endswith(", ...")
    assert min(many, 5) == str(error.value).count("dev-")

"""What in a device can be dated."""

from datetime import date

import pytest

from scanner.age import evidence


def test_a_program_seen_twice_is_one_reading_with_all_its_evidence(device, claim, service, knowledge):
    facts = [
        claim("service.product", "OpenSSH", text="OpenSSH_7.4"),
        claim("service.version", "7.4p1", text="OpenSSH_7.4"),
        claim("service.version", "7.3p1", text="OpenSSH_7.4", confidence=0.2),
    ]

    (got,) = evidence.programs(device(facts=facts, services=[service("OpenSSH", "7.4p1")]), knowledge)

    assert ("openbsd:openssh", "OpenSSH", "7.4p1") == (got.product, got.name, got.version)
    assert {"ev-s", facts[0].evidence} == set(got.evidence)


def test_a_program_is_known_by_its_cpe_alone(device, claim, knowledge):
    facts = [claim("service.cpe23", "cpe:2.3:a:openbsd:openssh:7.4:p1:*:*:*:*:*:*")]

    (got,) = evidence.programs(device(facts=facts), knowledge)

    assert ("openbsd:openssh", "openssh", None) == (got.product, got.name, got.version)


def test_what_no_table_knows_is_no_reading(device, claim, service, knowledge):
    seen = device(
        facts=[claim("service.version", "3")], services=[service("Frobd", "1"), service(None, None)]
    )

    assert () == evidence.programs(seen, knowledge)
    assert () == evidence.systems(device({"os_product": "FrobOS"}), knowledge)


def test_a_system_whose_version_comes_from_another_field_takes_the_winners(device, claim, knowledge):
    facts = [claim("os.product", "CentOS", text="one"), claim("os.version", "6.9", text="one")]
    facts.append(claim("os.product", "CentOS", text="two"))

    (got,) = evidence.systems(device({"os_product": "CentOS", "os_version": "6.9"}, facts=facts), knowledge)

    assert "6.9" == got.version
    assert {"ev-w", *(fact.evidence for fact in facts)} == set(got.evidence)


def test_a_start_that_is_no_text_is_passed_over(device, claim, now):
    odd = claim("host.boot", "x", field="smb2.boot_time", text={"when": 3})

    assert evidence.boot(device({"os_build": "6.1.7601"}, facts=[odd]), now) is None


def test_a_program_that_shows_its_package_gives_the_revision_without_its_epoch(device, claim, knowledge):
    shown = [claim("service.product", "OpenSSH", text="x"), claim("service.package", "1:7.4p1-10", text="x")]
    other = claim("service.package", "1-1", text="y")

    got = list(evidence.packaged(device(facts=[*shown, other]), knowledge))

    assert [("openbsd:openssh", "7.4p1-10", shown[0].evidence)] == got


@pytest.mark.parametrize("when", ["1601-01-01T00:00:00Z", "2030-01-01T00:00:00Z", "garbage"])
def test_an_impossible_start_is_passed_over(when, device, claim, now):
    later = claim("host.boot", "x", field="smb2.boot_time", text="2016-11-03T08:00:00")
    odd = claim("host.boot", "x", field="smb2.boot_time", text=when)

    assert evidence.boot(device({"os_family": "Windows"}, facts=[odd]), now) is None
    assert (date(2016, 11, 3), later.evidence) == evidence.boot(
        device({"os_family": "Windows"}, facts=[odd, later]), now
    )
    assert evidence.boot(device({"os_family": "Linux"}, facts=[later]), now) is None

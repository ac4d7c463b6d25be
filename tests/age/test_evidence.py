"""What in a device can be dated."""

from datetime import date

from hypothesis import given
from hypothesis import strategies as st

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


@given(text=st.text(max_size=300) | st.from_regex(r"Compiled \w{3} \d\d-(Feb|Mar)-\d\d"))
def test_no_text_of_a_device_breaks_the_reading_of_days(text):
    for pattern in evidence._CARRIED:
        found = pattern.search(text)
        day = evidence._day(found) if found else None
        assert day is None or isinstance(day, date)

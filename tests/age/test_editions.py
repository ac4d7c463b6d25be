"""Edition hypotheses out of readings, and what to call them."""

from datetime import date

import pytest

from scanner.age import editions
from scanner.model.knowledge import Branch, Confidence


def reading(product, label, ends=None):
    branch = Branch(
        product=product,
        branch="1",
        edition="standard",
        label=label,
        released=None,
        ends=ends,
        open_ended=False,
        source="made up",
        confidence=Confidence.HIGH,
    )
    return editions.Reading(branch=branch, evidence=())


@pytest.mark.parametrize(
    ("labels", "subject"),
    [
        ([("a:x", "X 1")], "X 1"),
        ([("a:x", "X 1"), ("a:x", "X 1 with ESU")], "X 1"),
        ([("a:x", "X 1, extended"), ("a:x", "X 1")], "X 1"),
        ([("a:x", "X 1"), ("a:y", "Y 1")], "X 1 or Y 1"),
        ([("a:x", "X 1"), ("a:y", "Y 1"), ("a:z", "Z 1")], "X 1 or another edition"),
        ([("a:x", "X 1 Home and Pro"), ("a:x", "X 1 Enterprise and Education")], "X 1"),
        ([("a:x", "Solaris 9"), ("a:x", "Irix 3")], "Irix 3"),
    ],
)
def test_the_subject_is_what_all_labels_of_a_product_share(labels, subject):
    assert subject == editions.subject([reading(*one) for one in labels])


def test_readings_come_oldest_end_first_and_unknown_ends_last(device, knowledge):
    ends = [one.branch.ends for one in editions.system(device({"os_build": "10.0.19045"}), knowledge)]

    assert sorted(ends) == ends
    assert (date(2025, 10, 14), date(2028, 10, 10)) == (ends[0], ends[-1])


@pytest.mark.parametrize(
    ("edition", "left"),
    [
        ("Enterprise LTSC 2021", {"ltsc", "iot"}),
        ("IoT-Enterprise", {"ltsc", "iot"}),
        ("Pro", {"pro"}),
        ("Enterprise", {"pro", "enterprise", "ltsc", "iot"}),
    ],
)
def test_an_edition_word_leaves_only_the_contracts_that_it_allows(edition, left, device, claim, knowledge):
    word = claim("os.edition", edition, field="smb.native_os")

    got = editions.system(device({"os_build": "10.0.19044"}, facts=[word]), knowledge)

    assert left == {one.branch.edition for one in got}


@pytest.mark.parametrize(
    ("build", "name", "embedded"),
    [
        ("5.1.2600", "Windows XP", True),
        ("6.1.7601", "Windows 7", True),
        ("6.1.7601", "Windows Server 2008 R2", False),
    ],
)
def test_a_clients_name_leaves_its_embedded_siblings_possible(
    build, name, embedded, device, claim, knowledge
):
    word = claim("os.product", name, field="smb.native_os", text="Windows 5.1")

    got = editions.system(device({"os_build": build}, facts=[word]), knowledge)

    assert embedded == any("Embedded" in one.branch.label for one in got)
    assert ("Server" in name) == all("Server" in one.branch.label for one in got)


def test_a_program_without_a_version_has_no_readings(device, service, knowledge):
    seen = device(
        services=[service("Apache httpd", None), service("OpenSSH", "7.4p1"), service("IIS", "6.0")]
    )

    (got,) = editions.programs(seen, knowledge)

    assert "IIS 6.0" == editions.subject(got)

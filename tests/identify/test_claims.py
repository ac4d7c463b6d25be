"""Claims: rules for texts, readings for facts, and nothing raises."""

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from scanner.identify.claims import claims, identify
from scanner.model.rule import Rule

FIELDS = ["ntlm.version", "ntlm.names", "dhcp.lease", "link.mac", "dicom.implementation", "vnc.version", "x"]
FIELDS += ["rdp.security", "mdns.device-info.txt", "ldap.search_result", "host.name", "ssh.host_key"]


def told(knowledge, field, value):
    return identify(field, value, knowledge)[1]


@pytest.fixture
def with_rule(knowledge):
    knowledge.tables["ssh.banner"] = (
        Rule(id="s", re=r"^X_(\d+)", set={"service.version": "$1"}, eg={"X_1": {}}, origin="synthetic"),
    )
    knowledge.tables["dhcp_vendor_class"] = (
        Rule(id="m", re="^MSFT", set={"os.family": "Windows"}, eg={"MSFT": {}}),
    )
    return knowledge


def test_a_text_is_told_by_its_table_and_a_made_up_rule_weighs_less(with_rule, saw):
    (claim,) = claims([saw("ssh.banner", "X_12", "10.0.0.1", port="tcp/22")], with_rule)

    assert ("service.version", "12", "s", 0.63) == (
        claim.attr,
        claim.value,
        claim.rule,
        round(claim.confidence, 4),
    )


def test_a_text_that_no_rule_of_its_table_matches_claims_nothing(with_rule, saw):
    assert [] == list(claims([saw("ssh.banner", "Y_12", "10.0.0.1", port="tcp/22")], with_rule))


def test_what_is_remembered_of_a_text_is_that_of_one_base(knowledge, saw):
    first, second = knowledge, type(knowledge)()
    for base, maker in ((first, "One Ltd"), (second, "Two Ltd")):
        base.makers["00:1b:21"] = maker
        base.tables["ssh.banner"] = (Rule(id=maker, re="^X", set={"os.family": maker}, eg={"X": {}}),)
    seen = [saw("ssh.banner", "X", "10.0.0.1", mac="00:1b:21:00:00:01")]

    found = [{one.attr: one.value for one in claims(seen, base)} for base in (first, second)]

    assert [("One Ltd", "One"), ("Two Ltd", "Two")] == [(one["os.family"], one["hw.vendor"]) for one in found]


def test_identify_names_the_rule_or_none(with_rule):
    assert ("s", {"service.version": "7"}) == identify("ssh.banner", "X_7", with_rule)
    assert (None, {}) == identify("ssh.banner", "Y", with_rule)
    assert (None, {}) == identify("no.such", {"a": "b"}, with_rule)


@pytest.mark.parametrize(("confidence", "want"), [(0.5, {}), (0.55, {"hw.device": "Router"})])
def test_identify_withholds_what_a_rule_only_guesses_and_a_device_hears_it(knowledge, saw, confidence, want):
    knowledge.tables["html_title"] = (
        Rule(id="g", re="router", set={"hw.device": "Router"}, eg={"router": {}}, confidence=confidence),
    )

    assert ("g", want) == identify("html_title", "my router", knowledge)
    heard = claims([saw("html_title", "my router", "10.0.0.1")], knowledge)
    assert ["Router"] == [claim.value for claim in heard if claim.attr == "hw.device"]


def test_a_lease_is_also_told_by_its_vendor_class_and_its_card(with_rule, saw):
    with_rule.makers["3c:97:0e"] = "Wistron InfoComm Co., Ltd."
    lease = saw(
        "dhcp.lease",
        {"hostname": "PC-9.clinic", "vendor_class": "MSFT 5.0"},
        "10.0.0.1",
        mac="3c:97:0e:00:00:01",
    )

    assert {
        ("host.name", "PC-9"),
        ("host.domain", "clinic"),
        ("os.family", "Windows"),
        ("host.mac", "3c:97:0e:00:00:01"),
        ("hw.vendor", "Wistron InfoComm"),
    } == {(c.attr, c.value) for c in claims([lease], with_rule)}


def test_a_build_that_client_and_server_share_leaves_the_product_open(knowledge):
    assert {
        "os.build": "6.1.7601",
        "os.family": "Windows",
        "os.product": "Windows",
        "os.vendor": "Microsoft",
    } == told(knowledge, "ntlm.version", "6.1.7601")


def test_a_build_of_one_product_names_it(knowledge):
    assert "Windows XP" == told(knowledge, "ntlm.version", {"version": "5.1 (Build 2600)"})["os.product"]


@pytest.mark.parametrize("text", ["6.1.0", "", "soon"])
def test_what_is_no_build_says_nothing(knowledge, text):
    assert {} == told(knowledge, "ntlm.version", text)


@pytest.mark.parametrize(
    ("value", "want"),
    [
        (
            {"netbios_name": "PC1", "dns_domain": "Clinic.Example"},
            {"host.name": "PC1", "host.domain": "clinic.example"},
        ),
        ({"netbios_name": "PC1", "netbios_domain": "PC1"}, {"host.name": "PC1"}),
        ({"dns_name": "pc2.x.example"}, {"host.name": "pc2"}),
        ({}, {}),
    ],
)
def test_names_give_host_and_domain(knowledge, value, want):
    assert want == told(knowledge, "ntlm.names", value)


@pytest.mark.parametrize(
    ("value", "want"),
    [
        ({"version_name": "OFFIS_DCMTK_366"}, ("DCMTK", "3.6.6", None)),
        ({"version_name": "dcm4che-1.4.31"}, ("dcm4che", "1.4.31", "pacs")),
        ({"version_name": "dcm4che-2.0"}, ("dcm4che", "2.0", "pacs")),
        ({"class_uid": "1.2.840.113619.6.1", "version_name": "LOGIQ"}, (None, "LOGIQ", "modality")),
        ({"version_name": "ORTHANC_1"}, ("Orthanc", "1", "pacs")),
        ({"version_name": "MergeCOM3"}, ("MergeCOM-3", None, None)),
        ({"result": "aborted"}, (None, None, None)),
    ],
)
def test_dicom_software_is_named_with_its_version_and_its_trade(knowledge, value, want):
    found = told(knowledge, "dicom.implementation", value)

    assert want == tuple(found.get(name) for name in ("service.product", "service.version", "device.kind"))


@pytest.mark.parametrize(
    ("text", "want"),
    [("RFB 003.889", "Mac OS X"), ("RFB 003.008", None), ("RFB 004.001", None), ("nothing", None)],
)
def test_vnc_tells_a_mac_by_its_odd_version(knowledge, text, want):
    assert want == told(knowledge, "vnc.version", text).get("os.product")


def test_other_readings_say_the_little_they_know(knowledge):
    assert "Windows" == told(knowledge, "rdp.security", {"answer": "nla"})["os.family"]
    assert {} == told(knowledge, "rdp.security", {})
    assert {"device.kind": "laptop"} == told(knowledge, "mdns.device-info.txt", "model=MacBookPro9,2")
    assert {} == told(knowledge, "mdns.device-info.txt", "model=Toaster1,1")
    assert {"host.name": "dc1", "host.domain": "clinic.example"} == told(
        knowledge, "ldap.root", {"dnsHostName": "dc1.Clinic.example"}
    )
    assert {"host.name": "dc1"} == told(knowledge, "ldap.search_result", {"dnsHostName": "dc1"})
    assert {} == told(knowledge, "ldap.search_result", "x")
    assert {"host.name": "gw", "host.domain": "clinic.example"} == told(
        knowledge, "dns.ptr", "gw.clinic.example."
    )
    assert {"host.name": "tv"} == told(knowledge, "mdns.host", "tv.local")
    assert {} == told(knowledge, "dns.ptr", "10.0.0.1")
    assert {} == told(knowledge, "link.mac", "not a card")
    assert {"host.mac": "00:11:22:33:44:55"} == told(
        knowledge, "dhcp.lease", {"hostname": "*", "mac": "001122334455"}
    )


def test_a_person_may_say_any_attribute(knowledge, saw):
    said = [
        saw("device.kind", "laptop", "10.0.0.1", source="person:J. Doe"),
        saw(
            "person.set",
            {"os.product": "Windows 7", "note": "x", "os.version": None},
            "10.0.0.1",
            source="person:J. Doe",
        ),
    ]

    assert {("device.kind", "laptop"), ("os.product", "Windows 7")} == {
        (c.attr, c.value) for c in claims(said, knowledge)
    }


@settings(deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    st.sampled_from(FIELDS),
    st.one_of(
        st.text(max_size=4000),
        st.dictionaries(
            st.sampled_from(["", "mac", "version", "netbios_name", "class_uid", "version_name", "hostname"]),
            st.one_of(st.none(), st.integers(), st.text(), st.lists(st.text())),
        ),
    ),
)
def test_no_value_makes_a_reading_raise(knowledge, saw, field, value):
    for claim in claims([saw(field, value, "10.0.0.1")], knowledge):
        assert 0 < claim.confidence <= 1
        assert claim.value

"""Which exposures hold for which device, and how likely each adversary gets in by them."""

from datetime import date

import msgspec
import pytest

from scanner.model.kinds import Kind, Role, Support
from scanner.model.net import Port
from scanner.risk.exposure import OUTLIVED, Adversary, Door, doors, exposures, shown, weaknesses
from scanner.risk.parameters import resolve

VALUES = resolve({})
W7 = {"os.family": "Windows", "os.product": "Windows 7", "os.build": "6.1.7601"}
SMB1 = ("smb1.accepted", "yes", "tcp/445")


def found(make, device, age=None):
    held = weaknesses(device, age or make.age(), make.known, make.now, VALUES)
    return {one.fact.id: one for one in held}


def test_a_windows_7_that_did_not_reboot_since_the_fix_lacks_it(make):
    device, age, _ = make.windows7("w7", "a")

    got = found(make, device, age)["ms17-010"]

    assert ("E2", ("tcp/445",)) == (got.finding.grade, got.finding.ports)
    assert got.finding.present > 0.98
    assert {"ev-boot", "ev-tcp/445", "ev-os.build"} <= set(got.finding.evidence)
    assert got.finding.present * 0.7 == pytest.approx(got.chance(Adversary.COMMODITY, VALUES))


def test_a_fix_older_than_the_last_update_is_there(make):
    device, _, _ = make.windows7("w7", "a")

    got = found(make, device, make.age(before=date(2019, 1, 1)))

    assert "ms17-010" not in got


def test_eternalblue_is_not_claimed_where_smb1_is_refused(make):
    refused = make.device(
        "w7", "a", ports=("tcp/445",), attributes=W7, readings=[("smb1.accepted", "no", "tcp/445")]
    )
    unseen = make.device("w7", "a", ports=("tcp/445",), attributes=W7)
    spoken = make.device("w7", "a", ports=("tcp/445",), attributes=W7, readings=[SMB1])

    assert "ms17-010" not in found(make, refused)
    half, full = found(make, unseen)["ms17-010"].finding, found(make, spoken)["ms17-010"].finding
    assert full.present / 2 == pytest.approx(half.present)


def test_eternalblue_mostly_crashes_xp(make):
    device, age, _ = make.xp("xp", "a")

    got = found(make, device, age)["ms17-010"]

    assert 0.10 == got.finding.success


def test_windows_11_has_no_old_windows_hole(make):
    device, age, _ = make.patched("pc", "a")

    assert {} == found(make, device, age)


def test_smb1_on_a_nas_is_no_eternalblue(make):
    device = make.device(
        "nas", "a", kind=Kind.NAS, ports=("tcp/445",), attributes={"os.family": "Linux"}, readings=[SMB1]
    )

    got = found(make, device)

    assert {"smb1-enabled"} == set(got)
    assert got["smb1-enabled"].chance(Adversary.ADAPTIVE, VALUES) < 0.05


def test_bluekeep_is_less_likely_behind_nla(make):
    def one(selected):
        device = make.device(
            "w7", "a", ports=("tcp/3389",), attributes=W7,
            readings=[("rdp.security.selected", selected, "tcp/3389")],
        )  # fmt: skip
        return found(make, device)

    guarded, bare = one("credssp"), one("tls")

    assert 0.3 * bare["bluekeep"].finding.present == pytest.approx(guarded["bluekeep"].finding.present)
    assert 0.3 == bare["bluekeep"].finding.success
    assert ("rdp-no-nla" in bare, "rdp-no-nla" in guarded) == (True, False)


def test_rdp_that_knows_no_negotiation_has_no_nla(make):
    device = make.device(
        "old", "a", ports=("tcp/3389",), readings=[("rdp.security.failure", "ssl-not-allowed", "tcp/3389")]
    )

    assert {"rdp-no-nla"} == set(found(make, device))


def test_telnet_on_a_managed_switch_is_harder_than_on_a_camera(make):
    camera = make.device("cam", "a", kind=Kind.CAMERA, ports=("tcp/23",))
    switch = make.device("sw", "a", kind=Kind.SWITCH, ports=("tcp/23",))

    easy, hard = found(make, camera)["telnet"], found(make, switch)["telnet"]

    assert easy.chance(Adversary.COMMODITY, VALUES) == pytest.approx(0.98 * 0.7)
    assert hard.chance(Adversary.COMMODITY, VALUES) == pytest.approx(0.98 * 0.30)


@pytest.mark.parametrize(
    ("types", "open_"), [("none", True), ("vnc-auth, none", True), ("vnc-auth, tight", False)]
)
def test_vnc_without_a_password_is_read_from_its_own_list(make, types, open_):
    device = make.device("v", "a", ports=("tcp/5900",), readings=[("vnc.security", types, "tcp/5900")])

    assert open_ == ("vnc-noauth" in found(make, device))


def test_docker_that_answered_without_a_login_is_sure_and_an_open_port_is_likely(make):
    port = make.device("d", "a", ports=("tcp/2375",))
    told = make.device("d", "a", ports=("tcp/2376",), readings=[("http.open", "docker", "tcp/2376")])

    likely, sure = found(make, port)["docker-api"].finding, found(make, told)["docker-api"].finding

    assert sure.setting
    assert likely.present < sure.present
    assert ("tcp/2376",) == sure.ports


@pytest.mark.parametrize(
    ("product", "version", "want"),
    [
        ("Samba", "3.6.25", {"eternal-samba"}),
        ("Samba", "4.15.13", set()),
        ("Dropbear", "2014.66", {"dropbear-2016"}),
        ("Dropbear", "2022.83", set()),
        ("Samba", "", set()),
    ],
)
def test_a_program_is_judged_by_its_version(make, product, version, want):
    port = "tcp/445" if product == "Samba" else "tcp/22"
    device = make.device("d", "a", kind=Kind.NAS, ports=(port,), products={port: (product, version)})

    got = found(make, device)

    assert want == set(got)
    assert {one.finding.grade for one in got.values()} <= {"E3"}


def test_old_tls_is_read_from_what_the_device_accepts(make):
    device = make.device(
        "t", "a", ports=("tcp/443",), readings=[("tls.versions.accepted", "SSLv3", "tcp/443")]
    )

    assert ("tcp/443",) == found(make, device)["sslv2-3"].finding.ports


def test_a_camera_is_judged_by_its_maker_and_firmware_date(make):
    def camera(vendor, after):
        device = make.device("c", "a", kind=Kind.CAMERA, ports=("tcp/80",), attributes={"hw.vendor": vendor})
        return found(make, device, make.age(after=after))

    old = camera("Hikvision", date(2019, 9, 20))

    assert {"hikvision"} == set(old)
    assert old["hikvision"].finding.present > 0.95
    assert {} == camera("Axis", date(2019, 9, 20))


def test_only_a_domain_controller_has_the_domain_controllers_hole(make):
    attributes = {"os.family": "Windows", "os.build": "10.0.17763"}
    age = make.age(after=date(2020, 1, 1))
    server = make.device("s", "a", kind=Kind.SERVER, ports=("tcp/445",), attributes=attributes)
    controller = make.device("d", "a", kind=Kind.DOMAIN_CONTROLLER, ports=("tcp/445",), attributes=attributes)

    assert ("zerologon" in found(make, server, age), "zerologon" in found(make, controller, age)) == (
        False,
        True,
    )


def test_what_nobody_can_see_from_outside_is_never_claimed(make):
    device = make.device("w", "a", ports=("tcp/80",))

    assert {} == found(make, device)


def test_a_floating_address_has_no_weakness(make):
    device = make.device("vip", "a", role=Role.VIRTUAL, ports=("tcp/23",))

    assert {} == found(make, device)


def test_out_of_support_stands_in_where_no_line_speaks_of_the_product(make):
    device = make.device("sw", "a", kind=Kind.SWITCH, ports=("tcp/22",))
    old = make.age(Support.UNSUPPORTED, date(2016, 1, 1))

    got = found(make, device, old)["out-of-support"]

    assert OUTLIVED == got.fact
    assert 0.0 == got.chance(Adversary.COMMODITY, VALUES)
    assert got.chance(Adversary.INTRUDER, VALUES) < got.chance(Adversary.ADAPTIVE, VALUES)
    assert {} == found(make, make.device("sw", "a", kind=Kind.SWITCH), old)


def test_doors_join_what_opens_one_gate(make):
    device, age, _ = make.windows7("w7", "a")
    held = found(make, device, age).values()

    got = doors(held, Adversary.ADAPTIVE, VALUES)

    missed = 1.0
    for one in held:
        missed *= 1 - one.chance(Adversary.ADAPTIVE, VALUES)
    assert {Door("smb-rce", (Port("tcp/445"),)): pytest.approx(1 - missed)} == got


def test_a_door_without_a_port_is_open_wherever_the_device_can_be_reached(make):
    device, age, _ = make.windows7("w7", "a")
    held = [*found(make, device, age).values()]
    import msgspec

    anywhere = msgspec.structs.replace(held[0], finding=msgspec.structs.replace(held[0].finding, ports=()))

    assert [Door("smb-rce", ())] == list(doors([*held, anywhere], Adversary.ADAPTIVE, VALUES))


def test_exposures_are_shown_likeliest_first_with_their_remedy(make):
    device, age, _ = make.windows7("w7", "a")

    got = exposures(device, age, make.known, make.now, VALUES)

    assert sorted((one.probability for one in got), reverse=True) == [one.probability for one in got]
    assert {"mend ms17-010", "mend smb1-enabled", "mend win-vista-7-2008"} == {one.remedy for one in got}


def test_a_setting_that_is_seen_proves_none_of_the_holes_behind_it(make):
    device, age, _ = make.windows7("w7", "a")
    one = found(make, device, age)["smb1-enabled"]
    named = msgspec.structs.replace(one, fact=msgspec.structs.replace(one.fact, cves=("CVE-2017-0144",)))

    got = shown(named, device, make.known, VALUES)

    assert ("E4", ["E2"]) == (got.grade, [hole.grade for hole in got.holes])


@pytest.mark.parametrize("kind", [Kind.WORKSTATION, Kind.CAMERA])
def test_the_adaptive_adversary_is_the_strongest(make, kind):
    for maker in (make.windows7, make.xp, make.patched):
        device, age, _ = maker("d", "a", kind=kind)
        for one in found(make, device, age).values():
            strongest = one.chance(Adversary.ADAPTIVE, VALUES)
            assert all(one.chance(other, VALUES) <= strongest for other in Adversary)

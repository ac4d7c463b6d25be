"""What can be done, what it costs, and what a maker forbids."""

import msgspec
import pytest

from scanner.model.kinds import Kind, Role
from scanner.risk.plan import moves
from scanner.risk.plan.change import NOTHING, Change
from scanner.risk.plan.trial import rehearse


def trial_of(stages, network, *zones, **more):
    return rehearse(stages.of(network, *(zones or ("x",)), **more), 64, 1)


def actions(trial, host=0):
    return {one.action for one in moves.on_device(trial, host)}


@pytest.mark.parametrize(
    ("kind", "want"),
    [
        (Kind.CAMERA, {"patch", "isolate"}),
        (Kind.MODALITY, {"isolate"}),
        (Kind.PACS, set()),
        (Kind.SERVER, {"patch"}),
    ],
)
def test_a_kind_decides_what_may_be_done(stages, kind, want):
    assert want == actions(trial_of(stages, [stages.camera("a", "x", kind=kind)]))


@pytest.mark.parametrize(("word", "want"), [("no", True), ("yes", False)])
def test_the_makers_form_has_the_last_word(stages, word, want):
    device, age, kept = stages.camera("a", "x", kind=Kind.MODALITY)
    said = stages.make.claim(f"mds2.{moves.FORM}", word)
    trial = trial_of(stages, [(msgspec.structs.replace(device, facts=(*device.facts, said)), age, kept)])

    assert want == moves.forbidden(trial.on.cast[0].device)
    assert want == ("patch" not in actions(trial))


def test_gateways_are_left_to_their_rules(stages):
    trial = trial_of(stages, [stages.camera("a", "x", kind=Kind.SWITCH, role=Role.GATEWAY)])

    assert () == moves.on_device(trial, 0)
    assert moves.cheapest(trial, 0) is None


def test_what_is_out_of_support_can_be_replaced_and_that_costs_more_by_its_maker(stages):
    costs = []
    for kind in (Kind.WORKSTATION, Kind.MODALITY):
        trial = trial_of(stages, [stages.make.windows7("a", "x", kind=kind)])
        [one] = [move for move in moves.on_device(trial, 0) if move.action == "replace"]
        costs.append((one.cost, "its maker" in one.text))

    assert [(5.0, False), (10.0, True)] == costs


def test_an_update_that_cannot_mend_all_says_so(stages):
    trial = trial_of(stages, [stages.make.windows7("a", "x")])
    [one] = [move for move in moves.on_device(trial, 0) if move.action == "patch"]

    assert "which leaves what no update mends" in one.text


def test_one_leg_always_stays(stages):
    trial = trial_of(stages, [stages.camera("a", "x", "y"), stages.camera("b", "x")], "x", "y")
    first, second = [one for one in moves.on_device(trial, 0) if one.action == "unplug"]

    assert moves.fits(trial, NOTHING, first)
    assert not moves.fits(trial, first.change, second)
    assert "unplug" not in actions(trial, 1)


def test_a_rule_that_is_used_names_its_ports_and_costs_more_than_one_nobody_knows(stages):
    make = stages.make
    network = [stages.camera("a", "x"), stages.camera("b", "y")]
    known = trial_of(stages, network, "x", "y", segments=[("x", "y", ["tcp/23"], "declared")])
    free = stages.of(network, "x", "y", segments=[("x", "y", ["tcp/23"], "declared")])
    open_ = rehearse(msgspec.structs.replace(free, assumed=~free.assumed & True), 64, 1)

    used, unused = moves.deny(known, 0, 1), moves.deny(open_, 0, 1)

    assert ("Deny x -> y tcp/23", 4.0) == (used.text, used.cost)
    assert ("Deny x -> y everything", 1.0) == (unused.text, unused.cost)
    assert moves.deny(known, 1, 0) is None
    assert moves.deny(known, 0, 1, ["tcp/80"]) is None
    assert ["Deny x -> y tcp/23"] * 2 == [one.text for one in moves.rules(known, 0, 1)]
    assert make.now


def test_a_door_with_another_allowed_port_stays_open(stages):
    """SMB by tcp/139 is SMB: denying tcp/445 alone shuts nothing where both are allowed."""
    network = [stages.make.xp("old", "y"), stages.make.plain("a", "x")]
    both = trial_of(stages, network, "x", "y", segments=[("x", "y", ["tcp/139", "tcp/445"], "declared")])
    one = trial_of(stages, network, "x", "y", segments=[("x", "y", ["tcp/445"], "declared")])

    def shut(trial):
        move = moves.deny(trial, 0, 1, ["tcp/445"])
        doors = {trial.on.net.pairs[pair][1].gate for pair, _ in move.change.shut} if move else set()
        return "smb-rce" in doors

    assert not shut(both)
    assert shut(one)


def test_a_cause_is_mended_everywhere_or_in_a_zone_and_again_costs_less(stages):
    network = [stages.camera(name, zone) for name, zone in ("ax", "bx", "cy")]
    network.append(stages.camera("m", "x", kind=Kind.MODALITY))
    found = {one.key: one for one in moves.campaigns(trial_of(stages, network, "x", "y"))}
    everywhere, here = found["campaign", "telnet", ""], found["campaign", "telnet", "x"]

    assert ((0, 1, 2), 1.4) == (everywhere.hosts, pytest.approx(everywhere.cost))
    assert ((0, 1), 1.2) == (here.hosts, pytest.approx(here.cost))
    assert ("campaign", "telnet", "y") not in found
    assert "settings" == everywhere.action


@pytest.fixture
def pc(stages):
    """Windows 7 in a domain, of a kind of the test's choice."""
    make = stages.make

    def made(name, kind=Kind.PRINTER):
        device = make.device(
            name, "x", kind=kind, ports=("tcp/445", "tcp/3389"),
            attributes={"os.family": "Windows", "os.product": "Windows 7", "os.build": "6.1.7601"},
            readings=(("smb1.accepted", "yes", "tcp/445"), ("rdp.security.selected", "tls", "tcp/3389"),
                      ("host.domain", "clinic.example", "tcp/445")),
        )  # fmt: skip
        _, age, kept = make.windows7(name, "x")
        return device, age, kept

    return made


def test_what_only_its_maker_changes_goes_on_sharing_its_password(stages, pc):
    trial = trial_of(stages, [pc(name, Kind.MODALITY) for name in "abc"])

    assert trial.on.net.groups
    assert [] == [one for one in moves.campaigns(trial) if one.key[0] == "passwords"]


def test_where_no_door_is_open_there_is_no_rule_to_make(stages):
    trial = trial_of(stages, [stages.camera("a", "x")], "x", "y")

    assert [] == list(moves.rules(trial, trial.on.net.zones.index("x"), trial.on.net.zones.index("y")))


def test_smb1_nla_passwords_and_kinds_have_campaigns_of_their_own(stages, pc):
    trial = trial_of(stages, [pc(name) for name in "abc"])
    found = {one.key[:2]: one for one in moves.campaigns(trial)}

    assert {("settings", "smb1"), ("settings", "nla"), ("separate", "printer")} <= {*found}
    assert [3] == [len(one.hosts) for key, one in found.items() if key[0] == "passwords"]
    assert found["settings", "nla"].change.guarded


def test_several_moves_together_cost_their_sum(stages):
    trial = trial_of(stages, [stages.camera("a", "x", "y"), stages.camera("b", "x", "y")], "x", "y")
    parts = [moves.cheapest(trial, host) for host in (0, 1)]
    one = moves.together(parts, "Part x from y")

    assert ("set", (0, 1), 2.0) == (one.action, one.hosts, one.cost)
    assert one.change == parts[0].change | parts[1].change != Change()


def test_a_change_of_settings_says_which_in_the_exposures_own_words(stages):
    trial = trial_of(stages, [stages.camera("a", "x")])
    [one] = [move for move in moves.on_device(trial, 0) if move.action == "patch"]

    [remedy] = {weak.fact.remedy for _, weak in trial.weak}
    assert f"Change the settings of a (camera): {remedy}" == one.text

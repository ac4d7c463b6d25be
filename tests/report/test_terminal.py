"""The assessment as plain text: complete, aligned, and never able to act on the terminal."""

from datetime import date

import msgspec
import pytest

from scanner.model.decision import Decision
from scanner.model.device import Leg
from scanner.model.verdict import Family, Horizon, Question
from scanner.report import terminal, words
from scanner.report.register import register


def changed(judged, **parts):
    """The same device with other verdict parts; `device` and `age` take the fields to change."""
    for name in ("device", "age", "risk"):
        if name in parts:
            parts[name] = msgspec.structs.replace(getattr(judged, name), **parts[name])
    return msgspec.structs.replace(judged, **parts)


def sheet(maker, judged):
    return "\n".join(terminal.sheet(maker.assessment([judged]), judged))


def test_every_device_has_a_line_most_dangerous_first(hospital):
    head, *lines, total = terminal.devices(hospital)

    assert ["SCORE", "DEVICE", "KIND", "ZONES", "SYSTEM", "SUPPORT", "ADDRESS"] == head.split()
    assert [judged.device.name for judged in hospital.devices] == [line.split()[2] for line in lines]
    assert "91 critical" == lines[0][:11]
    assert "  unsupported since 2020-01-14  " in lines[0]
    unknown = sum("not known" in line for line in lines)
    assert f"{len(lines)} devices; for {unknown} support is not known, which is not the same as fine" == total


def test_columns_stand_under_their_heads(hospital):
    head, *lines, _ = terminal.devices(hospital)

    for judged, line in zip(hospital.devices, lines, strict=True):
        assert judged.device.legs[0].address == line[head.index("ADDRESS") :]
        assert line[head.index("KIND") :].startswith(judged.device.kind)


def test_a_gateway_says_so_beside_its_kind(hospital):
    assert 1 == sum("switch (gateway)" in line for line in terminal.devices(hospital))


def test_a_device_without_address_or_system_still_has_a_line(maker, sorts):
    judged = changed(maker.judged(sorts[4]), device={"legs": ()})

    _, line, _ = terminal.devices(maker.assessment([judged]))

    assert ["-", "not", "known", "-"] == line.split()[-4:]


def test_an_empty_run_has_a_head_and_a_total(empty):
    assert ["0 devices; for 0 support is not known, which is not the same as fine"] == list(
        terminal.devices(empty)
    )[1:]


def test_every_finding_is_told_with_who_has_it_and_what_to_do(hospital):
    told = "\n".join(terminal.findings(hospital))

    for one in register(hospital):
        assert f"{one.id}  {one.band:8} {one.title}: " in told
        assert max(len(one.devices) - 4, 0) == next(
            (
                int(line.split()[-2])
                for line in told.splitlines()
                if line.startswith(one.id) and line.endswith(" more")
            ),
            0,
        )
    assert len(register(hospital)) == sum(line.lstrip().startswith("do: ") for line in told.splitlines())


def test_a_sheet_holds_every_part(maker, sorts):
    judged = maker.judged(sorts[0])

    told = sheet(maker, judged)

    device, risk = judged.device, judged.risk
    assert f"{device.name}  ({device.id})" == told.splitlines()[0]
    assert f"pivot score {risk.score} critical [86..95]" in told
    for leg in device.legs:
        assert f"{leg.address}  {leg.mac}  zone {leg.zone}, answered" in told
    assert "one device because: ssh host key SHA256:ab12" in told
    assert "SUPPORT  unsupported since 2020-01-14: Windows 7 SP1" in told
    assert f"WHY {risk.score}" in told
    points = [
        int(line.split()[0])
        for line in told.splitlines()
        if line.startswith("  ") and line.split()[0][0] == "+"
    ]
    assert risk.score == sum(points)
    for why in risk.why:
        assert f"gone with: {why.removes}" in told
    assert "93%  SMBv1 accepted, update of March 2017 missing (smb-rce, E4): Switch SMBv1 off" in told
    (fact,) = device.facts
    assert f"{fact.evidence}  2026-12-03 07:30  probe:smb  tcp/445  smb.native_os = {fact.seen.value}" in told


def test_evidence_of_other_devices_is_left_out(maker, sorts):
    ours, theirs = maker.judged(sorts[0]), maker.judged(sorts[1])

    told = "\n".join(terminal.sheet(maker.assessment([ours, theirs]), ours))

    assert theirs.device.facts[0].evidence not in told.partition("EVIDENCE")[2]


@pytest.mark.parametrize(
    ("low", "high", "want"),
    [
        (None, None, "LAST PATCHED  not known\n"),
        (
            date(2019, 1, 2),
            None,
            "LAST PATCHED  on 2019-01-02 or later; whether anything came after that is not known",
        ),
        (None, date(2020, 3, 4), "LAST PATCHED  no later than 2020-03-04\n"),
        (date(2019, 1, 2), date(2020, 3, 4), "LAST PATCHED  between 2019-01-02 and 2020-03-04\n"),
    ],
)
def test_the_patch_horizon_says_what_is_known_of_it(maker, sorts, low, high, want):
    horizon = Horizon(not_before=low, not_after=high, because=(), evidence=())

    assert want in sheet(maker, changed(maker.judged(sorts[0]), age={"horizon": horizon}))


@pytest.mark.parametrize(
    ("high", "asks"), [(date(2019, 9, 2), False), (date(2020, 3, 4), True), (None, True)]
)
def test_the_patch_horizon_says_why_how_sure_and_what_would_narrow_it(maker, sorts, high, asks):
    judged = maker.judged(sorts[0])
    horizon = Horizon(
        not_before=date(2019, 1, 2), not_after=high, because=("the package came on that day",), evidence=("ev-1",),
        knots=((date(2019, 1, 2), 0.0), (date(2020, 1, 1), 1.0)), median=date(2019, 4, 1), grade="E4",
    )  # fmt: skip

    other = msgspec.structs.replace(
        horizon, not_before=date(2011, 5, 6), not_after=date(2012, 7, 8), grade="E3"
    )
    programs = (("openssh", horizon), ("php5", other))

    told = sheet(maker, changed(judged, age={"horizon": horizon, "programs": programs}))

    assert "its php5 by itself: between 2011-05-06 and 2012-07-08 (E3)" in told
    assert "openssh by itself" not in told
    assert "as likely before 2019-04-01 as after it; 90% sure of the whole range; evidence E4" in told
    assert "  - the package came on that day" in told
    assert "[ev-1]" in told
    assert asks == (
        f"stalehost assert --match device={judged.device.id} --set patched=DATE --by NAME" in told
    )


def test_what_contradicts_itself_is_shown(maker, sorts):
    judged = changed(maker.judged(sorts[0]), device={"conflicts": ("os.product: A says X, but B says Y",)})

    assert "contradiction: os.product: A says X, but B says Y" in sheet(maker, judged)


def asked(count, **more):
    parts = {
        "sort": "contract",
        "text": "Is it ESU?",
        "about": "Windows 10",
        "risk": 12.0,
        "zones": ("office",),
    }
    ids = tuple(f"dev-{n}" for n in range(count))
    return Question(**parts | {"devices": ids, "answers": ("stalehost assert --set support=esu",)} | more)


def test_questions_say_whom_they_decide_and_how_to_answer():
    many, one = asked(312), asked(1, zones=(), about="FrobOS")
    shares = (
        Family(name="Windows", devices=400, decided=88),
        Family(name="not known", devices=10, decided=0),
    )

    told = list(terminal.questions([many, one], 5, shares))

    assert "1. 312 devices: Windows 10, in office (risk 12)" == told[0]
    assert "   Is it ESU?" == told[1]
    assert "     stalehost assert --set support=esu" == told[2]
    assert "2. 1 device: FrobOS (risk 12)" in told
    assert "and 3 smaller questions (--most)" == told[-2]
    assert "decided: 88 of 410 devices (Windows 88 of 400, not known 0 of 10)" == told[-1]


def test_nothing_to_ask_is_said_too():
    assert ["decided: 0 of 0 devices"] == list(terminal.questions([], 0, ()))


@pytest.mark.parametrize(
    ("ends", "open_ended", "want"),
    [
        (date(2029, 1, 9), False, "(standard): 2029-01-09"),
        (None, True, "(standard): no end named"),
        (None, False, "(standard): end not known"),
    ],
)
def test_each_reading_says_when_its_support_ends(maker, sorts, ends, open_ended, want):
    judged = maker.judged(sorts[9])
    guess = msgspec.structs.replace(judged.age.hypotheses[0], ends=ends, open_ended=open_ended)

    assert want in sheet(maker, changed(judged, age={"hypotheses": (guess,)}))


@pytest.mark.parametrize(
    ("at", "want"), [(9, "SUPPORT  supported: "), (4, "SUPPORT  not known: what it runs is not known")]
)
def test_support_is_said_in_words(maker, sorts, at, want):
    assert want in sheet(maker, maker.judged(sorts[at]))


def test_unsupported_without_a_date_names_none(maker, sorts):
    assert "SUPPORT  unsupported: Windows 7 SP1" in sheet(
        maker, changed(maker.judged(sorts[0]), age={"ends": None})
    )


def test_an_unknown_says_what_would_settle_it(maker, sorts):
    judged = maker.judged(sorts[4])

    assert f"would settle it: {judged.age.settle}" in sheet(maker, judged)


@pytest.mark.parametrize(
    ("grade", "because"), [("E4", ()), ("E3", ("one grade lower: the table branches is old",))]
)
def test_support_says_what_it_rests_on_and_why_that_is_less(maker, sorts, grade, because):
    told = sheet(maker, changed(maker.judged(sorts[0]), age={"grade": grade, "because": because}))

    assert f"  evidence {grade} ({words.SUPPORT_GRADES[grade]})" in told
    assert all(f"  - {why}" in told for why in because)


def test_what_was_not_seen_is_said(maker, sorts):
    judged = maker.judged(sorts[-1])
    why = tuple(msgspec.structs.replace(one, evidence=()) for one in judged.risk.why)
    leg = Leg(address="10.0.0.1", mac=None, zone=None, live=False)

    told = sheet(maker, changed(judged, exposures=(), device={"legs": (leg,)}, risk={"why": why}))

    assert "10.0.0.1  card not seen  zone outside the scope, did not answer" in told
    assert "EXPOSURES  none seen" in told
    assert "[assumed]" in told


def test_nothing_that_a_device_says_acts_on_the_terminal(hostile, attacks):
    lines = [*terminal.devices(hostile), *terminal.findings(hostile)]
    for judged in hostile.devices:
        lines += terminal.sheet(hostile, judged)

    assert attacks
    assert [] == [line for line in lines if not line.isprintable()]


def test_a_value_without_a_port_and_of_any_length_stays_on_its_line(maker, sorts):
    judged = maker.judged(sorts[0])
    (fact,) = judged.device.facts
    maker.evidence[fact.evidence] = msgspec.structs.replace(fact.seen, value={"name": "N" * 900}, port=None)

    line = next(line for line in sheet(maker, judged).splitlines() if line.startswith(f"  {fact.evidence}"))

    assert line.endswith("N…")
    assert 200 > len(line)


def test_an_exposure_tells_its_exploited_holes_and_what_it_rests_on(hospital):
    judged = next(one for one in hospital.devices if one.exposures)

    told = " ".join(" ".join(terminal.sheet(hospital, judged)).split())

    assert (
        "CVE-2017-0144: E2; exploited, listed 2022-02-10 (ransomware); EPSS 94.0%; CVSS 8.8; SSVC active,"
        " automatable, total; BOD 26-04 2026-12-17, informative"
    ) in told
    assert "CVE-2017-0147: E2; if smbv1" in told
    assert "CVE-2017-0148" not in told
    assert "and 2 more in the report" in told
    assert "9 exploited holes in Windows were numbered after 2020" in told


def test_decisions_are_listed_with_whether_they_hold(hospital):
    worst = register(hospital)[0]
    base = Decision(
        about=worst.id, by="J. Doe", reason="x", decided=date(2026, 12, 1), until=date(2027, 1, 1)
    )
    change = msgspec.structs.replace
    over, lost = change(base, until=date(2026, 12, 1)), change(base, about="F-none")

    def under(*decisions):
        return change(hospital, runs=(change(hospital.runs[-1], decisions=decisions),))

    assert "[holds]" in "\n".join(terminal.decided(under(base), [base]))
    assert "OPEN AGAIN" in "\n".join(terminal.decided(under(over), [over]))
    assert "[not found any more]" in "\n".join(terminal.decided(under(lost), [lost]))
    told = list(terminal.findings(under(base)))
    assert "1 accepted by somebody" in told[-1]
    assert worst.id not in told[0]
    assert any("accepted by J. Doe until 2027-01-01: x" in line for line in told)


def test_a_device_whose_place_nobody_told_and_one_hole_leave_nothing_open(hospital):
    judged = next(one for one in hospital.devices if one.exposures and one.exposures[0].holes)
    hole = msgspec.structs.replace(judged.exposures[0], holes=judged.exposures[0].holes[:1])
    lone = changed(judged, device={"location": None}, exposures=(hole,))

    told = "\n".join(terminal.sheet(hospital, lone))

    assert hole.holes[0].cve in told
    assert "more in the report" not in told

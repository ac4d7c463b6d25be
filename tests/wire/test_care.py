"""Kind and health of each device as the dialer meets them."""

import asyncio
from datetime import UTC, datetime

import msgspec
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from scanner.model.kinds import Kind, Outcome, Profile, Touch
from scanner.model.net import Address, Mac, tcp
from scanner.model.observation import Observation
from scanner.scope.file import Exclusion, Fragile, Learned
from scanner.scope.fragile import limits
from scanner.scope.gate import Gate
from scanner.scope.profile import CAREFUL as PROFILES
from scanner.wire.audit import entries
from scanner.wire.breaker import Breaker, Level
from scanner.wire.care import Care
from scanner.wire.dial import Dialer
from scanner.wire.pace import Pacer
from scanner.wire.stop import Stop

NOW = datetime(2026, 12, 2, 12, tzinfo=UTC)
WARD, OFFICE, PLANT = Address("10.1.0.5"), Address("10.2.0.5"), Address("10.4.0.5")


def said(kind, address, field="device.kind"):
    return Observation(source="probe:x", first=NOW, last=NOW, field=field, value=kind, address=address)


def judge(seen):
    """Believes the last one who says a kind."""
    return next((Kind(one.value) for one in reversed(seen) if one.field == "device.kind"), None)


@pytest.fixture
def care(tmp_path):
    with Breaker(tmp_path / "care.db") as breaker:
        yield Care(breaker, Stop(), lambda: NOW, judge)


@pytest.fixture
def dialled(run, dialer, device, care):
    """Open each port in turn and close it again; give what was opened and how each went."""

    def dial(address, ports, one=None, between=lambda _port: None):
        one = one or device(b"x")

        async def main():
            dial, outcomes = dialer(one, care=care), []
            for port in ports:
                conn = await dial.open(address, tcp(port), Touch.ASK)
                outcomes.append(conn if isinstance(conn, Outcome) else Outcome.OK)
                if not isinstance(conn, Outcome):
                    await conn.close()
                between(port)
            return outcomes

        outcomes = run(main())
        return [port for _, port in one.opened], outcomes, one

    return dial


def test_once_it_is_an_ultrasound_only_its_short_list_is_asked(dialled, care):
    opened, outcomes, _ = dialled(
        WARD, [104, 445, 443, 22, 80], between=lambda port: port == 104 and care.saw(said("modality", WARD))
    )
    assert ["tcp/104", "tcp/445", "tcp/80"] == opened
    assert [Outcome.OK, Outcome.OK, Outcome.REFUSED, Outcome.REFUSED, Outcome.OK] == outcomes
    assert care.wanted(WARD, tcp(445), _network(care, "clinical"))
    assert not care.wanted(WARD, tcp(443), _network(care, "clinical"))


def _network(care, name):
    return next(network for network in care._networks.values() if network.profile == name)


def test_a_workstation_on_a_ward_is_asked_on(dialled, care):
    care.saw(said("workstation", WARD))
    assert ["tcp/104", "tcp/443"] == dialled(WARD, [104, 443])[0]


def test_a_printer_in_an_office_is_treated_as_carefully_as_a_ward(dialled, care, ledger):
    """From then on: one connection at a time, a second and a half between two, twelve a day."""
    care.saw(said("printer", OFFICE))
    opened, _, one = dialled(OFFICE, [80, 443, 631] * 5 + [25])
    assert 12 == len(opened) == ledger.spent(OFFICE, NOW)
    assert all(
        later - before >= 1.5 - 1e-6 for before, later in zip(one.times[:-1], one.times[1:], strict=True)
    )


def test_what_shows_itself_while_we_wait_our_turn_counts(run, dialer, device, care):
    async def main():
        one = device(b"x")
        dial = dialer(one, care=care)
        conn = await dial.open(OFFICE, tcp(80), Touch.ASK)
        await conn.close()
        waiting = [asyncio.create_task(dial.open(OFFICE, tcp(port), Touch.ASK)) for port in (443, 25)]
        await asyncio.sleep(0)
        care.saw(said("printer", OFFICE))
        allowed, refused = await asyncio.gather(*waiting)
        return allowed.port, refused, one

    port, refused, one = run(main())
    assert ("tcp/443", Outcome.REFUSED, 2) == (port, refused, len(one.opened))
    assert one.times[1] - one.times[0] >= 1.5 - 1e-6


def test_closed_ports_and_other_places_say_nothing_of_a_kind(care):
    care.saw(said("closed", WARD, "port.state"))
    care.saw(said("printer", None))
    assert Kind.UNKNOWN is care.kind(WARD)
    care.saw(said("open", WARD, "port.state"))
    care.saw(said("pacs", WARD))
    assert Kind.PACS is care.kind(WARD)


def test_a_ward_device_that_stops_answering_stops_its_ward_and_is_told(dialled, device, care):
    told = []
    care.told = told.append
    care.saw(said("modality", WARD))
    one = device(b"x")

    def die(port):
        one.error = TimeoutError() if port == 445 else None

    opened, outcomes, _ = dialled(WARD, [445, 445, 80], one=one, between=die)

    assert (["tcp/445", "tcp/445"], Outcome.REFUSED) == (opened, outcomes[-1])
    (seen,) = told
    assert ("wire:breaker", "breaker.trip", WARD, "ward") == (
        seen.source,
        seen.field,
        seen.address,
        seen.zone,
    )
    assert ("segment", "modality", "clinical") == (
        seen.value["level"],
        seen.value["kind"],
        seen.value["profile"],
    )
    assert "tcp/445 was open and is now silent" == seen.value["why"]
    assert not care.stop
    assert [] == dialled(Address("10.1.0.6"), [445])[0]
    assert ["tcp/445"] == dialled(OFFICE, [445])[0]


def test_a_plant_device_that_falls_ill_stops_everything(dialled, device, care):
    one = device(b"x")

    def die(_port):
        one.error = ConnectionRefusedError()

    dialled(PLANT, [80, 80], one=one, between=die)
    assert care.stop
    assert "the breaker: 10.4.0.5 (unknown) in plant: tcp/80 was open and is now closed" == care.stop.reason


def test_resets_and_lost_arp_count_and_each_end_is_told(dialled, device, care):
    ends = []
    care.minders["10.1.0.0/24"] = ends.append
    dialled(WARD, [104, 445])
    network = _network(care, Profile.CLINICAL)
    assert [WARD, WARD] == ends
    assert care.heard(WARD, network, 0, answered=False)
    assert care.heard(WARD, network, 5, answered=False)
    assert not care.heard(WARD, network, 10.5, answered=False)
    assert [Level.SEGMENT] == [trip.level for trip in care.breaker.trips]


def test_nothing_is_wanted_after_a_stop(dialled, care):
    dialled(WARD, [104])
    network = _network(care, "clinical")
    assert care.wanted(WARD, tcp(80), network)
    care.stop.set("enough")
    assert not care.wanted(WARD, tcp(80), network)


def test_what_shows_itself_to_be_of_an_excluded_kind_gets_no_further_connection(dialled, care, gate):
    never = Exclusion(reason="life support", kind=Kind.MODALITY)
    gate._scope = msgspec.structs.replace(gate._scope, exclusions=(never,))

    opened, outcomes, _ = dialled(
        WARD, [104, 445, 80], between=lambda port: port == 104 and care.saw(said("modality", WARD))
    )

    assert (["tcp/104"], [Outcome.OK, Outcome.REFUSED, Outcome.REFUSED]) == (opened, outcomes)


@pytest.fixture
def named(tmp_path, scope):
    """A dialer whose scope excludes whatever is called vent-*, on a network where cards are asked for."""

    def make(device, cards, audit, ledger, confirm=None):
        never = Exclusion(reason="life support", hostname="vent-*")
        strict = msgspec.structs.replace(scope, exclusions=(never, Exclusion(reason="never", mac=CARDS[9])))
        care = Care(
            Breaker(tmp_path / "named.db"),
            Stop(),
            lambda: NOW,
            judge,
            lambda seen: [one.value for one in seen if one.field == "host.name"],
        )
        if confirm:
            care.confirms["10.2.0.0/24"] = confirm
        pacer = Pacer(asyncio.get_running_loop().time)
        return Dialer(
            Gate(strict), pacer=pacer, audit=audit, ledger=ledger, clock=lambda: NOW, transport=device.connect,
            card=cards.get, care=care,
        )  # fmt: skip

    return make


CARDS = {last: Mac(f"02:00:00:00:00:0{last}") for last in range(1, 10)}
OTHER = Address("10.2.0.6")


def test_what_shows_an_excluded_name_is_left_alone_by_all_that_send_and_so_is_its_card(
    run, named, device, audit, ledger
):
    cards, told = {OFFICE: CARDS[1]}, []

    async def main():
        one = device(b"x")
        dial = named(one, cards, audit, ledger)
        dial.avoided.append(told.append)
        first = await dial.open(OFFICE, tcp(445), Touch.ASK)
        await first.close()
        dial.care.saw(said("vent-3", OFFICE, "host.name"))
        cards[OTHER] = CARDS[1]  # it takes another address
        again = [await dial.open(address, tcp(445), Touch.ASK) for address in (OFFICE, OTHER)]
        cards[OTHER] = CARDS[2]
        free = await dial.open(OTHER, tcp(445), Touch.ASK)
        await free.close()
        return again, one.opened

    again, opened = run(main())

    assert [Outcome.REFUSED, Outcome.REFUSED] == again
    assert [(OFFICE, "tcp/445"), (OTHER, "tcp/445")] == opened
    assert [OFFICE] == told
    [line] = [line for line in entries(audit.path) if line["event"] == "excluded"]
    assert (OFFICE, CARDS[1]) == (line["to"], line["mac"])
    assert "it showed itself in this run to be vent-*" in line["reason"]


def test_an_address_that_an_excluded_card_takes_over_in_mid_run_gets_no_frame(
    run, named, device, audit, ledger
):
    """Whoever is at the address is asked for its card before each connection; it has changed hands meanwhile."""
    cards = {OFFICE: CARDS[1]}

    async def confirm(address):
        cards[address] = CARDS[9]

    async def main():
        one = device(b"x")
        dial = named(one, cards, audit, ledger, confirm)
        return await dial.open(OFFICE, tcp(445), Touch.ASK), one.opened

    assert (Outcome.REFUSED, []) == run(main())


KILN = Fragile(
    id="kiln", match={"product": "Kiln"}, profile=Profile.OT, never=(tcp(80),), budget=2, reason="it stops", source="who"
)  # fmt: skip


def known(**more):
    return Learned(**{"kind": Kind.UNKNOWN, "address": OFFICE, "quiet": True, **more})


@pytest.fixture
def begun(scope, care, audit, ledger):
    """A dialer whose run began with these known, the device behind it, and the cards that addresses are on."""

    def make(one, learned, cards=None, **more):
        gate = Gate(msgspec.structs.replace(scope, learned=tuple(learned), **more))
        pacer = Pacer(asyncio.get_running_loop().time)
        return Dialer(
            gate, pacer=pacer, audit=audit, ledger=ledger, clock=lambda: NOW, transport=one.connect,
            card=(cards or {}).get, care=care,
        )  # fmt: skip

    return make


def opened_by(run, begun, device, ports, address=OFFICE, **more):
    async def main():
        one = device(b"x")
        dial = begun(one, **more)
        for port in ports:
            conn = await dial.open(address, tcp(port), Touch.ASK)
            if not isinstance(conn, Outcome):
                await conn.close()
        return [port for _, port in one.opened], one, dial

    return run(main())


def test_what_an_earlier_run_knew_counts_from_the_first_connection_on(run, begun, device):
    learned = [known(kind=Kind.PATIENT_MONITOR, profile=Profile.CLINICAL)]
    opened, one, dial = opened_by(run, begun, device, [22, 80, 445, 3389, 23], learned=learned)

    assert ["tcp/80", "tcp/445", "tcp/23"] == opened
    assert all(two - first >= 1.5 - 1e-6 for first, two in zip(one.times[:-1], one.times[1:], strict=True))
    assert [(OFFICE, Kind.PATIENT_MONITOR, True, ())] == [
        (one.address, one.kind, one.before, one.rows) for one in dial.cared()
    ]


def test_a_row_of_the_list_takes_ports_and_a_budget_of_its_own(run, begun, device):
    opened, _, dial = opened_by(run, begun, device, [80, 22, 8080, 443, 23], learned=[known(rows=(KILN,))])

    assert ["tcp/22", "tcp/443"] == opened
    (one,) = dial.cared()
    assert (Profile.OT, Profile.OFFICE, ("kiln",), ("it stops",), ("who",)) == (
        one.profile, one.network, one.rows, one.why, one.source,
    )  # fmt: skip


def test_a_known_card_is_followed_to_another_address_and_a_makers_card_needs_no_knowledge(run, begun, device):
    other = Address("10.2.0.9")
    cards = {other: Mac("02:00:00:00:00:05"), OFFICE: Mac("00:30:e6:01:02:03")}
    learned = [known(address=None, mac=cards[other], kind=Kind.PLC, profile=Profile.OT)]
    opened, _, _ = opened_by(run, begun, device, [22, 80, 443], address=other, learned=learned, cards=cards)
    assert ["tcp/80"] == opened

    opened, _, dial = opened_by(run, begun, device, [8080, 22], learned=learned, cards=cards)
    assert ["tcp/22"] == opened
    assert ["draeger-card"] == [row.id for row in dial.care.rows(OFFICE)]


def test_what_shows_itself_to_be_on_the_list_is_treated_so_from_then_on(run, begun, device, care):
    care._lister = lambda seen: [KILN] if any(one.field == "hw.product" for one in seen) else []

    async def main():
        one = device(b"x")
        dial = begun(one, [])
        first = await dial.open(OFFICE, tcp(8080), Touch.ASK)
        await first.close()
        care.saw(said("Kiln", OFFICE, "hw.product"))
        refused = await dial.open(OFFICE, tcp(80), Touch.ASK)
        return refused, dial.cared()

    refused, cared = run(main())
    assert Outcome.REFUSED is refused
    assert [(OFFICE, False, ("kiln",))] == [(one.address, one.before, one.rows) for one in cared]


def test_in_a_lab_only_the_owners_rows_hold(run, begun, device):
    lab = Address("10.3.0.5")
    own = msgspec.structs.replace(KILN, id="own", never=(tcp(443),), by_owner=True)
    for rows, want in (((KILN,), ["tcp/80", "tcp/443"]), ((own,), ["tcp/80"])):
        opened, _, _ = opened_by(
            run, begun, device, [80, 443], address=lab, learned=[known(address=lab, rows=rows, kind=Kind.PLC)]
        )
        assert want == opened


rows = st.builds(
    Fragile, id=st.text(max_size=2), reason=st.just("r"), source=st.just("s"), by_owner=st.booleans(),
    profile=st.sampled_from([Profile.PASSIVE, Profile.OT, Profile.CLINICAL]), gap=st.none() | st.floats(0, 9),
    never=st.lists(st.sampled_from([tcp(22), tcp(80)]), max_size=2).map(tuple), budget=st.none() | st.integers(1, 99),
)  # fmt: skip
before = st.builds(
    Learned, kind=st.sampled_from(Kind), address=st.just(OFFICE), rows=st.lists(rows, max_size=2).map(tuple)
)


@settings(max_examples=80, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(some=st.lists(before, max_size=3), more=before, port=st.sampled_from([22, 80, 443, 161, 8080]))
def test_one_more_thing_known_before_never_loosens_what_is_done_to_a_device(careful, some, more, port):
    scope, care = careful()
    care.known = lambda _address: some
    for network in scope.networks:
        less = (
            care.limits(OFFICE, network),
            care.profile(OFFICE, network),
            care.why_not(OFFICE, tcp(port), network),
        )
        care.known = lambda _address: [*some, more]
        now = (
            care.limits(OFFICE, network),
            care.profile(OFFICE, network),
            care.why_not(OFFICE, tcp(port), network),
        )
        care.known = lambda _address: some

        assert limits(less[0], now[0]) == now[0], "each knob is the tighter one"
        assert PROFILES.index(now[1]) <= PROFILES.index(less[1])
        assert less[2] is None or now[2] is not None

"""Kind and health of each device as the dialer meets them."""

import asyncio
from datetime import UTC, datetime

import msgspec
import pytest

from scanner.model.kinds import Kind, Outcome, Profile, Touch
from scanner.model.net import Address, Mac, tcp
from scanner.model.observation import Observation
from scanner.scope.file import Exclusion
from scanner.scope.gate import Gate
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

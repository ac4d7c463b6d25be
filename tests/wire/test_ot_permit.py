"""What the signer's permit lets the dialer do: one question to a device in a run, on the ports of its kind, no more."""

import msgspec
import pytest

from scanner.model.kinds import Kind, Outcome, Profile, Touch
from scanner.model.net import Address, tcp, udp
from scanner.scope import identity
from scanner.scope.file import Flags, Known
from scanner.scope.gate import Gate
from scanner.wire.audit import entries
from scanner.wire.dial import Dialer
from scanner.wire.pace import Pacer

from .conftest import signed  # noqa: TID252 - the scope that these tests change

PLC, METER, CONTROLLER = Address("10.4.0.5"), Address("10.4.0.6"), Address("10.4.0.7")
KINDS = {PLC: Kind.PLC, METER: Kind.METER, CONTROLLER: Kind.BUILDING_CONTROLLER}


@pytest.fixture
def gate(scope):
    """The plant's signer permits the question, and says what stands there."""
    permitting = msgspec.structs.replace(scope, flags=Flags(ot_read_identity=True))
    known = tuple(Known(kind=kind, address=address) for address, kind in KINDS.items())
    return Gate(msgspec.structs.replace(signed(permitting), known=known))


def outcomes(run, dialer, device, *asked):
    """How each of these ended, one after the other."""

    async def main():
        one, found = dialer(device), []
        for address, port in asked:
            got = await one.open(address, port, Touch.ASK)
            if not isinstance(got, Outcome):
                await got.send(b"\x68\x04\x43\0\0\0" if port == tcp(2404) else b"")
                await got.close()
                got = got.outcome
            found.append(got)
        return found

    return run(main())


def test_a_controller_gets_one_question_by_a_control_protocol_in_a_run(run, dialer, device, tmp_path):
    found = outcomes(
        run, dialer, device(b"x"), (PLC, tcp(102)), (PLC, tcp(502)), (PLC, tcp(80)), (METER, tcp(502))
    )

    assert [Outcome.OK, Outcome.REFUSED, Outcome.OK, Outcome.OK] == found
    refused = [one for one in entries(tmp_path / "audit.jsonl") if one["event"] == "refused"]
    assert ["tcp/502"] == [one["port"] for one in refused]
    assert "was asked in this run who it is" in refused[0]["reason"]


def test_a_closed_port_was_no_question(run, audit, ledger, gate, now):
    opened = []

    async def nobody(address, port):
        opened.append((address, port))
        raise ConnectionRefusedError

    def dialer(_):
        import asyncio

        pacer = Pacer(asyncio.get_running_loop().time)
        return Dialer(gate, pacer=pacer, audit=audit, ledger=ledger, clock=lambda: now, transport=nobody)

    found = outcomes(run, dialer, None, *((PLC, port) for port in identity.ASKED[Kind.PLC]))

    assert [Outcome.CLOSED] * 3 == found
    assert [(PLC, port) for port in identity.ASKED[Kind.PLC]] == opened


def test_a_device_is_not_asked_on_the_ports_of_other_kinds(run, dialer, device):
    one = device(b"x")

    found = outcomes(run, dialer, one, (METER, tcp(102)), (PLC, udp(47808)), (CONTROLLER, tcp(502)))

    assert ([Outcome.REFUSED] * 3, []) == (found, one.opened)


def test_a_datagram_goes_to_building_control_alone_and_to_no_other_port(run, dialer, device):
    one = device(b"x")

    found = outcomes(
        run, dialer, one, (CONTROLLER, udp(161)), (CONTROLLER, udp(47808)), (CONTROLLER, udp(3671))
    )

    assert [Outcome.REFUSED, Outcome.OK, Outcome.REFUSED] == found
    assert [(CONTROLLER, udp(47808))] == one.opened


@pytest.mark.parametrize("port", identity.PORTS)
def test_a_lab_may_be_asked_again_and_an_office_or_a_ward_never(run, dialer, device, at, port):
    one = device(b"x")
    lab = at[Profile.LAB]

    found = outcomes(
        run, dialer, one, (lab, port), (lab, port), (at[Profile.OFFICE], port), (at[Profile.CLINICAL], port)
    )

    assert [Outcome.OK, Outcome.OK, Outcome.REFUSED, Outcome.REFUSED] == found
    assert [(lab, port)] * 2 == one.opened


def test_who_was_asked_before_the_run_was_killed_is_not_asked_again(run, dialer, device):
    one = device(b"x")

    def resumed(device):
        made = dialer(device)
        made.identified({PLC})
        return made

    assert [Outcome.REFUSED, Outcome.OK] == outcomes(run, resumed, one, (PLC, tcp(502)), (METER, tcp(502)))
    assert [(METER, tcp(502))] == one.opened

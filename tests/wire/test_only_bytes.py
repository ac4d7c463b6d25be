"""On control ports nothing leaves but what identifies: no write, no command, no byte more, whatever a probe says."""

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from scanner.errors import DataError
from scanner.model.net import Port, tcp, udp
from scanner.observe.probes import bacnet, dnp3, enip, iec104, knx, mms, modbus, opcua, s7
from scanner.scope import identity
from scanner.wire import never_bytes
from scanner.wire.never_bytes import MEMORY
from scanner.wire.only_bytes import read, shipped, why_not

CHANNEL = (0x01020304, 0x0A0B0C0D)
SAID = {
    "modbus": (tcp(502), (modbus.QUESTION,)),
    "s7": (tcp(102), (s7.CONNECT, s7.SETUP, s7.MODULES, s7.NAMES)),
    "mms": (tcp(102), (mms.CONNECT, mms.ASSOCIATE, mms.IDENTIFY)),
    "enip": (tcp(44818), (enip.QUESTION,)),
    "opcua": (
        tcp(4840),
        (
            opcua.hello("fd00::2:7"), opcua.OPEN, opcua.endpoints(CHANNEL, "fd00::2:7"), opcua.close(CHANNEL),
        ),
    ),
    "dnp3": (tcp(20000), (dnp3.QUESTION,)),
    "iec104": (tcp(2404), (iec104.QUESTION,)),
    "bacnet": (udp(47808), (bacnet.QUESTION,)),
    "knx": (udp(3671), (knx.QUESTION,)),
}  # fmt: skip
"""What each probe says, word for word."""

MODBUS, S7, CIP, BACNET = tcp(502), tcp(102), tcp(44818), udp(47808)
FORBIDDEN = {
    "modbus: write one coil": (MODBUS, "0001 0000 0006 ff 05 0000 ff00"),
    "modbus: write one register": (MODBUS, "0001 0000 0006 ff 06 0001 0003"),
    "modbus: write coils": (MODBUS, "0001 0000 0008 ff 0f 0000 0001 01 01"),
    "modbus: write registers": (MODBUS, "0001 0000 0009 ff 10 0000 0001 02 0001"),
    "modbus: mask write": (MODBUS, "0001 0000 0008 ff 16 0004 00f2 0025"),
    "modbus: write file": (MODBUS, "0001 0000 000c ff 15 09 06 0001 0000 0001 0001"),
    "modbus: force listen only": (MODBUS, "0001 0000 0006 ff 08 0004 0000"),
    "modbus: restart communications": (MODBUS, "0001 0000 0006 ff 08 0001 0000"),
    "modbus: UMAS stop": (MODBUS, "0001 0000 0006 ff 5a 01 41 ff00"),
    "modbus: read a register": (MODBUS, "0001 0000 0006 ff 03 0000 0001"),
    "modbus: another unit": (MODBUS, "0001 0000 0005 11 2b 0e 01 00"),
    "modbus: everybody on the line": (MODBUS, "0001 0000 0005 00 2b 0e 01 00"),
    "modbus: CANopen behind it": (MODBUS, "0001 0000 0005 ff 2b 0d 01 00"),
    "s7: stop": (S7, "0300 0021 02f080 32 01 0000 0000 0010 0000 29 0000000000 09 50 5f50524f4752414d"),
    "s7: start": (S7, "0300 0025 02f080 32 01 0000 0000 0014 0000 28 000000000000fd 0000 09 505f50524f4752414d"),
    "s7: write a variable": (S7, "0300 0024 02f080 32 01 0000 0000 000e 0005 05 01 120a1002 0001 0001 84 000000"),
    "s7: read a variable": (S7, "0300 001f 02f080 32 01 0000 0000 000e 0000 04 01 120a1002 0001 0001 84 000000"),
    "s7: download": (S7, "0300 0031 02f080 32 01 0000 0000 0020 0000 1a 00010000000000 09 5f30413030303031 50"),
    "s7: set the clock": (S7, "0300 0029 02f080 32 07 0000 0000 0008 000e 000112 04 11 47 02 00 ff09000a"),
    "s7: a password": (S7, "0300 0025 02f080 32 07 0000 0000 0008 000c 000112 04 11 45 01 00 ff090008"),
    "s7: another list": (S7, "0300 0021 02f080 32 07 0000 0002 0008 0008 000112 04 11 44 01 00 ff090004 0132 0004"),
    "s7: another slot": (S7, "0300 0016 11e0 0000 0001 00 c0010a c1020100 c2020200"),
    "enip: register a session": (CIP, "6500 0400 00000000 00000000 0000000000000000 00000000 0100 0000"),
    "enip: a service": (CIP, "6f00 1800 01000000 00000000 0000000000000000 00000000"),
    "enip: connected data": (CIP, "7000 1800 01000000 00000000 0000000000000000 00000000"),
    "opcua: a session": (tcp(4840), "4d534746 80000000 01000000 01000000 02000000 02000000 0100 cd01"),
    "opcua: read": (tcp(4840), "4d534746 80000000 01000000 01000000 02000000 02000000 0100 7702"),
    "opcua: write": (tcp(4840), "4d534746 80000000 01000000 01000000 02000000 02000000 0100 a102"),
    "opcua: call": (tcp(4840), "4d534746 80000000 01000000 01000000 02000000 02000000 0100 c802"),
    "dnp3: reset the link": (tcp(20000), "0564 05 c0 0100 0004 e921"),
    "dnp3: cold restart": (tcp(20000), "0564 08 c4 0a00 0100 fc42 c0 c0 0d 9c86"),
    "dnp3: direct operate": (tcp(20000), "0564 1a c4 0a00 0100 1234 c0 c1 05 0c01 28"),
    "dnp3: everybody": (tcp(20000), dnp3.checked(bytes.fromhex("0564 05 c9 ffff efff")).hex()),
    "dnp3: a guessed address": (tcp(20000), dnp3.checked(bytes.fromhex("0564 05 c9 0a00 efff")).hex()),
    "iec104: start data": (tcp(2404), "68 04 07000000"),
    "iec104: stop data": (tcp(2404), "68 04 13000000"),
    "iec104: a double command": (tcp(2404), "68 0e 00000000 2e 01 06 00 0100 010000 81"),
    "iec104: interrogation": (tcp(2404), "68 0e 00000000 64 01 06 00 0100 000000 14"),
    "iec104: reset process": (tcp(2404), "68 0e 00000000 69 01 06 00 0100 000000 01"),
    "mms: write": (S7, mms.IDENTIFY.hex().replace("a00502010182", "a00502010185")),
    "mms: read": (S7, "0300 0020 02f080 01000100 61 13 30 11 020103 a0 0c a0 0a 020101 a4 05 a1 03 a0 01 00"),
    "bacnet: who is there, to all": (BACNET, "810b 000c 0120 ffff 00 ff 1008"),
    "bacnet: who is there, to one": (BACNET, "810a 0008 0100 1008"),
    "bacnet: write a property": (BACNET, "810a 0017 0104 0005 01 0f 0c 00400001 1955 3e 44 42c80000 3f"),
    "bacnet: restart": (BACNET, "810a 000e 0104 0005 01 14 09 00"),
    "bacnet: silence": (BACNET, "810a 000e 0104 0005 01 11 19 01"),
    "bacnet: another property": (BACNET, bacnet.QUESTION.hex().replace("0979", "0955")),
    "bacnet: register as a foreign device": (BACNET, "8105 0006 003c"),
    "knx: a tunnel": (udp(3671), "0610 0205 001a 0801 00000000 0000 0801 00000000 0000 04 04 02 00"),
    "knx: a telegram": (udp(3671), "0610 0530 0011 29 00 bc e0 0000 0901 01 00 81"),
    "knx: everybody": (udp(3671), "0610 0201 000e 0801 00000000 0000"),
}  # fmt: skip
"""Function codes that write, command, stop, restart, list or wake: none may ever leave."""


def sent(port, messages):
    """Why each of these would not leave, one after the other on one connection."""
    said, reasons = b"", []
    for message in messages:
        reasons.append(never_bytes.why_not(port, said, message))
        said = (said + message)[-MEMORY:]
    return reasons


def test_every_control_port_has_its_line_and_no_other_port():
    assert set(identity.PORTS) == set(shipped())


@pytest.mark.parametrize("name", SAID)
def test_what_a_probe_says_may_be_said(name):
    port, messages = SAID[name]

    assert [None] * len(messages) == sent(port, messages)
    assert len(b"".join(messages)) < MEMORY


@pytest.mark.parametrize("name", SAID)
def test_messages_out_of_turn_twice_or_in_pieces_are_refused(name):
    port, messages = SAID[name]

    for message in messages[1:]:
        assert sent(port, [message])[0]
    assert sent(port, [*messages, messages[-1]])[-1]
    # the address that hello names may be any: it is the one that is spoken to
    assert sent(port, [messages[0][: min(20, len(messages[0]) - 1)]])[0]
    assert sent(port, [messages[0] + b"\0"])[0]


@pytest.mark.parametrize("name", FORBIDDEN)
def test_what_writes_commands_or_lists_never_leaves_first_or_in_the_middle(name):
    port, forbidden = FORBIDDEN[name]
    data = bytes.fromhex(forbidden)

    for usual, messages in SAID.values():
        if usual == port:
            for done in range(len(messages) + 1):
                assert sent(port, [*messages[:done], data])[-1], (name, done)


@given(st.sampled_from(sorted(SAID)), st.data())
def test_no_byte_of_a_question_can_become_another(name, data):
    port, messages = SAID[name]
    at = data.draw(st.integers(0, len(messages) - 1))
    place = data.draw(st.integers(0, len(messages[at]) - 1))
    other = data.draw(st.integers(0, 255).filter(lambda byte: byte != messages[at][place]))
    changed = messages[at][:place] + bytes([other]) + messages[at][place + 1 :]

    why = sent(port, [*messages[:at], changed])[-1]

    # what the device chose (the numbers of its channel), and the address that is spoken to, may be any
    free = name == "opcua" and (b"opc.tcp://" in changed or changed[:3] == b"CLO")
    assert why or free


@given(st.sampled_from(identity.PORTS), st.binary(max_size=MEMORY), st.binary(min_size=1, max_size=64))
@example(tcp(502), b"", modbus.QUESTION[:7] + b"\x05\0\0\xff\0")
def test_no_other_bytes_leave_on_a_control_port(port, before, data):
    assert why_not(port, before, data)


@given(st.integers(0, 255).filter(lambda code: code != 0x2B), st.integers(0, 255), st.binary(max_size=16))
def test_modbus_has_one_function(code, unit, more):
    pdu = bytes([unit, code]) + more
    assert why_not(tcp(502), b"", bytes([0, 1, 0, 0, 0, len(pdu)]) + pdu)


def test_other_ports_are_no_affair_of_the_list():
    assert why_not(tcp(80), b"", b"GET / HTTP/1.1\r\n\r\n") is None


def test_a_refusal_names_its_line_and_what_may_be_said():
    why = why_not(tcp(2404), b"", bytes.fromhex("680407000000"))

    assert "iec104-test-frame: on tcp/2404 nothing may be said but a test frame" in why


LINE = '[[only]]\nid = "a"\nport = "tcp/1"\nreason = "r"\nconversations = [["00"]]\n'


@pytest.mark.parametrize(
    "text",
    [
        "only = 3",
        "[[only",
        LINE.replace("tcp/1", "1"),
        LINE.replace('"00"', '"0"'),
        LINE.replace('"00"', '"zz"'),
        LINE.replace('"00"', '" "'),
        LINE.replace('["00"]', ""),
        LINE.replace('"00"', ""),
        LINE + LINE,
        LINE + "colour = 1",
    ],
)
def test_a_wrong_list_is_refused_by_name(text):
    assert {Port("tcp/1")} == set(read(LINE, "only.toml"))
    with pytest.raises(DataError, match=r"^only\.toml: "):
        read(text, "only.toml")

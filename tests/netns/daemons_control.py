"""Real servers of control protocols for test_real_daemons_control.py: see daemons.py, which runs them."""

import subprocess
import sys
from pathlib import Path

import daemons

from scanner.model.kinds import Kind
from scanner.model.net import udp

HOME = daemons.HOME

LIBMODBUS = """
#include <modbus.h>
int main(void) {
    modbus_t *bus = modbus_new_tcp("127.0.0.1", 502);
    modbus_mapping_t *cells = modbus_mapping_new(8, 8, 8, 8);
    int listening = modbus_tcp_listen(bus, 1);
    for (;;) {
        unsigned char asked[MODBUS_TCP_MAX_ADU_LENGTH];
        int size;
        modbus_tcp_accept(bus, &listening);
        while ((size = modbus_receive(bus, asked)) >= 0)
            if (size > 0) modbus_reply(bus, asked, size, cells);
    }
}
"""

PYMODBUS = """
from pymodbus.datastore import ModbusServerContext, ModbusSlaveContext
from pymodbus.device import ModbusDeviceIdentification
from pymodbus.server import StartTcpServer

who = ModbusDeviceIdentification(
    info_name={"VendorName": "Pymodbus", "ProductCode": "PM", "MajorMinorRevision": "1.2.3"}
)
cells = ModbusServerContext(slaves=ModbusSlaveContext(), single=True)
StartTcpServer(context=cells, identity=who, address=("127.0.0.1", 502))
"""


def libmodbus():
    """A server of a few lines over the library that many devices are built with; it knows no identification."""
    source, program = HOME / "server.c", HOME / "server"
    source.write_text(LIBMODBUS)
    subprocess.run(
        ["gcc", "-I/usr/include/modbus", "-o", str(program), str(source), "-lmodbus"],
        check=True,
        capture_output=True,
    )
    return [str(program)], "modbus", 502


def pymodbus():
    source = HOME / "server.py"
    source.write_text(PYMODBUS)
    # Debian's own Python has Debian's own packages
    return ["/usr/bin/python3", str(source)], "modbus", 502


def knxd():
    """It wants a card that can send to a group: a pair of its own, which leads nowhere."""
    for line in (
        "link add bus0 type veth peer name bus1",
        "addr add 10.9.9.1/24 dev bus0",
        "link set bus1 up",
        "link set bus0 up",
        "route add 224.0.0.0/4 dev bus0",
    ):
        subprocess.run(["ip", *line.split()], check=True)
    return [
        "/usr/bin/knxd", "-e", "0.0.1", "-E", "0.0.2:8", "-n", "House of tests", "-D", "-T", "-S", "-b", "dummy:",
    ], "knx", udp(3671)  # fmt: skip


daemons.DAEMONS |= {"libmodbus": libmodbus, "pymodbus": pymodbus, "knxd": knxd}
daemons.KNOWN_AS = (Kind.PLC, Kind.BUILDING_CONTROLLER)

if __name__ == "__main__":
    # the heads of the table have no colon: one colon is one card, the loopback
    if Path("/proc/net/dev").read_text().count(":") != 1:
        sys.exit("this starts servers: only in a network namespace that has nothing but loopback")
    if sys.argv[3] == "with permit":
        daemons.SCOPE += "\n[flags]\not_read_identity = true\n"
    daemons.main(sys.argv[1], sys.argv[2])

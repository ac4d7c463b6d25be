"""Hosts with real daemons from Debian, each host a network namespace with one cable to whoever measures.

`python real.py DAEMON...` is one host's far end, run by `standing` below in a namespace of its own. The daemons are those
that tests/netns starts for its own checks, each in a mount namespace of its own, listening on that namespace's loopback;
the host's kernel passes what comes over the cable on to them (nftables), and refuses the rest. Nothing has a way out.
"""

import importlib
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from pathlib import Path

HERE = Path(__file__).parent
NETNS = HERE.parents[1] / "tests/netns"
FAMILIES = ("daemons", "daemons_web", "daemons_unix", "daemons_servers")
HOSTS: Mapping[str, tuple[str, ...]] = {
    "10.79.0.11": ("sshd", "vsftpd", "smbd", "snmpd"),
    "10.79.0.12": ("nginx", "postgres", "memcached", "storescp"),
    "10.79.0.13": ("lighttpd", "mosquitto open to all", "redis-server", "in.rlogind"),
    "10.79.0.14": ("apache2", "mariadbd", "slapd", "rpcbind"),
    "10.79.0.15": ("cupsd", "dovecot", "sshd on an odd port", "openssl as a web server on an odd port"),
}
PRODUCTS: Mapping[tuple[str, str], str] = {("10.79.0.12", "tcp/5432"): "postgresql"}
"""What runs there, where a scanner is known to call it something else."""
NETWORK = "10.79.0.0/27"
OURS = "10.79.0.1"
UP_WITHIN = 40.0


@contextmanager
def standing() -> Iterator[dict[str, list[str]]]:
    """All hosts up, with the daemons that run on each; they fall when the block ends."""
    with ExitStack() as stack:
        ip(
            "link add r0 type bridge stp_state 0 forward_delay 0",
            "link set r0 addrgenmode none up",
            f"address add {OURS}/27 dev r0",
        )
        stack.callback(subprocess.run, ["ip", "link", "delete", "r0"], capture_output=True, check=False)
        running = {address: start(at, address, stack) for at, address in enumerate(HOSTS)}
        yield {address: said(process) for address, process in running.items()}


def start(at: int, address: str, stack: ExitStack) -> "subprocess.Popen[str]":
    """Begin one host and plug its cable in."""
    apart = ["unshare", "--net", "--uts", "--pid", "--fork", "--kill-child", "--mount", "--mount-proc"]
    words = [
        *apart,
        "sh",
        "-c",
        'read _ && exec "$@"',
        "sh",
        sys.executable,
        str(Path(__file__)),
        address,
        *HOSTS[address],
    ]
    process = subprocess.Popen(words, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
    stack.callback(end, process)
    child = child_of(process.pid)
    ip(
        f"link add h{at} type veth peer name eth0 netns {child}",
        f"link set h{at} master r0 addrgenmode none up",
    )
    assert process.stdin is not None
    process.stdin.write("\n")
    process.stdin.flush()
    return process


def child_of(pid: int) -> int:
    """The shell inside: `unshare` waits for it, and stands where we do."""
    until = time.monotonic() + 5
    while time.monotonic() < until:
        children = Path(f"/proc/{pid}/task/{pid}/children").read_text("ascii").split()
        if children:
            return int(children[0])
        time.sleep(0.01)
    raise SystemExit("a host did not come up")


def said(process: "subprocess.Popen[str]") -> list[str]:
    """The daemons that listen on a host."""
    assert process.stdout is not None
    line = process.stdout.readline().strip()
    return [one for one in line.removeprefix("up ").split("|") if one]


def end(process: "subprocess.Popen[str]") -> None:
    """Close its pipe, at which it ends."""
    assert process.stdin is not None
    process.stdin.close()
    try:
        process.wait(15)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()


def ip(*lines: str) -> None:
    """Run many `ip` commands as one."""
    subprocess.run(["ip", "-batch", "-"], input="\n".join(lines) + "\n", text=True, check=True)


def host(address: str, names: Sequence[str]) -> int:
    """Be one host: its card, its daemons, and an end when stdin closes."""
    for setting in (
        "net.ipv6.conf.all.disable_ipv6=1",
        "net.ipv4.conf.all.route_localnet=1",
        "net.ipv4.icmp_ratemask=0",
    ):
        subprocess.run(["sysctl", "-qw", setting], check=True)
    ip("link set lo up", "link set eth0 addrgenmode none up", f"address add {address}/27 dev eth0")
    apart = ["unshare", "--mount", sys.executable, str(Path(__file__)), "daemon"]
    begun = [
        (name, subprocess.Popen([*apart, name], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True))
        for name in names
    ]
    up = [name for name, process in begun if (process.stdout and process.stdout.readline().strip()) == "up"]
    # only what listens is passed on, and nothing else is tracked: a refusal must cost the scanner's peer no more than elsewhere
    open_at = ", ".join(map(str, sorted({*listening("tcp", "0A"), *listening("udp", "07")})))
    rule = f"""table ip here {{
chain first {{
type filter hook prerouting priority raw
tcp dport != {{ {open_at} }} notrack
}}
chain in {{
type nat hook prerouting priority dstnat
ip daddr {address} dnat to 127.0.0.1
}}
}}"""
    subprocess.run(["nft", "-f", "-"], input=rule, text=True, check=True)
    sys.stdout.write(f"up {'|'.join(up)}\n")
    sys.stdout.flush()
    sys.stdin.read()
    for _, process in begun:
        end(process)
    return 0


def listening(table: str, state: str) -> list[int]:
    """Ports on which somebody listens here, by the kernel's table."""
    lines = Path(f"/proc/net/{table}").read_text("ascii").splitlines()[1:]
    fields = [line.split() for line in lines]
    return [int(one[1].rpartition(":")[2], 16) for one in fields if one[3] == state]


def daemon(name: str) -> int:
    """Run one daemon as the tests do, until stdin closes."""
    sys.path.insert(0, str(NETNS))
    daemons = importlib.import_module("daemons")
    for family in FAMILIES:
        importlib.import_module(family)
    subprocess.run(["mount", "-t", "tmpfs", "-o", "mode=755", "tmpfs", "/run"], check=True)
    daemons.HOME.mkdir(mode=0o755)
    command, _, port = daemons.DAEMONS[name]()
    with (daemons.HOME / "out").open("wb") as out:
        running = subprocess.Popen(
            command, stdout=out, stderr=out, stdin=subprocess.DEVNULL, start_new_session=True
        )
    at = daemons.tcp(port) if isinstance(port, int) else port
    listens = daemons.listens(at, time.monotonic() + UP_WITHIN)
    sys.stdout.write("up\n" if listens else "did not listen\n")
    sys.stdout.flush()
    sys.stdin.read()
    running.terminate()
    running.wait(10)
    return 0


if __name__ == "__main__":
    sys.exit(daemon(sys.argv[2]) if sys.argv[1] == "daemon" else host(sys.argv[1], sys.argv[2:]))

"""`stalehost probe` against a server on loopback, in a namespace without a way out: what it prints, and what it records."""

import json
import subprocess
import sys
from pathlib import Path

import pytest

APART = ["unshare", "--net", "--user", "--map-root-user"]
DRIVER = r"""
import asyncio, json, subprocess, sys
from pathlib import Path
from scanner.lab import talk

subprocess.run(["ip", "link", "set", "lo", "up"], check=True)
folder, says = Path(sys.argv[1]), sys.argv[2].encode()

async def main():
    async def serve(reader, writer):
        writer.write(says)
        await writer.drain()
        await reader.read(100)
        writer.close()
    server = await asyncio.start_server(serve, "127.0.0.1", 21)
    of = ["-s", str(folder / "scope.toml")]
    run = await asyncio.create_subprocess_exec(
        sys.executable, "-m", "scanner", "probe", "ftp", "127.0.0.1", "--record", str(folder / "x.talk"), *of,
        stdout=subprocess.PIPE, stderr=subprocess.PIPE)
    out, err = await run.communicate()
    server.close()
    print(json.dumps([run.returncode, out.decode(), err.decode()]))

asyncio.run(main())
"""
SCOPE = """
[engagement]
name = "one server"
owner = "us"
authorized_by = "us"
contact = "us"
reference = "test"
valid_from = {day}
valid_until = {day}
sector = "office"

[[network]]
cidr = "127.0.0.1/32"
zone = "here"
profile = "office"
"""


def possible():
    return subprocess.run([*APART, "true"], capture_output=True, check=False).returncode == 0


pytestmark = pytest.mark.skipif(not possible(), reason="needs a network namespace of its own")


def probed(folder, says):
    today = subprocess.run(["date", "-u", "+%F"], capture_output=True, text=True, check=True).stdout.strip()
    (folder / "scope.toml").write_text(SCOPE.format(day=today))
    run = subprocess.run(
        [*APART, sys.executable, "-c", DRIVER, str(folder), says],
        capture_output=True, text=True, check=True, timeout=60, cwd=Path(__file__).parents[2],
    )  # fmt: skip
    code, out, err = json.loads(run.stdout)
    assert 0 == code, err
    return [json.loads(line) for line in out.splitlines()], err


def test_a_device_that_nobody_knows_gives_the_body_of_an_issue_without_its_name(tmp_path):
    seen, err = probed(tmp_path, "220 pump7.ward.example Gizmo 9 ready for 10.1.2.3\r\n")

    assert ["ftp.banner", "probe.outcome"] == [one["field"] for one in seen]
    assert "tcp/21 ftp.banner = <host> Gizmo 9 ready for <address>" in err
    assert "pump7" not in err


def test_what_is_known_needs_no_issue_and_what_is_recorded_is_a_fixture(tmp_path):
    from scanner.lab import talk

    seen, err = probed(tmp_path, "220 (vsFTPd 3.0.3)\r\n")

    script = talk.load(tmp_path / "x.talk")
    assert "(vsFTPd 3.0.3)" == seen[0]["value"]
    assert "not recognised" not in err
    assert ("tcp/21", "recorded", (("ftp.banner", "(vsFTPd 3.0.3)"),)) == (
        script.port,
        script.origin,
        script.expect,
    )

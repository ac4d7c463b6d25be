"""What nmap may be given, before any of it runs."""

from ipaddress import ip_address

import msgspec
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from scanner.errors import ScopeError
from scanner.model.kinds import Kind
from scanner.model.net import Address, Mac, tcp, udp
from scanner.wire.audit import entries
from scanner.wire.breaker import Level, Trip
from scanner.wire.nmap_plan import BATCH, Means, plan

PORTS = [tcp(22), tcp(80), tcp(9100), udp(161)]


@pytest.fixture
def means(gate, audit, ledger, now):
    return Means(gate=gate, audit=audit, ledger=ledger, clock=lambda: now)


@pytest.fixture
def planned(means):
    return lambda targets, **more: plan(
        list(map(ip_address, targets)), PORTS, msgspec.structs.replace(means, **more)
    )


def refused(tmp_path):
    return {
        line["to"]: line["reason"] for line in entries(tmp_path / "audit.jsonl") if line["event"] == "refused"
    }


def test_only_what_the_gate_allows_is_planned(planned, tmp_path):
    (batch,) = planned(["10.2.0.5", "10.2.0.66", "10.9.0.1", "192.0.2.1", "10.2.0.6"])
    assert ([tcp(22), tcp(80)], ["10.2.0.5", "10.2.0.6"]) == (list(batch.ports), list(map(str, batch.hosts)))
    assert {"10.2.0.66", "10.9.0.1", "192.0.2.1"} == set(refused(tmp_path))


def test_an_excluded_card_is_not_planned(planned):
    cards = {Address("10.2.0.5"): Mac("00:09:fb:12:34:56")}
    (batch,) = planned(["10.2.0.5", "10.2.0.6"], card=cards.get)
    assert (ip_address("10.2.0.6"),) == batch.hosts


@pytest.mark.parametrize("address", ["10.1.0.5", "10.4.0.5"])
def test_a_ward_or_a_plant_is_refused_outright(planned, address):
    with pytest.raises(ScopeError, match="office and lab only"):
        planned(["10.2.0.5", address])


def test_batches_stay_small(planned):
    sizes = [len(batch.hosts) for batch in planned([f"10.3.0.{n}" for n in range(1, 151)])]
    assert [BATCH, BATCH, 150 - 2 * BATCH] == sizes


def shown(care, kind, address, seen):
    care.saw(msgspec.structs.replace(seen, field="device.kind", value=kind, address=Address(address)))


@pytest.mark.parametrize("kind", ["modality", "plc", "printer", "infusion-gateway"])
def test_what_needs_more_care_than_an_office_is_not_handed_over(planned, care, seen, kind, tmp_path):
    shown(care, kind, "10.2.0.5", seen)

    (batch,) = planned(["10.2.0.5", "10.2.0.6"], care=care)

    assert (ip_address("10.2.0.6"),) == batch.hosts
    assert kind in refused(tmp_path)["10.2.0.5"]


def test_what_the_breaker_spares_is_not_handed_over(planned, care, now, tmp_path):
    gone = Trip(
        level=Level.HOST,
        address=Address("10.2.0.5"),
        cidr="10.2.0.0/24",
        kind=Kind.UNKNOWN,
        profile="office",
        why="it has not answered",
        at=now,
    )
    care.breaker.sick(gone, 1)

    (batch,) = planned(["10.2.0.5", "10.2.0.6"], care=care)

    assert (ip_address("10.2.0.6"),) == batch.hosts
    assert "the breaker" in refused(tmp_path)["10.2.0.5"]


@pytest.mark.parametrize(
    "typed",
    [
        "127.0.0.1 -oN /tmp/x",
        "--script=vuln",
        "10.2.0.5;id",
        "10.2.0.0/24",
        "10.2.0.5",
        ip_address("fe80::1%--script=vuln"),
    ],
)
def test_pitfall_1_what_somebody_typed_never_reaches_a_command_line(means, typed):
    """python-nmap splits its hosts at blanks, and takes what begins with a dash for an option."""
    with pytest.raises(ScopeError, match="no plain address"):
        plan([typed], PORTS, means)


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=50, deadline=None)
@given(st.text() | st.binary() | st.integers() | st.none())
def test_pitfall_1_holds_for_anything_that_is_no_address(means, typed):
    with pytest.raises(ScopeError, match="no plain address"):
        plan([typed], PORTS, means)

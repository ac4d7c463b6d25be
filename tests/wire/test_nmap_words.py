"""The closed vocabulary of what nmap may be told."""

import itertools
import re
from ipaddress import ip_address

import pytest
from hypothesis import given
from hypothesis import strategies as st

from scanner.model.kinds import Profile
from scanner.model.net import tcp
from scanner.scope.profile import LIMITS
from scanner.wire.nmap_words import ASKING, words

FORBIDDEN = {
    "-A", "-O", "-sS", "-sU", "-sC", "--script", "-f", "--scanflags", "--version-all", "-T4", "-T5", "-oN", "-iL",
    "--datadir", "--privileged", "--badsum", "--data", "-D", "-S", "--ip-options", "--resume",
}  # fmt: skip
# the whole grammar: plain words, and words that take one value of one shape
ALONE = {"-6", "-sT", "--unprivileged", "-n", "-Pn", "-T3", "--packet-trace", "-sV"}
VALUED = {
    "--max-retries": r"1",
    "--initial-rtt-timeout": r"1s",
    "--max-rtt-timeout": r"1s",
    "--host-timeout": r"10m",
    "--version-intensity": r"2",
    "--max-rate": r"\d+",
    "--scan-delay": r"\d+ms",
    "--max-parallelism": r"\d+",
    "--exclude-ports": r"\d+(,\d+)*",
    "-p": r"\d+(,\d+)*",
    "-oX": r"/dev/fd/\d+",
}
OPEN = [Profile.OFFICE, Profile.LAB, Profile.BENCH]


def said(profile, hosts=("10.2.0.5",), ports=(22, 80)):
    return words(profile, list(map(ip_address, hosts)), list(map(tcp, ports)), "/dev/fd/7")


def in_the_grammar(line):
    left = iter(line)
    for word in left:
        if word in VALUED:
            assert re.fullmatch(VALUED[word], next(left))
        elif word not in ALONE:
            assert not word.startswith("-")
            return [word, *left]
    return []


@pytest.mark.parametrize("profile", OPEN)
@given(
    hosts=st.lists(st.ip_addresses(v=4), min_size=1, max_size=70)
    | st.lists(st.ip_addresses(v=6), min_size=1, max_size=70),
    ports=st.lists(st.integers(1, 65535), min_size=1, max_size=60),
)
def test_pitfall_2_every_word_is_ours_and_the_hosts_are_addresses(profile, hosts, ports):
    """python-nmap's own default is -sV, and its `arguments` take anything."""
    line = said(profile, map(str, hosts), ports)
    assert list(map(str, hosts)) == in_the_grammar(line)
    assert not FORBIDDEN & set(line)
    assert {"-sT", "-n", "-Pn", "--unprivileged", "--exclude-ports"} <= set(line)


def test_only_where_devices_are_their_owners_to_break_may_it_ask_what_speaks():
    assert [False, True, True] == [set(ASKING) <= set(said(profile)) for profile in OPEN]


@pytest.mark.parametrize("profile", OPEN)
def test_the_rates_are_those_of_the_profile(profile):
    options, limits = dict(itertools.pairwise(said(profile, ["10.2.0.5", "10.2.0.6"]))), LIMITS[profile]
    delay = int(options["--scan-delay"].removesuffix("ms"))

    assert int(options["--max-rate"]) <= min(limits.rate_total, 2 * limits.rate_host)
    assert delay >= 1000 / limits.rate_host
    # an unanswered connection stays for a second: so many are open at once
    assert 1000 / delay <= limits.per_host * 1.05
    assert {"9100", "9107", "502", "2575"} <= set(options["--exclude-ports"].split(","))


def test_ipv6_is_said_once():
    assert ["-6"] == [word for word in said(Profile.LAB, ["fd00::1"]) if word == "-6"]
    assert "-6" not in said(Profile.LAB)


def test_behind_a_router_it_keeps_to_the_pace_of_strangers():
    hosts = [ip_address(f"10.2.0.{last}") for last in range(1, 60)]
    for profile, want in ((Profile.OFFICE, "20"), (Profile.LAB, "5000")):
        options = dict(itertools.pairwise(words(profile, hosts, [tcp(22)], "/dev/fd/7", behind=True)))
        assert want == options["--max-rate"]

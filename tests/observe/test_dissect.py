"""The passive parsers: each is found, named once, and asks for packets in words that the header pass knows."""

import re

from scanner.observe.dissect import load_parsers

TAKES = re.compile(
    r"(tcp|udp)/\d{1,5}|tcp/(first|syn)|ether/[0-9a-f]{4}|snap/[0-9a-f]{6}:[0-9a-f]{4}|llc/[0-9a-f]{2}|icmp6?/\d{1,3}"
)


def test_every_parser_has_a_name_of_its_own():
    names = [one.name for one in load_parsers()]
    assert sorted(set(names)) == names


def test_every_parser_asks_for_packets_in_known_words():
    assert [] == [
        (one.name, what) for one in load_parsers() for what in one.takes if not TAKES.fullmatch(what)
    ]

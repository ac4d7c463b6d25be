from scanner.lab import talk
from scanner.observe.passive.ntp import PARSER


def test_a_server_is_told_without_its_time(read, said):
    path, [answer] = said("ntp/windows")
    want = dict(talk.load(path).expect)["ntp.clock"]

    [fact] = read(PARSER, answer, sport=123, dport=123)

    assert fact.value == {word: value for word, value in want.items() if word != "time"}


def test_a_client_tells_nothing(read, said):
    _, [answer] = said("ntp/windows")

    assert [] == read(PARSER, b"\x23" + answer[1:], sport=123, dport=123)
    assert [] == read(PARSER, answer, sport=50000, dport=123)

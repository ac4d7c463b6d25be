from scanner.observe.passive.dnp3 import PARSER
from scanner.observe.probes.dnp3 import checked

ANSWER = checked(bytes.fromhex("0564 11 44 0100 0a00")) + bytes(20)


def test_an_outstation_that_answers_tells_its_address(read):
    [fact] = read(PARSER, ANSWER, sport=20000, dport=40000)

    assert ("dnp3.outstation", "10", "tcp/20000") == fact[:3]


def test_a_master_a_wrong_sum_and_a_cut_head_tell_nothing(read):
    assert [] == read(PARSER, ANSWER, sport=40000, dport=20000)
    assert [] == read(PARSER, checked(bytes.fromhex("0564 11 c4 0100 0a00")), sport=20000, dport=40000)
    assert [] == read(PARSER, ANSWER[:8] + b"\0\0", sport=20000, dport=40000)
    assert [] == read(PARSER, ANSWER[:9], sport=20000, dport=40000)

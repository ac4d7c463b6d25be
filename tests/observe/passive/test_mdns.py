from scanner.lab import talk
from scanner.observe.passive.mdns import PARSER


def test_an_announcement_says_what_an_answer_would(read, said):
    path, [answer] = said("mdns/mac")

    facts = read(PARSER, answer, sport=5353, dport=5353)

    assert facts
    assert {fact.field: fact.value for fact in facts} == dict(talk.load(path).expect)


def test_a_question_tells_nothing(read):
    assert [] == read(
        PARSER, bytes.fromhex("0000 0000 0001 0000 0000 0000") + b"\x05_http\x04_tcp\x05local\0\0\x0c\0\1"
    )

from scanner.observe.passive.llmnr import PARSER

QUESTION = b"\x05pc-07\0" + bytes.fromhex("0001 0001")
ANSWER = (
    bytes.fromhex("1234 8000 0001 0001 0000 0000")
    + QUESTION
    + b"\xc0\x0c"
    + bytes.fromhex("0001 0001 0000001e 0004")
)


def test_an_answer_names_its_sender(read):
    [fact] = read(PARSER, ANSWER + bytes([10, 0, 0, 7]), sport=5355, dport=50000)

    assert ("llmnr.name", "pc-07") == (fact.field, fact.value)


def test_an_answer_about_another_and_a_question_tell_nothing(read):
    # a poisoner answers for names that are not its own address's
    assert [] == read(PARSER, ANSWER + bytes([10, 0, 0, 8]))
    assert [] == read(PARSER, bytes.fromhex("1234 0000 0001 0000 0000 0000") + QUESTION)

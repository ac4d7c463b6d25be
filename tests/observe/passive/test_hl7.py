from scanner.lab import talk
from scanner.observe.passive.hl7 import PARSER

MESSAGE = (
    b"\x0bMSH|^~\\&|LABSYS^1.2|NORTH|HIS|MAIN|20261123||ORU^R01|77|P|2.3.1\r"
    b"PID|1||123456||DOE^JANE||19500101|F\r\x1c\r"
)


def test_the_speaker_and_its_version_are_read_and_nothing_of_the_patient(read):
    [fact] = read(PARSER, MESSAGE, sport=40000, dport=2575)

    assert ("hl7.sender", "LABSYS | 2.3.1", None) == fact[:3]


def test_who_speaks_first_says_what_it_says_to_a_listener(read, said):
    path, [text] = said("hl7/speaks-first")

    assert talk.load(path).expect == tuple(fact[:2] for fact in read(PARSER, text, sport=2575, dport=40000))


def test_a_segment_without_an_end_does_not_reach_into_the_patient(read):
    assert "DOE" not in repr(read(PARSER, MESSAGE.replace(b"\r", b"|"), sport=2575, dport=40000))

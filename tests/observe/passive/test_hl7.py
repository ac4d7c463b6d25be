from scanner.observe.passive.hl7 import PARSER

MESSAGE = (
    b"\x0bMSH|^~\\&|LABSYS^1.2|NORTH|HIS|MAIN|20261123||ORU^R01|77|P|2.3.1\r"
    b"PID|1||123456||DOE^JANE||19500101|F\r\x1c\r"
)


def test_the_speaker_and_its_version_are_read_and_nothing_of_the_patient(read):
    facts = read(PARSER, MESSAGE, sport=40000, dport=2575)

    assert [fact.value for fact in facts] == [
        {"application": "LABSYS", "facility": "NORTH", "version": "2.3.1"}
    ]
    assert facts[0].port is None


def test_a_segment_without_an_end_does_not_reach_into_the_patient(read):
    facts = read(PARSER, MESSAGE.replace(b"\r", b"|"), sport=2575, dport=40000)

    assert "DOE" not in repr(facts)


def test_other_bytes_tell_nothing(read):
    assert [] == read(PARSER, b"\x0bMSH")
    assert [] == read(PARSER, b"MSH|^~\\&|LABSYS")
    assert [] == read(PARSER, b"\x0bMSH||||||")

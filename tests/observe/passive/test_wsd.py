from scanner.lab import talk
from scanner.observe.passive.wsd import PARSER


def test_a_hello_says_what_an_answer_would(read, said):
    path, [answer] = said("wsd/printer")
    want = dict(talk.load(path).expect)["wsd.match"]

    for data in (answer, answer.replace(b":ProbeMatch>", b":Hello>")):
        [fact] = read(PARSER, data, sport=3702, dport=3702)
        assert ("wsd.match", want) == (fact.field, fact.value)


def test_a_probe_and_what_is_no_xml_tell_nothing(read):
    assert [] == read(PARSER, b"<a><b>Hello></b>")
    assert [] == read(PARSER, b"<s:Envelope xmlns:s='x'><s:Body/></s:Envelope>")

from scanner.lab import talk
from scanner.observe.passive.ssdp import PARSER

ALIVE = (
    b"NOTIFY * HTTP/1.1\r\nHOST: 239.255.255.250:1900\r\nNTS: ssdp:alive\r\n"
    b"SERVER: Linux/2.6.31 UPnP/1.0 Camera/1.3\r\nUSN: uuid:1::upnp:rootdevice\r\nNT: upnp:rootdevice\r\n\r\n"
)


def test_an_answer_to_somebody_else_says_what_one_to_us_would(read, said):
    path, [answer] = said("ssdp/old-router")

    facts = read(PARSER, answer, sport=1900, dport=50000)

    assert {fact.field: fact.value for fact in facts}.items() <= dict(talk.load(path).expect).items()
    assert facts


def test_an_announcement_names_the_server(read):
    facts = read(PARSER, ALIVE, sport=1900, dport=1900)

    assert ("upnp.server", "Linux/2.6.31 UPnP/1.0 Camera/1.3") == facts[0][:2]


def test_a_service_of_a_device_is_not_one_more_answer(read):
    facts = read(PARSER, ALIVE.replace(b"upnp:rootdevice", b"urn:x:service:y:1"), sport=1900, dport=1900)

    assert ["upnp.server"] == [fact.field for fact in facts]


def test_a_search_and_a_farewell_tell_nothing(read):
    assert [] == read(PARSER, b"M-SEARCH * HTTP/1.1\r\nST: ssdp:all\r\n\r\n")
    assert [] == read(PARSER, ALIVE.replace(b"alive", b"byebye"))

from scanner.observe.passive.http import PARSER

ANSWER = (
    b"HTTP/1.1 401 Unauthorized\r\nServer: GoAhead-Webs\r\nSet-Cookie: id=77\r\n"
    b'WWW-Authenticate: Basic realm="Recorder"\r\nX-Powered-By: PHP/5.2.6\r\n\r\n'
    b"<title>Patient: Jane Doe</title>"
)
QUESTION = b"GET /patients/77?name=doe HTTP/1.1\r\nHost: pacs\r\nCookie: id=77\r\nUser-Agent: Mozilla/4.0 (compatible; MSIE 6.0; Windows NT 5.1)\r\n\r\n"


def test_a_server_is_told_by_its_headers_alone(read):
    facts = read(PARSER, ANSWER, sport=80, dport=40000)

    assert [
        ("http_header.server", "GoAhead-Webs", "tcp/80"),
        ("http_header.wwwauth", 'Basic realm="Recorder"', "tcp/80"),
        ("http_header.x_powered_by", "PHP/5.2.6", "tcp/80"),
    ] == [fact[:3] for fact in sorted(facts)]
    assert "Doe" not in repr(facts)


def test_a_client_is_told_by_its_agent_alone(read):
    [fact] = read(PARSER, QUESTION, sport=40000, dport=80)

    assert ("http_header.user_agent", "Mozilla/4.0 (compatible; MSIE 6.0; Windows NT 5.1)", None) == fact[:3]


def test_an_agent_in_a_body_and_other_bytes_tell_nothing(read):
    assert [] == read(PARSER, b"POST / HTTP/1.0\r\n\r\n\nuser-agent: x\r\n")
    assert [] == read(PARSER, b"GET nonsense")
    assert [] == read(PARSER, b"HTTP/9.9 what")

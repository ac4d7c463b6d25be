def test_who_was_seen_and_what_its_packets_look_like(sample):
    got = sample("p0f", "p0f.log")

    assert {"host.state": "up", "p0f.os": "Windows 7 or 8"} == got.at("192.0.2.14")
    assert {"host.state": "up"} == got.at("192.0.2.5")
    assert "2026-11-23 11:40:34" == got.last("192.0.2.14")


def test_what_is_no_line_of_p0fs_is_named(told):
    got = told(
        "p0f", "hello\n\n[2026/13/45 11:40:33] mod=syn|cli=192.0.2.1/1|srv=192.0.2.2/2|subj=cli|os=X\n"
    )

    assert [] == got.seen
    assert "line 1: no line of p0f's" in got.complaint
    assert "line 3: month" in got.complaint

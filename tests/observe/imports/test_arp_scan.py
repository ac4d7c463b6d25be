def test_every_answer_is_a_card_at_an_address_and_the_lines_around_them_are_not(sample, told):
    got = sample("arp-scan", "ward.txt")
    bad = told("arp-scan", "192.0.2.999\t00:80:77:12:34:56\tX\nnothing\n")

    assert {"192.0.2.7": "00:80:77:12:34:56", "192.0.2.9": "00:1e:37:00:00:09"} == {
        one.address: one.value for one in got.seen
    }
    assert "" == got.complaint
    assert "line 1: '192.0.2.999'" in bad.complaint
    assert "line 2: no answer" in bad.complaint

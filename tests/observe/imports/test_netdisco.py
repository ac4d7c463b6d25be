def test_a_card_is_where_it_was_last_and_since_when_it_is_known(sample):
    got = sample("netdisco", "nodes.csv")

    place = next(one for one in got.seen if one.field == "location")
    assert {
        "switch": "SW-RAD-1",
        "port": "GigabitEthernet1/0/12",
        "description": "RAD reading room desk 2",
    } == place.value
    assert ("2024-02-01", "2026-10-08") == (f"{place.first:%F}", f"{place.last:%F}")
    assert "rad-lt-014.clinic.example" == got.at("192.0.2.14")["host.name"]


def test_a_row_without_a_card_is_named(told):
    assert (
        "line 2: no card: x" in told("netdisco", "mac,switch,port,time_last\nx,sw,1,2026-01-01\n").complaint
    )

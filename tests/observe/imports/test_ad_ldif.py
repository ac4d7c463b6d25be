def test_a_computer_is_read_through_folded_lines_and_base64_and_a_person_is_not(sample):
    got = sample("ad-ldif", "computers.ldf")

    (entry,) = got.of("register.entry")
    assert (
        "RAD-LT-014",
        "False",
        "Radiology, room 12",
        "Radiology IT",
        "2025-09-20T00:00:00+00:00",
    ) == tuple(entry[word] for word in ("name", "enabled", "place", "owner", "last_active"))
    assert "" == got.complaint


def test_what_cannot_be_read_is_named_by_its_line(told):
    got = told(
        "ad-ldif",
        "version: 1\n\ndn: CN=A\nobjectClass: computer\ncn:: !!\nno colon here\n\ndn: CN=B\nobjectClass: computer\ncn: B\n",
    )

    assert [{"name": "B"}] == got.of("register.entry")
    assert all(
        text in got.complaint
        for text in ("line 5: cn is no base64", "line 6: no attribute", "line 3: an entry")
    )

def test_an_account_tells_its_system_its_last_logon_and_when_its_admin_password_should_have_changed(sample):
    got = sample("ad-csv", "computers.csv")

    assert {
        "name": "RAD-LT-014",
        "domain": "clinic.example",
        "product": "Windows 7 Professional",
        "build": "6.1 (7601)",
        "owner": "Radiology IT",
        "place": "Radiology, room 12",
        "last_active": "2025-09-20T00:00:00+00:00",
        "password_set": "2025-04-24T20:26:40+00:00",
        "laps": "2020-11-16T11:33:20+00:00",
        "enabled": "True",
    } == got.at("192.0.2.14")["register.entry"]
    assert "2025-09-20 00:00:00" == got.last("192.0.2.14")
    assert "" == got.complaint


def test_an_account_that_never_logged_on_was_there_when_it_last_changed_its_password(sample):
    disabled = sample("ad-csv", "computers.csv").of("register.entry")[1]

    assert ("PC-104", "False", "2024-09-05T08:53:20+00:00") == (
        disabled["name"], disabled["enabled"], disabled["last_active"],
    )  # fmt: skip


def test_a_row_without_a_name_is_named(told):
    got = told("ad-csv", "Name,DistinguishedName,OperatingSystem\nPC-1,,Windows 7\n,,Windows 7\n")

    assert 1 == len(got.seen)
    assert "line 3: names no address, card or host" in got.complaint

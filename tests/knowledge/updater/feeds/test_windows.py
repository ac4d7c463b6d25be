"""Every name that the shipped table has from endoflife.date is read back as the row that ships."""

from datetime import date

import pytest

from scanner.knowledge.updater.feeds import windows
from scanner.knowledge.updater.feeds.windows import Cycle

DAY = date(2026, 8, 22)
END = date(2030, 1, 1)


@pytest.mark.parametrize(
    ("product", "name", "want"),
    [
        ("windows", "10-22h2", ("microsoft:windows_10", "22H2", "standard", "Windows 10 22H2")),
        ("windows", "10-1809-e", ("microsoft:windows_10", "1809", "enterprise", "Windows 10 1809 Enterprise and Education")),
        ("windows", "11-24h2-w", ("microsoft:windows_11", "24H2", "pro", "Windows 11 24H2 Home and Pro")),
        ("windows", "11-24h2-e-lts", ("microsoft:windows_11", "24H2", "ltsc", "Windows 11 24H2 Enterprise LTSC")),
        ("windows", "11-24h2-iot-lts", ("microsoft:windows_11", "24H2", "iot", "Windows 11 24H2 IoT Enterprise LTSC")),
        ("windows", "7-sp1", None),
        ("windows-server", "2022", ("microsoft:windows_server_2022", "RTM", "standard", "Windows Server 2022")),
        ("windows-server", "20h2-sac", ("microsoft:windows_server_sac", "20H2", "standard", "Windows Server 20H2 (semi-annual channel)")),
        ("windows-server", "2012-r2", None),
        ("windows-server", "2000", None),
    ],
)  # fmt: skip
def test_each_name_is_the_row_that_it_means(product, name, want):
    found = list(windows.rows(Cycle(product, name, "10.0.1", None, END, None), DAY))

    assert ([want] if want else []) == [
        tuple(row[part] for part in ("product", "branch", "edition", "label")) for row in found
    ]


@pytest.mark.parametrize(
    ("product", "label"),
    [("windows", "Windows 10 22H2 with commercial ESU"), ("windows-server", "Windows Server 2016 with ESU")],
)
def test_paid_updates_are_a_row_of_their_own(product, label):
    name = "10-22h2" if product == "windows" else "2016"
    standard, paid = windows.rows(
        Cycle(product, name, "10.0.1", date(2031, 1, 1), END, date(2033, 1, 1)), DAY
    )

    assert ("esu", label, "2033-01-01") == (paid["edition"], paid["label"], paid["ends"])
    assert standard["released"] == "", "a release after its end is a slip of the feed"


@pytest.mark.parametrize(
    "cycle",
    [
        Cycle("windows", "10-22h2", "", None, END, None),
        Cycle("windows", "10-22h2", "10.0.1", None, None, None),
    ],
)
def test_without_a_build_or_an_end_there_is_no_row(cycle):
    assert [] == list(windows.rows(cycle, DAY))

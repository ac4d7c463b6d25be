"""Windows builds and what they may be called."""

import pytest

from scanner.identify import windows


@pytest.mark.parametrize(
    ("text", "want"),
    [
        ("6.1.7601", "6.1.7601"),
        ("6.1 (Build 7601)", "6.1.7601"),
        ("10.0 17763", "10.0.17763"),
        ("6.1", ""),
        ("", ""),
    ],
)
def test_a_build_is_read_out_of_any_usual_spelling(text, want):
    assert want == windows.build(text)


@pytest.mark.parametrize(
    ("product", "label", "want"),
    [
        ("microsoft:windows_7", "Windows 7 SP1", "Windows 7"),
        ("microsoft:windows_xp", "Windows XP", "Windows XP"),
        ("microsoft:windows_server_2008_r2", "", "Windows Server 2008 R2"),
        ("microsoft:windows_embedded_posready", "", "Windows Embedded POSReady"),
        ("microsoft:windows", "11 23H2", "Windows 11"),
        ("microsoft:windows", "", "Windows"),
        ("microsoft:windows_nt", "Windows NT 4.0 Server", "Windows NT 4.0 Server"),
        ("microsoft:windows_nt", "Windows NT 4.0 Workstation", "Windows NT 4.0"),
    ],
)
def test_a_product_is_named_as_people_write_it(product, label, want):
    assert want == windows.name(product, label)


def test_clients_come_before_servers(knowledge):
    assert ("Windows 7", "Windows Server 2008 R2") == windows.products("6.1.7601", knowledge)


@pytest.mark.parametrize(
    ("product", "want"), [("Windows XP Embedded", True), ("Windows Server SAC", True), ("Windows 7", False)]
)
def test_embedded_and_semi_annual_editions_are_rare(product, want):
    assert want == windows.rare(product)

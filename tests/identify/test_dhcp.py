"""What a client's own DHCP options say of it."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from scanner.identify import readings
from scanner.identify.rules import ATTRIBUTES
from scanner.knowledge.base import open_base


@pytest.fixture(scope="module")
def shipped():
    return open_base()


def told(value, knowledge):
    return {attr: said for attr, said, _ in readings.read("dhcp.options", value, knowledge)}


@pytest.mark.parametrize(
    ("asked", "attr", "want"),
    [
        ("1,15,3,6,44,46,47,31,33,121,249,43,252", "os.family", "Windows"),
        ("1,3,6,15,31,33,43,44,46,47,119,121,249,252", "os.product", "Windows"),
        ([1, 121, 3, 6, 15, 119, 252, 95, 44, 46], "os.product", "Mac OS X"),
        ("1,121,3,6,15,108,114,119,252", "os.product", "iOS"),
        ("1,121,3,6,15,119,252,44", "os.vendor", "Apple"),
        ("1,3,6,15,112,113,78,79,95", "os.product", "Mac OS X"),
        ("1 3 6 15 26 28 51 58 59 43", "os.product", "Android"),
        ("1,28,2,3,15,6,119,12,44,47,26,121,42", "os.family", "Linux"),
        ("1,2,6,12,15,26,28,121,3,33,40,41,42,119,249,252,17", "os.family", "Linux"),
    ],
)
def test_what_a_client_asks_for_names_its_family(asked, attr, want, knowledge):
    assert want == told({"dhcpoption55": asked}, knowledge)[attr]


@pytest.mark.parametrize("asked", ["1,3,6", "1,3,6,12,15,28,40,41,42", "", "1,15,3,6,44,46,470", "none"])
def test_a_list_that_many_clients_send_says_nothing(asked, knowledge):
    assert {} == told({"dhcpoption55": asked}, knowledge)


def test_the_vendor_class_and_the_name_are_read_beside_the_list(shipped):
    got = told({"55": "1,3,6", "vendor_class": "MSFT 98", "hostname": "WARD-7"}, shipped)

    assert ("Windows 98", "WARD-7") == (got["os.product"], got["host.name"])


def test_a_name_that_is_none_is_no_claim(knowledge):
    assert {} == told({"12": "no name\n"}, knowledge)


@given(
    st.dictionaries(
        st.sampled_from(["55", "60", "12", "dhcpoption55"]), st.text() | st.integers() | st.none()
    )
)
def test_no_options_are_too_strange_to_read(value):
    class Nothing:
        def rules(self, _field):
            return ()

    assert set(told(value, Nothing())) <= ATTRIBUTES

import pytest

from scanner.discover.places import DONE, LAG, Places


@pytest.fixture
def clock():
    class Clock:
        now = 0.0

        def __call__(self):
            return self.now

    return Clock()


def test_a_place_counts_once_its_answers_must_have_come(clock):
    places = Places(clock)
    places.reached("arp", 64)
    assert {} == places.news()
    clock.now = LAG - 0.5
    places.reached("arp", 128)
    clock.now = LAG
    assert {"arp": 64} == places.news()
    assert {} == places.news()
    clock.now = 2 * LAG
    assert {"arp": 128} == places.news()


def test_what_has_ended_is_told_at_once_and_never_begun_again(clock):
    places = Places(clock)
    places.reached("arp", 64)
    places.done("arp")
    clock.now = 10

    assert {"arp": DONE} == places.news()
    assert {} == places.news()
    assert [None, 128, 0] == [
        Places(clock, {"arp": DONE, "syn": 128}).begin(key) for key in ("arp", "syn", "udp")
    ]


def test_a_run_goes_on_from_what_was_kept(clock):
    places = Places(clock)
    places.resume({"arp": 7})
    assert 7 == places.begin("arp")

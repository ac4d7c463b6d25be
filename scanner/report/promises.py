"""What we promise about doing no harm, in plain words, each with the test that holds it: docs/safety.md has them too."""

from typing import Final

from msgspec import Struct


class Promise(Struct, frozen=True):
    """One promise."""

    words: str
    test: str
    """`tests/...py::test_name`."""


PROMISES: Final = (
    Promise(
        "Nothing is sent to an address outside the scope file, whatever a device answers.",
        "tests/netns/test_promises.py::test_no_frame_of_ours_leaves_the_scope_whatever_the_scope_and_the_answers",
    ),
    Promise(
        "An excluded address or network card gets no frame.",
        "tests/netns/test_promises.py::test_no_frame_of_ours_leaves_the_scope_whatever_the_scope_and_the_answers",
    ),
    Promise(
        "Connections begun, datagrams and raw frames stay within the profile's rate in any sliding second.",
        "tests/netns/test_promises.py::test_initiations_stay_within_the_rate_in_any_sliding_second",
    ),
    Promise(
        "One connection costs a device a bounded number of frames.",
        "tests/netns/test_promises.py::test_a_connection_costs_a_bounded_number_of_frames",
    ),
    Promise(
        "Ports on the never-list get no packet, not even a bare connect.",
        "tests/wire/test_never.py::test_some_ports_are_never_touched_anywhere",
    ),
    Promise(
        "No password, no write and no known way in is ever sent, whatever a probe asks for: the bytes are checked last.",
        "tests/wire/test_never_bytes.py::test_a_forbidden_send_leaves_no_byte_and_is_audited",
    ),
    Promise(
        "What each known exposure must never be sent is refused.",
        "tests/wire/test_never_bytes.py::test_every_never_do_of_the_exposures_is_held_by_something",
    ),
    Promise(
        "Fragile devices outlive a clinical scan, and most of them are still recognised.",
        "tests/netns/test_fragile.py::test_every_fragile_device_outlives_a_clinical_scan_and_most_are_recognised",
    ),
    Promise(
        "A clinical or ot network is scanned only by a plan that a named person approved.",
        "tests/cli/test_planning.py::test_a_ward_is_not_scanned_before_its_plan_is_approved",
    ),
    Promise(
        "A plan for 150 clinical devices fits a four-hour window.",
        "tests/observe/test_packets.py::test_a_ward_of_150_devices_fits_a_window_of_four_hours",
    ),
    Promise(
        "The record of what was sent cannot be changed, shortened or reordered without being found out.",
        "tests/cli/test_audit.py::test_every_kind_of_tampering_is_refused_with_its_line",
    ),
    Promise(
        "The report says what each address had to bear.",
        "tests/cli/test_audit.py::test_the_report_prints_the_harm_budget_and_the_end_of_the_record",
    ),
)
"""In the order in which a ward would ask."""

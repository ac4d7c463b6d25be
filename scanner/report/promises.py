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
        "An excluded address gets no frame at all.",
        "tests/netns/test_promises.py::test_no_frame_of_ours_leaves_the_scope_whatever_the_scope_and_the_answers",
    ),
    Promise(
        "An excluded network card gets no frame that is meant for it, at whatever address it stands.",
        "tests/netns/test_promises.py::test_an_excluded_card_gets_no_frame_at_whatever_address_it_takes",
    ),
    Promise(
        "What shows itself in mid-run to be excluded by name or kind is left alone by all that send, at whatever address.",
        "tests/wire/test_care.py::test_what_shows_an_excluded_name_is_left_alone_by_all_that_send_and_so_is_its_card",
    ),
    Promise(
        "An excluded card that takes another address in mid-run is left alone there too.",
        "tests/wire/test_care.py::test_an_address_that_an_excluded_card_takes_over_in_mid_run_gets_no_frame",
    ),
    Promise(
        "An excluded host name is turned into addresses once, before anything is sent; a name that moves later changes nothing.",
        "tests/wire/test_names.py::test_a_name_that_moves_in_mid_run_changes_nothing",
    ),
    Promise(
        "No other part of the program turns a name into an address.",
        "tests/wire/test_names.py::test_no_other_room_of_the_program_turns_names_into_addresses",
    ),
    Promise(
        "What was seen of an address that the scope does not hold, or excludes, is not stored.",
        "tests/store/test_keep.py::test_of_what_is_excluded_only_where_its_card_was_met_is_kept",
    ),
    Promise(
        "A scope file that was changed after it was signed is refused, by whatever byte.",
        "tests/scope/test_authority.py::test_no_changed_byte_of_a_scope_is_ever_accepted_under_its_signatures",
    ),
    Promise(
        "Nothing is sent to a clinical or ot network that two people did not sign for: the frame sender checks it again.",
        "tests/wire/raw/test_main.py::test_the_helper_verifies_by_itself_and_sends_nothing_to_a_ward_that_two_did_not_sign",
    ),
    Promise(
        "A clinical or ot network is scanned only by a plan that a named person approved.",
        "tests/cli/test_planning.py::test_a_ward_is_not_scanned_before_its_plan_is_approved",
    ),
    Promise(
        "The gate holds each send to that approved plan, and the frame sender does so again by itself.",
        "tests/wire/raw/test_main.py::test_the_helper_sends_nothing_to_a_ward_whose_plan_nobody_approved",
    ),
    Promise(
        "What is more careful than an approved plan is approved with it; what is less careful never is.",
        "tests/scope/test_approval.py::test_what_is_more_careful_than_the_approved_plan_is_approved_with_it_and_never_the_other_way",
    ),
    Promise(
        "What is known to be delicate is treated so from the first frame on, also in an office and behind its routers.",
        "tests/netns/test_care.py::test_what_needs_more_care_than_its_office_gets_it_from_the_first_frame_on",
    ),
    Promise(
        "No row of the fragile list, and no kind, ever loosens a limit.",
        "tests/scope/test_fragile.py::test_one_more_row_or_kind_never_loosens_any_limit",
    ),
    Promise(
        "A device of which the owner says that nothing may be sent to it gets no frame.",
        "tests/netns/test_care.py::test_what_the_owner_says_nothing_may_be_sent_to_gets_no_frame",
    ),
    Promise(
        "In clinical and ot networks nothing is spoken to of which nothing says what it is.",
        "tests/scope/test_known.py::test_a_stranger_on_a_ward_gets_no_connection_and_an_office_needs_no_names",
    ),
    Promise(
        "A device that was known on one card is a stranger on another.",
        "tests/scope/test_known.py::test_a_card_that_took_over_an_address_is_named",
    ),
    Promise(
        "Two of one redundant pair or one bed are never worked on at a time.",
        "tests/wire/test_turns.py::test_no_two_of_a_group_overlap_and_the_rest_is_kept",
    ),
    Promise(
        "A plan for 150 clinical devices fits a four-hour window.",
        "tests/observe/test_packets.py::test_a_ward_of_150_devices_fits_a_window_of_four_hours",
    ),
    Promise(
        "Outside its windows a network is left alone, also by what waited its turn when a window closed.",
        "tests/wire/test_windows.py::test_a_window_that_closes_while_a_connection_waits_its_turn_holds_it",
    ),
    Promise(
        "Connections begun and ARP requests stay within the profile's rate in any sliding second.",
        "tests/netns/test_promises.py::test_initiations_stay_within_the_rate_in_any_sliding_second",
    ),
    Promise(
        "In clinical and ot networks a host never has two connections of ours, and a pause between them.",
        "tests/netns/test_promises.py::test_a_gentle_profile_never_has_two_connections_to_one_host",
    ),
    Promise(
        "One connection costs a device a bounded number of frames, also one that floods us.",
        "tests/netns/test_promises.py::test_a_connection_costs_a_bounded_number_of_frames",
    ),
    Promise(
        "No raw frame leaves the scope, its profiles or the never-list, whatever the scope.",
        "tests/netns/test_raw_ask.py::test_no_frame_leaves_the_scope_whatever_the_scope",
    ),
    Promise(
        "A group is asked only where every network on the link allows it.",
        "tests/netns/test_raw_nodes.py::test_a_group_is_asked_only_where_every_network_on_the_link_allows_it",
    ),
    Promise(
        "Raw frames stay within the rate in any sliding second.",
        "tests/netns/test_raw_ask.py::test_the_rate_holds_in_any_sliding_second",
    ),
    Promise(
        "Nothing leaves the raw helper a quarter of a second after the word to stop, however fast it was.",
        "tests/netns/test_raw_ask.py::test_nothing_leaves_a_quarter_of_a_second_after_the_word_to_stop",
    ),
    Promise(
        "What the gate says of millions of addresses at once is what it says of each.",
        "tests/wire/raw/test_permits.py::test_in_bulk_the_gate_says_what_it_says_of_each_address",
    ),
    Promise(
        "One row of the ledger for a whole network counts for each of its addresses.",
        "tests/wire/test_ledger.py::test_a_span_counts_for_each_of_its_addresses_as_if_each_had_been_booked",
    ),
    Promise(
        "What a host may bear in 24 hours is counted over all runs and restarts.",
        "tests/wire/test_ledger.py::test_a_budget_outlives_a_restart",
    ),
    Promise(
        "Ports on the never-list get no frame, not even a bare connect.",
        "tests/netns/test_promises.py::test_ports_of_the_never_list_get_no_frame",
    ),
    Promise(
        "No password, no write and no known way in is sent: the bytes are looked at last, whatever a probe asks for.",
        "tests/wire/test_never_bytes.py::test_a_forbidden_send_leaves_no_byte_and_is_audited",
    ),
    Promise(
        "What each known exposure must never be sent is refused.",
        "tests/wire/test_never_bytes.py::test_every_never_do_of_the_exposures_is_held_by_something",
    ),
    Promise(
        "Controllers are asked who they are only where the scope's signers permit it, and in networks declared ot or lab.",
        "tests/scope/test_identity.py::test_no_control_port_is_permitted_but_by_the_flag_and_in_what_is_declared_ot_or_a_lab",
    ),
    Promise(
        "A device of a plant gets one question by a control protocol in a run.",
        "tests/wire/test_ot_permit.py::test_a_controller_gets_one_question_by_a_control_protocol_in_a_run",
    ),
    Promise(
        "On control ports no byte leaves but those questions: no write, no command, no other unit, whatever a probe asks for.",
        "tests/wire/test_only_bytes.py::test_what_writes_commands_or_lists_never_leaves_first_or_in_the_middle",
    ),
    Promise(
        "Fragile devices outlive a clinical and an ot scan, and at least nine in ten are still recognised.",
        "tests/netns/test_fragile.py::test_every_fragile_device_outlives_a_clinical_scan_and_most_are_recognised",
    ),
    Promise(
        "One device that falters on a ward ends the scan of its kind and its segment.",
        "tests/wire/test_breaker.py::test_one_sick_device_on_a_ward_stops_its_kind_and_its_segment",
    ),
    Promise(
        "A device on a ward that is heard to restart moments after we touched it counts as one that falters;"
        " a neighbour of its does not.",
        "tests/netns/test_beside.py::test_a_device_that_shows_a_sign_after_our_touch_trips_the_breaker_and_its_neighbour_does_not",
    ),
    Promise(
        "What was stopped stays stopped, also after a restart, until a named person resumes it.",
        "tests/wire/test_breaker.py::test_a_scan_that_is_started_again_stays_stopped_until_someone_resumes",
    ),
    Promise(
        "The report names each device that fared badly, why, what was left alone, and who let the work go on.",
        "tests/report/sections/test_safety.py::test_a_trip_names_device_reason_reach_and_who_went_on",
    ),
    Promise(
        "A link that goes away ends the work on its network, with the likely cause, in place of thousands of silent ports.",
        "tests/wire/test_dial.py::test_a_way_that_went_away_ends_its_network_and_says_nothing_about_the_devices",
    ),
    Promise(
        "Nothing more is begun a quarter of a second after Ctrl-C, stalehost abort or a lost operator.",
        "tests/netns/test_abort.py::test_the_last_initiation_leaves_within_a_quarter_of_a_second",
    ),
    Promise(
        "A scan of a ward or a plant stops when its operator gives no sign of life.",
        "tests/wire/test_stop.py::test_an_operator_without_a_sign_of_life_counts_as_lost",
    ),
    Promise(
        "The record of what was sent cannot be changed, shortened or reordered without being found out.",
        "tests/cli/test_audit.py::test_every_kind_of_tampering_is_refused_with_its_line",
    ),
    Promise(
        "The report says what each address had to bear.",
        "tests/cli/test_audit.py::test_the_report_prints_the_harm_budget_and_the_end_of_the_record",
    ),
    Promise(
        "nmap, where it is asked for, keeps to the pace of an office.",
        "tests/netns/test_nmap.py::test_no_host_gets_more_connections_in_a_second_than_its_profile_bears_at_once",
    ),
    Promise(
        "nmap ends within 250 ms of the flag.",
        "tests/netns/test_nmap.py::test_the_last_knock_leaves_within_a_quarter_of_a_second_of_the_flag",
    ),
    Promise(
        "No ward and no plant ever meets nmap through us.",
        "tests/wire/test_nmap_plan.py::test_a_ward_or_a_plant_is_refused_outright",
    ),
    Promise(
        "A lost interface ends the run in order, and what had been found is kept.",
        "tests/netns/test_discovery_faults.py::test_an_interface_that_is_pulled_out_ends_the_run_and_keeps_what_it_had_found",
    ),
)
"""In the order in which a ward would ask."""

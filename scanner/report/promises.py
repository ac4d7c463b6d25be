"""What we promise about doing no harm, in plain words, each with the test that holds it: docs/safety.md has them too."""

from typing import Final

from msgspec import Struct

from scanner.report.texts import phrase


class Promise(Struct, frozen=True):
    """One promise."""

    key: str
    """Of its sentence in the catalogue."""
    test: str
    """`tests/...py::test_name`."""

    @property
    def words(self) -> str:
        """The promise as people read it."""
        return phrase(f"promises.{self.key}")


PROMISES: Final = (
    Promise(
        "nothing_is_sent_to_an_address_outside_the",
        "tests/netns/test_promises.py::test_no_frame_of_ours_leaves_the_scope_whatever_the_scope_and_the_answers",
    ),
    Promise(
        "an_excluded_address_gets_no_frame_at_all",
        "tests/netns/test_promises.py::test_no_frame_of_ours_leaves_the_scope_whatever_the_scope_and_the_answers",
    ),
    Promise(
        "an_excluded_network_card_gets_no_frame_that",
        "tests/netns/test_promises.py::test_an_excluded_card_gets_no_frame_at_whatever_address_it_takes",
    ),
    Promise(
        "what_shows_itself_in_mid_run_to_be_excluded",
        "tests/wire/test_care.py::test_what_shows_an_excluded_name_is_left_alone_by_all_that_send_and_so_is_its_card",
    ),
    Promise(
        "an_excluded_card_that_takes_another_address",
        "tests/wire/test_care.py::test_an_address_that_an_excluded_card_takes_over_in_mid_run_gets_no_frame",
    ),
    Promise(
        "an_excluded_host_name_is_turned_into",
        "tests/wire/test_names.py::test_a_name_that_moves_in_mid_run_changes_nothing",
    ),
    Promise(
        "no_other_part_of_the_program_turns_a_name",
        "tests/wire/test_names.py::test_no_other_room_of_the_program_turns_names_into_addresses",
    ),
    Promise(
        "what_was_seen_of_an_address_that_the_scope",
        "tests/store/test_keep.py::test_of_what_is_excluded_only_where_its_card_was_met_is_kept",
    ),
    Promise(
        "a_scope_file_that_was_changed_after_it_was",
        "tests/scope/test_authority.py::test_no_changed_byte_of_a_scope_is_ever_accepted_under_its_signatures",
    ),
    Promise(
        "nothing_is_sent_to_a_clinical_or_ot_network",
        "tests/wire/raw/test_main.py::test_the_helper_verifies_by_itself_and_sends_nothing_to_a_ward_that_two_did_not_sign",
    ),
    Promise(
        "a_clinical_or_ot_network_is_scanned_only_by",
        "tests/cli/test_planning.py::test_a_ward_is_not_scanned_before_its_plan_is_approved",
    ),
    Promise(
        "the_gate_holds_each_send_to_that_approved",
        "tests/wire/raw/test_main.py::test_the_helper_sends_nothing_to_a_ward_whose_plan_nobody_approved",
    ),
    Promise(
        "what_is_more_careful_than_an_approved_plan",
        "tests/scope/test_approval.py::test_what_is_more_careful_than_the_approved_plan_is_approved_with_it_and_never_the_other_way",
    ),
    Promise(
        "what_is_known_to_be_delicate_is_treated_so",
        "tests/netns/test_care.py::test_what_needs_more_care_than_its_office_gets_it_from_the_first_frame_on",
    ),
    Promise(
        "no_row_of_the_fragile_list_and_no_kind",
        "tests/scope/test_fragile.py::test_one_more_row_or_kind_never_loosens_any_limit",
    ),
    Promise(
        "a_device_of_which_the_owner_says_that",
        "tests/netns/test_care.py::test_what_the_owner_says_nothing_may_be_sent_to_gets_no_frame",
    ),
    Promise(
        "in_clinical_and_ot_networks_nothing_is",
        "tests/scope/test_known.py::test_a_stranger_on_a_ward_gets_no_connection_and_an_office_needs_no_names",
    ),
    Promise(
        "a_device_that_was_known_on_one_card_is",
        "tests/scope/test_known.py::test_a_card_that_took_over_an_address_is_named",
    ),
    Promise(
        "two_of_one_redundant_pair_or_one_bed_are",
        "tests/wire/test_turns.py::test_no_two_of_a_group_overlap_and_the_rest_is_kept",
    ),
    Promise(
        "a_plan_for_150_clinical_devices_fits_a_four",
        "tests/observe/test_packets.py::test_a_ward_of_150_devices_fits_a_window_of_four_hours",
    ),
    Promise(
        "outside_its_windows_a_network_is_left_alone",
        "tests/wire/test_windows.py::test_a_window_that_closes_while_a_connection_waits_its_turn_holds_it",
    ),
    Promise(
        "connections_begun_and_arp_requests_stay",
        "tests/netns/test_promises.py::test_initiations_stay_within_the_rate_in_any_sliding_second",
    ),
    Promise(
        "in_clinical_and_ot_networks_a_host_never",
        "tests/netns/test_promises.py::test_a_gentle_profile_never_has_two_connections_to_one_host",
    ),
    Promise(
        "one_connection_costs_a_device_a_bounded",
        "tests/netns/test_promises.py::test_a_connection_costs_a_bounded_number_of_frames",
    ),
    Promise(
        "no_raw_frame_leaves_the_scope_its_profiles",
        "tests/netns/test_raw_ask.py::test_no_frame_leaves_the_scope_whatever_the_scope",
    ),
    Promise(
        "a_group_is_asked_only_where_every_network",
        "tests/netns/test_raw_nodes.py::test_a_group_is_asked_only_where_every_network_on_the_link_allows_it",
    ),
    Promise(
        "raw_frames_stay_within_the_rate_in_any",
        "tests/netns/test_raw_ask.py::test_the_rate_holds_in_any_sliding_second",
    ),
    Promise(
        "nothing_leaves_the_raw_helper_a_quarter_of",
        "tests/netns/test_raw_ask.py::test_nothing_leaves_a_quarter_of_a_second_after_the_word_to_stop",
    ),
    Promise(
        "what_the_gate_says_of_millions_of_addresses",
        "tests/wire/raw/test_permits.py::test_in_bulk_the_gate_says_what_it_says_of_each_address",
    ),
    Promise(
        "one_row_of_the_ledger_for_a_whole_network",
        "tests/wire/test_ledger.py::test_a_span_counts_for_each_of_its_addresses_as_if_each_had_been_booked",
    ),
    Promise(
        "what_a_host_may_bear_in_24_hours_is",
        "tests/wire/test_ledger.py::test_a_budget_outlives_a_restart",
    ),
    Promise(
        "ports_on_the_never_list_get_no_frame_not",
        "tests/netns/test_promises.py::test_ports_of_the_never_list_get_no_frame",
    ),
    Promise(
        "no_password_no_write_and_no_known_way_in",
        "tests/wire/test_never_bytes.py::test_a_forbidden_send_leaves_no_byte_and_is_audited",
    ),
    Promise(
        "what_each_known_exposure_must_never_be_sent",
        "tests/wire/test_never_bytes.py::test_every_never_do_of_the_exposures_is_held_by_something",
    ),
    Promise(
        "controllers_are_asked_who_they_are_only",
        "tests/scope/test_identity.py::test_no_control_port_is_permitted_but_by_the_flag_and_in_what_is_declared_ot_or_a_lab",
    ),
    Promise(
        "a_device_of_a_plant_gets_one_question_by",
        "tests/wire/test_ot_permit.py::test_a_controller_gets_one_question_by_a_control_protocol_in_a_run",
    ),
    Promise(
        "on_control_ports_no_byte_leaves_but_those",
        "tests/wire/test_only_bytes.py::test_what_writes_commands_or_lists_never_leaves_first_or_in_the_middle",
    ),
    Promise(
        "fragile_devices_outlive_a_clinical_and_an",
        "tests/netns/test_fragile.py::test_every_fragile_device_outlives_a_clinical_scan_and_most_are_recognised",
    ),
    Promise(
        "one_device_that_falters_on_a_ward_ends_the",
        "tests/wire/test_breaker.py::test_one_sick_device_on_a_ward_stops_its_kind_and_its_segment",
    ),
    Promise(
        "a_device_on_a_ward_that_is_heard_to",
        "tests/netns/test_beside.py::test_a_device_that_shows_a_sign_after_our_touch_trips_the_breaker_and_its_neighbour_does_not",
    ),
    Promise(
        "what_was_stopped_stays_stopped_also_after_a",
        "tests/wire/test_breaker.py::test_a_scan_that_is_started_again_stays_stopped_until_someone_resumes",
    ),
    Promise(
        "the_report_names_each_device_that_fared",
        "tests/report/sections/test_safety.py::test_a_trip_names_device_reason_reach_and_who_went_on",
    ),
    Promise(
        "a_link_that_goes_away_ends_the_work_on",
        "tests/wire/test_dial.py::test_a_way_that_went_away_ends_its_network_and_says_nothing_about_the_devices",
    ),
    Promise(
        "nothing_more_is_begun_a_quarter_of_a_second",
        "tests/netns/test_abort.py::test_the_last_initiation_leaves_within_a_quarter_of_a_second",
    ),
    Promise(
        "a_scan_of_a_ward_or_a_plant_stops",
        "tests/wire/test_stop.py::test_an_operator_without_a_sign_of_life_counts_as_lost",
    ),
    Promise(
        "the_record_of_what_was_sent_cannot_be",
        "tests/cli/test_audit.py::test_every_kind_of_tampering_is_refused_with_its_line",
    ),
    Promise(
        "the_report_says_what_each_address_had_to",
        "tests/cli/test_audit.py::test_the_report_prints_the_harm_budget_and_the_end_of_the_record",
    ),
    Promise(
        "nmap_where_it_is_asked_for_keeps_to_the",
        "tests/netns/test_nmap.py::test_no_host_gets_more_connections_in_a_second_than_its_profile_bears_at_once",
    ),
    Promise(
        "nmap_ends_within_250_ms_of_the_flag",
        "tests/netns/test_nmap.py::test_the_last_knock_leaves_within_a_quarter_of_a_second_of_the_flag",
    ),
    Promise(
        "no_ward_and_no_plant_ever_meets_nmap",
        "tests/wire/test_nmap_plan.py::test_a_ward_or_a_plant_is_refused_outright",
    ),
    Promise(
        "a_lost_interface_ends_the_run_in_order_and",
        "tests/netns/test_discovery_faults.py::test_an_interface_that_is_pulled_out_ends_the_run_and_keeps_what_it_had_found",
    ),
)
"""In the order in which a ward would ask."""

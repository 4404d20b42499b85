"""Key rings: which key signs, which verify, and where they are kept."""

from __future__ import annotations

from promises import Promise, by

PROMISES = (
    Promise(
        "A new key verifies at once and signs after a delay; earlier ones verify until their overlap ends; "
        "a rotation prolongs none.",
        'a predecessor\'s "future": more frequent rotation with the previous secrets still accepted',
        by(
            "keys/test_ring.py",
            "test_the_first_key_signs_at_once",
            "test_a_new_key_verifies_at_once_and_signs_after_the_delay",
            "test_an_earlier_key_verifies_until_the_overlap_ends_and_not_a_moment_longer",
            "test_a_rotation_never_prolongs_a_key",
            "test_whatever_the_rotations_a_ring_that_signs_goes_on_signing_with_keys_that_verify",
            "test_two_random_keys_never_share_a_name",
            "test_a_name_is_a_letter_and_80_random_bits",
            "test_the_private_number_of_an_es256_key_is_drawn_until_it_lies_in_the_group",
            "test_any_32_bytes_are_a_key_of_the_other_algorithms",
            "test_a_ring_whose_keys_are_all_retired_gets_one_that_signs_at_once",
            "test_long_retired_keys_are_forgotten_and_others_kept",
            "test_rotating_in_a_loop_is_refused_before_the_ring_grows",
        ),
    ),
    Promise(
        "A retired key neither signs nor verifies from that moment on, and the last one that can sign is not retired.",
        "SECURITY.md, rule 9",
        by(
            "keys/test_ring.py",
            "test_a_retired_key_neither_signs_nor_verifies_from_that_moment_on",
            "test_the_last_key_that_can_sign_is_not_retired",
        ),
    ),
    Promise(
        "Neither key nor ring shows its secret; files are their owner's alone, and sealed ones hold no secret.",
        "SECURITY.md, rules 3 and 8",
        by(
            "keys/test_ring.py",
            "test_neither_key_nor_ring_shows_its_secret",
        )
        + by(
            "keys/test_store.py",
            "test_only_the_owner_can_read_the_files",
            "test_a_file_open_to_others_is_refused_with_the_command_that_mends_it",
            "test_a_sealed_file_holds_no_secret_and_opens_with_its_own_key_for_its_own_ring_only",
            "test_a_plain_ring_is_sealed_by_the_first_change_once_there_is_a_key",
            "test_a_sealed_file_to_which_anything_was_added_is_refused",
            "test_a_file_is_written_for_people_to_compare_line_by_line",
            "test_an_encryption_key_is_64_hex_digits",
            "test_each_sealing_uses_a_nonce_of_its_own",
        )
        + by(
            "keys/test_jwks.py",
            "test_what_a_key_signs_its_published_half_verifies",
            "test_no_private_part_is_published",
            "test_waiting_keys_are_published_and_retired_ones_are_not",
            "test_a_symmetric_key_is_never_published",
            "test_a_published_key_says_what_it_is_for_and_nothing_more",
        ),
    ),
    Promise(
        "A rotation that is raced, killed or fails leaves a ring that signs and verifies, and loses no key.",
        "SECURITY.md, rule 7",
        by(
            "keys/test_store.py",
            "test_a_ring_comes_back_as_it_went_in_sealed_or_not",
            "test_a_running_gateway_sees_another_processs_change_at_once",
            "test_several_processes_that_rotate_at_once_lose_no_key",
            "test_a_rotation_killed_at_any_point_leaves_a_ring_that_signs_and_verifies",
            "test_every_step_of_a_replacement_can_fail_and_the_ring_is_whole",
            "test_an_edit_that_fails_changes_nothing",
        ),
    ),
    Promise(
        "A malformed key, duration, file or folder is one clear error, and is left as it is.",
        "SECURITY.md, rules 7 and 9",
        by(
            "keys/test_ring.py",
            "test_a_malformed_key_is_refused",
            "test_a_negative_or_endless_duration_is_refused",
        )
        + by(
            "keys/test_store.py",
            "test_a_malformed_file_is_one_clear_error_and_is_left_as_it_is",
            "test_an_unusable_folder_is_one_clear_error",
            "test_a_time_is_any_whole_second_from_1970_to_2242",
            "test_a_ring_that_is_not_there_yet_is_empty_and_no_file_is_made",
        ),
    ),
)

"""The gateway's own tokens, and handles as they are rotated and revoked."""

from __future__ import annotations

from promises import Promise, by

PROMISES = (
    Promise(
        "A handle that Looker's server put in is exchanged for a token of at most ten minutes, which names the user, "
        "this gateway and this instance, and neither groups nor the handle; nothing a request says changes that.",
        "docs/tokens.md; RFC 8693; SECURITY.md, rules 4 and 6",
        by(
            "web/test_tokens.py",
            "test_a_handle_is_exchanged_for_a_token_of_minutes_that_a_page_may_use",
            "test_a_token_says_who_and_where_and_nothing_of_groups_or_of_the_handle",
            "test_a_host_header_changes_nothing_in_a_token",
            "test_a_form_is_taken_as_well_as_json",
            "test_an_answer_that_would_carry_the_handle_inside_a_token_is_withheld",
            "test_a_token_in_a_body_is_refused_so_that_nobody_can_store_it",
            "test_a_page_of_another_origin_cannot_use_a_token",
        ),
    ),
    Promise(
        "Only a live handle or an unused claim is exchanged: no key, no other token, no body that asks for more; each "
        "exchange and each refusal is audited.",
        "docs/tokens.md; SECURITY.md, rule 10",
        by(
            "web/test_tokens.py",
            "test_an_exchange_of_anything_else_is_refused_with_the_fix_and_audited",
            "test_only_a_live_handle_is_exchanged_and_every_refusal_is_audited",
            "test_a_token_cannot_be_exchanged_for_another",
            "test_an_exchange_is_audited_with_the_user_who_was_proven",
            "test_without_a_key_the_exchange_says_which_command_makes_one",
            "test_a_ring_that_cannot_be_read_is_told_without_its_place",
            "test_a_gateway_without_tokens_has_none_of_the_pages",
        )
        + by("settings/test_tokens.py", "test_tokens_are_set_up_whole_or_each_mistake_is_told_with_its_fix")
        + by("settings/test_tokens.py", "test_tokens_are_off_until_an_issuer_is_named")
        + by("cli/test_check.py", "test_check_says_how_handles_are_exchanged_and_that_a_key_is_missing"),
    ),
    Promise(
        "A claim that the warehouse signed is exchanged for such a token too: once, of a thousand racers for one of "
        "them, in every store; an exchange that is refused, or that the gateway cannot make, uses up no claim.",
        "docs/tokens.md, What the exchange is; RFC 8693",
        by(
            "web/test_claim_exchange.py",
            "test_a_claim_is_exchanged_for_a_token_of_minutes_bound_to_audience_and_instance",
            "test_the_token_names_the_claim_and_lives_as_long_as_any_other_however_soon_the_claim_ends",
            "test_a_page_of_looker_may_exchange_a_claim_itself_and_no_other_page",
            "test_an_exchange_uses_the_claim_up_for_everything",
            "test_of_a_thousand_who_exchange_one_claim_exactly_one_gets_a_token",
            "test_an_exchange_that_is_refused_does_not_use_up_the_claim",
            "test_a_gateway_that_cannot_sign_does_not_use_up_the_claim",
            "test_a_gateway_without_tokens_does_not_use_up_the_claim",
            "test_a_store_that_does_not_answer_gives_no_token_and_uses_up_nothing",
            "test_a_token_that_a_claim_was_exchanged_for_is_never_exchanged_again",
            "test_what_was_proven_in_another_way_is_not_exchanged_however_strongly",
            "test_no_hostile_claim_is_exchanged",
            "test_the_exchange_of_a_claim_is_audited_with_its_user_and_without_the_claim",
        )
        + by("flows/test_first_handles.py", "test_a_claim_is_exchanged_once_and_an_old_one_not_at_all"),
    ),
    Promise(
        "A token that a claim was exchanged for ends by its time, with its user or with its key, and says that it is "
        "no handle's.",
        "docs/tokens.md, Replace handles and keys; SECURITY.md",
        by(
            "web/test_claim_exchange.py",
            "test_a_user_who_may_not_sign_in_any_more_gets_no_token_and_loses_the_one_there_is",
        )
        + by(
            "verify/test_token.py",
            "test_a_token_that_names_its_claim_wrongly_or_a_handle_too_is_refused",
            "test_revoking_every_handle_ends_no_token_of_a_claim_but_retiring_the_key_does",
        ),
    ),
    Promise(
        "A token proves its user as Looker knows them now, and only here: 17 families of hostile tokens, other "
        "gateways, audiences, instances, contents and times are refused.",
        "docs/tokens.md; RFC 7519; RFC 8725",
        by(
            "contract/test_own_tokens.py",
            "test_a_hostile_token_is_refused_before_and_after_an_honest_one",
            "test_the_count_of_hostile_tokens_accepted_is_zero",
            "test_clocks_may_differ_by_thirty_seconds_and_no_more",
        )
        + by(
            "verify/test_token.py",
            "test_what_the_gateway_issues_proves_the_user_as_looker_knows_them_now",
            "test_a_group_that_changes_counts_at_once",
            "test_a_disabled_or_deleted_user_is_refused_with_a_live_token",
            "test_a_token_signed_by_us_that_says_something_else_is_refused",
            "test_a_token_that_lacks_a_claim_is_refused",
            "test_a_symmetric_key_in_the_ring_verifies_no_token",
            "test_another_kind_of_credential_is_not_mine",
            "test_two_gateways_of_one_instance_do_not_accept_each_others_tokens",
            "test_keys_that_cannot_be_read_refuse_and_do_not_tell_where_they_are",
            "test_what_is_remembered_is_bounded",
        ),
    ),
    Promise(
        "Revoking a handle ends its tokens at once, and a new handle does not bring them back; rotating it lets them "
        "live to their end.",
        "docs/tokens.md; SECURITY.md",
        by("web/test_tokens.py", "test_a_revoked_handle_ends_its_tokens_at_once")
        + by(
            "verify/test_token.py",
            "test_a_token_ends_at_once_when_its_handle_is_revoked",
            "test_a_token_ends_when_its_handle_is_revoked_while_looker_is_asked",
            "test_a_token_outlives_a_handle_that_was_only_replaced",
            "test_another_users_handle_keeps_no_token_alive",
        )
        + by("looker/test_handles.py", "test_revoking_ends_handles_that_a_rotation_left_alive"),
    ),
    Promise(
        "The public keys are published before they sign, may be kept for less than that, and verify with any library; "
        "a rotation under load refuses no call, and a retired key proves nothing more.",
        "docs/tokens.md; RFC 7517",
        by(
            "web/test_tokens.py",
            "test_the_key_set_is_public_holds_no_private_part_and_is_kept_for_less_than_a_new_key_waits",
            "test_what_the_gateway_publishes_verifies_its_tokens_for_an_independent_library",
            "test_a_waiting_key_is_published_before_it_signs",
            "test_the_metadata_says_what_is_true_and_names_urls_below_the_issuer",
            "test_rotations_while_requests_run_refuse_no_call",
        )
        + by("verify/test_token.py", "test_a_retired_key_proves_nothing_more_not_even_what_was_proven_before"),
    ),
    Promise(
        "Handles are rotated with an overlap, for one user, a group or everyone, with one write to Looker each; no "
        "call is refused meanwhile, and no rotation prolongs an earlier handle.",
        "docs/tokens.md, Replace handles and keys",
        by(
            "looker/test_handles.py",
            "test_a_rotation_lets_the_old_handle_live_a_while_and_writes_to_looker_once",
            "test_a_rotation_prolongs_no_handle_and_forgets_one_once_its_tokens_have_ended",
            "test_when_looker_refuses_a_rotation_the_old_handle_lives_on_without_an_end",
        )
        + by(
            "verify/test_handle.py",
            "test_a_replaced_handle_lives_until_its_time_and_not_a_moment_longer",
            "test_a_handle_that_is_replaced_while_looker_is_asked_is_not_refused",
        )
        + by(
            "cli/test_handles.py",
            "test_a_rotation_leaves_two_live_handles_and_no_overlap_leaves_one",
            "test_a_crowd_gets_handles_a_few_at_a_time_and_is_told_how_far_it_is",
        )
        + by("contract/test_store.py", "test_a_handle_keeps_the_time_at_which_it_ends_until_it_is_removed"),
    ),
    Promise(
        "The demo's extension exchanges its handle once, calls past Looker with the token, keeps it nowhere, and shows "
        "what both ways take.",
        "examples/flights/README.md; clients/extension/README.md",
        by(
            "browser/test_demo.py",
            "test_a_token_is_exchanged_once_and_the_other_calls_go_past_looker",
        ),
    ),
)

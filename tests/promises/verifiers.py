"""Who is calling: published keys, more algorithms, Looker's own tokens, the platform in front."""

from __future__ import annotations

from promises import Promise, by

PROMISES = (
    Promise(
        "RS256, ES256 and EdDSA are accepted only as the settings and the key's type say; seven more families of "
        "hostile tokens are refused, and nothing passes that an independent implementation refuses.",
        "docs/verifiers.md, OpenID Connect; RFC 7518, section 3.4; RFC 8037; CVE-2022-21449",
        by(
            "contract/test_tokens.py",
            "test_the_count_of_hostile_tokens_on_curves_accepted_is_zero",
            "test_both_spellings_of_an_ecdsa_signature_fit_as_the_standard_allows",
            "test_the_examples_of_the_standards_on_curves_fit_and_their_alterations_do_not",
        )
        + by(
            "settings/test_providers.py",
            "test_algorithms_are_named_and_the_key_set_of_a_file_must_have_keys_for_them",
        ),
    ),
    Promise(
        "No request is lost while an issuer's key server is down, slow, empty or broken for an hour, nor while it "
        "rotates its keys; one that hangs holds up the first tokens for a second, and no others.",
        "docs/verifiers.md, OpenID Connect",
        by(
            "verify/test_keyset.py",
            "test_no_request_is_lost_while_the_key_server_fails_for_an_hour",
            "test_no_request_is_lost_while_the_key_server_is_slow_and_all_wait_for_one_answer",
            "test_no_request_is_lost_while_keys_rotate_under_load",
            "test_a_caller_who_hangs_up_does_not_fail_the_others_who_wait_for_the_same_keys",
            "test_what_other_keys_signed_is_proven_anew_after_a_withdrawal_and_not_lost",
            "test_while_the_key_server_hangs_the_first_tokens_wait_a_moment_and_the_others_not_at_all",
            "test_a_server_that_hung_is_heard_when_it_answers_and_what_it_withdrew_is_gone",
            "test_a_server_that_hangs_on_is_asked_once_in_each_cooldown_and_never_twice_at_a_time",
        ),
    ),
    Promise(
        "A withdrawn key is refused with the next fetch, remembered tokens included, and never comes back; without a "
        "key set that is young enough nothing is verified.",
        "docs/verifiers.md, OpenID Connect; SECURITY.md, Assurance",
        by(
            "verify/test_keyset.py",
            "test_a_withdrawn_key_is_refused_with_the_next_fetch_even_for_a_token_that_was_remembered",
            "test_a_withdrawn_key_does_not_come_back_when_the_key_server_fails",
            "test_another_key_under_the_same_name_ends_what_the_first_one_signed",
            "test_after_the_longest_outage_nothing_is_verified_not_even_what_is_remembered",
            "test_an_unknown_name_is_not_said_to_be_unknown_while_the_issuer_does_not_answer",
        ),
    ),
    Promise(
        "An issuer is asked seldom: not before the first of its tokens, once for all who wait, once in each cooldown "
        "whatever tokens name, and as its own Cache-Control says within our bounds.",
        "docs/verifiers.md, OpenID Connect; RFC 9111, section 5.2.2",
        by(
            "verify/test_keyset.py",
            "test_nothing_is_asked_before_the_first_token_of_this_issuer",
            "test_the_configuration_leads_to_the_keys_and_both_are_asked_for_once",
            "test_unknown_names_make_it_ask_once_in_each_cooldown_however_many_come",
            "test_without_any_key_set_the_call_is_unavailable_and_the_next_one_tries_again_after_the_cooldown",
            "test_a_set_is_kept_as_long_as_the_issuer_says_within_our_bounds",
            "test_the_issuers_own_life_of_the_set_is_kept_to",
        )
        + by(
            "test_compose_verifiers.py",
            "test_a_gateway_with_its_keys_in_a_file_loads_nothing_that_fetches",
            "test_a_provider_that_is_discovered_is_built_without_calling_it",
        ),
    ),
    Promise(
        "Keys are fetched only over https, from hosts that the settings name, at addresses that were looked at, "
        "without redirects, within bounds of size and time.",
        "SECURITY.md, rule 6; OpenID Connect Discovery, section 4",
        by(
            "verify/test_discovery.py",
            "test_the_keys_are_found_where_the_configuration_says_and_kept_as_long_as_they_may",
            "test_a_closing_slash_of_the_issuer_is_left_out_of_the_address_and_kept_in_the_name",
            "test_keys_on_another_host_are_fetched_only_if_the_settings_name_it",
            "test_the_configuration_of_another_issuer_is_refused",
            "test_what_is_no_configuration_is_refused",
            "test_no_address_in_the_configuration_leads_to_a_host_that_the_settings_do_not_name",
            "test_an_issuer_to_discover_from_is_an_unambiguous_https_url_without_a_query",
            "test_whatever_an_issuer_publishes_is_keys_or_refused",
        )
        + by(
            "net/test_fetch.py",
            "test_a_document_is_fetched_with_its_life_and_without_anything_of_ours",
            "test_only_a_plain_answer_is_one_and_no_redirect_is_followed",
            "test_a_document_without_end_is_not_read_to_its_end",
            "test_a_small_answer_does_not_become_a_large_one",
            "test_a_server_that_does_not_answer_in_time_is_left",
            "test_a_certificate_that_nobody_vouches_for_is_refused",
            "test_a_name_that_leads_into_the_own_network_is_not_called",
            "test_an_address_in_place_of_a_name_is_looked_at_as_well",
            "test_nothing_but_https_is_called",
            "test_a_host_that_is_not_there_is_unavailable",
            "test_a_token_is_verified_with_keys_that_a_real_server_publishes",
        ),
    ),
    Promise(
        "A Looker API token proves its user on the word of the instance alone, for a minute at most, only if the "
        "settings switch it on, and nobody is let in while Looker does not answer.",
        "docs/verifiers.md, Looker API token; SECURITY.md, Assurance",
        by(
            "verify/test_looker_token.py",
            "test_a_live_token_proves_the_looker_user_as_the_directory_knows_them_now",
            "test_a_token_that_looker_does_not_know_is_refused_and_asked_about_once",
            "test_whose_token_it_is_is_remembered_for_a_minute_at_most_and_then_it_may_have_ended",
            "test_without_a_directory_memory_nothing_is_remembered_here_either",
            "test_when_looker_does_not_answer_nobody_is_let_in_on_old_knowledge",
            "test_a_disabled_or_deleted_user_is_refused_even_with_a_live_token",
            "test_two_users_tokens_are_never_mixed",
        )
        + by(
            "looker/test_tokens.py",
            "test_the_token_itself_is_asked_with_and_the_service_user_has_no_part_in_it",
            "test_a_foreign_token_and_the_gateways_own_session_are_not_mixed",
            "test_a_token_that_looker_does_not_know_has_no_owner",
            "test_any_other_answer_is_no_answer",
            "test_an_answer_that_names_no_user_is_no_answer",
        )
        + by(
            "flows/test_looker_token.py",
            "test_a_token_of_the_instance_proves_its_user_until_it_ends_and_only_if_the_settings_say_so",
        ),
    ),
    Promise(
        "Looker is shown nothing that has not the form of its tokens, and strangers cannot make the gateway ask it "
        "without end or remember without end.",
        "docs/verifiers.md, Looker API token",
        by(
            "verify/test_looker_token.py",
            "test_what_is_not_of_the_form_of_a_token_is_not_mine_and_never_shown_to_looker",
            "test_another_scheme_is_not_mine",
            "test_many_callers_with_one_token_cost_one_question_even_if_one_hangs_up",
            "test_a_flood_of_made_up_tokens_stops_reaching_looker_and_known_callers_go_on",
            "test_memory_is_bounded_however_many_tokens_come",
        ),
    ),
    Promise(
        "Two credentials of any two kinds are an error and never a choice; a token for Cloud Run beside the caller's "
        "own is one too, unless the settings know Cloud Run, and it is never an identity.",
        "SECURITY.md, rule 5; docs/verifiers.md, Behind Cloud Run",
        by(
            "web/test_authn.py",
            "test_every_pair_of_kinds_is_an_error_and_no_verifier_is_asked",
            "test_a_token_for_the_platform_is_a_second_credential_unless_the_settings_know_the_platform",
            "test_behind_cloud_run_the_callers_own_credential_counts_and_the_platforms_token_is_nobodys_identity",
            "test_a_token_for_the_platform_is_a_secret_like_any_other",
        )
        + by(
            "verify/test_google.py",
            "test_a_token_whose_signature_cloud_run_removed_proves_nothing_and_is_told_as_that",
        ),
    ),
    Promise(
        "Every mistake about how callers prove themselves is told with its line and its fix.",
        "docs/verifiers.md, OpenID Connect",
        by(
            "settings/test_providers.py",
            "test_keys_are_discovered_when_the_settings_say_so",
            "test_an_issuer_is_asked_under_any_plain_https_url",
            "test_a_mistake_about_how_callers_prove_themselves_says_where_and_how_to_mend_it",
            "test_looker_tokens_need_an_instance",
            "test_by_default_looker_tokens_are_off_and_no_platform_stands_in_front",
            "test_two_providers_of_one_issuer_have_audiences_of_their_own",
        ),
    ),
    Promise(
        "Several providers of one issuer, such as Google for services and for people, are told apart by the audience.",
        "docs/verifiers.md, Google",
        by(
            "test_compose_verifiers.py",
            "test_two_providers_of_one_issuer_are_told_apart_by_the_audience",
        )
        + by(
            "verify/test_google.py",
            "test_googles_own_configuration_leads_to_the_one_host_that_the_preset_names",
        ),
    ),
)

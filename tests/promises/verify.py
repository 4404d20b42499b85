"""Who is calling: credentials, verifiers, assurance."""

from __future__ import annotations

from promises import Promise, by

PROMISES = (
    Promise(
        "No identity comes from an unsigned header, a body, an address or anything else that the browser "
        "says about itself.",
        "SECURITY.md, rule 1; predecessors: neither could tell a backend which user is calling",
        by(
            "web/test_authn.py",
            "test_no_other_header_says_who_is_calling",
            "test_an_identity_in_the_body_or_the_url_is_not_one",
        ),
    ),
    Promise(
        "Exactly one credential per request; two are an error even when they are the same, or joined by a comma.",
        "SECURITY.md, rule 5; docs/concepts.md, Credential",
        by(
            "web/test_authn.py",
            "test_each_kind_of_credential_is_taken_from_its_header",
            "test_two_credentials_are_refused_even_when_they_are_the_same",
            "test_two_credentials_joined_by_a_comma_are_refused",
            "test_every_secret_in_the_headers_counts_as_presented",
        )
        + by(
            "web/test_app.py",
            "test_two_credentials_are_audited_as_a_denial",
        ),
    ),
    Promise(
        "What is no credential is refused and never taken for an anonymous call, and it is not repeated in the answer.",
        "SECURITY.md, rules 1 and 3",
        by(
            "web/test_authn.py",
            "test_another_scheme_is_refused_with_those_that_are_read",
            "test_an_empty_credential_is_no_anonymous_call",
            "test_what_is_not_one_token_is_refused_without_being_repeated",
            "test_without_a_credential_the_call_is_anonymous",
        )
        + by(
            "web/test_app.py",
            "test_a_bad_credential_is_refused_even_where_everyone_may_call",
            "test_an_unknown_credential_is_refused_and_audited_and_asked_for_again",
        )
        + by(
            "verify/test_chain.py",
            "test_what_is_nobodys_is_refused_and_never_anonymous",
        )
        + by(
            "contract/test_actions.py",
            "test_an_unknown_key_is_refused_whatever_the_policy",
        ),
    ),
    Promise(
        'A verifier says who it is, "not mine", or refuses; a refusal ends the walk, so that no other can be tried.',
        "docs/concepts.md, Verifier",
        by(
            "verify/test_chain.py",
            "test_no_credential_is_anonymous_and_nobody_is_asked",
            "test_not_mine_goes_on_and_the_first_answer_ends_the_walk",
            "test_a_refusal_ends_the_walk_so_that_no_other_verifier_can_be_tried",
        )
        + by(
            "web/test_authn.py",
            "test_a_verifier_is_asked_once_and_its_principal_reaches_the_action",
        ),
    ),
    Promise(
        "Only verifiers that the settings name are active.",
        "docs/concepts.md, Verifier",
        by(
            "test_compose.py",
            "test_what_is_not_set_up_is_not_verified",
            "test_settings_become_a_gateway_that_knows_every_kind_of_caller",
        ),
    ),
    Promise(
        "An API key proves that a secret is known and no more; the gateway keeps its SHA-256 only, and a "
        "stolen hash opens nothing.",
        "SECURITY.md, rule 8",
        by(
            "verify/test_api_key.py",
            "test_a_key_proves_that_a_secret_is_known_and_no_more",
            "test_a_stolen_hash_opens_nothing",
            "test_a_new_key_has_256_random_bits_and_none_is_like_another",
            "test_what_is_not_exactly_a_key_is_refused_without_repeating_it",
            "test_another_scheme_is_not_mine",
        ),
    ),
    Promise(
        "Several API keys of one name live at once, so that one can be replaced; each ends when it is "
        "removed or at its own moment.",
        'lookgate api-keys new --help; docs/add-an-action.md, Call it; a predecessor\'s "future": rotation '
        "with the previous secret still accepted",
        by(
            "verify/test_api_key.py",
            "test_while_a_key_is_replaced_both_are_accepted_under_one_name",
            "test_a_removed_key_is_refused",
            "test_a_key_ends_at_the_moment_it_says",
        ),
    ),
    Promise(
        "A live handle proves the Looker user as Looker knows them now: name, address, groups and roles.",
        "docs/concepts.md, Handle; SECURITY.md, Assurance",
        by(
            "verify/test_handle.py",
            "test_a_live_handle_proves_the_looker_user_as_looker_knows_them_now",
            "test_another_scheme_is_not_mine",
        )
        + by(
            "flows/test_caller.py",
            "test_the_gateway_knows_each_user_by_the_handle_that_lookers_server_put_in",
            "test_an_allowed_action_is_stored_with_the_user_who_acted",
        ),
    ),
    Promise(
        "A handle that was altered, replaced or revoked opens nothing, and the attempt is audited.",
        "docs/concepts.md, Handle",
        by(
            "verify/test_handle.py",
            "test_an_unknown_or_replaced_handle_is_refused",
            "test_what_is_not_exactly_a_handle_is_refused",
        )
        + by(
            "flows/test_caller.py",
            "test_an_altered_handle_is_refused_and_audited",
            "test_a_new_handle_ends_the_one_before_and_a_revoked_one_ends_at_once",
        ),
    ),
    Promise(
        "A disabled or deleted user is refused even with a live handle.",
        "SECURITY.md, Who attacks; docs/concepts.md, Policy",
        by(
            "verify/test_handle.py",
            "test_a_disabled_user_is_refused_even_with_a_live_handle",
            "test_a_deleted_user_is_refused_even_with_a_live_handle",
        )
        + by(
            "flows/test_caller.py",
            "test_a_disabled_user_is_refused_even_by_a_handle_that_somebody_kept",
        )
        + by(
            "looker/test_directory.py",
            "test_only_a_plain_false_means_that_a_user_is_not_disabled",
            "test_a_user_who_was_deleted_is_forgotten_with_the_age_limit",
        ),
    ),
    Promise(
        "Groups and roles are at most directory_ttl seconds old; a change in Looker counts after that, both ways.",
        "docs/concepts.md, Policy",
        by(
            "looker/test_directory.py",
            "test_within_the_age_limit_looker_is_asked_once_and_after_it_again",
            "test_a_groups_name_is_no_older_than_the_age_limit_even_when_the_user_was_asked_for_later",
            "test_a_user_is_known_with_the_names_of_groups_and_roles",
        )
        + by(
            "flows/test_caller.py",
            "test_a_change_of_groups_in_looker_is_seen_within_the_age_limit_and_both_ways",
        )
        + by(
            "settings/test_load.py",
            "test_a_mistake_says_where_what_and_how_to_mend_it",
        ),
    ),
    Promise(
        "When Looker does not answer the call is refused and not decided on old knowledge; a failure is not "
        "remembered.",
        "docs/concepts.md, Policy; SECURITY.md, rule 7",
        by(
            "verify/test_handle.py",
            "test_when_looker_does_not_answer_nobody_is_let_in",
        )
        + by(
            "looker/test_directory.py",
            "test_when_looker_fails_there_is_no_stale_answer_and_the_failure_is_not_remembered",
        )
        + by(
            "flows/test_caller.py",
            "test_while_looker_does_not_answer_nobody_is_let_in_on_old_knowledge",
        )
        + by(
            "web/test_app.py",
            "test_what_does_not_answer_is_a_503_that_says_when_to_try_again",
        ),
    ),
    Promise(
        "A tag that Looker did not replace is recognised, and answered with the attribute and what to set up.",
        "docs/concepts.md, Handle; docs/quickstart.md, Handles, and a call",
        by(
            "verify/test_tag.py",
            "test_a_tag_that_looker_left_alone_is_answered_with_what_to_set_up",
            "test_a_tag_is_never_repeated_unless_it_is_a_plain_name",
            "test_a_secret_that_looker_put_inside_another_tag_is_not_told_as_the_name_of_an_attribute",
            "test_the_names_that_people_give_attributes_are_told",
            "test_anything_else_is_left_to_the_verifiers",
        )
        + by(
            "web/test_authn.py",
            "test_a_tag_that_looker_did_not_replace_is_recognised",
            "test_a_tag_in_a_bearer_header_is_recognised",
        )
        + by(
            "flows/test_caller.py",
            "test_a_tag_that_looker_did_not_replace_lets_nobody_in_and_says_what_to_set_up",
        )
        + by(
            "browser/test_demo.py",
            "test_a_user_without_a_handle_is_told_what_is_missing",
        ),
    ),
    Promise(
        'A scheme stored inside an attribute\'s value ("Bearer …") is told as that.',
        'a predecessor\'s defect: it stored "Bearer …" or "Basic …" with its prefix',
        by(
            "verify/test_tag.py",
            "test_a_scheme_inside_the_value_is_answered_with_where_it_came_from",
        ),
    ),
    Promise(
        "An ID token is checked for structure, algorithm, key, issuer, audience and times before anything "
        "in it is believed.",
        "SECURITY.md, rule 9; RFC 8725, section 3; RFC 7519, section 4.1",
        by(
            "verify/test_oidc.py",
            "test_an_algorithm_other_than_rs256_is_refused_before_any_key_is_looked_for",
            "test_a_claim_the_gateway_needs_must_be_there",
            "test_a_time_is_a_whole_number_of_seconds",
            "test_a_subject_is_short_plain_text",
            "test_a_changed_signature_or_another_key_is_refused",
            "test_another_issuers_token_is_not_mine",
            "test_every_allowed_audience_is_accepted",
            "test_a_key_set_that_cannot_be_trusted_is_refused",
            "test_a_token_says_who_the_user_is_and_until_when",
        ),
    ),
    Promise(
        "Seventeen families of hostile tokens are refused by every verifier that takes a token; none is accepted.",
        "SECURITY.md, rule 9; RFC 8725, section 2",
        by(
            "contract/test_tokens.py",
            "test_a_hostile_token_is_refused_before_and_after_an_honest_one",
            "test_the_count_of_hostile_tokens_accepted_is_zero",
            "test_the_honest_token_which_every_attack_changes_is_accepted",
        ),
    ),
    Promise(
        "Clocks may differ by thirty seconds at exp, nbf and iat, and no more.",
        "SECURITY.md, rule 9; RFC 7519, sections 4.1.4 to 4.1.6",
        by(
            "contract/test_tokens.py",
            "test_clocks_may_differ_by_thirty_seconds_and_no_more",
        ),
    ),
    Promise(
        "A token has one spelling; any changed character, stray bit or ambiguous JSON is refused.",
        "SECURITY.md, rule 9; RFC 7515, section 2",
        by(
            "verify/test_oidc.py",
            "test_a_token_has_one_spelling",
            "test_stray_bits_in_the_last_character_are_refused",
            "test_claims_that_cannot_be_read_unambiguously_are_refused",
            "test_claims_that_are_not_utf8_are_refused",
            "test_a_token_with_any_character_changed_is_refused",
        ),
    ),
    Promise(
        "No token makes the gateway fail: it is refused, or becomes a principal that can be stored.",
        "SECURITY.md, rule 9",
        by(
            "verify/test_oidc.py",
            "test_no_text_in_a_token_causes_anything_but_a_refusal",
            "test_signed_nonsense_never_causes_anything_but_a_refusal_or_a_storable_principal",
            "test_text_that_could_not_be_stored_is_dropped_from_optional_claims",
            "test_what_has_not_the_form_of_a_token_is_not_mine",
        ),
    ),
    Promise(
        "A verified token is remembered within bounds, for its own life only, and an unproven one never.",
        "SECURITY.md, rule 8",
        by(
            "verify/test_oidc.py",
            "test_a_remembered_token_is_refused_once_its_time_is_over",
            "test_memory_is_bounded_however_many_tokens_come",
            "test_an_unproven_token_is_never_remembered",
        ),
    ),
    Promise(
        "An address counts only when the issuer checked it, and is compared exactly; a domain is the "
        "issuer's own claim.",
        "SECURITY.md, rule 9; OpenID Connect Core, section 5.7",
        by(
            "verify/test_oidc.py",
            "test_an_address_that_the_issuer_did_not_check_is_no_address",
            "test_only_a_listed_address_is_let_in_compared_exactly",
            "test_a_domain_is_read_from_the_issuers_own_claim_and_not_from_the_address",
        ),
    ),
    Promise(
        "A service is never taken for a person nor a person for a service.",
        "SECURITY.md, Assurance",
        by(
            "verify/test_oidc.py",
            "test_a_service_is_known_as_a_workload_and_never_as_a_user",
            "test_another_scheme_is_not_mine",
        )
        + by(
            "verify/test_google.py",
            "test_a_service_account_is_never_taken_for_a_user",
            "test_a_user_is_never_taken_for_a_service",
            "test_a_users_token_that_another_client_obtained_is_refused",
            "test_a_service_accounts_token_is_presented_by_itself",
        ),
    ),
    Promise(
        "Google is known by its two names only, and never lets in the whole world.",
        "SECURITY.md, rule 9",
        by(
            "verify/test_google.py",
            "test_google_is_known_by_both_spellings_of_its_name",
            "test_a_name_that_only_resembles_googles_is_not_google",
            "test_a_provider_that_would_let_in_the_whole_world_cannot_be_made",
        )
        + by(
            "settings/test_load.py",
            "test_a_provider_that_would_let_in_the_wrong_people_is_a_mistake",
        ),
    ),
    Promise(
        "Nothing passes that an independent implementation of RS256 refuses, and the standard's own example fits.",
        "SECURITY.md, rule 9; RFC 7515, appendix A.2; RFC 7518, section 3.3",
        by(
            "contract/test_tokens.py",
            "test_nothing_passes_that_an_independent_implementation_refuses",
            "test_both_implementations_agree_about_a_signature_that_was_changed",
            "test_only_pkcs1_with_sha256_fits_whatever_else_the_key_signed",
            "test_the_example_of_the_standard_fits_and_its_alteration_does_not",
        ),
    ),
)

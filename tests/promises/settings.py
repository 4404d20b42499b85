"""lookgate.toml, the environment, and what a gateway is built of."""

from __future__ import annotations

from promises import Promise, by

PROMISES = (
    Promise(
        "Settings come from lookgate.toml and the environment, frozen, with safe defaults.",
        "docs/quickstart.md, An action and a gateway",
        by(
            "settings/test_load.py",
            "test_every_setting_is_read",
            "test_without_a_file_and_an_environment_the_defaults_are_safe",
            "test_default_paths_too_are_relative_to_the_file",
        )
        + by(
            "settings/test_model.py",
            "test_every_setting_says_how_it_is_written",
        ),
    ),
    Promise(
        "Looker's own LOOKERSDK_* variables fill what the file leaves out; a mistake in one names the variable.",
        "docs/quickstart.md, With a real instance",
        by(
            "settings/test_load.py",
            "test_lookers_own_variables_fill_what_the_file_leaves_out",
            "test_a_mistake_in_a_variable_names_the_variable",
        ),
    ),
    Promise(
        "All mistakes are told at once, each with its line and its fix, and none repeats a secret.",
        "docs/quickstart.md, An action and a gateway",
        by(
            "settings/test_load.py",
            "test_every_mistake_is_told_at_once_with_its_line_and_its_fix",
            "test_a_mistake_says_where_what_and_how_to_mend_it",
            "test_a_line_is_found_in_every_way_of_writing_toml",
            "test_a_file_that_is_not_there_or_not_text_is_one_clear_mistake",
            "test_no_text_causes_anything_but_settings_or_mistakes",
            "test_no_values_cause_anything_but_settings_or_mistakes_with_a_place",
        )
        + by(
            "cli/test_main.py",
            "test_wrong_settings_are_told_in_words_by_every_command",
        ),
    ),
    Promise(
        "Secrets are named, never written down: env:NAME or file:PATH, and the file must be for its owner.",
        'docs/quickstart.md, An action and a gateway; a predecessor\'s "future": the admin secret kept out '
        "of the environment",
        by(
            "settings/test_load.py",
            "test_a_secret_stands_elsewhere_and_is_really_there",
            "test_a_secret_file_that_everybody_can_read_is_a_mistake",
        ),
    ),
    Promise(
        "Origins and base URLs are exact and https, with plain http on this machine only; a private address is said.",
        "SECURITY.md, rule 6",
        by(
            "settings/test_load.py",
            "test_an_origin_is_exact_and_encrypted",
            "test_an_exact_origin_is_accepted_and_plain_http_only_on_this_machine",
            "test_an_address_in_the_own_network_is_meant_only_when_it_is_said",
        ),
    ),
    Promise(
        "Several gateways live in one process, each closed with its store.",
        "docs/concepts.md, Instance",
        by(
            "test_compose.py",
            "test_a_gateway_may_be_closed_twice_and_its_store_is_closed_with_it",
            "test_several_gateways_live_in_one_process",
            "test_a_store_that_cannot_be_opened_is_an_error_with_a_fix",
        ),
    ),
    Promise(
        "A secret is masked wherever it is shown by accident; logs carry eight hex digits of its hash at most.",
        "SECURITY.md, rule 3",
        by(
            "core/test_secret.py",
            "test_a_secret_is_masked_in_text_repr_format_and_containers",
            "test_a_secret_is_masked_in_logs_and_tracebacks",
            "test_a_secret_cannot_be_pickled_hashed_or_written_as_json",
            "test_two_secrets_are_equal_exactly_when_their_values_are",
            "test_a_secret_never_equals_its_own_value",
            "test_a_fingerprint_is_the_start_of_the_hash_and_not_of_the_secret",
            "test_an_empty_secret_is_false",
        ),
    ),
    Promise(
        "The public names are a decision, and importing lookgate imports none of its rooms.",
        "README.md, How it works; docs/performance.md, Method",
        by(
            "test_public_api.py",
            "test_every_public_name_is_there",
            "test_what_is_listed_is_what_is_offered",
            "test_an_unknown_name_is_an_attribute_error",
            "test_importing_lookgate_imports_none_of_its_rooms",
        ),
    ),
)

"""``lookgate deploy``: from the settings to a private service on Cloud Run."""

from __future__ import annotations

from promises import Promise, by

PROMISES = (
    Promise(
        "Each principal has the roles it needs, on one thing each; nothing for everybody, nothing on a project.",
        "docs/deploy.md, For the security reviewer: who may do what",
        by(
            "deploy/test_plan.py",
            "test_each_principal_has_exactly_the_roles_it_needs_each_on_one_thing",
            "test_nothing_is_granted_on_a_project_to_everybody_or_as_owner_or_editor",
            "test_the_gateway_may_make_no_tokens",
            "test_a_way_over_other_accounts_is_granted_step_by_step",
            "test_the_account_of_a_token_may_call_the_service_that_it_is_for",
            "test_rules_whose_tokens_are_not_googles_need_no_account_and_no_api",
        )
        + by("deploy/test_script.py", "test_a_service_that_somebody_opened_to_everybody_fails_the_script")
        + by("deploy/test_terraform.py", "test_who_may_call_is_said_whole_so_that_nobody_let_in_by_hand_stays"),
    ),
    Promise(
        "Only the scheduler reaches the trigger, by a token that passes Cloud Run's own check there and nowhere else.",
        "docs/deploy.md, Two services, and why",
        by(
            "deploy/test_plan.py",
            "test_only_the_scheduler_reaches_the_trigger_and_only_from_inside",
            "test_nobody_else_is_let_into_the_trigger",
            "test_the_schedulers_audience_passes_cloud_runs_own_check_at_the_trigger_and_nowhere_else",
            "test_the_job_calls_with_a_token_and_again_when_it_failed",
            "test_cron_is_never_slower_than_the_settings",
            "test_without_rules_there_is_no_trigger_no_job_and_no_alert",
        )
        + by(
            "deploy/test_container.py",
            "test_each_service_starts_as_it_is_written_and_only_the_trigger_takes_cloud_runs_word",
        ),
    ),
    Promise(
        "The services are closed, probed, and sized by what was measured; one instance where the state is in memory.",
        "docs/deploy.md, What each thing is for",
        by(
            "deploy/test_plan.py",
            "test_one_instance_runs_where_the_state_is_in_its_memory_and_the_reason_is_told",
            "test_memory_is_enough_for_all_bodies_at_once",
        )
        + by(
            "deploy/test_cloudrun.py",
            "test_the_service_is_closed_probed_and_held_to_its_numbers",
            "test_the_probes_ask_a_page_that_the_gateway_has",
            "test_a_database_in_a_private_network_is_reached_through_it_and_nothing_else_goes_there",
        ),
    ),
    Promise(
        "Somebody is told that tokens are not renewed while the stored ones still live.",
        "docs/deploy.md, What each thing is for",
        by(
            "deploy/test_plan.py",
            "test_somebody_is_told_while_the_tokens_still_live",
            "test_a_margin_too_short_for_any_alert_is_told",
        ),
    ),
    Promise(
        "No secret is read or written; each stands where the settings look for it, once its one line has filled it.",
        "docs/deploy.md, From lookgate.toml to a running gateway",
        by(
            "deploy/test_plan.py",
            "test_no_secret_is_read_even_where_one_is_at_hand",
            "test_every_setting_that_refers_to_a_value_elsewhere_is_found",
            "test_a_reference_becomes_a_variable_or_a_file_where_the_settings_look_for_it",
            "test_what_the_environment_fills_in_here_is_filled_in_there",
        )
        + by(
            "deploy/test_script.py",
            "test_the_script_ends_where_a_secret_is_empty_and_says_how_to_fill_each",
            "test_the_line_that_fills_a_secret_shows_it_nowhere",
            "test_the_container_starts_with_every_file_where_the_settings_look_for_it_and_no_argument_is_a_script",
        )
        + by("deploy/test_terraform.py", "test_the_file_holds_and_makes_no_secret_and_says_how_to_fill_each"),
    ),
    Promise(
        "Real gcloud makes everything once; run again, the script makes and changes nothing.",
        "docs/deploy.md, What was tried, and what was not",
        by(
            "deploy/test_gcloud.py",
            "test_real_gcloud_makes_everything_once_and_a_second_run_makes_and_changes_nothing",
            "test_real_gcloud_takes_the_yaml_of_each_part",
        )
        + by(
            "deploy/test_script.py",
            "test_what_is_not_there_is_made",
            "test_a_failure_other_than_not_found_ends_the_script_and_nothing_is_made",
            "test_the_script_says_at_each_step_what_it_does_and_why",
        ),
    ),
    Promise(
        "No value of the settings becomes a command of a shell, an expression of Terraform or other YAML.",
        "docs/deploy.md",
        by(
            "deploy/test_script.py",
            "test_no_value_of_the_settings_becomes_a_command",
            "test_a_path_that_a_container_cannot_be_told_is_refused",
        )
        + by("deploy/test_terraform.py", "test_a_text_of_the_settings_is_never_an_expression")
        + by(
            "deploy/test_cloudrun.py",
            "test_what_is_written_as_yaml_is_read_as_what_it_was",
            "test_words_that_yaml_takes_for_something_else_stand_in_quotes",
            "test_a_part_is_the_services_resource",
        ),
    ),
    Promise(
        "Every Terraform resource has the provider's own published type, and every reference leads somewhere.",
        "docs/deploy.md, Terraform, or one service alone",
        by(
            "deploy/test_terraform.py",
            "test_every_resource_has_the_providers_own_type",
            "test_the_types_notice_what_is_wrong",
            "test_every_reference_leads_to_a_resource_that_is_there",
            "test_terraform_itself_reads_the_file",
        ),
    ),
    Promise(
        "What cannot run there is refused before anything is written, all at once, each with its fix.",
        "docs/deploy.md, Two services, and why",
        by(
            "deploy/test_plan.py",
            "test_what_cannot_run_there_is_refused_with_its_fix",
            "test_a_choice_of_the_wrong_form_is_refused_with_its_fix",
            "test_all_mistakes_are_told_at_once",
        )
        + by("cli/test_deploy.py", "test_bad_input_is_one_clear_error"),
    ),
    Promise(
        "The settings, a region and an image are enough; --check shows everything and writes nothing.",
        "docs/deploy.md, From lookgate.toml to a running gateway",
        by("deploy/test_plan.py", "test_the_project_is_that_of_the_schedulers_account_unless_named")
        + by(
            "cli/test_deploy.py",
            "test_the_settings_and_two_words_are_enough",
            "test_a_file_is_written_and_what_is_left_to_do_is_told",
            "test_only_what_was_written_before_is_written_over",
            "test_check_shows_what_would_be_there_and_for_what",
        ),
    ),
)

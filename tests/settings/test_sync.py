from __future__ import annotations

from pathlib import Path

import pytest

from lookgate.errors import SettingsError
from lookgate.settings import Settings, load
from lookgate.settings.sync_rules import sync_rules
from lookgate.sync.rule import AttributeName, Whom

INSTANCE = """
[instance]
base_url = "https://looker.example.com"
client_id = "env:SECRET"
client_secret = "env:SECRET"
"""
FIVE = """
[[sync.rules]]
source = "google"
audience = "https://orders-abc.a.run.app"
attribute = "orders_token"
target = "group:Analysts"
"""
URL = "https://orders-abc.a.run.app"


def loaded(folder: Path, text: str) -> Settings:
    (folder / "lookgate.toml").write_text(text)
    return load(folder / "lookgate.toml", {"SECRET": "s3cret"})


def rule(**changed: str) -> str:
    lines = {
        "source": '"google"',
        "audience": f'"{URL}"',
        "attribute": '"orders_token"',
        "target": '"default"',
        **changed,
    }
    return "[[sync.rules]]\n" + "".join(f"{key} = {value}\n" for key, value in lines.items() if value)


def mistakes(folder: Path, text: str) -> list[str]:
    with pytest.raises(SettingsError) as refused:
        loaded(folder, INSTANCE + text)
    return refused.value.mistakes


def test_five_lines_are_a_rule(tmp_path: Path) -> None:
    settings = loaded(tmp_path, INSTANCE + FIVE)
    (found,) = sync_rules(settings.sync, settings.tokens)
    assert (found.source, found.audience) == ("google", URL)
    assert found.attribute == AttributeName("orders_token")
    assert found.whom == Whom("group", "Analysts")
    assert found.margin == 1800
    assert found.name == "orders_token for group:Analysts"


def test_without_rules_nothing_is_renewed(tmp_path: Path) -> None:
    assert not loaded(tmp_path, INSTANCE).sync.configured


def test_the_scoped_name_of_an_extensions_attribute_is_built_as_the_sdk_builds_it(tmp_path: Path) -> None:
    text = rule(attribute='"token"', extension='"flights-demo::my-app"')
    settings = loaded(tmp_path, INSTANCE + text)
    assert sync_rules(settings.sync, settings.tokens)[0].attribute.name == "flights_demo_my_app_token"


@pytest.mark.parametrize(
    ("text", "whom"),
    [
        ("default", Whom("default")),
        ("group_id:7", Whom("group_id", "7")),
        ("group:A: B", Whom("group", "A: B")),
        ("user:ann@example.com", Whom("user", "ann@example.com")),
        ("external_id:a/b", Whom("external_id", "a/b")),
        ("members:All Users", Whom("members", "All Users")),
    ],
)
def test_a_target_is_named_in_eight_ways(tmp_path: Path, text: str, whom: Whom) -> None:
    settings = loaded(tmp_path, INSTANCE + rule(target=f'"{text}"'))
    assert sync_rules(settings.sync, settings.tokens)[0].whom == whom


def test_a_rule_is_renewed_at_once_when_its_source_becomes_another(tmp_path: Path) -> None:
    prints = set()
    for account in ("a@p.iam.gserviceaccount.com", "b@p.iam.gserviceaccount.com"):
        text = rule(source='"as"') + f'[[sync.impersonate]]\nname = "as"\nservice_account = "{account}"\n'
        settings = loaded(tmp_path, INSTANCE + text)
        prints.add(sync_rules(settings.sync, settings.tokens)[0].source_print)
    assert len(prints) == 2


CLIENT = """
[[sync.client_credentials]]
name = "crm"
token_url = "https://crm.example.com/token"
client_id = "env:SECRET"
client_secret = "env:SECRET"
"""
STATIC = '[[sync.static]]\nname = "key"\nvalue = "env:SECRET"\n'


@pytest.mark.parametrize(
    ("text", "place", "fix"),
    [
        (rule(audience='"orders"'), "sync.rules[0].audience", "https URL"),
        (rule(audience='"http://orders.example.com"'), "sync.rules[0].audience", "https URL"),
        (rule(audience=""), "sync.rules[0].audience", "URL of the service"),
        (rule(margin="3600"), "longer than the token's life", "at most 1800"),
        (rule(margin="3400"), "cannot keep it", "shorter margin"),
        (rule(margin="0"), "sync.rules[0].margin", "above 0"),
        (rule(source='"metdata"'), "there is no token source 'metdata'", "metadata"),
        (rule(source='"lookgate"'), "no tokens of its own", "[tokens]"),
        (rule(source='"scheduler"'), "sync.audience", "sync.callers"),
        (rule(target='"grp:A"'), "sync.rules[0].target", "group:Analysts"),
        (rule(target='"group:"'), "sync.rules[0].target", "group:Analysts"),
        (rule(target='"user:ann"'), "no e-mail address", "user:ann@example.com"),
        (rule(target='"user_id:a/b"'), "no id of Looker's", "user_id:12"),
        (rule(attribute='"a b"'), "sync.rules[0].attribute", "full name"),
        (rule(attribute='"id:7"', extension='"p::a"'), "an id needs no extension", "full name"),
        (rule(attribute='"t"', extension='"p"'), "project::application", "full name"),
        (rule(canary='"http://orders.example.com/ok"'), "sync.rules[0].canary", "https"),
        (rule() + rule(name='"again"'), "another rule writes the same", "Remove one"),
        (rule(name='"x"') + rule(name='"x"', target='"group:A"'), "called 'x' too", "own name"),
        (rule(source='"key"') + STATIC, "told no audience", "Remove the line"),
        (rule(source='"key"', audience="", margin="60") + STATIC, "without an end", "Remove the line"),
        (rule() + STATIC + STATIC, "the name 'key' is taken", "name of its own"),
        (CLIENT.replace("https://crm", "http://crm"), "the secret must not go there", "https URL"),
        ('[sync]\naudience = "https://g.example.com/api"', "sync.callers", "both"),
        ("[sync]\nknown_updater_routes = true", "sync.audience", "sync.callers"),
        ('[sync]\nschedule = "* * * *"', "this has 4 fields", "five cron fields"),
        ('[sync]\nschedule = "61 * * * *"', "no cron schedule", "five cron fields"),
        ('[sync]\nschedule = "0 0 31 2 *"', "sync.schedule", "five cron fields"),
        ('[google]\nmetadata = "http://10.0.0.1"', "google.metadata", "https origin"),
        ('[google]\niam = "https://iam.example.com/v1"', "google.iam", "https origin"),
    ],
)
def test_each_mistake_is_told_with_its_place_and_its_fix(tmp_path: Path, text: str, place: str, fix: str) -> None:
    (mistake,) = mistakes(tmp_path, text)
    assert place in mistake
    assert fix in mistake
    assert "s3cret" not in mistake


def test_what_lies_in_looker_can_never_start_a_run(tmp_path: Path) -> None:
    trigger = f'[sync]\naudience = "{URL}"\ncallers = ["s@p.iam.gserviceaccount.com"]\n'
    (mistake,) = mistakes(tmp_path, trigger + rule())
    assert "what the scheduler's token is known by" in mistake


def test_the_metadata_server_is_refused_where_its_cache_would_leave_a_gap(tmp_path: Path) -> None:
    (mistake,) = mistakes(tmp_path, rule(source='"metadata"'))
    assert "in the last five minutes" in mistake
    assert 'source = "google"' in mistake
    (mistake,) = mistakes(tmp_path, "[sync]\nevery = 60\n" + rule(source='"metadata"', margin="600"))
    assert "cannot keep it" in mistake
    settings = loaded(tmp_path, INSTANCE + "[sync]\nevery = 60\n" + rule(source='"metadata"'))
    assert sync_rules(settings.sync, settings.tokens)[0].margin == 180


def test_tokens_too_short_for_the_cadence_are_refused(tmp_path: Path) -> None:
    tokens = '[tokens]\nissuer = "https://g.example.com"\n'
    (mistake,) = mistakes(tmp_path, tokens + rule(source='"lookgate"'))
    assert "its tokens live 300 s, too short for a run every 300 s" in mistake
    assert "sync.every = 60" in mistake


def test_rules_without_an_instance_are_refused(tmp_path: Path) -> None:
    with pytest.raises(SettingsError) as refused:
        loaded(tmp_path, FIVE)
    assert "no instance is set up" in refused.value.mistakes[0]


def test_all_mistakes_of_all_rules_are_told_at_once(tmp_path: Path) -> None:
    found = mistakes(tmp_path, rule(audience='"x"', target='"y"') + rule(attribute='"a b"', margin="9999"))
    assert len(found) == 4

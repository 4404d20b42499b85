from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from lookgate.errors import LookgateError, SettingsError
from lookgate.settings import Settings, load
from lookgate.settings.wanted_attributes import wanted_attributes

ENVIRON = {"ID": "i", "SECRET": "s", "KEY": "k"}
INSTANCE = (
    '[instance]\nbase_url = "https://l.example.com"\nclient_id = "env:ID"\nclient_secret = "env:SECRET"\n'
    '[[sync.static]]\nname = "legacy"\nvalue = "env:KEY"\n'
)
RULE = {"source": "google", "audience": "https://orders.example.com", "attribute": "orders_token", "target": "default"}


def settings(folder: Path, *rules: dict[str, Any], more: str = "") -> Settings:
    text = INSTANCE + more
    for rule in rules:
        kept = {name: value for name, value in (RULE | rule).items() if value}
        text += "\n[[sync.rules]]\n" + "".join(f"{name} = '{value}'\n" for name, value in kept.items())
    file = folder / "lookgate.toml"
    file.write_text(text)
    return load(file, ENVIRON)


def domains(folder: Path, *rules: dict[str, Any], url: str = "", more: str = "") -> dict[str, tuple[str, ...]]:
    return {str(one.attribute): one.domains for one in wanted_attributes(settings(folder, *rules, more=more), url)}


@pytest.mark.parametrize(
    ("rule", "expected"),
    [
        ({}, ("https://orders.example.com/*",)),
        ({"domain": "https://gate.example.com"}, ("https://gate.example.com/*",)),
        (
            {"audience": "x.apps.googleusercontent.com", "canary": "https://c.example.com/up?x=1"},
            ("https://c.example.com/*",),
        ),
        ({"audience": "x.apps.googleusercontent.com"}, ()),
        ({"source": "legacy", "audience": ""}, ()),
        ({"source": "legacy", "audience": "", "domain": "https://d.example.com"}, ("https://d.example.com/*",)),
        ({"audience": "https://f.example.com/run"}, ("https://f.example.com/run", "https://f.example.com/run/*")),
        ({"audience": "https://*.example.com"}, ()),
        ({"audience": "https://a.example.com/,https://b.example.com"}, ()),
    ],
)
def test_a_token_may_be_sent_to_its_service_only(
    tmp_path: Path, rule: dict[str, Any], expected: tuple[str, ...]
) -> None:
    assert domains(tmp_path, rule) == {"orders_token": expected}


def test_two_services_of_one_attribute_are_both_on_its_list_in_order(tmp_path: Path) -> None:
    other = {"audience": "https://archive.example.com", "target": "group:East"}
    assert domains(tmp_path, {}, other) == {
        "orders_token": ("https://archive.example.com/*", "https://orders.example.com/*")
    }


def test_one_unknown_service_leaves_the_whole_list_open_and_the_rule_is_named(tmp_path: Path) -> None:
    (one,) = wanted_attributes(settings(tmp_path, {}, {"source": "legacy", "audience": "", "target": "group:East"}))
    assert one.domains == ()
    assert "'orders_token for group:East'" in one.unknown


def test_an_extensions_attribute_has_its_scoped_name(tmp_path: Path) -> None:
    assert list(domains(tmp_path, {"extension": "my-project::app"})) == ["my_project_app_orders_token"]


def test_handles_may_be_sent_to_the_gateway_only(tmp_path: Path) -> None:
    tokens = "[tokens]\nissuer = 'https://gateway.example.com'\n"
    assert domains(tmp_path, more=tokens) == {"lookgate_handle": ("https://gateway.example.com/*",)}
    assert domains(tmp_path, more=tokens, url="https://g2.example.com") == {
        "lookgate_handle": ("https://g2.example.com/*",)
    }


def test_handles_are_wanted_once_the_gateways_url_is_known_or_the_settings_name_them(tmp_path: Path) -> None:
    assert domains(tmp_path) == {}
    (one,) = wanted_attributes(settings(tmp_path, more="[handle]\nattribute = 'my_handle'\n"))
    assert (str(one.attribute), one.domains) == ("my_handle", ())
    assert "--url" in one.unknown


def test_handles_and_a_rule_never_share_an_attribute(tmp_path: Path) -> None:
    with pytest.raises(LookgateError) as refused:
        domains(tmp_path, {"attribute": "lookgate_handle"}, url="https://g.example.com")
    assert refused.value.code == "attribute_shared"


@pytest.mark.parametrize(
    "domain", ["orders", "https://*.example.com", "http://orders.example.com", "https://a.io,b.io"]
)
def test_a_domain_that_is_no_url_of_a_service_is_refused_with_its_line(tmp_path: Path, domain: str) -> None:
    with pytest.raises(SettingsError, match=r"sync\.rules\[0\]\.domain: this is no|in the clear"):
        domains(tmp_path, {"domain": domain})

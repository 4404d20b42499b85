"""``[[oidc]]`` and what else says how callers prove who they are."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from contract.hostile_tokens import KID, key, key_for, public_jwk
from lookgate.errors import SettingsError
from lookgate.settings import Settings, load

ALL = json.dumps({"keys": [public_jwk(key_for(name), name) for name in ("RS256", "ES256", "EdDSA")]})
ENVIRON = {"JWKS": json.dumps({"keys": [public_jwk(key(), KID)]}), "ALL": ALL, "ID": "id", "SECRET": "secret"}
PROVIDER = """
[[oidc]]
name = "idp"
issuer = "{issuer}"
audiences = ["me"]
keys = "{keys}"
{more}
"""


def provider(more: str = "", *, issuer: str = "https://idp.example.com", keys: str = "discover") -> str:
    return PROVIDER.format(issuer=issuer, keys=keys, more=more)


def read(folder: Path, text: str) -> Settings:
    file = folder / "lookgate.toml"
    file.write_text(text)
    return load(file, ENVIRON)


def mistake(folder: Path, text: str) -> str:
    with pytest.raises(SettingsError) as refused:
        read(folder, text)
    (found,) = refused.value.mistakes
    assert " Fix: " in found
    return found


def test_keys_are_discovered_when_the_settings_say_so(tmp_path: Path) -> None:
    (one,) = read(tmp_path, provider('keys_host = "keys.example.com:8443"\nprivate_network = true')).oidc
    assert one.keys.discovered
    assert (one.keys_host, one.private_network) == ("keys.example.com:8443", True)
    assert one.algorithms == frozenset({"RS256"})
    (one,) = read(tmp_path, provider(keys="env:JWKS")).oidc
    assert not one.keys.discovered


@pytest.mark.parametrize("issuer", ["https://idp.example.com", "https://idp.example.com:8443/realms/a/", "google"])
def test_an_issuer_is_asked_under_any_plain_https_url(tmp_path: Path, issuer: str) -> None:
    more = 'emails = ["a@b.example"]' if issuer == "google" else ""
    assert read(tmp_path, provider(more, issuer=issuer)).oidc[0].issuer == issuer


@pytest.mark.parametrize("names", ['["ES256"]', '["EdDSA"]', '["RS256", "ES256", "EdDSA"]'])
def test_algorithms_are_named_and_the_key_set_of_a_file_must_have_keys_for_them(tmp_path: Path, names: str) -> None:
    (one,) = read(tmp_path, provider(f"algorithms = {names}", keys="env:ALL")).oidc
    assert one.algorithms == set(json.loads(names))
    if "ES256" in names:
        found = mistake(tmp_path, provider(f"algorithms = {names}", keys="env:JWKS"))
        assert "lookgate.toml:7: oidc[0].algorithms: the key set has no key for ES256" in found


@pytest.mark.parametrize(
    ("text", "words"),
    [
        (provider(keys="Discover"), "lookgate.toml:6: oidc[0].keys: the value itself stands here"),
        (provider(keys=""), "lookgate.toml:6: oidc[0].keys"),
        (provider(issuer="http://idp.example.com"), "lookgate.toml:4: oidc[0].issuer: this is neither a preset"),
        (provider(issuer="https://IDP.example.com"), "oidc[0].issuer: nothing can be discovered from this URL"),
        (provider(issuer="https://idp.example.com?a=b"), "oidc[0].issuer: nothing can be discovered from this URL"),
        (provider(issuer="https://user@idp.example.com"), "oidc[0].issuer: nothing can be discovered from this URL"),
        (provider(issuer="https://idp.example.com/a/../b"), "oidc[0].issuer: nothing can be discovered from this URL"),
        (provider('keys_host = "https://keys.example.com"'), "lookgate.toml:7: oidc[0].keys_host: this is not a host"),
        (provider('keys_host = "*.example.com"'), "oidc[0].keys_host: this is not a host"),
        (provider('keys_host = "keys.example.com/x"'), "oidc[0].keys_host: this is not a host"),
        (provider('keys_host = "Keys.example.com"'), "oidc[0].keys_host: this is not a host"),
        (
            provider('emails = ["a@b.example"]\nkeys_host = "www.googleapis.com"', issuer="google"),
            "lookgate.toml:8: oidc[0].keys_host: the preset knows",
        ),
        (
            provider('emails = ["a@b.example"]\nalgorithms = ["ES256"]', issuer="google"),
            "lookgate.toml:8: oidc[0].algorithms: Google signs with RS256 only",
        ),
        (
            provider('keys_host = "keys.example.com"', keys="env:JWKS"),
            "oidc[0].keys_host: this is for keys that the issuer is asked for",
        ),
        (
            provider("private_network = true", keys="env:JWKS"),
            "oidc[0].private_network: this is for keys that the issuer is asked for",
        ),
        (provider("algorithms = []"), "lookgate.toml:7: oidc[0].algorithms"),
        (provider('algorithms = ["HS256"]'), "lookgate.toml:7: oidc[0].algorithms"),
        (provider('algorithms = ["none"]'), "lookgate.toml:7: oidc[0].algorithms"),
        (provider('algorithms = "RS256"'), "lookgate.toml:7: oidc[0].algorithms"),
        (provider().replace('"idp"', '"looker_token"'), "oidc[0].name: the name 'looker_token' is taken"),
        (provider().replace('"idp"', '"claim"'), "oidc[0].name: the name 'claim' is taken"),
        ('[web]\nserverless = "yes"', "lookgate.toml:2: web.serverless"),
        ("[instance]\naccept_api_tokens = 1", "lookgate.toml:2: instance.accept_api_tokens"),
    ],
)
def test_a_mistake_about_how_callers_prove_themselves_says_where_and_how_to_mend_it(
    tmp_path: Path, text: str, words: str
) -> None:
    assert words in mistake(tmp_path, text)


def test_looker_tokens_need_an_instance(tmp_path: Path) -> None:
    with pytest.raises(SettingsError) as refused:
        read(tmp_path, "[instance]\naccept_api_tokens = true")
    assert any("instance.base_url: this is missing" in one for one in refused.value.mistakes)


def test_by_default_looker_tokens_are_off_and_no_platform_stands_in_front(tmp_path: Path) -> None:
    settings = read(tmp_path, "")
    assert (settings.instance.accept_api_tokens, settings.web.serverless) == (False, False)


def test_two_providers_of_one_issuer_have_audiences_of_their_own(tmp_path: Path) -> None:
    other = provider().replace('"idp"', '"idp2"')
    assert len(read(tmp_path, provider() + other.replace('["me"]', '["you", "her"]')).oidc) == 2
    with pytest.raises(SettingsError) as refused:
        read(tmp_path, provider() + other.replace('["me"]', '["you", "me"]'))
    places = [one.partition(": another provider of this issuer")[0] for one in refused.value.mistakes]
    assert places == ["lookgate.toml:5: oidc[0].audiences", "lookgate.toml:12: oidc[1].audiences"]

from __future__ import annotations

import pytest
import requests

from local_looker import Looker, served_looker


def test_the_allow_list_is_the_cors_allow_list(looker: Looker) -> None:
    del looker
    with served_looker() as served:
        change = {"embed_config": {"domain_allowlist": ["https://app.example"]}}
        assert served.call("Ada", "PATCH", "/setting", change).status == 200

        def allowed(origin: str) -> str | None:
            url = f"{served.instance.base_url}/api/4.0/user"
            return requests.options(url, headers={"origin": origin}, timeout=10).headers.get(
                "access-control-allow-origin"
            )

        assert allowed("https://app.example") == "https://app.example"
        assert allowed("https://app.example.evil.example") is None


def test_settings_are_kept_and_the_rest_stays(looker: Looker) -> None:
    answer = looker.call("Ada", "PATCH", "/setting", {"extension_framework_enabled": False})
    assert answer.value["extension_framework_enabled"] is False
    assert looker.get("Ada", "/setting")["timezone"] == "UTC"
    assert looker.get("Ada", "/setting", fields="embed_config(domain_allowlist)") == {
        "embed_config": {"domain_allowlist": []}
    }


def test_only_admins_change_settings_and_see_all_of_them(looker: Looker) -> None:
    assert looker.call("Eve", "PATCH", "/setting", {"timezone": "UTC"}).status == 403
    assert "embed_config" not in looker.get("Eve", "/setting")
    assert looker.get("Eve", "/setting")["extension_framework_enabled"] is True


@pytest.mark.parametrize(
    "change",
    [
        {"timezone": "Mars/Olympus"},
        {"embed_config": {"domain_allowlist": "https://app.example"}},
        {"embed_config": {"domain_allowlist": ["javascript:alert(1)"]}},
        {"embed_config": {"domain_allowlist": ["https://app.example/path"]}},
        {"embed_config": []},
        {"extension_framework_enabled": "yes"},
        {"host_url": "https://elsewhere.example"},
    ],
)
def test_a_setting_that_does_not_fit_is_a_422_and_changes_nothing(looker: Looker, change: dict[str, object]) -> None:
    before = looker.get("Ada", "/setting")
    assert looker.call("Ada", "PATCH", "/setting", change).status == 422
    assert looker.get("Ada", "/setting") == before


def test_accepted_terms_cannot_be_declined(looker: Looker) -> None:
    assert looker.call("Ada", "PATCH", "/setting", {"marketplace_terms_accepted": True}).status == 200
    assert looker.call("Ada", "PATCH", "/setting", {"marketplace_terms_accepted": False}).status == 422


def test_versions_need_no_token(looker: Looker) -> None:
    shape = looker.get(None, "/versions")
    assert shape["looker_release_version"] == "25.20.0"
    assert [version["version"] for version in shape["supported_versions"]] == ["4.0"]
    assert looker.call(None, "GET", "/timezones").status == 401


def test_time_zones_and_locales_are_listed(looker: Looker) -> None:
    assert {"value": "Europe/Berlin", "label": "Europe/Berlin", "group": "Europe"} in looker.get("Eve", "/timezones")
    assert "en" in [locale["code"] for locale in looker.get("Eve", "/locales")]


def test_digest_mails_are_switched_by_admins(looker: Looker) -> None:
    assert looker.call("Ada", "PATCH", "/digest_emails_enabled", {"is_enabled": True}).value == {"is_enabled": True}
    assert looker.get("Ada", "/digest_emails_enabled") == {"is_enabled": True}
    assert looker.call("Eve", "GET", "/digest_emails_enabled").status == 403
    assert looker.call("Ada", "PATCH", "/digest_emails_enabled", {"is_enabled": "x"}).status == 422

"""``/setting``: the instance's settings. ``embed_config.domain_allowlist`` is the CORS allow-list of the API."""

from __future__ import annotations

import re
import zoneinfo
from typing import Any

from lookgate.emulator.api.body import UNSET, Body, Unset, read
from lookgate.emulator.api.patch import given
from lookgate.emulator.api.route import Call, Operations, invalid
from lookgate.emulator.instance import Instance

operations = Operations()

_DOMAIN = re.compile(
    r"(?:https?://)?(?:\*\.)?(?:[A-Za-z0-9](?:[A-Za-z0-9-]{0,61}[A-Za-z0-9])?\.)*[A-Za-z0-9-]{1,63}(?::[0-9]{1,5})?/?\Z"
)


class _EmbedConfig(Body, frozen=True):
    domain_allowlist: list[str] | Unset = UNSET
    alert_url_allowlist: list[str] | Unset = UNSET
    alert_url_param_owner: str | Unset | None = UNSET
    alert_url_label: str | Unset | None = UNSET
    sso_auth_enabled: bool | Unset = UNSET
    embed_cookieless_v2: bool | Unset = UNSET
    embed_content_navigation: bool | Unset = UNSET
    embed_content_management: bool | Unset = UNSET
    strict_sameorigin_for_login: bool | Unset = UNSET
    look_filters: bool | Unset = UNSET
    hide_look_navigation: bool | Unset = UNSET


class _Setting(Body, frozen=True):
    extension_framework_enabled: bool | Unset = UNSET
    extension_load_url_enabled: bool | Unset = UNSET
    marketplace_auto_install_enabled: bool | Unset = UNSET
    marketplace_enabled: bool | Unset = UNSET
    marketplace_terms_accepted: bool | Unset = UNSET
    onboarding_enabled: bool | Unset = UNSET
    timezone: str | Unset = UNSET
    allow_user_timezones: bool | Unset = UNSET
    data_connector_default_enabled: bool | Unset = UNSET
    host_url: str | Unset = UNSET
    email_domain_allowlist: list[str] | Unset = UNSET
    embed_cookieless_v2: bool | Unset = UNSET
    embed_config: _EmbedConfig | Unset = UNSET
    dashboard_auto_refresh_restriction: bool | Unset = UNSET
    dashboard_auto_refresh_minimum_interval: str | Unset | None = UNSET
    revoke_certification_on_edits: bool | Unset = UNSET
    is_content_certification_enabled: bool | Unset = UNSET
    auto_certify_lookml_content: bool | Unset = UNSET


@operations("get_setting", "GET", "/setting")
def get_setting(call: Call) -> Any:
    """Return the settings; others than admins see only what pages need."""
    settings = current(call.instance)
    if not call.is_admin:
        seen = ("extension_framework_enabled", "timezone", "allow_user_timezones", "host_url", "embed_enabled")
        settings = {name: settings[name] for name in seen}
    return call.fields(settings)


@operations("set_setting", "PATCH", "/setting")
def set_setting(call: Call) -> Any:
    """Change settings."""
    call.need_admin()
    changes = given(read(call, _Setting))
    embed = given(changes.pop("embed_config")) if "embed_config" in changes else {}
    if changes.get("embed_cookieless_v2") is not None and "embed_cookieless_v2" not in embed:
        embed["embed_cookieless_v2"] = changes["embed_cookieless_v2"]
    _check(call.instance, changes, embed)
    shelf = call.instance.shelf("setting")
    shelf.update(changes)
    shelf["embed_config"] = shelf.get("embed_config", {}) | embed
    return call.fields(current(call.instance))


def allowed_origins(instance: Instance) -> list[str]:
    """Return the embed domain allow-list: whose pages may call the API from a browser."""
    domains: list[str] = current(instance)["embed_config"]["domain_allowlist"]
    return domains


def allow_origin(instance: Instance, origin: str) -> None:
    """Add an origin to the embed domain allow-list.

    Raises:
        ApiError: 422 when it is none.
    """
    _check(instance, {}, {"domain_allowlist": [origin]})
    allowed = allowed_origins(instance)
    if origin not in allowed:
        shelf = instance.shelf("setting")
        shelf["embed_config"] = shelf.get("embed_config", {}) | {"domain_allowlist": [*allowed, origin]}


def current(instance: Instance) -> dict[str, Any]:
    """Return the settings in force: Looker's defaults, changed by what was set."""
    shelf = instance.shelf("setting")
    embed = _EMBED_DEFAULTS | shelf.get("embed_config", {})
    settings = _DEFAULTS | {"host_url": instance.base_url} | shelf
    return settings | {"embed_config": embed, "embed_cookieless_v2": embed["embed_cookieless_v2"]}


_EMBED_DEFAULTS: dict[str, Any] = {
    "domain_allowlist": [],
    "alert_url_allowlist": [],
    "alert_url_param_owner": None,
    "alert_url_label": None,
    "sso_auth_enabled": True,
    "embed_cookieless_v2": True,
    "embed_content_navigation": False,
    "embed_content_management": False,
    "strict_sameorigin_for_login": True,
    "look_filters": False,
    "hide_look_navigation": False,
    "embed_enabled": True,
}
_DEFAULTS: dict[str, Any] = {
    "extension_framework_enabled": True,
    "extension_load_url_enabled": False,
    "marketplace_auto_install_enabled": False,
    "marketplace_enabled": False,
    "marketplace_site": "",
    "marketplace_terms_accepted": False,
    "onboarding_enabled": False,
    "timezone": "UTC",
    "allow_user_timezones": False,
    "data_connector_default_enabled": True,
    "email_domain_allowlist": [],
    "embed_enabled": True,
    "dashboard_auto_refresh_restriction": False,
    "dashboard_auto_refresh_minimum_interval": None,
    "revoke_certification_on_edits": False,
    "is_content_certification_enabled": False,
    "auto_certify_lookml_content": False,
}


def _check(instance: Instance, changes: dict[str, Any], embed: dict[str, Any]) -> None:
    if changes.get("timezone", "UTC") not in zoneinfo.available_timezones():
        raise invalid("timezone", "invalid", "timezone must be an IANA name, such as Europe/Berlin.")
    if changes.get("host_url", instance.base_url) != instance.base_url:
        raise invalid("host_url", "invalid", f"The local Looker's address is {instance.base_url} and stays so.")
    accepted = current(instance)["marketplace_terms_accepted"]
    if accepted and changes.get("marketplace_terms_accepted") is False:
        raise invalid("marketplace_terms_accepted", "invalid", "Accepted terms cannot be declined.")
    for domain in embed.get("domain_allowlist", []):
        if not _DOMAIN.match(domain):
            raise invalid("embed_config.domain_allowlist", "invalid", f"{domain!r} is not a domain or an origin.")

"""``/versions``, the lists of locales and time zones, and other small facts about the instance."""

from __future__ import annotations

import zoneinfo
from typing import Any

from lookgate.emulator.api.body import Body, read
from lookgate.emulator.api.route import Call, Operations

operations = Operations()

_LOCALES = (
    ("cs_CZ", "Čeština", "Czech"),
    ("de_DE", "Deutsch", "German"),
    ("en", "English", "English"),
    ("es_ES", "Español", "Spanish"),
    ("fr_FR", "Français", "French"),
    ("it_IT", "Italiano", "Italian"),
    ("ja_JP", "日本語", "Japanese"),
    ("ko_KR", "한국어", "Korean"),
    ("nl_NL", "Nederlands", "Dutch"),
    ("pl_PL", "Polski", "Polish"),
    ("pt_BR", "Português (Brasil)", "Portuguese (Brazil)"),
    ("sv_SE", "Svenska", "Swedish"),
    ("tr_TR", "Türkçe", "Turkish"),
    ("zh_CN", "中文", "Chinese"),
)


class _Digest(Body, frozen=True):
    is_enabled: bool


@operations("versions", "GET", "/versions", public=True)
def versions(call: Call) -> Any:
    """Say which release and API versions answer."""
    server = call.instance.base_url
    current = {"version": "4.0", "full_version": f"4.0.{call.instance.version}", "status": "current"}
    current["swagger_url"] = f"{server}/api/4.0/swagger.json"
    shape = {
        "looker_release_version": call.instance.version,
        "current_version": current,
        "supported_versions": [current],
        "api_server_url": server,
        "web_server_url": server,
    }
    return call.fields(shape)


@operations("all_timezones", "GET", "/timezones")
def all_timezones(call: Call) -> Any:
    """List the IANA zones this machine knows."""
    del call
    names = sorted(name for name in zoneinfo.available_timezones() if "/" in name or name == "UTC")
    return [{"value": name, "label": name.replace("_", " "), "group": name.partition("/")[0]} for name in names]


@operations("all_locales", "GET", "/locales")
def all_locales(call: Call) -> Any:
    """List the languages of Looker's pages."""
    del call
    return [{"code": code, "native_name": native, "english_name": english} for code, native, english in _LOCALES]


@operations("digest_emails_enabled", "GET", "/digest_emails_enabled")
def digest_emails_enabled(call: Call) -> Any:
    """Say whether digest mails are switched on."""
    call.need_admin()
    return {"is_enabled": call.instance.shelf("digest").get("is_enabled", False)}


@operations("update_digest_emails_enabled", "PATCH", "/digest_emails_enabled")
def update_digest_emails_enabled(call: Call) -> Any:
    """Switch digest mails on or off; the local Looker sends none."""
    call.need_admin()
    call.instance.shelf("digest")["is_enabled"] = read(call, _Digest).is_enabled
    return {"is_enabled": call.instance.shelf("digest")["is_enabled"]}

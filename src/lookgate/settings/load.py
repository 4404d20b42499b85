"""From a file and an environment to ``Settings``."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from lookgate.errors import SettingsError
from lookgate.settings import claims as claim_rules
from lookgate.settings import mistakes as place
from lookgate.settings import rules
from lookgate.settings.mistakes import Mistakes
from lookgate.settings.model import Settings
from lookgate.settings.providers import check_oidc
from lookgate.settings.read import read
from lookgate.settings.reference import KeySet, References, StandingSecret
from lookgate.settings.sync import Google, Sync
from lookgate.settings.tokens import check_tokens
from lookgate.verify.jwks import parse

_VARIABLES: Mapping[tuple[str, str], str] = {
    ("instance", "base_url"): "LOOKERSDK_BASE_URL",
    ("instance", "client_id"): "LOOKERSDK_CLIENT_ID",
    ("instance", "client_secret"): "LOOKERSDK_CLIENT_SECRET",
    ("instance", "verify_ssl"): "LOOKERSDK_VERIFY_SSL",
    ("instance", "timeout"): "LOOKERSDK_TIMEOUT",
    ("web", "port"): "PORT",
    ("sync", "behind_iam"): "LOOKGATE_SYNC_BEHIND_IAM",
}
"""Variables that fill what the file leaves out: those of Looker's SDKs, what serverless platforms give, and what is so
in one deployment only."""

_SECRETS = {"client_id", "client_secret"}


def load(path: Path | None, environ: Mapping[str, str]) -> Settings:
    """Read the settings.

    Args:
        path: lookgate.toml, or None to take everything from the environment.
        environ: the environment variables.

    Raises:
        SettingsError: with every mistake, each with its line and its fix.
    """
    text, source = _text(path)
    table = _parse(text, source)
    variables = _fill(table, environ)
    folder = path.resolve().parent if path is not None else Path.cwd()
    references = References(folder, environ)
    mistakes = Mistakes(source, text, variables)

    def hook(kind: type, value: Any) -> Any:
        if kind is KeySet:
            found = references.key_set(value)
            if not found.discovered:
                parse(found.text)
            return found
        if kind is StandingSecret:
            return references.standing(value)
        return references.path(value) if issubclass(kind, Path) else references.secret(value)

    settings = read(Settings, table, (), mistakes, hook)
    if settings is not None:
        rules.check_web(settings.web, mistakes)
        rules.check_instance(settings.instance, mistakes)
        rules.check_handle(settings.handle, mistakes, has_claims=settings.claims.configured)
        rules.check_store(settings.store, mistakes, has_path="path" in _table(table, "store"))
        rules.check_api_keys(settings.api_keys, mistakes)
        check_oidc(settings.oidc, mistakes)
        claim_rules.check_keys(settings.keys, mistakes)
        claim_rules.check_claims(settings.claims, mistakes, has_instance=settings.instance.configured)
        check_tokens(
            settings.tokens,
            mistakes,
            problem=rules.origin_problem(settings.tokens.issuer),
            has_instance=settings.instance.configured,
        )
        if settings.sync != Sync() or settings.google != Google():
            from lookgate.settings.sync_environ import (  # noqa: PLC0415 - only what is set up is imported
                check_surroundings,
            )
            from lookgate.settings.sync_rules import check_sync  # noqa: PLC0415 - likewise

            has_instance = settings.instance.configured
            check_sync(settings.sync, settings.google, settings.tokens, mistakes, has_instance=has_instance)
            check_surroundings(settings.sync, settings.instance.base_url, environ, mistakes)
    if settings is None or mistakes.found:
        raise SettingsError(mistakes.found)
    return settings


def _text(path: Path | None) -> tuple[str, str]:
    if path is None:
        return "", ""
    try:
        return path.read_text(encoding="utf-8"), path.name
    except OSError as error:
        fix = "Create it, or name another with --settings."
        raise SettingsError([f"{path}: the file cannot be read: {error.strerror}. Fix: {fix}"]) from error
    except UnicodeDecodeError as error:
        raise SettingsError([f"{path}: the file is not UTF-8 text. Fix: Save it as UTF-8."]) from error


def _parse(text: str, source: str) -> dict[str, Any]:
    try:
        return tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        match = re.search(r"^(.*?) \(at line (\d+), column (\d+)\)$", str(error), re.DOTALL)
        problem, line = (match[1], match[2]) if match else (str(error).partition(" (at ")[0], len(text.splitlines()))
        raise SettingsError([f"{source}:{line}: this is not TOML: {problem}. Fix: Mend the line."]) from error
    except RecursionError as error:
        raise SettingsError([f"{source}:1: lists or tables are nested too deeply. Fix: Flatten them."]) from error


def _table(table: dict[str, Any], name: str) -> dict[str, Any]:
    value = table.get(name)
    return value if isinstance(value, dict) else {}


def _fill(table: dict[str, Any], environ: Mapping[str, str]) -> dict[place.Path, str]:
    """Put the environment's values where the file has none; return which ones."""
    used: dict[place.Path, str] = {}
    for (section, key), variable in _VARIABLES.items():
        values = table.get(section, {})
        if environ.get(variable) and isinstance(values, dict) and key not in values:
            value = environ[variable]
            # A secret stays a reference until the end, so that it is never in a plain table.
            values[key] = f"env:{variable}" if key in _SECRETS else value.rstrip("/") if key == "base_url" else value
            table[section] = values
            used[section, key] = variable
    web = table.setdefault("web", {})
    if isinstance(web, dict) and "host" not in web and (found := _host(_table(table, "sync"), environ)):
        web["host"], used["web", "host"] = found
    return used


def _host(sync: dict[str, Any], environ: Mapping[str, str]) -> tuple[str, str] | None:
    """Return the address that the surroundings ask for, and the variable that says so.

    ``HOST`` is the known updater's; shells set it to other ends, so it counts for its routes only. On Cloud Run, which
    sets ``K_SERVICE``, a container that listens on its loopback answers nobody.
    """
    if sync.get("known_updater_routes") is True and environ.get("HOST"):
        return environ["HOST"], "HOST"
    return ("0.0.0.0", "K_SERVICE") if environ.get("K_SERVICE") else None  # noqa: S104 - Cloud Run stands before it

"""Rules over ``[sync]``: what no single setting can say, all of it noted at once, and the sync rules made of it."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Mapping
from urllib.parse import urlsplit

from lookgate.net.address import is_loopback, same_host
from lookgate.settings.mistakes import Mistakes, Path
from lookgate.settings.sync import Google, Sync, SyncRule
from lookgate.settings.tokens import Tokens
from lookgate.sync.margin import SLACK, default_margin, fits, lead
from lookgate.sync.rule import Rule, read_attribute, read_whom

GOOGLE_LIFE = 3600
"""Seconds that Google's ID tokens live."""
METADATA_FRESH = 300
"""Seconds before its end from which on the metadata server gives another token than the one it gave before.

Documented for access tokens ("cached until they have five minutes of remaining time"), assumed for ID tokens.
"""
BUILT_IN = frozenset({"google", "metadata", "scheduler", "lookgate"})
"""Sources that need no description; ``google`` is the IAM Credentials API for the gateway's own service account."""
_METADATA = Google().metadata
_LONGEST_WAIT = 3600
"""``sync.every`` at most."""


def sync_rules(sync: Sync, tokens: Tokens) -> tuple[Rule, ...]:
    """Return the rules of settings that ``check_sync`` found nothing wrong with."""
    prints = {name: _print(parts) for name, parts in _sources(sync, tokens).items()}
    return tuple(_rule(rule, sync, tokens, prints[rule.source]) for rule in sync.rules)


def lives(sync: Sync, tokens: Tokens) -> Mapping[str, int]:
    """Return how many seconds the tokens of each source live; 0 for a secret that has no end."""
    known = {"google": GOOGLE_LIFE, "metadata": GOOGLE_LIFE, "scheduler": GOOGLE_LIFE, "lookgate": tokens.lifetime}
    known |= {source.name: GOOGLE_LIFE for source in sync.impersonate}
    known |= {source.name: source.lifetime for source in sync.client_credentials}
    return known | {source.name: 0 for source in sync.static}


def check_sync(sync: Sync, google: Google, tokens: Tokens, mistakes: Mistakes, *, has_instance: bool) -> None:
    """Every rule names a source that exists, an audience that is one, a margin that its tokens can keep."""
    _check_google(google, mistakes)
    _check_sources(sync, mistakes)
    _check_trigger(sync, mistakes)
    if sync.writes and not has_instance:
        mistakes.add(("sync",), "attributes are Looker's, and no instance is set up", "Add [instance].")
    known = lives(sync, tokens)
    places: set[tuple[str, str, str]] = set()
    names: set[str] = set()
    for place, rule in enumerate(sync.rules):
        at: Path = ("sync", "rules", place)
        _check_names(rule, at, mistakes)
        written = (rule.attribute, rule.extension, rule.target)
        if written in places:
            mistakes.add((*at, "target"), "another rule writes the same attribute for the same target", "Remove one.")
        elif rule_name(rule) in names:
            mistakes.add(
                (*at, "name"), f"another rule is called '{rule_name(rule)}' too", "Give every rule its own name."
            )
        places.add(written)
        names.add(rule_name(rule))
        if rule.source not in known:
            fix = f"Write one of: {', '.join(sorted(known))}."
            mistakes.add((*at, "source"), f"there is no token source '{rule.source}'", fix)
            if rule.audience:
                _check_audience(rule, at, sync, mistakes)
            continue
        if rule.source == "lookgate" and not tokens.configured:
            mistakes.add((*at, "source"), "the gateway makes no tokens of its own yet", "Add [tokens].")
        _check_audience(rule, at, sync, mistakes)
        _check_margin(rule, at, known[rule.source], sync.every, mistakes)


def _check_names(rule: SyncRule, at: Path, mistakes: Mistakes) -> None:
    try:
        read_attribute(rule.attribute, rule.extension)
    except ValueError as error:
        fix = "Write the attribute's full name, or 'id:42'; or its short name, and extension = 'project::application'."
        mistakes.add((*at, "attribute"), str(error), fix)
    try:
        read_whom(rule.target)
    except ValueError as error:
        fix = "Write 'default', 'group:Analysts', 'user:ann@example.com', 'user_id:12' or 'members:Analysts'."
        mistakes.add((*at, "target"), str(error), fix)
    if rule.canary and urlsplit(rule.canary).scheme != "https" and not _local(rule.canary):
        mistakes.add((*at, "canary"), "the token would be sent in the clear", "Write an https URL.")
    if rule.domain:
        from lookgate.looker.allow_list import entries_for  # noqa: PLC0415 - hardly any rule needs it

        try:
            entries_for(rule.domain)
        except ValueError as error:
            fix = "Write the service's https URL without a pattern, such as 'https://orders.example.com'."
            mistakes.add((*at, "domain"), str(error), fix)


def _check_audience(rule: SyncRule, at: Path, sync: Sync, mistakes: Mistakes) -> None:
    needs_none = any(rule.source == source.name for source in sync.static) or any(
        rule.source == source.name and not source.audience_parameter for source in sync.client_credentials
    )
    if needs_none:
        if rule.audience:
            mistakes.add((*at, "audience"), "this source is told no audience", "Remove the line.")
    elif not rule.audience:
        fix = "Write the URL of the service that the token is for, such as 'https://orders-abc.a.run.app'."
        mistakes.add((*at, "audience"), "this is missing", fix)
    elif not _is_audience(rule.audience):
        fix = "Write the service's https URL, such as 'https://orders-abc.a.run.app', or the client id of its proxy."
        mistakes.add((*at, "audience"), "this is no URL of a service", fix)
    elif rule.audience == sync.audience:
        # It lies in Looker, and any user of the extension can have it sent: it must not be able to start a run.
        fix = "Give the scheduler's token an audience of its own, such as '<the gateway>/api/sync-attributes'."
        mistakes.add((*at, "audience"), "this is what the scheduler's token is known by", fix)


def _check_margin(rule: SyncRule, at: Path, life: int, every: int, mistakes: Mistakes) -> None:
    if not life:
        if rule.margin is not None:
            mistakes.add((*at, "margin"), "a secret without an end is not renewed before it", "Remove the line.")
        return
    best = longest_margin(rule.source, life, every)
    if not best and rule.source == "metadata":
        fix = 'Write source = "google", which makes a fresh one at any time, or run more often: sync.every = 60.'
        mistakes.add((*at, "source"), "it gives a new token only in the last five minutes of the old one", fix)
    elif not best:
        fix = f"Run more often: sync.every = {max(10, life // 5)}."
        mistakes.add((*at, "source"), f"its tokens live {life} s, too short for a run every {every} s", fix)
    elif rule.margin is not None and rule.margin >= life:
        mistakes.add(
            (*at, "margin"), f"the margin is longer than the token's life of {life} s", f"Write at most {best:g}."
        )
    elif rule.margin is not None and not _keeps(rule.source, life, rule.margin, every):
        fix = f"Write a shorter margin, such as {best:g}, or run more often than every {every} s."
        mistakes.add((*at, "margin"), f"a token that lives {life} s cannot keep it with a run every {every} s", fix)


def longest_margin(source: str, life: float, every: float) -> float:
    """Return the margin that a rule has which names none, in seconds; 0 when the source's tokens can keep none."""
    if source == "metadata":
        return max(0.0, (METADATA_FRESH / every - 1 - SLACK) // 1 * every)
    return default_margin(life, every)


def _keeps(source: str, life: float, margin: float, every: float) -> bool:
    if source == "metadata" and lead(margin, every) > METADATA_FRESH:
        return False
    return fits(life, margin, every)


def _check_sources(sync: Sync, mistakes: Mistakes) -> None:
    kinds: Mapping[str, Iterable[str]] = {
        "impersonate": (source.name for source in sync.impersonate),
        "client_credentials": (source.name for source in sync.client_credentials),
        "static": (source.name for source in sync.static),
    }
    taken = set(BUILT_IN)
    for kind, names in kinds.items():
        for place, name in enumerate(names):
            if name in taken:
                fix = "Give every source a name of its own."
                mistakes.add(("sync", kind, place, "name"), f"the name '{name}' is taken", fix)
            taken.add(name)
    for place, source in enumerate(sync.client_credentials):
        parts = urlsplit(source.token_url)
        if parts.fragment or not parts.hostname or (parts.scheme != "https" and not _local(source.token_url)):
            fix = "Write the provider's token endpoint, an https URL."
            mistakes.add(("sync", "client_credentials", place, "token_url"), "the secret must not go there", fix)


def _check_trigger(sync: Sync, mistakes: Mistakes) -> None:
    at: Path = ("sync",)
    if bool(sync.audience) != bool(sync.callers):
        missing = "callers" if sync.audience else "audience"
        fix = "Write both the audience and the callers of the scheduler's token, or neither."
        mistakes.add((*at, missing), "this is missing", fix)
    waits = any(rule.source == "scheduler" for rule in sync.rules)
    if not sync.audience and (waits or sync.known_updater_routes):
        mistakes.add((*at, "audience"), "the scheduler's token is not known", "Write sync.audience and sync.callers.")
    for audience in sorted(sync.known_updater_audiences):
        if same_host(audience, sync.audience) or audience == sync.audience or not _is_audience(audience):
            fix = "Write the services' https URLs, and neither the audience that starts runs nor the gateway's own URL."
            mistakes.add((*at, "known_updater_audiences"), "one of these is no service's", fix)
    if sync.known_updater_audiences and not sync.known_updater_routes:
        fix = "Write known_updater_routes = true, or remove the line."
        mistakes.add((*at, "known_updater_audiences"), "nothing asks for it", fix)
    if sync.schedule:
        from lookgate.sync.cron import longest_wait, read_cron  # noqa: PLC0415 - only for those who write one

        try:
            wait = longest_wait(read_cron(sync.schedule))
        except ValueError as error:
            fix = "Write five cron fields, such as '*/5 * * * *'."
            mistakes.add((*at, "schedule"), str(error), fix)
        else:
            if wait > sync.every:
                fix = (
                    f"Write every = {wait:g}." if wait <= _LONGEST_WAIT else "Write one that comes every hour at least."
                )
                problem = f"it leaves {wait:g} s between two runs, and margins are kept for one every {sync.every} s"
                mistakes.add((*at, "schedule"), problem, fix)


def _check_google(google: Google, mistakes: Mistakes) -> None:
    for name, url in (("metadata", google.metadata), ("iam", google.iam)):
        parts = urlsplit(url)
        plain = name == "metadata" and url == _METADATA
        if (
            not parts.hostname
            or parts.path
            or parts.query
            or (parts.scheme != "https" and not plain and not _local(url))
        ):
            fix = "Remove the line, or write an https origin; http:// is for this machine only."
            mistakes.add(("google", name), "this is not where Google is", fix)


def _local(url: str) -> bool:
    parts = urlsplit(url)
    return parts.scheme == "http" and is_loopback(parts.hostname or "")


def _is_audience(text: str) -> bool:
    """Whether Cloud Run (its URL or a custom audience) or the Identity-Aware Proxy (its client id) could be meant."""
    parts = urlsplit(text)
    if text.endswith(".apps.googleusercontent.com") and not parts.scheme:
        return text.isascii() and " " not in text
    return (
        bool(parts.hostname) and (parts.scheme == "https" or _local(text)) and not parts.fragment and text.isprintable()
    )


def rule_name(rule: SyncRule) -> str:
    """Return what a rule is called: as it was written, or built from the attribute and the target."""
    return rule.name or f"{rule.attribute} for {rule.target}"


def service_url(rule: SyncRule) -> str:
    """Return where a rule's token may be sent: its domain, else its audience, else its canary; empty if unknown."""
    from lookgate.looker.allow_list import entries_for  # noqa: PLC0415 - not without rules

    for text in (rule.domain, rule.audience, "/".join(rule.canary.split("/")[:3])):
        if not text:
            continue
        try:
            entries_for(text)
        except ValueError:
            continue
        return text
    return ""


def _rule(rule: SyncRule, sync: Sync, tokens: Tokens, source_print: str) -> Rule:
    life = lives(sync, tokens)[rule.source]
    return Rule(
        name=rule_name(rule),
        source=rule.source,
        source_print=source_print,
        audience=rule.audience,
        attribute=read_attribute(rule.attribute, rule.extension),
        whom=read_whom(rule.target),
        margin=rule.margin if rule.margin is not None else longest_margin(rule.source, life, sync.every),
        canary=rule.canary,
        service=service_url(rule),
    )


def _sources(sync: Sync, tokens: Tokens) -> Mapping[str, tuple[str, ...]]:
    """Return what makes each source what it is, without its secrets."""
    parts: dict[str, tuple[str, ...]] = {"google": (), "metadata": (), "scheduler": (), "lookgate": (tokens.issuer,)}
    parts |= {one.name: (one.service_account, *one.delegates) for one in sync.impersonate}
    parts |= {one.name: (one.token_url, one.scope, one.audience_parameter) for one in sync.client_credentials}
    return parts | {one.name: () for one in sync.static}


def _print(parts: tuple[str, ...]) -> str:
    return hashlib.sha256("\0".join(parts).encode()).hexdigest()

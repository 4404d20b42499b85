"""Rules over ``[[oidc]]``: who is let in, where keys are asked for, and what may sign."""

from __future__ import annotations

import re
from collections import Counter

from lookgate.settings.mistakes import Mistakes, Path
from lookgate.settings.model import GOOGLE, Oidc
from lookgate.verify.jwks import parse

_TAKEN = frozenset({"api_key", "handle", "claim", "looker_token", "token"})
"""The names of the other verifiers."""
_HOST = re.compile(r"[a-z0-9]([a-z0-9.-]*[a-z0-9])?(:\d{1,5})?")


def check_oidc(providers: tuple[Oidc, ...], mistakes: Mistakes) -> None:
    """Names tell verifiers apart, issuers are URLs, and Google's tokens are never let in without an allow-list."""
    names = Counter(provider.name for provider in providers)
    pairs = Counter((provider.issuer, audience) for provider in providers for audience in set(provider.audiences))
    for place, provider in enumerate(providers):
        at: Path = ("oidc", place)
        if names[provider.name] > 1 or provider.name in _TAKEN:
            mistakes.add((*at, "name"), f"the name '{provider.name}' is taken", "Give every provider its own name.")
        if provider.issuer != GOOGLE and not provider.issuer.startswith("https://"):
            fix = "Write \"google\", or the exact 'iss' of the tokens, an https URL."
            mistakes.add((*at, "issuer"), "this is neither a preset nor an https URL", fix)
        if provider.issuer.removeprefix("https://") == "accounts.google.com":
            # Both spellings are Google's; the preset knows them, and the rules that Google's tokens need.
            mistakes.add((*at, "issuer"), "this is Google's own name", 'Write issuer = "google".')
        if not all(provider.audiences):
            mistakes.add((*at, "audiences"), "an audience is empty", "Write the exact 'aud' of the tokens.")
        if provider.issuer == GOOGLE and not (provider.emails or (provider.kind == "user" and provider.hosted_domain)):
            mistakes.add(
                at,
                "anyone in the world can get a Google token for any audience, so this provider would let in everyone",
                "List the service accounts' addresses in 'emails', or for kind = \"user\" name your 'hosted_domain'.",
            )
        if any(pairs[provider.issuer, audience] > 1 for audience in provider.audiences):
            fix = "Give each of them an audience of its own, or make one provider of them."
            mistakes.add((*at, "audiences"), "another provider of this issuer has the same audience", fix)
        _check_keys(provider, at, mistakes)


def _check_keys(provider: Oidc, at: Path, mistakes: Mistakes) -> None:
    """Keys are asked for on named hosts only, and those that stand in a file can verify what is allowed."""
    if provider.issuer == GOOGLE and provider.algorithms != {"RS256"}:
        mistakes.add((*at, "algorithms"), "Google signs with RS256 only", "Remove the line.")
    if not provider.keys.discovered:
        for name, given in (("keys_host", provider.keys_host), ("private_network", provider.private_network)):
            if given:
                fix = 'Remove the line, or write keys = "discover".'
                mistakes.add((*at, name), "this is for keys that the issuer is asked for", fix)
        if missing := provider.algorithms - parse(provider.keys.text).algorithms:
            fix = "Allow only what the set has keys for: RSA is for RS256, P-256 for ES256, Ed25519 for EdDSA."
            mistakes.add((*at, "algorithms"), f"the key set has no key for {', '.join(sorted(missing))}", fix)
        return
    from lookgate.verify.discovery import is_issuer  # noqa: PLC0415 - only for those who ask

    if provider.issuer != GOOGLE and provider.issuer.startswith("https://") and not is_issuer(provider.issuer):
        fix = "Write it as the tokens do: https://, a lower-case host, a plain path. Or keep the key set in a file."
        mistakes.add((*at, "issuer"), "nothing can be discovered from this URL", fix)
    if provider.keys_host and not _HOST.fullmatch(provider.keys_host):
        fix = "Write the host alone, in lower case, such as 'keys.example.com'; with its port if that is not 443."
        mistakes.add((*at, "keys_host"), "this is not a host", fix)
    if provider.issuer == GOOGLE and provider.keys_host:
        mistakes.add((*at, "keys_host"), "the preset knows where Google's keys are", "Remove the line.")

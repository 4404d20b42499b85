"""Which user attributes settings need, and to which services the values of each may be sent."""

from __future__ import annotations

from lookgate.errors import LookgateError
from lookgate.looker.allow_list import entries_for
from lookgate.looker.attributes_plan import Wanted
from lookgate.settings.model import Handle, Settings
from lookgate.settings.sync import SyncRule
from lookgate.settings.sync_rules import rule_name, service_url
from lookgate.sync.rule import AttributeName, read_attribute

REFILL_TOKENS, REFILL_HANDLES = "lookgate sync once", "lookgate handles issue --everyone"


def wanted_attributes(settings: Settings, url: str = "") -> tuple[Wanted, ...]:
    """Return each attribute once: those of sync rules by name, then that of handles.

    Args:
        settings: without mistakes.
        url: the gateway's own, as its users' Looker calls it; empty for ``tokens.issuer``.

    Raises:
        LookgateError: handles and a sync rule would share an attribute.
    """
    rules: dict[AttributeName, list[SyncRule]] = {}
    for rule in settings.sync.rules:
        rules.setdefault(read_attribute(rule.attribute, rule.extension), []).append(rule)
    found = [_of_rules(attribute, rules[attribute]) for attribute in sorted(rules, key=str)]
    gateway = url or settings.tokens.issuer
    handle = settings.handle
    if gateway or handle != Handle():
        shared = rules.get(AttributeName(handle.attribute))
        if shared:
            raise LookgateError(
                "attribute_shared",
                f"'{handle.attribute}' carries handles, and the sync rule '{rule_name(shared[0])}' writes it.",
                "Give the rule, or handle.attribute, an attribute of its own.",
            )
        unknown = "Write the gateway's URL: --url https://gateway.example.com, or tokens.issuer."
        domains = entries_for(gateway) if gateway else ()
        found.append(Wanted(AttributeName(handle.attribute), domains, ("handles",), REFILL_HANDLES, unknown))
    return tuple(found)


def _of_rules(attribute: AttributeName, rules: list[SyncRule]) -> Wanted:
    urls = [service_url(rule) for rule in rules]
    used_by = tuple(f"rule {rule_name(rule)}" for rule in rules)
    unknown = [rule_name(rule) for rule, url in zip(rules, urls, strict=True) if not url]
    if unknown:
        hint = f"Write the service's URL into the rule '{unknown[0]}': domain = 'https://orders.example.com'."
        return Wanted(attribute, (), used_by, REFILL_TOKENS, hint)
    domains = {entry for url in urls for entry in entries_for(url)}
    return Wanted(attribute, tuple(sorted(domains)), used_by, REFILL_TOKENS)

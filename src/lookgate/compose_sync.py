"""Builds what keeps tokens in Looker fresh: beside ``compose``, because few processes need both."""

from __future__ import annotations

import asyncio
import os
from collections.abc import Mapping
from dataclasses import dataclass, replace
from math import inf
from typing import TYPE_CHECKING

from lookgate.compose import SYSTEM_CLOCK, connect, open_tokens
from lookgate.core.ports import Clock, RandomBytes, Store
from lookgate.core.renewal import Minted, TokenSource
from lookgate.errors import LookgateError
from lookgate.google.iam import Access, IamCredentials
from lookgate.google.metadata import MetadataServer
from lookgate.looker.client import LookerClient
from lookgate.looker.targets import Targets
from lookgate.looker.values import ValueWriter
from lookgate.net.ask import Ask
from lookgate.settings.model import Settings
from lookgate.settings.sync_rules import sync_rules
from lookgate.sync.canary import DirectCanary
from lookgate.sync.rule import Rule
from lookgate.sync.run import Runner
from lookgate.sync.runs import Runs
from lookgate.sync.updater import Updater
from lookgate.sync.world import World, lease_for

if TYPE_CHECKING:
    from collections.abc import Collection

    from lookgate.core.stored import StoredTokens
    from lookgate.verify.by_audience import ByAudience

SCHEDULER = "scheduler"
"""The source whose token comes with the request that starts a run."""


@dataclass(frozen=True)
class Renewals:
    """What carries out the sync rules of one gateway."""

    settings: Settings
    rules: tuple[Rule, ...]
    """Those that need nobody's token."""
    forwarded: tuple[Rule, ...]
    """Those that store the scheduler's own token."""
    world: World
    finder: Targets
    client: LookerClient
    runs: Runs

    def updater(self) -> Updater:
        """Return what carries out the rules that need nobody's token."""
        return Updater(self.rules, self.finder, Runner(self.world), whole=not self.forwarded)

    def forwarding(self, audience: str, token: Minted) -> Updater:
        """Return what stores the scheduler's own token, by the rules of its audience and no others."""
        from lookgate.sync.sources.forwarded import ForwardedToken  # noqa: PLC0415 - only what is set up is imported

        world = replace(self.world, sources={SCHEDULER: ForwardedToken(audience, token)})
        rules = tuple(rule for rule in self.forwarded if rule.audience == audience)
        return Updater(rules, self.finder, Runner(world), whole=False)

    async def read(self) -> StoredTokens:
        """Return what actions may tell of the stored tokens (``core.ports.StoredTokenReader``)."""
        from lookgate.sync.stored import stored_tokens  # noqa: PLC0415 - hardly any action asks

        everything = Updater((*self.rules, *self.forwarded), self.finder, Runner(self.world))
        found, problems = await everything.plan()
        month = self.world.clock.now().strftime("%Y-%m")
        calls = await self.world.blocking(self.world.states.spend, self.client.base_url, month, 0)
        return stored_tokens(found, problems, calls)

    async def close(self) -> None:
        """End what runs and log out of Looker. May be called twice; the store is not ours to close."""
        await self.runs.close()
        await self.client.close()


def build_renewals(
    settings: Settings, store: Store, *, clock: Clock = SYSTEM_CLOCK, random: RandomBytes = os.urandom
) -> Renewals:
    """Build it. Nothing is called over the network yet.

    Raises:
        LookgateError: there are no rules, or no instance.
    """
    client = connect(settings, clock)
    if client is None or not settings.sync.writes:
        raise LookgateError(
            "no_sync_rules",
            "There is nothing to keep fresh: lookgate.toml has no [[sync.rules]].",
            "Add a rule of five lines: see docs/sync.md.",
        )
    rules = sync_rules(settings.sync, settings.tokens)
    canaries = {rule.name: rule.canary for rule in rules if rule.canary}
    world = World(
        states=store.renewals,
        sources=_sources(settings, rules, clock, random),
        writer=ValueWriter(client),
        canary=DirectCanary(canaries, Ask(clock, private=settings.instance.private_network)) if canaries else None,
        clock=clock,
        random=random,
        sleep=asyncio.sleep,
        every=settings.sync.every,
        concurrency=settings.sync.concurrency,
        budget=settings.sync.calls_per_month,
        lease_seconds=lease_for(
            min((rule.margin for rule in rules if rule.margin), default=inf), settings.instance.timeout
        ),
    )
    return Renewals(
        settings,
        tuple(rule for rule in rules if rule.source != SCHEDULER),
        tuple(rule for rule in rules if rule.source == SCHEDULER),
        world,
        Targets(client, store.notes, clock),
        client,
        Runs(clock, store.notes),
    )


def build_callers(
    settings: Settings, audiences: Collection[str], clock: Clock, *, behind_iam: bool = False
) -> ByAudience:
    """Return what knows the service accounts that may start runs, by tokens for one of these audiences.

    It has no part in the gateway's own chain: such a token opens nothing else, and nothing else opens this.

    Args:
        settings: the gateway's.
        audiences: of the tokens.
        clock: time.
        behind_iam: whether Cloud Run checks the tokens, and takes their signatures away, before they come here.
    """
    from lookgate.compose import oidc_provider  # noqa: PLC0415 - only a gateway with the trigger pays for it
    from lookgate.settings.model import GOOGLE, Oidc  # noqa: PLC0415 - likewise
    from lookgate.verify.by_audience import ByAudience  # noqa: PLC0415 - likewise

    sync = settings.sync
    name = "cloud_run" if behind_iam else SCHEDULER
    one = Oidc(name, GOOGLE, tuple(audiences), sync.keys, emails=sync.callers)
    return ByAudience(oidc_provider(one, clock), audiences, clock, behind_iam=behind_iam)


def _sources(
    settings: Settings, rules: tuple[Rule, ...], clock: Clock, random: RandomBytes
) -> Mapping[str, TokenSource]:
    """Return the sources that rules name, by name."""
    sync, google, ask = settings.sync, settings.google, Ask(clock)
    named = {rule.source for rule in rules}
    metadata = MetadataServer(google.metadata, ask, clock)
    access: Access = metadata
    if google.credentials == "default":
        from lookgate.google.default_credentials import DefaultCredentials  # noqa: PLC0415 - only what is set up

        access = DefaultCredentials(ask)
    found: dict[str, TokenSource] = {"metadata": metadata, "google": IamCredentials(google.iam, ask, access)}
    for account in sync.impersonate:
        found[account.name] = IamCredentials(google.iam, ask, access, account.service_account, account.delegates)
    if "lookgate" in named:
        from lookgate.sync.sources.own import OwnTokens  # noqa: PLC0415 - only what is set up is imported

        found["lookgate"] = OwnTokens(open_tokens(settings), clock, random)
    for one in sync.client_credentials:
        from lookgate.sync.sources.client_credentials import (  # noqa: PLC0415 - only what is set up is imported
            Client,
            ClientCredentials,
        )

        client = Client(
            one.token_url,
            one.client_id,
            one.client_secret,
            one.auth,
            one.scope,
            one.audience_parameter,
            one.lifetime,
        )
        found[one.name] = ClientCredentials(client, Ask(clock, private=one.private_network), clock)
    for secret in sync.static:
        from lookgate.sync.sources.static import StaticSecret  # noqa: PLC0415 - only what is set up is imported

        found[secret.name] = StaticSecret(secret.value)
    return {name: source for name, source in found.items() if name in named}

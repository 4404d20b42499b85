"""The only place that builds adapters: from settings to a gateway that is ready to be served."""

from __future__ import annotations

import os
import time
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

from lookgate.core.facts import Need
from lookgate.core.ports import Clock, Directory, RandomBytes, Store
from lookgate.errors import LookgateError, RegistryError
from lookgate.settings.model import GOOGLE, Oidc, Settings
from lookgate.verify.chain import Chain, Verifier

if TYPE_CHECKING:
    from lookgate.actions.base import Action
    from lookgate.keys.store import Rings
    from lookgate.keys.token import TokenIssuer
    from lookgate.looker.client import LookerClient
    from lookgate.looker.first_handles import FirstHandles
    from lookgate.verify.claim import Signatures
    from lookgate.verify.handle_uses import HandleUses
    from lookgate.verify.oidc import Keys, Provider


class SystemClock:
    """The machine's time."""

    def now(self) -> datetime:
        return datetime.now(UTC)

    def monotonic(self) -> float:
        return time.monotonic()


SYSTEM_CLOCK = SystemClock()


@dataclass(frozen=True)
class Gateway:
    """Everything one gateway consists of. Several can live in one process."""

    settings: Settings
    clock: Clock
    random: RandomBytes
    store: Store
    chain: Chain
    actions: Mapping[str, Action]
    """The enabled actions by name."""
    directory: Directory | None
    """None when no instance is set up."""
    looker: LookerClient | None = None
    """What ``close`` logs out; None when no instance is set up."""
    tokens: TokenIssuer | None = None
    """What makes tokens for handles; None when no tokens are set up."""
    needs: frozenset[Need] = frozenset()
    """What rules may ask the directory for."""
    uses: HandleUses | None = None
    """What notes when handles are used; None when no instance is set up."""
    first_handles: FirstHandles | None = None
    """What issues a handle on a user's first claim; None unless the settings say so."""


def build(settings: Settings, *, clock: Clock = SYSTEM_CLOCK, random: RandomBytes = os.urandom) -> Gateway:
    """Build a gateway. Nothing is called over the network yet.

    Raises:
        RegistryError: an action is enabled that does not exist, or one cannot be used here.
        LookgateError: the store cannot be opened.
    """
    actions = enabled_actions(settings)
    store = open_store(settings)
    needs = frozenset[Need]().union(*(each.needs for each in actions.values()))
    tokens = open_tokens(settings) if settings.tokens.configured else None
    return _gateway(settings, store, actions, clock=clock, random=random, tokens=tokens, needs=needs)


def embed(
    source: Settings | Path | str,
    needs: frozenset[Need] = frozenset(),
    *,
    clock: Clock = SYSTEM_CLOCK,
    random: RandomBytes = os.urandom,
) -> Gateway:
    """Build what an app of one's own needs to know its callers: a gateway without actions.

    Args:
        source: the settings, or where lookgate.toml is; it is filled up from the environment.
        needs: what the app's rules ask the directory for.
        clock: tells the time.
        random: makes request ids.

    Raises:
        SettingsError: the settings have mistakes.
        RegistryError: rules ask Looker, and no instance is set up.
        LookgateError: the store cannot be opened.
    """
    if not isinstance(source, Settings):
        from lookgate.settings.load import load  # noqa: PLC0415 - for those who have not loaded them

        source = load(Path(source), os.environ)
    if needs and not source.instance.configured:
        raise RegistryError(
            "policy_without_instance",
            "The policy asks Looker who the caller is; no instance is set up.",
            "Add [instance] to lookgate.toml, or use rules that ask nothing: see docs/policies.md.",
        )
    return _gateway(source, open_store(source), {}, clock=clock, random=random, tokens=None, needs=needs)


def _gateway(
    settings: Settings,
    store: Store,
    actions: Mapping[str, Action],
    *,
    clock: Clock,
    random: RandomBytes,
    tokens: TokenIssuer | None,
    needs: frozenset[Need],
) -> Gateway:
    uses = first_handles = None
    if settings.instance.configured:
        from lookgate.verify.handle_uses import HandleUses  # noqa: PLC0415 - only what is set up is imported

        uses = HandleUses(store.handles, clock)
    chain, directory, looker = build_chain(settings, store, clock=clock, needs=needs, uses=uses)
    if settings.handle.issue_on_claim and looker is not None:
        from lookgate.looker.first_handles import FirstHandles  # noqa: PLC0415 - only what is set up is imported

        attribute = settings.handle.attribute
        first_handles = FirstHandles(looker, store, attribute=attribute, random=random, clock=clock)
    return Gateway(
        settings,
        clock,
        random,
        store,
        chain,
        actions,
        directory,
        looker,
        tokens,
        needs=needs,
        uses=uses,
        first_handles=first_handles,
    )


def enabled_actions(settings: Settings) -> Mapping[str, Action]:
    """Return the actions that the gateway answers. One that only renews tokens needs no folder for them.

    Raises:
        RegistryError: an action is enabled that does not exist, or one cannot be used here.
    """
    from lookgate.actions.base import discover  # noqa: PLC0415 - its import is paid by who needs actions

    folder, enabled = settings.actions.folder, settings.actions.enabled
    only_renews = settings.sync.writes and not enabled and not folder.exists()
    actions: Mapping[str, Action] = {} if only_renews else discover(folder, enabled)
    refuse_unmet(actions, settings)
    return actions


def refuse_unmet(actions: Mapping[str, Action], settings: Settings) -> None:
    """Refuse an action whose policy asks Looker where no instance is set up: that rule could let nobody in.

    Raises:
        RegistryError: there is one.
    """
    for action in actions.values():
        if action.needs and not settings.instance.configured:
            raise RegistryError(
                "policy_without_instance",
                f"{action.source}: the policy of '{action.name}' asks Looker who the caller is; no instance is set up.",
                "Add [instance] to lookgate.toml, or use rules that ask nothing: see docs/policies.md.",
            )


def build_chain(
    settings: Settings,
    store: Store,
    *,
    clock: Clock = SYSTEM_CLOCK,
    needs: frozenset[Need] = frozenset(),
    uses: HandleUses | None = None,
) -> tuple[Chain, Directory | None, LookerClient | None]:
    """Build what verifies credentials, the users' directory, and what must be closed in the end."""
    looker, directory = _looker(settings, clock, needs)
    return Chain(_verifiers(settings, clock, store, looker, directory, uses)), directory, looker


async def close(gateway: Gateway) -> None:
    """End what runs in the background, log out of Looker and release the store. May be called twice."""
    for running in (gateway.first_handles, gateway.uses):
        if running is not None:
            await running.close()
    if gateway.looker is not None:
        await gateway.looker.close()
    gateway.store.close()


def open_store(settings: Settings, *, make: bool = True) -> Store:
    """Open the store alone, as the command line does beside a running gateway.

    Args:
        settings: which say where it is.
        make: False to refuse where there is none yet: reading must not make one, in a wrong place or as a wrong user.

    Raises:
        LookgateError: it cannot be opened.
    """
    if settings.store.url:
        try:
            from lookgate.store.postgres import PostgresStore  # noqa: PLC0415 - only several machines pay for it
        except ImportError:
            raise LookgateError(
                "extra_missing", "store.url needs psycopg.", "Install it: pip install 'lookgate[postgres]'."
            ) from None
        return PostgresStore(settings.store.url, make=make)
    if not make and not settings.store.path.exists():
        raise LookgateError(
            "store_missing", f"There is no store {settings.store.path} yet.", "Start the gateway, or mend store.path."
        )
    from lookgate.store.sqlite import SqliteStore  # noqa: PLC0415 - its import is paid by who opens a store

    return SqliteStore(settings.store.path)


def open_rings(settings: Settings, *, random: RandomBytes = os.urandom) -> Rings:
    """Return the key rings; nothing is read yet."""
    from lookgate.keys.seal import encryption_key  # noqa: PLC0415 - not every gateway has keys
    from lookgate.keys.store import FileRings  # noqa: PLC0415 - likewise

    secret = settings.keys.encryption_key
    return FileRings(settings.keys.folder, encryption_key=encryption_key(secret) if secret else None, random=random)


def open_tokens(settings: Settings) -> TokenIssuer:
    """Return what makes tokens for handles; nothing is read yet."""
    from lookgate.keys.token import Place, TokenIssuer  # noqa: PLC0415 - only what is set up is imported

    tokens = settings.tokens
    return TokenIssuer(open_rings(settings), Place(tokens.issuer, settings.instance.base_url), tokens.lifetime)


def connect(settings: Settings, clock: Clock = SYSTEM_CLOCK) -> LookerClient | None:
    """Return a client of the settings' instance, or None when there is none."""
    instance = settings.instance
    if not instance.configured:
        return None
    from lookgate.looker.client import LookerClient  # noqa: PLC0415 - not every gateway has an instance

    return LookerClient(
        instance.base_url,
        instance.client_id,
        instance.client_secret,
        clock=clock,
        timeout=instance.timeout,
        verify_ssl=instance.verify_ssl,
        private_network=instance.private_network,
    )


def _looker(settings: Settings, clock: Clock, needs: frozenset[Need]) -> tuple[LookerClient | None, Directory | None]:
    client = connect(settings, clock)
    if client is None:
        return None, None
    from lookgate.looker.directory import LookerDirectory  # noqa: PLC0415 - not every gateway has an instance

    return client, LookerDirectory(client, clock, ttl=settings.instance.directory_ttl, needs=needs)


def _verifiers(
    settings: Settings,
    clock: Clock,
    store: Store,
    looker: LookerClient | None,
    directory: Directory | None,
    uses: HandleUses | None,
) -> list[Verifier]:
    verifiers: list[Verifier] = []
    if directory is not None:
        from lookgate.verify.handle import HandleVerifier  # noqa: PLC0415 - only what is set up is imported

        verifiers.append(HandleVerifier(store.handles, directory, settings.instance.base_url, clock, uses))
    if settings.tokens.configured and directory is not None:
        from lookgate.verify.token import TokenVerifier  # noqa: PLC0415 - only what is set up is imported

        tokens = open_tokens(settings)
        verifiers.append(TokenVerifier(tokens.place, tokens.rings, store.handles, directory, clock))
    if settings.api_keys:
        from lookgate.verify.api_key import ApiKeyVerifier, KnownKey  # noqa: PLC0415 - only what is set up is imported

        keys = [KnownKey(key.name, key.sha256, key.scopes, key.expires) for key in settings.api_keys]
        verifiers.append(ApiKeyVerifier(keys, clock))
    if settings.oidc:
        from lookgate.verify.oidc import OidcVerifier  # noqa: PLC0415 - only what is set up is imported

        for provider in settings.oidc:
            siblings = (one.audiences for one in settings.oidc if one.issuer == provider.issuer)
            elsewhere = frozenset[str]().union(*siblings)
            verifiers.append(OidcVerifier(oidc_provider(provider, clock), clock, elsewhere=elsewhere))
    if settings.claims.configured and looker is not None and directory is not None:
        verifiers.append(_claim_verifier(settings, clock, store, looker, directory))
    if settings.instance.accept_api_tokens and looker is not None and directory is not None:
        from lookgate.looker.tokens import LookerTokenOwners  # noqa: PLC0415 - only what is set up is imported
        from lookgate.verify.looker_token import LookerTokenVerifier  # noqa: PLC0415 - likewise

        owners, instance = LookerTokenOwners(looker), settings.instance
        verifiers.append(LookerTokenVerifier(owners, directory, instance.base_url, clock, ttl=instance.directory_ttl))
    return verifiers


def _claim_verifier(
    settings: Settings, clock: Clock, store: Store, looker: LookerClient, directory: Directory
) -> Verifier:
    from lookgate.verify.claim import ClaimVerifier  # noqa: PLC0415 - only what is set up is imported

    claims = settings.claims
    return ClaimVerifier(
        issuer=claims.issuer,
        audiences=frozenset(claims.audiences),
        signatures=_signatures(settings, clock, looker),
        consumed=store.consumed,
        directory=directory,
        instance=settings.instance.base_url,
        clock=clock,
        lifetime=claims.lifetime,
    )


def _signatures(settings: Settings, clock: Clock, looker: LookerClient) -> Signatures:
    claims = settings.claims
    if claims.verify == "looker":
        from lookgate.looker.claim_check import LookerSignatures  # noqa: PLC0415 - only what is set up is imported

        return LookerSignatures(looker, claims.check_model)
    from lookgate.verify.claim_keys import InMemory, LiveKeys, RingKeys, TableKeys  # noqa: PLC0415 - likewise

    keys: LiveKeys
    if claims.source == "gateway":
        keys = RingKeys(open_rings(settings))
    else:
        from lookgate.claims.dialect import dialect_named  # noqa: PLC0415 - only for keys in a warehouse
        from lookgate.warehouse.connection import connect as connect_warehouse  # noqa: PLC0415 - likewise

        warehouse = connect_warehouse(claims.warehouse)
        keys = TableKeys(warehouse, dialect_named(claims.dialect), claims.table, clock)
    return InMemory(keys)


def oidc_provider(settings: Oidc, clock: Clock) -> Provider:
    """Return whose tokens are accepted; nobody is asked for keys yet."""
    from lookgate.verify.google import google  # noqa: PLC0415 - only what is set up is imported
    from lookgate.verify.oidc import Provider  # noqa: PLC0415 - likewise

    audiences, keys = frozenset(settings.audiences), _keys(settings, clock)
    if settings.issuer == GOOGLE:
        return google(
            name=settings.name,
            audiences=audiences,
            keys=keys,
            kind=settings.kind,
            emails=settings.emails,
            hosted_domain=settings.hosted_domain,
        )
    return Provider(
        name=settings.name,
        issuers=frozenset({settings.issuer}),
        audiences=audiences,
        keys=keys,
        kind=settings.kind,
        emails=settings.emails,
        hosted_domain=settings.hosted_domain,
        algorithms=settings.algorithms,
    )


def _keys(settings: Oidc, clock: Clock) -> Keys:
    """Return the provider's keys: those of the file, or those that it publishes, which nobody is asked for yet."""
    if not settings.keys.discovered:
        from lookgate.verify.jwks import parse  # noqa: PLC0415 - only what is set up is imported

        return parse(settings.keys.text)
    from lookgate.net.fetch import PublicFetch  # noqa: PLC0415 - only what is set up is imported
    from lookgate.verify import google  # noqa: PLC0415 - likewise
    from lookgate.verify.discovery import Discovery, host_of  # noqa: PLC0415 - likewise
    from lookgate.verify.keyset import PublishedKeys  # noqa: PLC0415 - likewise

    issuer, host = settings.issuer, settings.keys_host or host_of(settings.issuer)
    if issuer == GOOGLE:
        issuer, host = google.ISSUER, google.KEYS_HOST
    fetch = PublicFetch(private=settings.private_network)
    return PublishedKeys(Discovery(issuer, host, fetch), clock, name=settings.name)

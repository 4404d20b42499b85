"""Stored tokens as actions are told of them: after renewals, failures, and while Looker is down."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest

from lookgate.core.stored import StoredToken, StoredTokens
from lookgate.store.memory import MemoryStore
from lower_rooms import run
from sync_site import SERVICE, Site, sync_site


@pytest.fixture
def site(tmp_path: Path) -> Iterator[Site]:
    with sync_site(tmp_path) as site:
        yield site


@pytest.fixture
def store() -> Iterator[MemoryStore]:
    store = MemoryStore()
    yield store
    store.close()


def after(site: Site, store: MemoryStore, runs: int = 1, group: str = "East") -> StoredTokens:
    """Run so often, and return what is told then."""

    async def story() -> StoredTokens:
        renewals = site.renewals(store, {}, {"target": f"group:{group}"})
        try:
            for _ in range(runs):
                await renewals.updater().run()
            return await renewals.read()
        finally:
            await renewals.close()

    return run(story())


def only(stored: StoredTokens, label: str) -> StoredToken:
    (found,) = [each for each in stored.tokens if each.label == label]
    return found


def test_before_the_first_run_nothing_is_stored_and_all_is_due(site: Site, store: MemoryStore) -> None:
    told = after(site, store, runs=0)
    assert [(each.state, each.renewals, each.expires_at) for each in told.tokens] == [("new", 0, None)] * 2
    assert (told.every, told.calls_this_month) == (300, 0)


def test_a_renewed_token_is_told_with_its_life_its_margin_and_what_comes_next(site: Site, store: MemoryStore) -> None:
    told = after(site, store)
    assert [each.label for each in told.tokens] == ["everyone (default)", "group East"]
    token = only(told, "group East")
    assert (token.attribute, token.audience, token.source) == ("orders_token", SERVICE, "google")
    assert (token.life, token.margin, token.renewals, token.failures, token.code) == (3600, 1800, 1, 0, "")
    assert token.expires_at is not None
    assert token.renewed_at is not None
    assert token.next_at is not None
    assert token.expires_at - token.renewed_at <= timedelta(hours=1)
    assert site.clock.at < token.next_at < token.expires_at - timedelta(seconds=token.margin)
    assert (token.state, told.calls_this_month) == ("fresh", 2)
    assert token.says.endswith("renewed in 24 min")


def test_a_failure_is_told_with_its_code_and_no_token_is(site: Site, store: MemoryStore) -> None:
    after(site, store)
    site.later(1600)
    site.wire.statuses = [503] * 6
    told = after(site, store)
    for token in told.tokens:
        assert (token.state, token.failures, token.code) == ("backoff", 1, "looker_refused")
        assert "503" in token.detail
    assert "eyJ" not in repr(told)


def test_looker_is_not_asked_for_what_is_known(site: Site, store: MemoryStore) -> None:
    after(site, store)
    asked = len(site.wire.calls)
    assert len(after(site, store, runs=0).tokens) == 2
    assert len(site.wire.calls) == asked


def test_a_rule_that_leads_nowhere_is_told_too(site: Site, store: MemoryStore) -> None:
    told = after(site, store, group="Est")
    assert [each.label for each in told.tokens] == ["everyone (default)"]
    (problem,) = told.problems
    assert problem.startswith("orders_token for group:Est: Looker has no group 'Est'.")

from __future__ import annotations

import contextlib
from collections.abc import AsyncIterator
from dataclasses import dataclass
from datetime import timedelta

import pytest

from looker_double import LookerDouble, says, serving
from lookgate.core.secret import Secret, sha256_hex
from lookgate.errors import LookgateError, Unavailable
from lookgate.looker.handles import HandleIssuer, Person
from lookgate.looker.refusal import LookerRefused
from lookgate.store.memory import MemoryStore
from lower_rooms import START, CountedBytes, StillClock, run

ANA = Person("7", "Ana")
SAFE = {
    "id": "42",
    "name": "flights_demo_lookgate_handle",
    "value_is_hidden": True,
    "user_can_view": False,
    "user_can_edit": False,
    "hidden_value_domain_whitelist": "https://gateway.example.com/*",
}
VALUE = "PATCH /users/7/attribute_values/42"


@dataclass
class Scene:
    double: LookerDouble
    store: MemoryStore
    issuer: HandleIssuer
    clock: StillClock

    @property
    def in_looker(self) -> str:
        """The hash of what Looker would substitute."""
        return sha256_hex(Secret(self.double.values["7", "42"]))

    @property
    def accepted(self) -> set[str]:
        return {record.digest for record in self.store.handles.of_user("7")}

    @property
    def audited(self) -> list[tuple[str, str]]:
        return [(one.event.action, one.event.outcome) for one in self.store.tail(limit=100)]


@contextlib.asynccontextmanager
async def scene() -> AsyncIterator[Scene]:
    double, store = LookerDouble(), MemoryStore()
    double.attributes = [SAFE]
    double.add_user("7")
    async with serving(double, seconds=0.5) as client:
        clock = StillClock()
        yield Scene(double, store, HandleIssuer(client, store, random=CountedBytes(), clock=clock), clock)
    store.close()


def test_the_value_goes_to_looker_and_only_its_hash_stays_here() -> None:
    async def story() -> None:
        async with scene() as now:
            await now.issuer.issue(ANA, "42")
            assert now.double.values["7", "42"].startswith("lgh_")
            assert now.accepted == {now.in_looker}
            assert now.audited == [("handles issue", "pending"), ("handles issue", "allowed")]

    run(story())


def test_a_new_handle_ends_the_old_ones_once_it_is_in_looker() -> None:
    async def story() -> None:
        async with scene() as now:
            await now.issuer.issue(ANA, "42")
            first = now.in_looker
            await now.issuer.issue(ANA, "42")
            assert now.in_looker != first
            assert now.accepted == {now.in_looker}

    run(story())


def test_a_rotation_lets_the_old_handle_live_a_while_and_writes_to_looker_once() -> None:
    async def story() -> None:
        async with scene() as now:
            await now.issuer.issue(ANA, "42")
            first = now.in_looker
            writes = now.double.asked[VALUE]
            await now.issuer.rotate(ANA, "42", overlap=timedelta(seconds=60))
            assert now.double.asked[VALUE] == writes + 1
            newest, old = now.store.handles.of_user("7")
            assert {newest.digest, old.digest} == {now.in_looker, first}
            ends = {one.digest: one.ends_at for one in (newest, old)}
            assert ends == {first: START + timedelta(seconds=60), now.in_looker: None}
            assert now.audited[-1] == ("handles rotate", "allowed")

    run(story())


def test_a_rotation_prolongs_no_handle_and_forgets_one_once_its_tokens_have_ended() -> None:
    async def story() -> None:
        async with scene() as now:
            await now.issuer.issue(ANA, "42")
            first = now.in_looker
            await now.issuer.rotate(ANA, "42")
            now.clock.move(30)
            await now.issuer.rotate(ANA, "42", overlap=timedelta(hours=1))
            record = now.store.handles.find(first)
            assert record is not None
            assert record.ends_at == START + timedelta(seconds=60)
            now.clock.move(30 + 600 + 29)
            await now.issuer.rotate(ANA, "42")
            assert first in now.accepted
            now.clock.move(1)
            await now.issuer.rotate(ANA, "42")
            assert first not in now.accepted

    run(story())


def test_when_looker_refuses_a_rotation_the_old_handle_lives_on_without_an_end() -> None:
    async def story() -> None:
        async with scene() as now:
            await now.issuer.issue(ANA, "42")
            now.double.misbehave[VALUE] = says(403)
            with pytest.raises(LookerRefused):
                await now.issuer.rotate(ANA, "42")
            (left,) = now.store.handles.of_user("7")
            assert (left.digest, left.ends_at) == (now.in_looker, None)

    run(story())


def test_revoking_ends_handles_that_a_rotation_left_alive() -> None:
    async def story() -> None:
        async with scene() as now:
            await now.issuer.issue(ANA, "42")
            await now.issuer.rotate(ANA, "42")
            assert await now.issuer.revoke(ANA, "42") == 2
            assert not now.accepted

    run(story())


def test_when_looker_refuses_the_value_the_old_handle_lives_on_alone() -> None:
    async def story() -> None:
        async with scene() as now:
            await now.issuer.issue(ANA, "42")
            now.double.misbehave[VALUE] = says(403)
            with pytest.raises(LookerRefused):
                await now.issuer.issue(ANA, "42")
            assert now.accepted == {now.in_looker}
            assert now.audited[-1] == ("handles issue", "failed")

    run(story())


def test_when_nobody_knows_whether_looker_took_the_value_both_are_accepted_until_the_next_issue() -> None:
    async def story() -> None:
        async with scene() as now:
            await now.issuer.issue(ANA, "42")
            now.double.misbehave[VALUE] = says(500)
            with pytest.raises(Unavailable):
                await now.issuer.issue(ANA, "42")
            assert now.in_looker in now.accepted
            assert len(now.accepted) == 2
            now.double.misbehave.clear()
            await now.issuer.issue(ANA, "42")
            assert now.accepted == {now.in_looker}

    run(story())


def test_a_revoked_handle_ends_here_even_when_looker_does_not_answer() -> None:
    async def story() -> None:
        async with scene() as now:
            await now.issuer.issue(ANA, "42")
            now.double.misbehave["DELETE /users/7/attribute_values/42"] = says(500)
            with pytest.raises(Unavailable):
                await now.issuer.revoke(ANA, "42")
            assert not now.accepted

    run(story())


def test_revoking_clears_the_value_and_may_be_repeated() -> None:
    async def story() -> None:
        async with scene() as now:
            await now.issuer.issue(ANA, "42")
            assert await now.issuer.revoke(ANA, "42") == 1
            assert not now.double.values
            assert await now.issuer.revoke(ANA, "42") == 0
            assert now.audited[-1] == ("handles revoke", "allowed")

    run(story())


@pytest.mark.parametrize(
    ("changes", "code", "word"),
    [
        ({"name": "flights_demo_lookgate_handle2"}, "attribute_missing", "no user attribute"),
        ({"name": "Flights_demo_lookgate_handle"}, "attribute_missing", "no user attribute"),
        ({"value_is_hidden": False}, "attribute_unsafe", "not hidden"),
        ({"value_is_hidden": None}, "attribute_unsafe", "not hidden"),
        ({"user_can_view": True}, "attribute_unsafe", "see or change"),
        ({"user_can_edit": True}, "attribute_unsafe", "see or change"),
        ({"hidden_value_domain_whitelist": None}, "attribute_unsafe", "no domain allow-list"),
        ({"hidden_value_domain_whitelist": " , "}, "attribute_unsafe", "no domain allow-list"),
        ({"hidden_value_domain_whitelist": "*"}, "attribute_unsafe", "any host"),
        ({"hidden_value_domain_whitelist": "https://*/*"}, "attribute_unsafe", "any host"),
        ({"hidden_value_domain_whitelist": "https://a.example.com/*, *.com"}, "attribute_unsafe", "any host"),
        ({"hidden_value_domain_whitelist": "https://*.*:443/*"}, "attribute_unsafe", "any host"),
        ({"hidden_value_domain_whitelist": "https://*.a.run.app/*"}, "attribute_unsafe", "any host"),
        ({"hidden_value_domain_whitelist": "*.us-central1.run.app"}, "attribute_unsafe", "any host"),
        ({"hidden_value_domain_whitelist": "https://*.CloudFunctions.net/*"}, "attribute_unsafe", "any host"),
    ],
)
def test_an_attribute_that_would_not_keep_the_secret_is_refused_with_the_fix(
    changes: dict[str, object], code: str, word: str
) -> None:
    async def story() -> None:
        async with scene() as now:
            now.double.attributes = [SAFE | changes]
            with pytest.raises(LookgateError, match=word) as refused:
                await now.issuer.attribute(str(SAFE["name"]))
            assert refused.value.code == code
            assert refused.value.hint

    run(story())


@pytest.mark.parametrize("listed", ["https://gateway.example.com/*", "http://127.0.0.1:4200/*", "*.example.com"])
def test_an_attribute_that_keeps_the_secret_is_found_by_its_exact_name(listed: str) -> None:
    async def story() -> None:
        async with scene() as now:
            decoys = [SAFE | {"id": "41", "name": "lookgate_handle"}, SAFE | {"hidden_value_domain_whitelist": listed}]
            now.double.attributes = decoys
            assert await now.issuer.attribute(str(SAFE["name"])) == "42"

    run(story())


def test_a_group_is_found_by_its_exact_name_and_never_by_pattern() -> None:
    async def story() -> None:
        async with scene() as now:
            now.double.add_user("8", group_ids=["2"])
            now.double.add_user("9", is_disabled=True)
            assert [person.id for person in await now.issuer.people(group="Analysts")] == ["7"]
            assert [person.id for person in await now.issuer.people()] == ["7", "8"]
            for name in ("%", "analysts", "Analyst_", ""):
                with pytest.raises(LookgateError, match="no group"):
                    await now.issuer.people(group=name)

    run(story())


def test_an_unknown_user_is_an_error_and_not_an_empty_list() -> None:
    async def story() -> None:
        async with scene() as now:
            with pytest.raises(LookgateError) as refused:
                await now.issuer.people(user="99")
            assert refused.value.code == "user_unknown"

    run(story())


@pytest.mark.parametrize(
    "body", [5, "x", None, [1], {"a": 1}, [[]], [{"id": None}], [{"name": "secret"}], {"is_disabled": False}]
)
def test_what_is_no_list_of_looker_is_an_error_in_words(body: object) -> None:
    async def story() -> None:
        async with scene() as now:
            for path in ("/user_attributes", "/users", "/users/7", "/groups"):
                now.double.misbehave[f"GET {path}"] = says(200, body)
            for ask in (
                now.issuer.attribute("secret"),
                now.issuer.people(),
                now.issuer.people(user="7"),
                now.issuer.people(group="Analysts"),
            ):
                with pytest.raises(Unavailable) as refused:
                    await ask
                assert refused.value.code == "looker_unreadable"

    run(story())

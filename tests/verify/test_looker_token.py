from __future__ import annotations

import asyncio
from dataclasses import dataclass, field

import pytest

from lookgate.core.identity import Assurance, Principal
from lookgate.core.ports import LookerUser
from lookgate.core.secret import Secret
from lookgate.errors import Unauthenticated, Unavailable
from lookgate.verify.looker_token import LONGEST_MEMORY, MOST_REFUSALS, REFUSED_MEMORY, LookerTokenVerifier
from lower_rooms import DictDirectory, StillClock, credential, run

LOOKER = "https://looker.example.com"
TOKEN = "Wv9" + "xK3pQ7" * 6
ANA = LookerUser(
    "7", "Ana", "ana@example.com", enabled=True, groups=frozenset({"Analysts"}), roles=frozenset({"Viewer"})
)


@dataclass
class Instance:
    """``core.ports.TokenOwners``: an instance that does as a test tells it."""

    owners: dict[str, str] = field(default_factory=lambda: {TOKEN: "7"})
    down: bool = False
    asked: list[str] = field(default_factory=list)
    gate: asyncio.Event | None = None
    waiting: asyncio.Event = field(default_factory=asyncio.Event)

    async def owner_of(self, token: Secret) -> str | None:
        self.asked.append(token.reveal())
        if self.gate is not None:
            self.waiting.set()
            await self.gate.wait()
        if self.down:
            raise Unavailable("looker_unreachable", "Looker does not answer.", "Try again.")
        return self.owners.get(token.reveal())


class Door:
    """A verifier, its instance, its directory and its clock."""

    def __init__(self, *users: LookerUser, ttl: float = 300.0) -> None:
        self.instance, self.clock = Instance(), StillClock()
        self.directory = DictDirectory(*(users or (ANA,)))
        self.verifier = LookerTokenVerifier(self.instance, self.directory, LOOKER, self.clock, ttl=ttl)

    async def call(self, token: str = TOKEN) -> Principal | None:
        return await self.verifier.verify(credential("bearer", token))

    async def refused(self, token: str = TOKEN) -> str:
        with pytest.raises((Unauthenticated, Unavailable)) as caught:
            await self.call(token)
        assert token not in str(caught.value)
        assert caught.value.hint
        return caught.value.code


def test_a_live_token_proves_the_looker_user_as_the_directory_knows_them_now() -> None:
    assert run(Door().call()) == Principal(
        issuer=LOOKER,
        subject="7",
        kind="user",
        assurance=Assurance.USER,
        authenticated_by="looker_token",
        email="ana@example.com",
        name="Ana",
        groups=frozenset({"Analysts"}),
        roles=frozenset({"Viewer"}),
    )


@pytest.mark.parametrize(
    "text",
    [
        "",
        "short",
        "x" * 19,
        "x" * 256,
        "a.b.c",
        "eyJhbGciOiJSUzI1NiJ9.eyJzdWIiOiIxIn0.c2lnbmF0dXJl",
        "ya29.a0AfH6SMBx" + "x" * 40,
        "lgh_" + "A" * 43,
        "lgk_" + "A" * 43,
        TOKEN + "\n",
        TOKEN + "=",
        "é" * 30,
        "../" * 10,
        TOKEN + "%00",
        TOKEN + " x",
    ],
)
def test_what_is_not_of_the_form_of_a_token_is_not_mine_and_never_shown_to_looker(text: str) -> None:
    door = Door()
    assert run(door.call(text)) is None
    assert door.instance.asked == []


@pytest.mark.parametrize("scheme", ["api_key", "handle"])
def test_another_scheme_is_not_mine(scheme: str) -> None:
    door = Door()
    assert run(door.verifier.verify(credential(scheme, TOKEN))) is None  # type: ignore[arg-type]
    assert door.instance.asked == []


def test_a_token_that_looker_does_not_know_is_refused_and_asked_about_once() -> None:
    async def story() -> None:
        door = Door()
        for _ in range(10):
            assert await door.refused("unknown" * 5) == "looker_token_unknown"
        assert len(door.instance.asked) == 1
        door.instance.owners["unknown" * 5] = "7"
        door.clock.move(REFUSED_MEMORY)
        assert await door.call("unknown" * 5) is not None

    run(story())


def test_whose_token_it_is_is_remembered_for_a_minute_at_most_and_then_it_may_have_ended() -> None:
    async def story() -> None:
        door = Door(ttl=300.0)
        await door.call()
        door.instance.owners.clear()  # logged out
        door.clock.move(LONGEST_MEMORY - 1)
        assert await door.call() is not None
        assert len(door.instance.asked) == 1
        door.clock.move(1)
        assert await door.refused() == "looker_token_unknown"
        assert await door.refused() == "looker_token_unknown"

    run(story())


def test_without_a_directory_memory_nothing_is_remembered_here_either() -> None:
    async def story() -> None:
        door = Door(ttl=0.0)
        for _ in range(3):
            await door.call()
        assert len(door.instance.asked) == 3
        assert not door.verifier._known  # noqa: SLF001 - nor is it kept without use
        brief = Door(ttl=0.5)
        for _ in range(3):
            await brief.call()
        brief.clock.move(0.5)
        await brief.call()
        assert len(brief.instance.asked) == 2

    run(story())


def test_when_looker_does_not_answer_nobody_is_let_in_on_old_knowledge() -> None:
    async def story() -> None:
        door = Door()
        await door.call()
        door.instance.down = True
        door.clock.move(LONGEST_MEMORY)
        assert await door.refused() == "looker_unreachable"
        door.instance.down = False
        assert await door.call() is not None  # a failure is not remembered

    run(story())


def test_a_disabled_or_deleted_user_is_refused_even_with_a_live_token() -> None:
    async def story() -> None:
        door = Door()
        await door.call()
        door.directory.users["7"] = LookerUser("7", "Ana", "", enabled=False, groups=frozenset(), roles=frozenset())
        assert await door.refused() == "user_disabled"
        door.directory.users.clear()
        assert await door.refused() == "user_missing"

    run(story())


def test_many_callers_with_one_token_cost_one_question_even_if_one_hangs_up() -> None:
    async def story() -> None:
        door = Door()
        door.instance.gate = asyncio.Event()
        first, *others = (asyncio.create_task(door.call()) for _ in range(50))
        await door.instance.waiting.wait()
        first.cancel()
        door.instance.gate.set()
        found = await asyncio.gather(*others)
        assert {one.subject for one in found if one is not None} == {"7"}
        assert len(found) == 49
        assert len(door.instance.asked) == 1

    run(story())


def test_two_users_tokens_are_never_mixed() -> None:
    async def story() -> None:
        bo = LookerUser("8", "Bo", "", enabled=True, groups=frozenset(), roles=frozenset())
        door = Door(ANA, bo)
        door.instance.owners["B" * 40] = "8"
        found = await asyncio.gather(*(door.call(token) for token in (TOKEN, "B" * 40) * 20))
        assert [one.subject for one in found if one is not None] == ["7", "8"] * 20
        assert len(door.instance.asked) == 2

    run(story())


def test_a_flood_of_made_up_tokens_stops_reaching_looker_and_known_callers_go_on() -> None:
    async def story() -> None:
        door = Door()
        await door.call()
        codes = [await door.refused(f"made-up-token-number-{number}") for number in range(500)]
        assert codes.count("looker_token_unknown") == MOST_REFUSALS
        assert set(codes[MOST_REFUSALS:]) == {"looker_token_flood"}
        assert len(door.instance.asked) == MOST_REFUSALS + 1
        assert await door.call() is not None
        door.clock.move(60)
        assert await door.refused("made-up-token-number-x") == "looker_token_unknown"

    run(story())


def test_questions_that_wait_for_looker_count_as_if_they_were_in_vain() -> None:
    async def story() -> None:
        door = Door()
        door.instance.gate = asyncio.Event()
        waiting = [asyncio.create_task(door.refused(f"made-up-token-number-{n}")) for n in range(MOST_REFUSALS)]
        for _ in range(10):
            await asyncio.sleep(0)
        assert len(door.instance.asked) == MOST_REFUSALS
        late = asyncio.create_task(door.refused("made-up-token-number-x"))
        for _ in range(10):
            await asyncio.sleep(0)
        door.instance.gate.set()
        assert await late == "looker_token_flood"
        assert set(await asyncio.gather(*waiting)) == {"looker_token_unknown"}
        assert len(door.instance.asked) == MOST_REFUSALS

    run(story())


def test_what_is_forgotten_first_is_the_oldest() -> None:
    async def story() -> None:
        door = Door()
        tokens = [f"{TOKEN}{number}" for number in range(1025)]
        door.instance.owners |= dict.fromkeys(tokens, "7")
        for token in tokens:
            await door.call(token)
        for token in (tokens[-1], tokens[1], tokens[0]):
            await door.call(token)
        assert door.instance.asked == [*tokens, tokens[0]]
        for number in range(100):
            door.clock.move(1)
            for _ in range(2):
                assert await door.refused(f"made-up-token-number-{number}") == "looker_token_unknown"
        assert len(door.instance.asked) == len(tokens) + 1 + 100

    run(story())


def test_memory_is_bounded_however_many_tokens_come() -> None:
    async def story() -> None:
        door = Door()
        for number in range(1100):
            door.instance.owners[f"{TOKEN}{number}"] = "7"
            await door.call(f"{TOKEN}{number}")
        for number in range(100):
            door.clock.move(1)
            await door.refused(f"made-up-token-number-{number}")
        kept = door.verifier._known, door.verifier._unknown  # noqa: SLF001 - the bound is the promise
        assert (len(kept[0]), len(kept[1])) == (1024, 64)
        assert not any(TOKEN in digest or "made-up" in digest for part in kept for digest in part)

    run(story())

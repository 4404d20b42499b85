from __future__ import annotations

import pytest

from looker_double import LookerDouble, says, serving
from lookgate.core.secret import Secret
from lookgate.errors import Unavailable
from lookgate.looker.tokens import LookerTokenOwners
from lower_rooms import run

THEIRS = Secret("T" * 40)


def double() -> LookerDouble:
    made = LookerDouble()
    made.live.add(THEIRS.reveal())
    made.misbehave["GET /user"] = says(200, {"id": "7"})
    return made


def owner(looker: LookerDouble, *, seconds: float = 5.0) -> str | None:
    async def story() -> str | None:
        async with serving(looker, seconds=seconds) as client:
            return await LookerTokenOwners(client).owner_of(THEIRS)

    return run(story())


def test_the_token_itself_is_asked_with_and_the_service_user_has_no_part_in_it() -> None:
    looker = double()
    assert owner(looker) == "7"
    assert looker.seen == ["GET /api/4.0/user?fields=id"]
    assert looker.live == {THEIRS.reveal()}, "somebody else's token is not logged out"


def test_a_foreign_token_and_the_gateways_own_session_are_not_mixed() -> None:
    async def story() -> None:
        looker = double()
        async with serving(looker) as client:
            await client.get("/roles")
            looker.misbehave["GET /user"] = says(401)
            assert await LookerTokenOwners(client).owner_of(THEIRS) is None
            await client.get("/roles")
            assert looker.asked["POST /login"] == 1, "the refusal of a stranger's token does not end our session"

    run(story())


def test_a_token_that_looker_does_not_know_has_no_owner() -> None:
    looker = double()
    looker.misbehave["GET /user"] = says(401, {"message": "Requires authentication."})
    assert owner(looker) is None


@pytest.mark.parametrize("status", [302, 307, 403, 404, 429, 500, 503])
def test_any_other_answer_is_no_answer(status: int) -> None:
    looker = double()
    looker.misbehave["GET /user"] = says(status, {"id": "7"}, {"location": "https://evil.example/"})
    with pytest.raises(Unavailable):
        owner(looker)


@pytest.mark.parametrize(
    "body", [None, [], {}, "7", {"id": None}, {"id": 7}, {"id": ""}, {"id": "7/../8"}, {"id": ["7"]}]
)
def test_an_answer_that_names_no_user_is_no_answer(body: object) -> None:
    looker = double()
    looker.misbehave["GET /user"] = says(200, body)
    with pytest.raises(Unavailable):
        owner(looker)

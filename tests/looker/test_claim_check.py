"""One query tells whether a claim is genuine; any other answer than a verdict on this claim is no answer."""

from __future__ import annotations

import asyncio
import hmac
import json
from typing import Any

import pytest
from aiohttp import web

from claim_maker import KID, SECRET, HonestClaim, WrittenClaim, verifier
from looker_double import Answer, LookerDouble, says, serving
from lookgate.claims.check import KEY_UNKNOWN, NOT_PLAIN, WRONG, fingerprint_of, fits
from lookgate.claims.check_lookml import CHECK, VERDICT
from lookgate.claims.format import signing_input
from lookgate.errors import LookgateError, Unauthenticated, Unavailable
from lookgate.looker.claim_check import AT_ONCE, DOUBT_EVERY, DOUBTS, WAITING, LookerSignatures
from lookgate.verify.claim import ClaimVerifier
from lookgate.verify.jwt import read
from lower_rooms import START, StillClock, credential, run
from security_counts import Counted

RUN = "POST /queries/run/json"


def yes(token: str) -> list[dict[str, str]]:
    return [{VERDICT: fits(fingerprint_of(read(token).signature))}]


def present(token: str, answer: Answer, *, seconds: float = 5.0) -> tuple[str, LookerDouble]:
    """Return who it was, or the code of the refusal."""
    looker = LookerDouble()
    looker.misbehave[RUN] = answer

    async def story() -> str:
        async with serving(looker, seconds=seconds) as client:
            made = verifier(StillClock(), signatures=LookerSignatures(client, "some-model"))
            try:
                principal = await made.verify(credential("bearer", token))
            except (Unauthenticated, Unavailable) as refused:
                return f"{refused.status} {refused.code}" if refused.hint else "no hint"
            assert principal is not None
            return principal.subject

    return run(story()), looker


def test_a_claim_is_asked_about_in_one_call_with_words_and_the_fingerprint_alone() -> None:
    token, bodies = WrittenClaim().token(claims={"jti": "n_x"}), []

    async def answer(request: web.Request) -> web.StreamResponse:
        bodies.append(await request.json())
        return web.json_response(yes(token))

    who, looker = present(token, answer)
    assert who == "1234"
    assert looker.seen == [
        "POST /api/4.0/login",
        "POST /api/4.0/queries/run/json?cache=false&force_production=true",
        "DELETE /api/4.0/logout",
    ]
    words = {"kid": KID, "sub": "1234", "aud": "gateway_test", "jti": "n_x"}
    times = {"iat": str(int(START.timestamp()) - 60), "exp": str(int(START.timestamp()) + 200)}
    asked = {**words, **times, "fingerprint": fingerprint_of(read(token).signature)}
    assert bodies == [
        {
            "model": "some-model",
            "view": CHECK,
            "fields": [VERDICT],
            "filters": {f"{CHECK}.{name}": text for name, text in asked.items()},
            "limit": "2",
        }
    ]
    assert token.rpartition(".")[2] not in json.dumps(bodies)


@pytest.mark.parametrize(("verdict", "code"), [(WRONG, "claim_signature"), (KEY_UNKNOWN, "claim_key_unknown")])
def test_no_is_a_refusal(verdict: str, code: str) -> None:
    assert present(WrittenClaim().token(), says(200, [{VERDICT: verdict}]))[0] == f"401 {code}"


def test_a_claim_that_the_warehouse_cannot_have_written_costs_no_call() -> None:
    written = WrittenClaim().token()
    for token in (HonestClaim().token(), f"{written}AAA", WrittenClaim().token(claims={"aud": "other"})):
        who, looker = present(token, says(200, yes(token)))
        assert who.startswith("401 ")
        assert not looker.seen


OTHER = fits(fingerprint_of(b"another claim's"))
ANSWERS: list[Any] = [
    None,
    [],
    {},
    "yes",
    True,
    [[]],
    [None],
    ["fits"],
    [{}],
    [{VERDICT: None}],
    [{VERDICT: True}],
    [{VERDICT: 1}],
    [{VERDICT: ""}],
    [{VERDICT: "fits"}],
    [{VERDICT: "fits_"}],
    [{VERDICT: OTHER}],
    [{VERDICT: NOT_PLAIN}],
    [{VERDICT: "yes"}],
    [{"looker_error": "SQL Error: relation does not exist"}],
    [{"verdict": "fits"}],
]


@pytest.mark.parametrize("body", ANSWERS, ids=json.dumps)
def test_any_other_answer_is_no_answer(body: object) -> None:
    assert present(WrittenClaim().token(), says(200, body))[0] == "503 claim_check_unreadable"


def test_a_yes_beside_anything_else_is_no_answer() -> None:
    token = WrittenClaim().token()
    (row,) = yes(token)
    for rows in ([row, row], [row, {}], [row | {"more": 1}], [row | {"looker_error": "x"}], row):
        assert present(token, says(200, rows))[0] == "503 claim_check_unreadable"


@pytest.mark.parametrize("status", [302, 307, 400, 403, 404, 422, 429, 500, 502, 503])
def test_a_refusal_of_looker_s_is_unavailable_whatever_its_body_says(status: int) -> None:
    token = WrittenClaim().token()
    told = present(token, says(status, yes(token), {"location": "https://evil.example/"}))[0]
    assert told == "503 claim_check_refused"


def test_a_looker_that_answers_something_else_than_json_is_unavailable() -> None:
    async def answer(_: web.Request) -> web.StreamResponse:
        return web.Response(text="<html>fits</html>")

    assert present(WrittenClaim().token(), answer)[0] == "503 looker_unreadable"


def test_a_looker_that_does_not_answer_in_time_is_unavailable() -> None:
    async def answer(_: web.Request) -> web.StreamResponse:
        await asyncio.Event().wait()
        raise AssertionError

    assert present(WrittenClaim().token(), answer, seconds=0.2)[0] == "503 looker_timeout"


class Gate:
    """Keeps every check waiting until it is opened, and counts those that wait."""

    def __init__(self, looker: LookerDouble, tokens: list[str]) -> None:
        self.answers = {fingerprint_of(read(token).signature): yes(token) for token in tokens}
        self.open, self.full = asyncio.Event(), asyncio.Event()
        self.running = self.most = 0
        looker.misbehave[RUN] = self.answer

    async def answer(self, request: web.Request) -> web.StreamResponse:
        self.running += 1
        self.most = max(self.most, self.running)
        if self.running == AT_ONCE:
            self.full.set()
        await self.open.wait()
        self.running -= 1
        asked = (await request.json())["filters"]
        return web.json_response(self.answers[asked[f"{CHECK}.fingerprint"]])


async def acquainted(looker: LookerDouble, signatures: LookerSignatures) -> ClaimVerifier:
    """Return a verifier that knows that the key signs."""
    made, token = verifier(StillClock(), signatures=signatures), WrittenClaim().token()
    looker.misbehave[RUN] = says(200, yes(token))
    assert await made.verify(credential("bearer", token))
    return made


class Warehouse:
    """Answers as the explore would, with one key; counts the questions."""

    def __init__(self, looker: LookerDouble) -> None:
        self.asked = 0
        self.is_retired = False
        looker.misbehave[RUN] = self.answer

    async def answer(self, request: web.Request) -> web.StreamResponse:
        self.asked += 1
        asked = {name.partition(".")[2]: text for name, text in (await request.json())["filters"].items()}
        if asked["kid"] != KID or self.is_retired:
            return web.json_response([{VERDICT: KEY_UNKNOWN}])
        said = {"iss": "looker_test", "sub": asked["sub"], "aud": asked["aud"], "jti": asked["jti"]}
        said |= {"iat": int(asked["iat"]), "exp": int(asked["exp"])}
        mac = hmac.digest(SECRET, signing_input(KID, said), "sha256")
        answer = fits(fingerprint_of(mac))
        return web.json_response([{VERDICT: answer if answer == fits(asked["fingerprint"]) else WRONG}])


def made_up(number: int) -> str:
    return WrittenClaim(secret=b"guess").token({"kid": f"k_guess{number}"})


def test_who_makes_up_claims_spends_little_of_the_quota_and_is_in_nobody_s_way(counted: Counted) -> None:
    looker, clock = LookerDouble(), StillClock()

    async def story() -> tuple[int, int, set[str]]:
        async with serving(looker, clock) as client:
            signatures = LookerSignatures(client, "m", patience=60)
            made = await acquainted(looker, signatures)
            warehouse, sent, lost, codes = Warehouse(looker), 0, 0, set[str]()
            for second in range(60):
                clock.seconds += 1
                forged = [made.verify(credential("bearer", made_up(number))) for number in range(20)]
                honest = made.verify(credential("bearer", WrittenClaim().token()))
                *told, who = await asyncio.gather(*forged, honest, return_exceptions=True)
                codes |= {one.code for one in told if isinstance(one, LookgateError)}
                sent, lost = sent + 1, lost + isinstance(who, BaseException)
                assert warehouse.asked - sent <= DOUBTS + second / DOUBT_EVERY + 1
            return sent, lost, codes

    sent, lost, codes = run(story())
    assert codes == {"claim_key_unknown", "claim_checks_busy"}
    counted("key rotation", "claims checked by Looker during a flood of made-up ones", tried=sent, bad=lost)


def test_a_gateway_that_knows_no_key_yet_loses_nothing_of_a_first_rush() -> None:
    looker, tokens = LookerDouble(), [WrittenClaim().token() for _ in range(WAITING)]

    async def story() -> None:
        Warehouse(looker)
        async with serving(looker) as client:
            made = verifier(StillClock(), signatures=LookerSignatures(client, "m", patience=60))
            assert all(await asyncio.gather(*(made.verify(credential("bearer", one)) for one in tokens)))

    run(story())


def test_a_key_that_retired_is_in_doubt_again() -> None:
    looker = LookerDouble()

    async def story() -> None:
        async with serving(looker) as client:
            made = await acquainted(looker, LookerSignatures(client, "m", patience=60))
            warehouse = Warehouse(looker)
            warehouse.is_retired = True
            for _ in range(DOUBTS * 3):
                with pytest.raises((Unauthenticated, Unavailable)):
                    await made.verify(credential("bearer", WrittenClaim().token()))
            assert warehouse.asked == 1 + DOUBTS - 1  # one was spent to get acquainted

    run(story())


def test_only_so_many_are_checked_at_a_time_and_a_flood_is_turned_away_at_once() -> None:
    looker, tokens = LookerDouble(), [WrittenClaim().token() for _ in range(AT_ONCE + WAITING + 20)]

    async def story() -> None:
        async with serving(looker) as client:
            made = await acquainted(looker, LookerSignatures(client, "m", patience=60))
            gate = Gate(looker, tokens)
            work = [asyncio.ensure_future(made.verify(credential("bearer", one))) for one in tokens[:-1]]
            await gate.full.wait()
            gate.open.set()
            told = await asyncio.gather(*work, return_exceptions=True)
            refused = [one for one in told if isinstance(one, Unavailable)]
            assert {one.code for one in refused} == {"claim_checks_busy"}
            assert len(told) - len(refused) == AT_ONCE + WAITING
            assert gate.most == AT_ONCE
            assert await made.verify(credential("bearer", tokens[-1])), "afterwards there is room again"

    run(story())


def test_nobody_waits_longer_for_their_turn_than_it_says() -> None:
    looker, tokens = LookerDouble(), [WrittenClaim().token() for _ in range(AT_ONCE + 1)]

    async def story() -> None:
        async with serving(looker) as client:
            made = await acquainted(looker, LookerSignatures(client, "m", patience=0.01))
            gate = Gate(looker, tokens)
            first = [asyncio.ensure_future(made.verify(credential("bearer", one))) for one in tokens[:-1]]
            await gate.full.wait()
            with pytest.raises(Unavailable) as busy:
                await made.verify(credential("bearer", tokens[-1]))
            assert busy.value.code == "claim_checks_busy"
            gate.open.set()
            assert all(await asyncio.gather(*first))
            assert await made.verify(credential("bearer", tokens[-1])), "it was not used up"

    run(story())


def test_of_fifty_who_present_one_claim_exactly_one_is_let_in() -> None:
    looker, token = LookerDouble(), WrittenClaim().token()
    looker.misbehave[RUN] = says(200, yes(token))

    async def story() -> list[object]:
        async with serving(looker) as client:
            made = verifier(StillClock(), signatures=LookerSignatures(client, "m", patience=60))
            work = (made.verify(credential("bearer", token)) for _ in range(50))
            return list(await asyncio.gather(*work, return_exceptions=True))

    told = run(story())
    lost = [one.code for one in told if isinstance(one, Unauthenticated)]
    assert lost == ["claim_used"] * 49


@pytest.mark.parametrize(
    ("answer", "code"),
    [
        (says(200, [{VERDICT: KEY_UNKNOWN}]), ""),
        (says(404), "claim_check_missing"),
        (says(403), "claim_check_missing"),
        (says(400), "claim_check_broken"),
        (says(422), "claim_check_broken"),
        (says(200, []), "claim_check_broken"),
        (says(200, [{VERDICT: fits(fingerprint_of(b""))}]), "claim_check_broken"),
        (says(200, [{"looker_error": "x"}]), "claim_check_broken"),
        (says(429), "looker_busy"),
        (says(500), "looker_refused"),
    ],
)
def test_the_probe_says_what_is_missing(answer: Answer, code: str) -> None:
    looker = LookerDouble()
    looker.misbehave[RUN] = answer

    async def story() -> str:
        async with serving(looker) as client:
            try:
                await LookerSignatures(client, "m").probe()
            except LookgateError as error:
                return error.code if error.hint else "no hint"
            return ""

    assert run(story()) == code


def test_no_error_of_a_check_repeats_the_claim_or_its_parts() -> None:
    token = WrittenClaim(secret=SECRET).token(claims={"sub": "subject_1"})
    looker = LookerDouble()

    async def story() -> None:
        async with serving(looker) as client:
            made = verifier(StillClock(), signatures=LookerSignatures(client, "m"))
            for answer in (says(500), says(200, []), says(200, [{VERDICT: WRONG}]), says(404)):
                looker.misbehave[RUN] = answer
                with pytest.raises(LookgateError) as raised:
                    await made.verify(credential("bearer", token))
                told = f"{raised.value} {raised.value.__cause__}"
                for part in (*token.split("."), "subject_1", fingerprint_of(read(token).signature)):
                    assert part not in told

    run(story())

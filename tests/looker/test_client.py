from __future__ import annotations

import asyncio
import socket

import pytest
from aiohttp import web

from looker_double import LookerDouble, says, serving
from lookgate.core.secret import Secret
from lookgate.errors import LookgateError, Unavailable
from lookgate.looker.client import LOGIN_PAUSE, LOGOUT_SECONDS, LookerClient, segment
from lookgate.looker.refusal import LookerRefused
from lower_rooms import StillClock, run


def test_one_login_serves_many_calls_made_at_once() -> None:
    async def story() -> None:
        double = LookerDouble()
        async with serving(double) as client:
            await asyncio.gather(*(client.get("/roles") for _ in range(20)))
        assert double.asked["POST /login"] == 1
        assert double.asked["GET /roles"] == 20

    run(story())


def test_as_many_calls_are_in_flight_as_the_settings_may_ask_for() -> None:
    async def story() -> None:
        together, double = asyncio.Barrier(64), LookerDouble()

        async def when_all_are_there(_: web.Request) -> web.StreamResponse:
            await together.wait()
            return web.json_response([])

        double.misbehave["GET /roles"] = when_all_are_there
        async with serving(double) as client:
            await asyncio.gather(*(client.get("/roles") for _ in range(64)))

    run(story())


def test_no_credential_ever_stands_in_a_url() -> None:
    async def story() -> None:
        double = LookerDouble()
        async with serving(double) as client:
            await client.get("/roles", fields="id")
        assert "secret" not in " ".join(double.seen)

    run(story())


def test_a_login_whose_caller_goes_away_is_logged_out_all_the_same() -> None:
    async def story() -> None:
        double, came, go = LookerDouble(), asyncio.Event(), asyncio.Event()
        plain = double.answer

        async def slow(request: web.Request) -> web.StreamResponse:
            double.misbehave.clear()
            answer = await plain(request)  # from here on the token lives, and nobody here knows of it
            came.set()
            await go.wait()
            return answer

        double.misbehave["POST /login"] = slow
        async with serving(double) as client:
            asked = asyncio.create_task(client.get("/roles"))
            await came.wait()
            assert double.live
            asked.cancel()
            with pytest.raises(asyncio.CancelledError):
                await asked
            asyncio.get_running_loop().call_soon(go.set)
            await client.close()
            assert not double.live

    run(story())


def test_a_looker_that_answers_no_logout_does_not_hold_up_the_end() -> None:
    async def story() -> None:
        double = LookerDouble()

        async def never(_: web.Request) -> web.StreamResponse:
            await asyncio.Event().wait()
            raise AssertionError

        async with serving(double) as client:
            await client.get("/roles")
            double.misbehave["DELETE /logout"] = never
            async with asyncio.timeout(2 * LOGOUT_SECONDS):
                await client.close()

    run(story())


def test_closing_logs_out_so_that_no_live_token_stays_behind() -> None:
    async def story() -> None:
        double = LookerDouble()
        async with serving(double) as client:
            await client.get("/roles")
            assert double.live
            await client.close()
            assert not double.live
            await client.close()
        assert double.asked["DELETE /logout"] == 1

    run(story())


def test_closing_a_client_that_never_called_calls_nothing() -> None:
    async def story() -> None:
        double = LookerDouble()
        async with serving(double):
            pass
        assert not double.asked

    run(story())


def test_a_token_is_no_longer_used_in_its_last_minute() -> None:
    async def story() -> None:
        double, clock = LookerDouble(), StillClock()
        async with serving(double, clock) as client:
            await client.get("/roles")
            clock.move(3600 - 61)
            await client.get("/roles")
            assert double.asked["POST /login"] == 1
            clock.move(1)
            await client.get("/roles")
            assert double.asked["POST /login"] == 2

    run(story())


def test_a_session_that_looker_has_forgotten_is_renewed_once() -> None:
    async def story() -> None:
        double = LookerDouble()
        async with serving(double) as client:
            await client.get("/roles")
            double.live.clear()
            await asyncio.gather(*(client.get("/roles") for _ in range(5)))
            assert double.asked["POST /login"] == 2

    run(story())


def test_a_second_401_is_an_error_and_not_a_loop() -> None:
    async def story() -> None:
        double = LookerDouble()
        double.misbehave["GET /roles"] = says(401)
        async with serving(double) as client:
            with pytest.raises(LookerRefused) as refused:
                await client.get("/roles")
        assert refused.value.answer == 401
        assert double.asked["GET /roles"] == 2

    run(story())


def test_a_refused_login_says_so_and_is_not_repeated_with_every_request() -> None:
    async def story() -> None:
        double, clock = LookerDouble(), StillClock()
        async with serving(double, clock, secret="wrong-secret") as client:
            for _ in range(5):
                with pytest.raises(LookerRefused) as refused:
                    await client.get("/roles")
                assert refused.value.code == "looker_login_refused"
                assert "wrong-secret" not in str(refused.value)
            assert double.asked["POST /login"] == 1
            clock.move(LOGIN_PAUSE)
            with pytest.raises(LookerRefused):
                await client.get("/roles")
            assert double.asked["POST /login"] == 2

    run(story())


@pytest.mark.counts("chaos", "Looker refuses, is busy or fails")
@pytest.mark.parametrize(
    ("status", "code"),
    [(403, "looker_forbidden"), (404, "looker_not_found"), (429, "looker_busy"), (500, "looker_refused")],
)
@pytest.mark.parametrize("method", ["GET", "POST", "PATCH"])
def test_an_error_is_told_with_a_fix_and_nothing_is_sent_twice(status: int, code: str, method: str) -> None:
    async def story() -> None:
        double = LookerDouble()
        double.misbehave[f"{method} /things"] = says(status, {"message": "inner secret"})
        async with serving(double) as client:
            with pytest.raises(LookerRefused) as refused:
                await client.call(method, "/things", body={} if method != "GET" else None)
        assert (refused.value.code, refused.value.answer, refused.value.status) == (code, status, 503)
        assert refused.value.hint
        assert "inner secret" not in str(refused.value)
        assert double.asked[f"{method} /things"] == 1

    run(story())


@pytest.mark.counts("SSRF", "redirects of Looker")
@pytest.mark.parametrize("status", [301, 302, 307, 308])
@pytest.mark.parametrize("operation", ["POST /login", "GET /roles"])
def test_a_redirect_is_never_followed(status: int, operation: str) -> None:
    async def story() -> None:
        double, other = LookerDouble(), LookerDouble()
        async with serving(double) as client, serving(other) as elsewhere:
            double.misbehave[operation] = says(status, headers={"location": elsewhere.base_url + "/api/4.0/roles"})
            with pytest.raises(Unavailable):
                await client.get("/roles")
        assert not other.asked

    run(story())


@pytest.mark.counts("chaos", "Looker answers nonsense")
@pytest.mark.parametrize("operation", ["POST /login", "GET /roles"])
def test_an_answer_that_is_not_json_is_unavailable(operation: str) -> None:
    async def html(_: web.Request) -> web.StreamResponse:
        return web.Response(text="<html>", content_type="text/html")

    async def story() -> None:
        double = LookerDouble()
        double.misbehave[operation] = html
        async with serving(double) as client:
            with pytest.raises(Unavailable) as refused:
                await client.get("/roles")
        assert refused.value.code == "looker_unreadable"

    run(story())


@pytest.mark.counts("chaos", "Looker answers nonsense")
@pytest.mark.parametrize("operation", ["POST /login", "GET /roles"])
@pytest.mark.parametrize("body", [b'{"a": "\xff"}', b'{"a": "\\ud800"}', b"[" * 200_000, b"\0", b"\xef\xbb\xbf{}"])
def test_bytes_that_are_no_text_are_unavailable_and_not_a_failure_inside(operation: str, body: bytes) -> None:
    async def broken(_: web.Request) -> web.StreamResponse:
        return web.Response(body=body, content_type="application/json")

    async def story() -> None:
        double = LookerDouble()
        double.misbehave[operation] = broken
        async with serving(double) as client:
            with pytest.raises(Unavailable) as refused:
                await client.get("/roles")
        assert refused.value.code == "looker_unreadable"

    run(story())


@pytest.mark.counts("chaos", "Looker answers nonsense")
@pytest.mark.parametrize("token", ["a\r\nx-admin: 1", "a\n", "", "a b", "é", "x" * 10_000, {}, None])
def test_a_session_token_that_does_not_fit_a_header_is_unavailable(token: object) -> None:
    async def story() -> None:
        double = LookerDouble()
        double.misbehave["POST /login"] = says(200, {"access_token": token, "expires_in": 3600})
        async with serving(double) as client:
            with pytest.raises(Unavailable):
                await client.get("/roles")
            await client.close()
        assert double.asked["GET /roles"] == 0

    run(story())


@pytest.mark.counts("chaos", "Looker answers nonsense")
@pytest.mark.parametrize(
    "body",
    [
        [],
        {},
        {"access_token": "x"},
        {"access_token": "x", "expires_in": "soon"},
        {"access_token": "x", "expires_in": 10**400},
        None,
    ],
)
def test_a_login_answer_of_another_form_is_unavailable(body: object) -> None:
    async def story() -> None:
        double = LookerDouble()
        double.misbehave["POST /login"] = says(200, body)
        async with serving(double) as client:
            with pytest.raises(Unavailable):
                await client.get("/roles")

    run(story())


@pytest.mark.counts("chaos", "Looker is slow, hangs up or is not there")
def test_looker_that_does_not_answer_in_time_is_unavailable() -> None:
    async def never(_: web.Request) -> web.StreamResponse:
        await asyncio.Event().wait()
        raise AssertionError

    async def story() -> None:
        double = LookerDouble()
        double.misbehave["GET /roles"] = never
        async with serving(double, seconds=0.1) as client:
            with pytest.raises(Unavailable) as refused:
                await client.get("/roles")
        assert refused.value.code == "looker_timeout"

    run(story())


@pytest.mark.counts("chaos", "Looker is slow, hangs up or is not there")
def test_looker_that_hangs_up_is_unavailable() -> None:
    async def hang_up(request: web.Request) -> web.StreamResponse:
        assert request.transport is not None
        request.transport.close()
        return web.Response()

    async def story() -> None:
        double = LookerDouble()
        double.misbehave["POST /login"] = hang_up
        async with serving(double) as client:
            with pytest.raises(Unavailable) as refused:
                await client.get("/roles")
        assert refused.value.code == "looker_unreachable"

    run(story())


@pytest.mark.counts("chaos", "Looker is slow, hangs up or is not there")
def test_looker_that_is_not_there_is_unavailable() -> None:
    with socket.socket() as unused:
        unused.bind(("127.0.0.1", 0))
        port = unused.getsockname()[1]

    async def story() -> None:
        client = LookerClient(f"http://127.0.0.1:{port}", Secret("id"), Secret("s"), clock=StillClock())
        with pytest.raises(Unavailable) as refused:
            await client.get("/roles")
        assert refused.value.code == "looker_unreachable"
        assert refused.value.detail == f"Looker at http://127.0.0.1:{port} cannot be reached: connection refused."
        await client.close()

    run(story())


@pytest.mark.parametrize("number", ["../roles", "7/roles", "7?x=1", "7#", "..", ".", "%2e%2e", "7\r\nx: y", "", "é"])
def test_an_id_cannot_reach_another_operation(number: str) -> None:
    with pytest.raises(LookgateError, match="no id of Looker's"):
        segment(number)


def test_a_long_list_is_read_to_its_end() -> None:
    async def story() -> None:
        double = LookerDouble()
        for number in range(1001):
            double.add_user(str(number))
        async with serving(double) as client:
            rows = await client.pages("/users", fields="id")
        assert len({row["id"] for row in rows}) == 1001
        assert double.asked["GET /users"] == 3

    run(story())

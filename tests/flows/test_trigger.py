"""A scheduler starts renewals: known by its own token alone, answered with what came of it."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from msgspec import structs

from asgi import call
from local_google import SCHEDULER, UPDATER, claims_of
from local_google import SERVICE as OTHER_ACCOUNT
from lookgate.core.identity import Assurance
from lookgate.errors import SettingsError
from lookgate.settings import load
from lookgate.web.app import build_app
from lookgate.web.log import Log
from lower_rooms import run
from sync_site import SERVICE
from trigger_site import AUDIENCE, SYNC, Served, TriggerSite, trigger_site


@pytest.fixture
def site(tmp_path: Path) -> Iterator[TriggerSite]:
    with trigger_site(tmp_path) as site:
        yield site


def test_the_schedulers_job_renews_what_is_due_and_is_answered_200(site: TriggerSite) -> None:
    async def story() -> None:
        async with site.served() as served:
            scheduler = served.scheduler()
            site.later(300)
            assert await served.ticks(scheduler) == [200]
            assert claims_of(site.stored())["aud"] == SERVICE
            site.later(300)
            assert await served.ticks(scheduler) == [200]
            assert len(site.wire.writes) == 1  # still fresh
            site.later(1500)
            assert await served.ticks(scheduler) == [200]
            assert len(site.wire.writes) == 2
            assert served.events() == [(f"POST {SYNC}", "allowed", "")] * 3
            assert [(line["level"], line["renewed"]) for line in served.lines()] == [
                ("info", 1),
                ("info", 0),
                ("info", 1),
            ]

    run(story())
    assert site.wire.calls.count("DELETE /logout") == site.wire.calls.count("POST /login") == 1


def test_a_success_tells_every_target_and_no_secret(site: TriggerSite) -> None:
    async def story() -> None:
        async with site.served() as served:
            reply = await served.post(site.token())
            told = json.loads(reply.body)
            assert (reply.status, told["success"], told["results"][0]["outcome"]) == (200, True, "renewed")
            assert site.stored() not in reply.text + served.log.getvalue()
            assert site.issued[0] not in reply.text + served.log.getvalue()

    run(story())


@pytest.mark.parametrize(
    ("statuses", "status", "code"), [([403], 502, "looker_forbidden"), ([500] * 3, 503, "looker_refused")]
)
def test_a_failure_is_never_2xx_and_says_which_target_and_why(
    site: TriggerSite, statuses: list[int], status: int, code: str
) -> None:
    async def story() -> None:
        async with site.served() as served:
            site.wire.statuses = list(statuses)
            reply = await served.post(site.token())
            told = json.loads(reply.body)
            assert (reply.status, reply.header("content-type")) == (status, "application/problem+json")
            assert (told["status"], told["code"], told["type"]) == (
                status,
                "sync_failed",
                "urn:lookgate:problem:sync_failed",
            )
            assert f"orders_token for everyone (default) ({code})" in told["detail"]
            assert told["success"] is False
            (result,) = told["results"]
            assert (result["for"], result["code"]) == ("everyone (default)", code)
            assert reply.header("retry-after") == ("5" if status == 503 else None)
            assert served.events() == [(f"POST {SYNC}", "failed", "sync_failed")]
            (line,) = served.lines()
            assert (line["level"], line["codes"], line["failed"]) == ("error", code, 1)

    run(story())


def test_what_failed_for_good_fails_one_run_and_stands_in_the_report_of_the_next(site: TriggerSite) -> None:
    async def story() -> None:
        async with site.served() as served:
            site.wire.statuses = [403]
            assert (await served.post(site.token())).status == 502
            reply = await served.post(site.token())
            told = json.loads(reply.body)
            assert (reply.status, told["results"]) == (200, [])
            assert [(each["rule"], each["code"]) for each in told["waiting"]] == [
                ("orders_token for default", "looker_forbidden")
            ]
            assert len(site.wire.writes) == 1

    run(story())


def test_a_rule_that_leads_nowhere_is_a_failure_that_names_it(site: TriggerSite) -> None:
    async def story() -> None:
        async with site.served({"target": "group:Nowhere"}, {}) as served:
            reply = await served.post(site.token())
            told = json.loads(reply.body)
            assert reply.status == 502
            assert told["problems"][0]["code"] == "group_unknown"
            assert "the rule orders_token for group:Nowhere (group_unknown)" in told["detail"]
            assert site.stored()  # the other rule was carried out

    run(story())


def test_a_looker_that_is_gone_is_a_503_and_the_next_run_is_well(site: TriggerSite) -> None:
    async def story() -> None:
        async with site.served() as served:
            site.wire.statuses = [503] * 3
            assert (await served.post(site.token())).status == 503
            assert (await served.post(site.token())).status == 503  # at once again: it waits, and that is no success
            site.later(300)
            assert (await served.post(site.token())).status == 200

    run(story())


def refusal(site: TriggerSite, token: str, **headers: str) -> tuple[int, str]:
    async def story() -> tuple[int, str]:
        async with site.served() as served:
            reply = await served.post(token, **headers)
            assert site.wire.calls == []
            code = json.loads(reply.body)["code"]
            assert served.events()[-1] == (f"POST {SYNC}", "denied", code)
            return reply.status, code

    return run(story())


WRONG: dict[str, tuple[dict[str, Any], str]] = {
    "another audience": ({"audience": "https://gateway.example.com"}, "token_audience"),
    "a longer audience": ({"audience": f"{AUDIENCE}/"}, "token_audience"),
    "the audience of a rule": ({"audience": SERVICE}, "token_audience"),
    "several audiences": ({"aud": [AUDIENCE, SERVICE]}, "token_audience"),
    "an account that is not listed": ({"account": UPDATER}, "email_not_listed"),
    "another account": ({"account": OTHER_ACCOUNT}, "email_not_listed"),
    "an address that nobody checked": ({"email_verified": False}, "email_not_listed"),
    "another issuer": ({"iss": "https://accounts.google.example"}, "unknown_credential"),
    "handed on": ({"azp": "1234"}, "wrong_presenter"),
    "over": ({"exp": 1}, "token_expired"),
}


@pytest.mark.parametrize("wrong", WRONG)
def test_a_token_that_is_not_the_schedulers_starts_nothing(site: TriggerSite, wrong: str) -> None:
    changes, code = WRONG[wrong]
    assert refusal(site, site.token(**changes)) == (401, code)


def test_no_credential_and_two_credentials_start_nothing(site: TriggerSite) -> None:
    assert refusal(site, "") == (401, "credential_missing")
    assert refusal(site, site.token(), x_api_key="lgk_x") == (400, "two_credentials")
    assert refusal(site, site.token(), x_serverless_authorization=f"Bearer {site.token()}") == (400, "two_credentials")


def test_a_key_of_the_gateways_own_starts_nothing(site: TriggerSite) -> None:
    assert refusal(site, "", x_api_key="lgk_" + "A" * 43) == (401, "unknown_credential")
    assert refusal(site, "", x_lookgate_handle="lgh_" + "A" * 43) == (401, "unknown_credential")
    assert refusal(site, "", x_serverless_authorization=f"Bearer {site.token()}") == (401, "credential_missing")


def test_behind_cloud_run_the_platforms_token_stands_beside_the_schedulers(site: TriggerSite) -> None:
    async def story() -> None:
        async with site.served(more="[web]\nserverless = true") as served:
            reply = await served.post(site.token(), x_serverless_authorization="Bearer platform")
            assert reply.status == 200
            reply = await served.post(stripped(site.token()))
            assert (reply.status, json.loads(reply.body)["code"]) == (401, "token_signature_removed")

    run(story())


FORWARD = {"source": "scheduler"}
REMOVED = "SIGNATURE_REMOVED_BY_GOOGLE"


def stripped(token: str) -> str:
    """Return a token as Cloud Run leaves it that has checked it."""
    return f"{token.rpartition('.')[0]}.{REMOVED}"


def test_where_cloud_run_lets_in_the_scheduler_alone_its_check_starts_a_run(site: TriggerSite) -> None:
    async def story() -> None:
        async with site.served(FORWARD, {"attribute": "other_token"}, behind_iam=True) as served:
            assert (await served.post(stripped(site.token()))).status == 200
            assert site.stored("other_token")
            (event,) = [each.event for each in served.gateway.store.tail(limit=100) if each.event.action.endswith(SYNC)]
            assert event.principal.authenticated_by == "cloud_run"
            assert event.principal.assurance is Assurance.ANONYMOUS
            assert SCHEDULER not in str(event.principal)
            writes = len(site.wire.writes)
            # What it says is held to the settings all the same, and a signature that is there must fit.
            wrong = [stripped(site.token(**changes)) for changes, _ in WRONG.values()]
            bare = site.token().rpartition(".")[0]
            forged = [f"{bare}.", f"{bare}.{REMOVED}A", f"{bare}.AAAA", bare]
            for token in (*wrong, *forged, stripped(site.token(SERVICE)), site.token(SERVICE)):
                assert (await served.post(token)).status == 401
            assert (await served.post("")).status == 401
            assert len(site.wire.writes) == writes
            # Nowhere else does a token without its signature prove anything.
            for path in ("/metrics", "/docs"):
                assert (await served.post(stripped(site.token()), path, method="GET")).status == 401

    run(story())


def test_a_token_that_cloud_run_did_not_look_at_starts_nothing_beside_one_that_it_did(site: TriggerSite) -> None:
    async def story() -> None:
        async with site.served(more="[web]\nserverless = true", behind_iam=True) as served:
            # Cloud Run checks the one in X-Serverless-Authorization, then, and hands on the other as it came.
            for platform in ("Bearer somebody-elses", stripped(site.token("https://mine.example.com"))):
                reply = await served.post(stripped(site.token()), x_serverless_authorization=platform)
                assert (reply.status, json.loads(reply.body)["code"]) == (400, "two_credentials")
            assert site.wire.writes == []
            assert (await served.post(stripped(site.token()))).status == 200

    run(story())


def test_cloud_runs_check_is_believed_on_cloud_run_only_and_by_the_trigger_only(site: TriggerSite) -> None:
    site.settings(more=site.tables())
    path, environ = site.folder / "lookgate.toml", {"ID": "x", "SECRET": "x", "LOOKGATE_SYNC_BEHIND_IAM": "true"}
    with pytest.raises(SettingsError, match="this is not Cloud Run"):
        load(path, environ)
    assert load(path, environ | {"K_SERVICE": "lookgate-sync"}).sync.behind_iam is True
    assert load(path, {"ID": "x", "SECRET": "x", "K_SERVICE": "lookgate"}).sync.behind_iam is False
    site.settings(more=site.tables("known_updater_routes = true"))
    with pytest.raises(SettingsError, match="need tokens with their signatures"):
        load(path, environ | {"K_SERVICE": "lookgate-sync"})


def test_the_schedulers_token_opens_nothing_else(site: TriggerSite) -> None:
    async def story() -> None:
        async with site.served() as served:
            for path in ("/docs", "/metrics", "/openapi.json"):
                reply = await served.post(site.token(), path, method="GET")
                assert (reply.status, json.loads(reply.body)["code"]) == (401, "unknown_credential")

    run(story())


def test_requests_at_once_share_one_run(site: TriggerSite) -> None:
    async def story() -> None:
        async with site.served() as served:
            replies = await asyncio.gather(*(served.post(site.token()) for _ in range(5)))
            assert {(reply.status, reply.body) for reply in replies} == {(200, replies[0].body)}
            assert len(site.wire.writes) == len(served.lines()) == 1

    run(story())


def test_a_rule_may_store_the_schedulers_own_token_bare(site: TriggerSite) -> None:
    async def story() -> None:
        async with site.served(FORWARD, {"attribute": "other_token", "audience": f"{SERVICE}/other"}) as served:
            token = site.token(SERVICE)
            reply = await served.post(token)
            assert reply.status == 200, reply.text
            assert site.stored() == token
            assert site.stored("other_token") == ""  # such a token starts nothing else
            assert (await served.post(site.token())).status == 200
            assert (site.stored(), claims_of(site.stored("other_token"))["aud"]) == (token, f"{SERVICE}/other")
            assert len(site.wire.writes) == 2
            site.later(300)
            assert (await served.post(site.token(SERVICE))).status == 200
            assert site.stored() == token  # kept fresh by one call a renewal, as every other
            assert len(site.wire.writes) == 2

    run(story())


def test_of_several_audiences_only_the_rules_of_the_tokens_own_are_carried_out(site: TriggerSite) -> None:
    other = f"{SERVICE}/other"

    async def story() -> None:
        async with site.served(FORWARD, FORWARD | {"attribute": "other_token", "audience": other}) as served:
            assert (await served.post(site.token(other))).status == 200
            assert (site.stored(), claims_of(site.stored("other_token"))["aud"]) == ("", other)

    run(story())


def test_a_token_that_ends_too_soon_is_not_stored(site: TriggerSite) -> None:
    async def story(served: Served, left: int) -> tuple[int, str]:
        now = int(site.clock.now().timestamp())
        reply = await served.post(site.token(SERVICE, iat=now - 10, exp=now + left))
        return reply.status, json.loads(reply.body).get("code", "")

    async def whole() -> None:
        async with site.served(FORWARD | {"margin": 600.0}) as served:
            # 600 s of margin, a tick of 300 s, and a tenth of a tick: docs/sync.md, "The margin".
            assert await story(served, 930) == (409, "token_ends_soon")
            assert site.stored() == ""
            assert await story(served, 1000) == (200, "")
            assert site.stored()

    run(whole())


def test_only_a_post_starts_a_run(site: TriggerSite) -> None:
    async def story() -> None:
        async with site.served() as served:
            reply = await served.post(site.token(), method="GET")
            assert (reply.status, reply.header("allow")) == (405, "POST")

    run(story())
    assert site.wire.calls == []


def test_without_an_audience_there_is_no_such_route(site: TriggerSite) -> None:
    async def story() -> None:
        async with site.served() as served:
            settings = structs.replace(
                served.gateway.settings, sync=structs.replace(served.gateway.settings.sync, audience="")
            )
            app = build_app(replace(served.gateway, settings=settings), Log(served.log), served.renewals)
            assert (await call(app, "POST", AUDIENCE)).status == 404

    run(story())

from __future__ import annotations

import asyncio
import json
from typing import Annotated, Any

import pytest
from fastapi import Depends, FastAPI

from asgi import Reply, call
from gateway_site import HANDLE, KEY, Site
from lookgate import LookgateMiddleware, Principal, attribute, has_model, in_group, public
from lookgate.errors import LookgateError, RegistryError
from lookgate.fastapi import principal, require

Anyone = Annotated[Principal, Depends(principal)]
Analyst = Annotated[Principal, Depends(require(in_group("Analysts")))]
Westerner = Annotated[Principal, Depends(require(attribute("region", "west")))]
H = ("x-lookgate-handle", HANDLE)
K = ("x-api-key", KEY)


def build() -> FastAPI:
    app = FastAPI()

    @app.get("/whoami")
    async def whoami(who: Anyone) -> str:
        return who.label

    @app.get("/notes/{name}")
    def notes(name: str, who: Analyst) -> str:
        return f"{name} for {who.email}"

    @app.get("/west")
    def west(who: Westerner) -> str:
        return who.email

    return app


def place(**options: Any) -> tuple[Site, FastAPI]:
    site, app = Site(), build()
    app.add_middleware(LookgateMiddleware, source=site.gateway, policy=[public()], **options)
    return site, app


def get(app: FastAPI, path: str, *headers: tuple[str, str]) -> Reply:
    return asyncio.run(call(app, "GET", f"http://app{path}", headers))


def refused(reply: Reply) -> tuple[int, str]:
    assert reply.header("content-type") == "application/problem+json"
    return reply.status, json.loads(reply.body)["code"]


def test_a_route_gets_whoever_calls_or_only_whom_its_rules_allow() -> None:
    site, app = place()
    assert json.loads(get(app, "/whoami").body) == "anonymous"
    assert json.loads(get(app, "/whoami", K).body) == "nightly"
    assert json.loads(get(app, "/notes/july", H).body) == "july for ana@example.com"
    assert refused(get(app, "/notes/july", K)) == (403, "not_in_group")
    assert refused(get(app, "/notes/july")) == (401, "credential_missing")
    assert site.events()[2:] == [
        ("GET /notes/{name}", "allowed", ""),
        ("GET /notes/{name}", "denied", "not_in_group"),
        ("GET /notes/{name}", "denied", "credential_missing"),
    ]


def test_the_audit_log_says_why_and_the_caller_is_told_only_the_rule() -> None:
    site, app = place()
    reply = get(app, "/notes/july", K)
    detail = site.store.tail(limit=1)[0].event.detail
    assert "no proven user: service" in detail
    assert "no proven user" not in reply.text


def test_the_apps_openapi_names_the_credentials_of_each_route() -> None:
    described = build().openapi()
    assert described["components"]["securitySchemes"].keys() == {"apiKey", "handle", "bearer"}
    assert described["components"]["securitySchemes"]["handle"]["name"] == "x-lookgate-handle"
    schemes = [next(iter(each)) for each in described["paths"]["/notes/{name}"]["get"]["security"]]
    assert sorted(schemes) == ["apiKey", "bearer", "handle"]
    assert {each["name"] for each in described["paths"]["/notes/{name}"]["get"]["parameters"]} == {"name"}


def test_a_rule_that_asks_looker_for_what_was_not_announced_lets_nobody_in() -> None:
    _, app = place()
    assert refused(get(app, "/west", H)) == (500, "rule_not_announced")


def test_without_the_middleware_nobody_comes_in() -> None:
    with pytest.raises(LookgateError, match="does not stand around this app"):
        get(build(), "/notes/july", H)


def test_a_requirement_without_a_rule_is_refused_where_it_is_written() -> None:
    with pytest.raises(RegistryError, match="no policy"):
        require()
    with pytest.raises(RegistryError, match="not a list of rules"):
        require(has_model)  # type: ignore[arg-type]

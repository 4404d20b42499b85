from __future__ import annotations

import base64
import json
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import jwt
import pytest
from jwt.types import Options

from asgi import Reply
from local_google import UPDATER, LocalGoogle, claims_of, google_part, make_google, private_key
from lookgate.emulator.google.jwt import sign

GRANT = "urn:ietf:params:oauth:grant-type:jwt-bearer"
GOOGLES = "https://oauth2.googleapis.com/token"
CLIENT = {"client_id": "c 1:", "client_secret": "s:%+ü"}


def body(answer: Reply) -> dict[str, Any]:
    assert answer.header("cache-control") == "no-store"
    found: dict[str, Any] = json.loads(answer.body)
    return found


# --- an account's own key -------------------------------------------------------------------------------------------


@pytest.fixture
def local() -> LocalGoogle:
    return make_google()


def assertion(local: LocalGoogle, key: dict[str, str], headers: dict[str, str] | None = None, **changes: Any) -> str:
    now = int(local.clock().timestamp())
    claims = {
        "iss": key["client_email"],
        "aud": GOOGLES,
        "iat": now,
        "exp": now + 3600,
        "target_audience": "https://a.example",
    }
    kept = {name: value for name, value in (claims | changes).items() if value is not None}
    return jwt.encode(kept, key["private_key"], "RS256", headers or {"kid": key["private_key_id"]})


def exchange(local: LocalGoogle, signed: str) -> Reply:
    return local.post_form("/token", {"grant_type": GRANT, "assertion": signed})


def test_an_accounts_key_gets_an_id_token_that_names_its_address(local: LocalGoogle) -> None:
    key = local.control("accounts/updater/key")
    claims = claims_of(body(exchange(local, assertion(local, key)))["id_token"])
    assert (claims["aud"], claims["email"], claims["azp"]) == ("https://a.example", UPDATER, UPDATER)
    assert len(claims["sub"]) == 21


def test_an_accounts_key_gets_an_access_token_for_a_scope(local: LocalGoogle) -> None:
    key = local.control("accounts/updater/key")
    answer = body(exchange(local, assertion(local, key, target_audience=None, scope="a b")))
    assert (answer["token_type"], answer["expires_in"]) == ("Bearer", 3599)
    found = local.google.bearer(answer["access_token"])
    assert found is not None
    assert (found.email, found.scopes) == (UPDATER, ("a", "b"))


@pytest.mark.parametrize(
    "changes",
    [
        {"iss": "nobody@x.example"},
        {"iss": 5},
        {"iss": None},
        {"iss": "scheduler@local-project.iam.gserviceaccount.com"},
        {"aud": "https://elsewhere.example/token"},
        {"aud": None},
        {"exp": 1},
        {"exp": None},
        {"iat": "now"},
        {"exp": 4_000_000_000},
        {"iat": 4_000_000_000, "exp": 4_000_003_600},
    ],
)
def test_an_assertion_that_does_not_hold_gets_no_token(local: LocalGoogle, changes: dict[str, Any]) -> None:
    key = local.control("accounts/updater/key")
    now = local.clock().timestamp()
    claims = {"iss": UPDATER, "aud": GOOGLES, "target_audience": "a", "iat": int(now), "exp": int(now) + 3600}
    claims = {name: value for name, value in (claims | changes).items() if value is not None}
    signed = sign(local.google.account_keys[key["private_key_id"]][1], claims)
    answer = exchange(local, signed)
    assert (answer.status, body(answer)["error"]) == (400, "invalid_grant")


def test_a_signature_by_another_key_or_none_gets_no_token(local: LocalGoogle) -> None:
    key = local.control("accounts/updater/key")
    other = local.control("accounts/scheduler/key")
    good = assertion(local, key)
    forged = [
        assertion(local, key | {"private_key": other["private_key"]}),
        assertion(local, key, {"kid": other["private_key_id"]}),
        assertion(local, key, {"kid": "unknown"}),
        good.rpartition(".")[0] + ".",
        good.rpartition(".")[0],
        jwt.encode(claims_of(good), "", "none", {"kid": key["private_key_id"]}),
        jwt.encode(claims_of(good), "x" * 32, "HS256", {"kid": key["private_key_id"]}),
        "",
        "a.b.c",
        "....",
        "W10.W10.W10",
    ]
    for signed in forged:
        answer = exchange(local, signed)
        assert (answer.status, body(answer)["error"]) == (400, "invalid_grant"), signed


def test_another_grant_is_not_supported(local: LocalGoogle) -> None:
    for grant in ("authorization_code", "refresh_token", ""):
        answer = local.post_form("/token", {"grant_type": grant})
        assert (answer.status, body(answer)["error"]) == (400, "unsupported_grant_type")


# --- a provider of no particular kind -------------------------------------------------------------------------------


def basic(name: str, secret: str) -> dict[str, str]:
    return {"authorization": "Basic " + base64.b64encode(f"{name}:{secret}".encode()).decode()}


@contextmanager
def provider(**keys: Any) -> Iterator[LocalGoogle]:
    yield make_google(google_part(clients=[CLIENT | {"scopes": ["read", "write"]} | keys]))


def test_a_client_authenticates_by_header_or_in_the_body() -> None:
    with provider() as local:
        grant = {"grant_type": "client_credentials"}
        header = basic("c+1%3A", "s%3A%25%2B%C3%BC")
        by_header = body(local.post_form("/oauth2/generic/token", grant, **header))
        by_body = body(local.post_form("/oauth2/generic/token", grant | CLIENT))
        for answer in (by_header, by_body):
            assert (answer["token_type"], answer["expires_in"], answer["scope"]) == ("Bearer", 3600, "read write")
        assert by_header["access_token"] != by_body["access_token"]
        assert "." not in by_header["access_token"]


@pytest.mark.parametrize(
    ("fields", "headers", "status", "error"),
    [
        ({}, {}, 401, "invalid_client"),
        ({"client_id": "c 1:", "client_secret": "no"}, {}, 401, "invalid_client"),
        ({"client_id": "nobody", "client_secret": ""}, {}, 401, "invalid_client"),
        ({}, basic("c 1:", "s:%+ü"), 401, "invalid_client"),
        ({}, {"authorization": "Basic ???"}, 401, "invalid_client"),
        ({}, {"authorization": "Bearer x"}, 401, "invalid_client"),
        ({"client_id": "c 1:", "client_secret": "s:%+ü"}, basic("c+1%3A", "s%3A%25%2B%C3%BC"), 400, "invalid_request"),
        ({"scope": "admin"}, basic("c+1%3A", "s%3A%25%2B%C3%BC"), 400, "invalid_scope"),
        ({"grant_type": "password"}, basic("c+1%3A", "s%3A%25%2B%C3%BC"), 400, "unsupported_grant_type"),
        ({"grant_type": ""}, basic("c+1%3A", "s%3A%25%2B%C3%BC"), 400, "invalid_request"),
    ],
)
def test_a_wrong_request_is_refused_as_the_standard_says(
    fields: dict[str, str], headers: dict[str, str], status: int, error: str
) -> None:
    with provider() as local:
        form = {"grant_type": "client_credentials"} | fields
        answer = local.post_form("/oauth2/generic/token", form, **headers)
        assert (answer.status, body(answer)["error"]) == (status, error)
        assert (answer.header("www-authenticate") is not None) == (status == 401)


def test_a_body_that_is_no_form_or_says_things_twice_is_refused() -> None:
    with provider() as local:
        kind = {"content-type": "application/x-www-form-urlencoded"}
        cases = [
            (b'{"grant_type": "client_credentials"}', {"content-type": "application/json"}),
            (b"grant_type=a&grant_type=b", kind),
            (b"grant_type=%ff", kind),
            (b"\xff=1", kind),
            (b"a=" + b"x" * 70_000, kind),
        ]
        for content, headers in cases:
            for path in ("/token", "/oauth2/generic/token"):
                answer = local.ask("POST", path, content, headers=headers)
                assert (answer.status, body(answer)["error"]) == (400, "invalid_request")


def test_a_client_with_an_audience_gets_signed_tokens_for_it() -> None:
    with provider(audience="https://api.example") as local:
        grant = {"grant_type": "client_credentials", "scope": "read"}
        answer = body(local.post_form("/oauth2/generic/token", grant, **basic("c+1%3A", "s%3A%25%2B%C3%BC")))
        token = answer["access_token"]
        assert jwt.get_unverified_header(token)["typ"] == "at+jwt"
        options: Options = {"verify_exp": False, "verify_iat": False}
        claims = jwt.decode(
            token, private_key(0).public_key(), ["RS256"], audience="https://api.example", options=options
        )
        found = json.loads(local.ask("GET", "/oauth2/generic/.well-known/openid-configuration").body)
        assert (claims["iss"], claims["sub"], claims["scope"]) == (found["issuer"], CLIENT["client_id"], "read")
        assert claims["exp"] - claims["iat"] == answer["expires_in"]


def test_a_secret_that_the_world_leaves_out_is_drawn() -> None:
    drawn = make_google().google.client_secrets["local-client"]
    assert len(drawn) >= 32

from __future__ import annotations

import pytest

from gateway_site import HANDLE, KEY, TOKEN, Known, Site
from lookgate.errors import BadRequest, Unauthenticated
from lookgate.settings.model import Web
from lookgate.web.authn import headers_of, presented, take
from security_counts import Counted

CREDENTIALS = [("x-api-key", KEY), ("x-lookgate-handle", HANDLE), ("authorization", f"Bearer {TOKEN}")]


def headers(*pairs: tuple[str, str]) -> dict[str, list[str]]:
    return headers_of((name.encode(), value.encode("latin-1")) for name, value in pairs)


@pytest.mark.parametrize(
    ("pair", "scheme", "secret"),
    [
        (CREDENTIALS[0], "api_key", KEY),
        (CREDENTIALS[1], "handle", HANDLE),
        (CREDENTIALS[2], "bearer", TOKEN),
        (("Authorization", f"bEARER   {TOKEN} "), "bearer", TOKEN),
        (("X-API-Key", f"  {KEY} "), "api_key", KEY),
    ],
)
def test_each_kind_of_credential_is_taken_from_its_header(pair: tuple[str, str], scheme: str, secret: str) -> None:
    credential = take(headers(pair))
    assert (credential.scheme, credential.secret.reveal()) == (scheme, secret)
    assert credential.location == pair[0].lower()


def test_without_a_credential_the_call_is_anonymous() -> None:
    assert take(headers(("user-agent", "x"))).scheme == "anonymous"


@pytest.mark.parametrize("first", CREDENTIALS)
@pytest.mark.parametrize("second", CREDENTIALS)
def test_two_credentials_are_refused_even_when_they_are_the_same(
    first: tuple[str, str], second: tuple[str, str]
) -> None:
    with pytest.raises(BadRequest) as caught:
        take(headers(first, second))
    assert (caught.value.code, caught.value.status) == ("two_credentials", 400)


@pytest.mark.parametrize("pair", CREDENTIALS)
def test_two_credentials_joined_by_a_comma_are_refused(pair: tuple[str, str]) -> None:
    with pytest.raises(BadRequest) as caught:
        take(headers((pair[0], f"{pair[1]}, {pair[1]}")))
    assert caught.value.code == "two_credentials"


@pytest.mark.parametrize("value", ["Basic dXNlcjpwYXNz", "token abc", "Digest x=y", TOKEN, "Negotiate"])
def test_another_scheme_is_refused_with_those_that_are_read(value: str) -> None:
    with pytest.raises(Unauthenticated) as caught:
        take(headers(("authorization", value)))
    assert caught.value.code == "scheme_unknown"
    for name in ("x-api-key", "x-lookgate-handle", "Bearer"):
        assert name in caught.value.hint


@pytest.mark.parametrize(
    "pair", [("x-api-key", ""), ("x-lookgate-handle", "  "), ("authorization", "Bearer"), ("authorization", "Bearer ")]
)
def test_an_empty_credential_is_no_anonymous_call(pair: tuple[str, str]) -> None:
    with pytest.raises(Unauthenticated) as caught:
        take(headers(pair))
    assert caught.value.code == "credential_empty"
    assert "user attribute" in caught.value.hint


@pytest.mark.parametrize("value", ["two words here", "caf\xe9" * 9, "a\x00b", "a\tb", "x" * 8193])
def test_what_is_not_one_token_is_refused_without_being_repeated(value: str) -> None:
    with pytest.raises(Unauthenticated) as caught:
        take(headers(("x-api-key", value)))
    assert caught.value.code == "credential_malformed"
    assert value not in str(caught.value)


@pytest.mark.parametrize("name", ["x-api-key", "x-lookgate-handle"])
@pytest.mark.parametrize("value", ["{{my_ext_app_key}}", "x{{my_ext_app_key}}", "{{ my_ext_app_key }}"])
def test_a_tag_that_looker_did_not_replace_is_recognised(name: str, value: str) -> None:
    with pytest.raises(Unauthenticated) as caught:
        take(headers((name, value)))
    assert caught.value.code == "unsubstituted_tag"
    assert "my_ext_app_key" in caught.value.detail


def test_a_tag_in_a_bearer_header_is_recognised() -> None:
    with pytest.raises(Unauthenticated) as caught:
        take(headers(("authorization", "Bearer {{token}}")))
    assert caught.value.code == "unsubstituted_tag"


KINDS = {
    "API key": ("x-api-key", KEY),
    "handle": ("x-lookgate-handle", HANDLE),
    "ID token": ("authorization", f"Bearer {TOKEN}"),
    "Looker API token": ("authorization", "Bearer " + "Wv9xK3pQ7m" * 4),
    "claim": ("authorization", "Bearer eyJ0eXAiOiJsb29rZ2F0ZStqd3QifQ.eyJzdWIiOiI3In0.c2lnbmF0dXJl"),
    "another scheme": ("authorization", "Basic dXNlcjpwYXNz"),
    "API key as a bearer": ("authorization", f"Bearer {KEY}"),
    "handle as a bearer": ("authorization", f"Bearer {HANDLE}"),
}
PLATFORM = ("X-Serverless-Authorization", f"Bearer {TOKEN}")


def test_every_pair_of_kinds_is_an_error_and_no_verifier_is_asked(counted: Counted) -> None:
    for serverless in (False, True):
        tried = chosen = 0
        site = Site(web=Web(serverless=serverless))
        for first in KINDS.values():
            for second in KINDS.values():
                for more in ((), (PLATFORM,)):
                    reply = site.act("known", {}, first, second, *more)
                    tried += 1
                    chosen += (reply.status, reply.json["code"]) != (400, "two_credentials")
        assert site.verifier.asked == 0
        counted("two credentials", f"web.serverless = {str(serverless).lower()}", tried=tried, bad=chosen)
        assert tried == 2 * len(KINDS) ** 2


@pytest.mark.parametrize("pair", KINDS.values(), ids=KINDS)
def test_a_token_for_the_platform_is_a_second_credential_unless_the_settings_know_the_platform(
    pair: tuple[str, str],
) -> None:
    with pytest.raises(BadRequest) as refused:
        take(headers(pair, PLATFORM))
    assert refused.value.code == "two_credentials"
    assert "web.serverless = true" in refused.value.hint


def test_behind_cloud_run_the_callers_own_credential_counts_and_the_platforms_token_is_nobodys_identity() -> None:
    site = Site(web=Web(serverless=True))
    both = site.act("known", {}, ("x-lookgate-handle", HANDLE), PLATFORM)
    assert both.json == {"text": "ana@example.com"}
    alone = site.act("known", {}, PLATFORM)
    assert (alone.status, alone.json["code"]) == (401, "credential_missing")
    twice = site.act("known", {}, ("x-lookgate-handle", HANDLE), PLATFORM, PLATFORM)
    assert (twice.status, twice.json["code"]) == (400, "two_credentials")
    assert site.verifier.asked == 1


@pytest.mark.parametrize("serverless", [False, True])
def test_a_token_for_the_platform_is_a_secret_like_any_other(serverless: bool) -> None:
    site = Site(web=Web(serverless=serverless))
    reply = site.act("echo", {"text": TOKEN}, PLATFORM)
    assert (reply.status, reply.json["code"]) == (400, "secret_in_body")
    assert TOKEN in presented(headers(PLATFORM))


FORGED = [
    ("x-forwarded-user", "ana@example.com"),
    ("x-forwarded-email", "ana@example.com"),
    ("x-looker-user-id", "7"),
    ("x-looker-user", "7"),
    ("x-goog-authenticated-user-email", "accounts.google.com:ana@example.com"),
    ("x-remote-user", "ana"),
    ("remote-user", "ana"),
    ("x-serverless-authorization", f"Bearer {TOKEN}"),
    ("proxy-authorization", f"Bearer {TOKEN}"),
    ("cookie", f"handle={HANDLE}; x-lookgate-handle={HANDLE}"),
    ("x-auth-token", KEY),
    ("forwarded", "for=1.2.3.4;user=ana"),
]


@pytest.mark.parametrize("pair", FORGED, ids=[name for name, _ in FORGED])
def test_no_other_header_says_who_is_calling(pair: tuple[str, str]) -> None:
    site = Site()
    reply = site.act("known", {}, pair)
    assert (reply.status, reply.json["code"]) == (401, "credential_missing")
    assert site.verifier.asked == 0


def test_an_identity_in_the_body_or_the_url_is_not_one() -> None:
    site = Site()
    assert site.act("known", {"text": "user=7"}).status == 401
    assert site.call("POST", "/actions/known?user=7&authorization=Bearer").status == 401


def test_a_verifier_is_asked_once_and_its_principal_reaches_the_action() -> None:
    site = Site(verifier=Known())
    assert site.act("known", {}, ("x-lookgate-handle", HANDLE)).json == {"text": "ana@example.com"}
    assert site.verifier.asked == 1


def test_every_secret_in_the_headers_counts_as_presented() -> None:
    found = presented(headers(*CREDENTIALS, ("authorization", "Basic abc123"), ("x-api-key", "one, two")))
    assert {KEY, HANDLE, TOKEN, "abc123", "one", "two"} <= set(found)

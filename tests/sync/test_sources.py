"""Token sources that need no cloud: any provider, our own keys, and secrets that stand elsewhere."""

from __future__ import annotations

import asyncio
import base64
from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from joserfc import jwt
from joserfc.jwk import KeySet

from google_site import AUDIENCE, Scripted, Site, failure, google_site, mint, says
from local_google import claims_of
from lookgate.core.ports import Clock
from lookgate.core.secret import Secret
from lookgate.errors import LookgateError, Refused, Unavailable
from lookgate.keys.jwks import jwk_set
from lookgate.keys.ring import Ring
from lookgate.keys.token import TokenIssuer
from lookgate.net.ask import Answer
from lookgate.settings.reference import References
from lookgate.sync.sources.client_credentials import Client, ClientCredentials
from lookgate.sync.sources.own import OwnTokens
from lookgate.sync.sources.static import StaticSecret
from lookgate.verify.chain import Chain
from lower_rooms import START, CountedBytes, StillClock, credential, run
from token_maker import GATEWAY, PLACE, RING, OneRing, verifier

SECRET = "planted-canary: secret&of=client/ä"
OTHER = "local-client"


# --- any OAuth 2.0 provider -----------------------------------------------------------------------------------------


@pytest.fixture
def site() -> Iterator[Site]:
    clients = [
        {"client_id": "crm: a&b", "client_secret": SECRET, "scopes": ["read", "write"]},
        {"client_id": OTHER, "client_secret": "s", "audience": "https://api.example.com"},
    ]
    with google_site(clients=clients) as site:
        yield site


def client(site: Site | None = None, **changes: Any) -> Client:
    url = f"{site.local.base_url}/oauth2/generic/token" if site else "https://login.example.com/token"
    return replace(Client(url, Secret("crm: a&b"), Secret(SECRET)), **changes)


def provider(*answers: object, clock: Clock | None = None, **changes: Any) -> tuple[ClientCredentials, Scripted]:
    ask = Scripted(list(answers))  # type: ignore[arg-type] # answers
    return ClientCredentials(client(**changes), ask, clock or StillClock()), ask


@pytest.mark.parametrize("auth", ["basic", "post"])
def test_a_provider_gives_a_token_whichever_way_the_client_proves_itself(site: Site, auth: str) -> None:
    minted = mint(ClientCredentials(client(site, auth=auth, scope="read write"), site.ask, site.clock), "")
    assert len(minted.value.reveal()) > 20
    assert (minted.issued_at, minted.expires_at) == (START, START + timedelta(hours=1))


@pytest.mark.parametrize("auth", ["basic", "post"])
@pytest.mark.parametrize(
    ("changes", "code"),
    [
        ({"client_secret": Secret("planted-wrong")}, "401 (invalid_client)"),
        ({"client_id": Secret("nobody")}, "401 (invalid_client)"),
        ({"scope": "admin"}, "400 (invalid_scope)"),
    ],
)
def test_a_client_that_is_refused_is_told_by_the_code_and_never_with_its_secret(
    site: Site, auth: str, changes: dict[str, Any], code: str
) -> None:
    source = ClientCredentials(client(site, auth=auth, **changes), site.ask, site.clock)
    error = failure(source, "", secrets=(SECRET, "planted-wrong"))
    assert (type(error), error.code, code in error.detail) == (Refused, "provider_refused", True)


@pytest.mark.parametrize(("fault", "code"), [({"token_500": 1.0}, "provider_busy"), ({"token_slow": 1.0}, "timeout")])
def test_a_provider_that_is_down_or_slow_is_tried_again(fault: dict[str, float], code: str) -> None:
    with google_site(seconds=0.3) as site:
        site.local.google.faults.sleep = asyncio.sleep
        site.local.google.faults.set(fault)
        error = failure(ClientCredentials(client(site), site.ask, site.clock), "", secrets=(SECRET,))
        assert (type(error), error.code) == (Unavailable, code)


def test_both_halves_of_a_basic_header_are_form_encoded_before_they_are_joined() -> None:
    source, ask = provider(says(200, {"access_token": "t", "token_type": "Bearer"}))
    mint(source, "")
    header = ask.asked[0]["headers"]["authorization"].removeprefix("Basic ")
    assert base64.b64decode(header) == b"crm%3A+a%26b:planted-canary%3A+secret%26of%3Dclient%2F%C3%A4"
    assert ask.asked[0]["form"] == {"grant_type": "client_credentials"}


@pytest.mark.parametrize("name", ["audience", "resource"])
def test_a_provider_is_told_the_audience_by_the_name_that_it_knows(name: str) -> None:
    source, ask = provider(
        says(200, {"access_token": "t", "token_type": "bearer"}), audience_parameter=name, scope="a b", auth="post"
    )
    mint(source)
    assert ask.asked[0]["form"] == {
        "grant_type": "client_credentials",
        "scope": "a b",
        name: AUDIENCE,
        "client_id": "crm: a&b",
        "client_secret": SECRET,
    }


@pytest.mark.parametrize(
    ("expires_in", "life"),
    [
        ({}, 900),
        ({"expires_in": None}, 900),
        ({"expires_in": 60}, 60),
        ({"expires_in": 59.5}, 59.5),
        ({"expires_in": 0}, 0),
        ({"expires_in": -60}, 0),
        ({"expires_in": 1e300}, 366 * 86_400),
    ],
)
def test_its_life_is_what_the_provider_says_or_the_settings_do(expires_in: dict[str, Any], life: float) -> None:
    source, _ = provider(says(200, {"access_token": "t", "token_type": "Bearer"} | expires_in), lifetime=900)
    assert mint(source, "").expires_at == START + timedelta(seconds=life)


def test_its_life_counts_from_before_it_was_asked_for() -> None:
    clock = StillClock()

    class Slow(Scripted):
        async def __call__(self, method: str, url: str, **sent: Any) -> Any:
            clock.move(9)
            return await super().__call__(method, url, **sent)

    ask = Slow([says(200, {"access_token": "t", "token_type": "Bearer", "expires_in": 60})])
    assert mint(ClientCredentials(client(), ask, clock), "").expires_at == START + timedelta(seconds=60)


@pytest.mark.parametrize(
    "answer",
    [
        says(200, "planted-canary"),
        says(200, []),
        says(200, {"token_type": "Bearer"}),
        says(200, {"access_token": "planted-canary"}),
        says(200, {"access_token": "planted-canary", "token_type": "mac"}),
        says(200, {"access_token": "planted-canary", "token_type": "DPoP"}),
        says(200, {"access_token": "planted-canary", "token_type": "Bearer", "expires_in": "soon"}),
        says(200, {"access_token": "planted-canary\r\nx: y", "token_type": "Bearer"}),
        says(200, {"access_token": "planted-canary x", "token_type": "Bearer"}),
        says(200, {"access_token": "", "token_type": "Bearer"}),
        says(200, {"access_token": "p" * 8193, "token_type": "Bearer"}),
        says(200, {"access_token": 7, "token_type": "Bearer"}),
        Answer(200, b'{"more":' + b"[" * 20_000, {}, None),
    ],
)
def test_what_is_no_bearer_token_is_never_stored_and_never_told(answer: object) -> None:
    source, _ = provider(answer)
    error = failure(source, "", secrets=("planted-canary",))
    assert (type(error), error.code) == (Refused, "token_unreadable")


@pytest.mark.parametrize(
    ("status", "kind"),
    [(302, Refused), (400, Refused), (403, Refused), (408, Unavailable), (429, Unavailable), (503, Unavailable)],
)
def test_each_status_of_a_provider_is_for_good_or_for_now(status: int, kind: type[LookgateError]) -> None:
    source, _ = provider(says(status, {"error": "x", "error_description": "planted-canary"}, wait=30))
    error = failure(source, "", secrets=("planted-canary",))
    assert type(error) is kind
    if isinstance(error, Unavailable):
        assert error.retry_after == 30


@pytest.mark.parametrize("error", ["planted canary", "PLANTED-CANARY", "planted\ncanary", 7, None, "p" * 41])
def test_a_providers_own_words_are_not_passed_on(error: object) -> None:
    source, _ = provider(says(400, {"error": error}))
    assert failure(source, "").detail == "The token endpoint answers 400."


# --- our own keys ---------------------------------------------------------------------------------------------------


def own(ring: Ring = RING, clock: StillClock | None = None) -> OwnTokens:
    return OwnTokens(TokenIssuer(OneRing(ring), PLACE, 300), clock or StillClock(), CountedBytes())


def test_a_token_of_our_own_is_verified_by_the_published_keys_alone() -> None:
    minted = mint(own())
    published = KeySet.import_key_set(jwk_set(RING, START))  # type: ignore[arg-type] # a key set as JSON has it
    token = jwt.decode(minted.value.reveal(), published, algorithms=["ES256"])
    assert token.header["typ"] == "lookgate-service+jwt"
    assert (token.claims["iss"], token.claims["aud"], token.claims["sub"]) == (GATEWAY, AUDIENCE, "lookgate-sync")
    assert token.claims["exp"] - token.claims["iat"] == 300
    assert (minted.issued_at, minted.expires_at) == (START, START + timedelta(seconds=300))


def test_no_two_tokens_of_our_own_are_the_same() -> None:
    source = own()
    assert claims_of(mint(source).value.reveal())["jti"] != claims_of(mint(source).value.reveal())["jti"]


@pytest.mark.parametrize("audience", [AUDIENCE, GATEWAY])
def test_the_gateway_takes_its_own_service_tokens_for_nobody(audience: str) -> None:
    token = mint(own(), audience).value.reveal()

    async def story() -> None:
        ours = verifier(StillClock())
        assert await ours.verify(credential("bearer", token)) is None
        with pytest.raises(LookgateError) as refused:
            await Chain((ours,)).verify(credential("bearer", token))
        assert refused.value.status == 401

    run(story())


def test_without_a_key_that_may_sign_there_is_no_token() -> None:
    error = failure(own(Ring("tokens")))
    assert (type(error), error.code) == (Unavailable, "no_token_key")


# --- secrets that stand elsewhere -----------------------------------------------------------------------------------


def test_a_secret_in_a_file_is_read_each_time_so_that_a_rotated_mount_counts(tmp_path: Path) -> None:
    file = tmp_path / "key"
    file.write_text("one\n")
    file.chmod(0o600)
    source = StaticSecret(References(tmp_path, {}).standing("file:key"))
    assert (mint(source, "").value.reveal(), mint(source, "").expires_at) == ("one", None)
    file.write_text("two\n")
    assert mint(source, "").value.reveal() == "two"


def test_a_secret_in_a_variable_keeps_the_value_of_the_start(tmp_path: Path) -> None:
    environ = {"KEY": "one"}
    source = StaticSecret(References(tmp_path, environ).standing("env:KEY"))
    environ["KEY"] = "two"
    assert mint(source, "").value.reveal() == "one"


@pytest.mark.parametrize("spoil", ["gone", "empty", "open", "lines"])
def test_a_secret_that_is_gone_or_open_to_all_is_told_without_what_stands_there(tmp_path: Path, spoil: str) -> None:
    file = tmp_path / "key"
    file.write_text("planted-canary")
    file.chmod(0o600)
    place = References(tmp_path, {}).standing("file:key")
    assert "planted-canary" not in f"{place!r} {place}"
    if spoil == "gone":
        file.unlink()
    elif spoil == "open":
        file.chmod(0o644)
    else:
        file.write_text({"empty": " \n", "lines": "planted-canary\nplanted-canary"}[spoil])
    error = failure(StaticSecret(place), "", secrets=("planted-canary",))
    assert (type(error), error.code) == (Unavailable, "secret_unreadable")


@pytest.mark.parametrize("text", ["the-secret-itself", "file:missing", "env:MISSING", 7, ""])
def test_a_reference_that_leads_nowhere_is_refused_at_the_start(tmp_path: Path, text: object) -> None:
    with pytest.raises(ValueError, match=r"."):
        References(tmp_path, {}).standing(text)
